/*
 * book_any_slot.c
 *   book_any_slot(): whichever of many resources is free.
 *
 * All the resources are locked first, in hash order, and with them the parts of those that have some; then they are
 * tried in the order of preference until one books. Nobody is refused while one of them is free.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "catalog/pg_type.h"
#include "pgtime.h"
#include "utils/builtins.h"

#include "base/answer.h"
#include "base/arguments.h"
#include "base/error.h"
#include "base/label.h"
#include "base/lock.h"
#include "base/round.h"
#include "base/wait.h"
#include "guard/guard.h"
#include "store/store_group.h"
#include "verbs/book_slot.h"
#include "verbs/kind.h"
#include "verbs/load.h"
#include "verbs/parts.h"
#include "verbs/slot_resources.h"

BO_VERB_THAT_WAITS(book_any_slot, 12);

typedef struct Choice
{
    BoSlotCall call; /* its resource changes with each try; its hash covers all the resources */
    int count;
    BoResources candidates; /* and behind them, the parts of those that have some */
    int *order;             /* the order in which they are tried */
    bool least_booked;
    bool has_offered; /* a hold was made for one who waits in line: no lock may be given back */
} Choice;

/*
 * book_any_slot(resources, during, holder, pick, quantity, hold_for, details, idempotency_key, valid_until, kind,
 * max_wait, tenant)
 */
static void any_slot_choice_arguments(FunctionCallInfo fcinfo, Choice *choice)
{
    static const char *const example = "ARRAY['room:1', 'room:2']";
    BoSlotCall *call = &choice->call;
    Datum *elements;
    bool *nulls;
    int count;
    ArrayType *resources;
    text *pick;

    bo_arguments_writable("book_any_slot");
    if (PG_ARGISNULL(0))
        bo_error_null_argument("resources", example);
    resources = PG_GETARG_ARRAYTYPE_P(0);
    deconstruct_array(resources, TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &count);
    if (count == 0)
        bo_error_argument("resources", "must not be empty", example);
    if (count > BO_MAX_RESOURCES)
        bo_error_argument("resources", psprintf("must not have more than %d members", BO_MAX_RESOURCES), example);
    call->member = 1;
    call->during = bo_arguments_checked_during(PG_GETARG_DATUM(1), PG_ARGISNULL(1), "during");
    call->holder = bo_arguments_text(fcinfo, 2, "holder", "'user:42'");
    pick = bo_arguments_text(fcinfo, 3, "pick", "'first'");
    choice->least_booked = strcmp(text_to_cstring(pick), "least_booked") == 0;
    if (!choice->least_booked && strcmp(text_to_cstring(pick), "first") != 0)
        bo_error_argument("pick", "must be first or least_booked", "'least_booked'");
    call->quantity = bo_arguments_quantity(PG_GETARG_DATUM(4), PG_ARGISNULL(4), "quantity");
    call->hold_for = bo_arguments_length(fcinfo, 5, "hold_for");
    call->details = PG_ARGISNULL(6) ? NULL : PG_GETARG_JSONB_P(6);
    call->idempotency_key = bo_arguments_optional_text(fcinfo, 7, "idempotency_key", "'order:1001'");
    call->valid_until = PG_ARGISNULL(8) ? DT_NOEND : PG_GETARG_TIMESTAMPTZ(8);
    call->kind = bo_arguments_kind(fcinfo, 9, 12);
    call->tenant = bo_arguments_tenant(fcinfo);

    call->request_hash = choice->least_booked ? BO_HASH_LEAST_BOOKED : BO_HASH_FIRST;
    call->takes_parts = true;
    choice->count = count;
    choice->candidates = bo_slot_resources(call->tenant, count);
    choice->candidates.keyed = call->idempotency_key != NULL;
    choice->order = palloc(sizeof(int) * count);
    for (int i = 0; i < count; i++)
    {
        call->resource = bo_arguments_checked_text(elements[i], nulls[i], psprintf("resources[%d]", i + 1), "'room:1'");
        bo_slot_book_for(&choice->candidates, i, call);
        call->request_hash = bo_arguments_hash(call->request_hash, call);
    }
}

/* A candidate and how many of its units are taken around the slot. */
typedef struct Load
{
    int place;
    int taken;
} Load;

static int any_slot_compare_loads(const void *a, const void *b)
{
    const Load *left = a;
    const Load *right = b;

    return left->taken != right->taken ? left->taken - right->taken : left->place - right->place;
}

/*
 * A candidate with rules whose zone PostgreSQL does not know cannot be judged, which is an error. It is tried last, so
 * that the call ends with that error only if no other one is free.
 */
static void any_slot_postpone_unknown_zones(BoStore *store, Choice *choice)
{
    const BoResources *candidates = &choice->candidates;
    int *last = palloc(sizeof(int) * choice->count);
    int kept = 0, postponed = 0;
    bool has_rules = false;

    for (int i = 0; i < choice->count; i++)
        has_rules |= candidates->locks[i].kind != BO_KIND_PLAIN;
    if (!has_rules || bo_store_run_latest(store, &bo_sql_find_zones, bo_text(candidates->tenant),
                                          bo_texts(candidates->names, choice->count)) != (uint64)choice->count)
        return;
    for (int n = 0; n < choice->count; n++)
    {
        int i = choice->order[n];

        if (pg_tzset(text_to_cstring(bo_row_text(bo_store_row(i), BO_FIND_ZONES_TIME_ZONE))) == NULL)
            last[postponed++] = i;
        else
            choice->order[kept++] = i;
    }
    memcpy(&choice->order[kept], last, sizeof(int) * postponed);
}

/* Decides the order in which the candidates are tried. */
static void any_slot_order_resources(BoStore *store, Choice *choice)
{
    const BoResources *candidates = &choice->candidates;
    int *taken = palloc0(sizeof(int) * choice->count);
    Load *loads = palloc(sizeof(Load) * choice->count);

    if (choice->least_booked)
        bo_load_count(store, candidates->ids, choice->count, choice->call.during, taken);
    for (int i = 0; i < choice->count; i++)
        loads[i] = (Load){.place = i, .taken = taken[i]};
    if (choice->least_booked)
        qsort(loads, choice->count, sizeof(Load), any_slot_compare_loads);
    for (int i = 0; i < choice->count; i++)
        choice->order[i] = loads[i].place;
    any_slot_postpone_unknown_zones(store, choice);
}

/* A party may be too large for some of the resources, but not for all of them. */
static void any_slot_check_quantity(const Choice *choice)
{
    int32 largest = 0;

    for (int i = 0; i < choice->count; i++)
        largest = Max(largest, choice->candidates.capacities[i]);
    if (choice->call.quantity > largest)
        bo_error_argument("quantity",
                          psprintf("must not be above the capacity of the largest of the resources, %d", largest),
                          psprintf("%d", largest));
}

/* Tries one candidate. One with parts, which are locked along with the candidates, is booked by a call of its own. */
static BoDecision any_slot_try(BoStore *store, const Choice *choice, BoSlotLock *lock, BoBookingAnswer *answer)
{
    if (!lock->has_parts)
        return bo_slot_decide(store, &choice->call, lock, answer);
    bo_parts_book(store, &choice->call, answer);
    return BO_ANSWERED;
}

/*
 * Tries the candidates in order. If none can be booked, taken takes precedence over the other refusals: at another time
 * the resource may be free, while a rule would still refuse.
 */
static BoDecision any_slot_decide_choice(BoStore *store, Choice *choice, BoBookingAnswer *answer)
{
    BoOutcome refusal = BO_OUTCOME_INVALID;
    bool undone = false;

    choice->has_offered = false;
    bo_slot_prepare(store, &choice->call, answer);
    if (bo_slot_replay(store, &choice->call, answer, GetCurrentTimestamp()))
        return BO_ANSWERED;
    for (int i = 0; i < choice->count; i++)
        if (choice->candidates.ids[i] == 0)
            bo_error_unknown_resource(choice->candidates.names[i]);
    any_slot_check_quantity(choice);
    any_slot_order_resources(store, choice);
    for (int i = 0; i < choice->count; i++)
    {
        BoSlotLock *lock = &choice->candidates.locks[choice->order[i]];
        BoDecision decision;

        if (choice->call.quantity > choice->candidates.capacities[choice->order[i]])
            continue;
        lock->undone = undone;
        choice->call.resource = choice->candidates.names[choice->order[i]];
        bo_slot_prepare(store, &choice->call, answer);
        decision = any_slot_try(store, choice, lock, answer);
        choice->has_offered |= lock->offered > 0;
        if (decision != BO_ANSWERED)
            return decision;
        if (answer->outcome == BO_BOOKED)
            return BO_ANSWERED;
        if (refusal == BO_OUTCOME_INVALID || answer->outcome == BO_TAKEN)
            refusal = answer->outcome;
        undone = lock->undone || choice->has_offered;
    }
    bo_slot_refuse(answer, refusal);
    answer->resource = NULL;
    answer->busy = 0;
    return BO_ANSWERED;
}

static Datum book_any_slot_call(FunctionCallInfo fcinfo)
{
    Choice choice = {0};
    BoBookingAnswer answer;
    BoStore store;
    bool is_open;

    any_slot_choice_arguments(fcinfo, &choice);

    bo_store_open(&store);
    bo_guard_require();
    is_open = bo_kind_enter(&store, &choice.call, &answer);
    for (int round = 0; is_open; bo_round_next(&round))
    {
        BoDecision decision;

        bo_slot_lock_all(&store, &choice.candidates, BO_KIND_COUNTS);
        if (bo_parts_lock(&store, &choice.candidates, choice.count, &choice.call))
            continue;
        decision = any_slot_decide_choice(&store, &choice, &answer);
        if (decision == BO_ANSWERED)
            break;
        if (choice.has_offered)
            bo_error_old_snapshot();
        bo_slot_give_back_all(&choice.candidates, decision == BO_NEEDS_EXCLUSIVE);
        if (decision == BO_NEEDS_HOLDER)
            bo_slot_enter_holders(&store, &choice.candidates);
    }
    bo_store_close(&store);

    return bo_answer_booking(fcinfo, &answer);
}
