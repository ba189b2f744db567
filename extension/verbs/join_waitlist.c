/*
 * join_waitlist.c
 *   join_waitlist() and leave_waitlist().
 *
 * A call that joins or leaves holds the resource's exclusive lock, under which line.c serves the line. A call that
 * joins finds out under that lock whether there is anything to wait for: it tries the booking and undoes it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "catalog/pg_type.h"

#include "base/answer.h"
#include "base/arguments.h"
#include "base/durable.h"
#include "base/error.h"
#include "base/identifier.h"
#include "base/label.h"
#include "base/limits.h"
#include "base/lock.h"
#include "base/round.h"
#include "base/row_type.h"
#include "base/statistics.h"
#include "base/subtransaction.h"
#include "base/value.h"
#include "base/wait.h"
#include "guard/guard.h"
#include "store/event.h"
#include "store/row_checked.h"
#include "store/store_line.h"
#include "verbs/book_slot.h"
#include "verbs/holder.h"
#include "verbs/line.h"
#include "verbs/parts.h"
#include "verbs/waited_places.h"

BO_VERB_THAT_WAITS(join_waitlist, 10);
BO_VERB_THAT_WAITS(leave_waitlist, 4);

typedef struct WaiterAnswer
{
    BoOutcome outcome;
    bool replayed;
    bool has_waiter;
    pg_uuid_t waiter_id;
    int32 place; /* 0: not in line */
    text *resource;
    RangeType *during;
    int32 quantity;
    bool was_offered;
    pg_uuid_t booking_id;
    TimestampTz lapses_at; /* of its hold; DT_NOEND: no hold stands */
} WaiterAnswer;

static const BoAttribute waiter_attributes[] = {
    {"outcome", InvalidOid}, {"replayed", BOOLOID},   {"waiter_id", UUIDOID},
    {"place", INT4OID},      {"resource", TEXTOID},   {"during", TSTZRANGEOID},
    {"quantity", INT4OID},   {"booking_id", UUIDOID}, {"lapses_at", TIMESTAMPTZOID}};
static BoRowType waiter_answer = {"waiter_answer", lengthof(waiter_attributes), waiter_attributes};

static HeapTuple waiter_answer_row(TupleDesc type, const void *waiter)
{
    const WaiterAnswer *answer = waiter;
    Datum values[] = {bo_label_outcome(waiter_answer.types[0], answer->outcome),
                      BoolGetDatum(answer->replayed),
                      UUIDPGetDatum(&answer->waiter_id),
                      Int32GetDatum(answer->place),
                      PointerGetDatum(answer->resource),
                      RangeTypePGetDatum(answer->during),
                      Int32GetDatum(answer->quantity),
                      UUIDPGetDatum(&answer->booking_id),
                      TimestampTzGetDatum(answer->lapses_at)};
    bool nulls[lengthof(waiter_attributes)] = {[2] = !answer->has_waiter,
                                               [3] = answer->place == 0,
                                               [7] = !answer->was_offered,
                                               [8] = answer->lapses_at == DT_NOEND};

    bo_statistics_count(answer->outcome, answer->replayed);
    StaticAssertStmt(lengthof(values) == lengthof(waiter_attributes), "a value for each attribute");
    return bo_row_type_form(&waiter_answer, type, values, nulls);
}

static Datum waiter_tell(FunctionCallInfo fcinfo, const WaiterAnswer *answer)
{
    if (answer->replayed)
        bo_durable_rest_on(InvalidTransactionId);
    return bo_row_type_answer(fcinfo, &waiter_answer, waiter_answer_row, answer);
}

/* Reads a waiter. The outcome says what has become of it. */
static void waiter_read(BoStore *store, BoRow row, WaiterAnswer *answer)
{
    *answer = (WaiterAnswer){.has_waiter = true,
                             .waiter_id = bo_row_uuid(row, BO_WAITER_ROW_WAITER_ID),
                             .place = bo_row_int4_or(row, BO_WAITER_ROW_PLACE, 0),
                             .resource = bo_store_keep(store, bo_row_text(row, BO_WAITER_ROW_RESOURCE)),
                             .during = bo_store_keep(store, bo_row_slot(row, BO_WAITER_ROW_DURING)),
                             .quantity = bo_row_quantity(row, BO_WAITER_ROW_QUANTITY),
                             .was_offered = !bo_row_is_null(row, BO_WAITER_ROW_BOOKING_ID),
                             .lapses_at = bo_row_instant_or(row, BO_WAITER_ROW_LAPSES_AT, DT_NOEND)};
    if (answer->was_offered)
        answer->booking_id = bo_row_uuid(row, BO_WAITER_ROW_BOOKING_ID);
    answer->outcome = bo_row_bool(row, BO_WAITER_ROW_HAS_LEFT) ? BO_LEFT
                      : answer->was_offered                    ? BO_OFFERED
                      : answer->place > 0                      ? BO_WAITING
                                                               : BO_TOO_LATE;
}

typedef struct JoinCall
{
    BoStore *store;
    BoSlotCall slot; /* what is waited for, as a booking */
    int32 priority;
    TimestampTz expires_at; /* DT_NOEND: when the time is over */
    BoOutcome outcome;      /* what book_slot() would answer now */
    BoWaitedPlaces places;
} JoinCall;

static int64 join_hash(const JoinCall *call)
{
    int64 hash = bo_arguments_hash(BO_HASH_WAITER, &call->slot);

    hash = bo_arguments_hash_bytes(hash, &call->priority, sizeof(call->priority));
    return bo_arguments_hash_bytes(hash, &call->expires_at, sizeof(call->expires_at));
}

/* join_waitlist(resource, during, holder, quantity, offer_for, priority, expires_at, idempotency_key, max_wait, tenant)
 */
static void join_arguments(FunctionCallInfo fcinfo, JoinCall *call)
{
    BoSlotCall *slot = &call->slot;

    bo_arguments_writable("join_waitlist");
    slot->resource = bo_arguments_text(fcinfo, 0, "resource", "'room:1'");
    slot->during = bo_arguments_checked_during(PG_GETARG_DATUM(1), PG_ARGISNULL(1), "during");
    slot->holder = bo_arguments_text(fcinfo, 2, "holder", "'user:42'");
    slot->quantity = bo_arguments_quantity(PG_GETARG_DATUM(3), PG_ARGISNULL(3), "quantity");
    slot->hold_for = bo_arguments_length(fcinfo, 4, "offer_for");
    if (slot->hold_for == NULL)
        bo_error_null_argument("offer_for", "'15 minutes'");
    if (slot->hold_for->month > 0 || bo_value_microseconds(slot->hold_for) > BO_MAX_OFFER_DAYS * USECS_PER_DAY)
        bo_error_argument("offer_for", psprintf("must not be longer than %d days", BO_MAX_OFFER_DAYS), "'15 minutes'");
    if (PG_ARGISNULL(5))
        bo_error_null_argument("priority", "0");
    call->priority = PG_GETARG_INT32(5);
    call->expires_at = PG_ARGISNULL(6) ? DT_NOEND : PG_GETARG_TIMESTAMPTZ(6);
    if (!PG_ARGISNULL(6) && (TIMESTAMP_NOT_FINITE(call->expires_at)))
        bo_error_argument("expires_at", "must not be infinite", "now() + interval '1 day'");
    slot->idempotency_key = bo_arguments_optional_text(fcinfo, 7, "idempotency_key", "'wish:1001'");
    slot->tenant = bo_arguments_tenant(fcinfo);
    slot->valid_until = DT_NOEND;
    slot->takes_parts = true;
    slot->member = 1;
    slot->request_hash = join_hash(call);
}

/* Answers a repeated call with the waiter's present state; OB001 if the key was used for another call. */
static bool join_replay(const JoinCall *call, WaiterAnswer *answer)
{
    const BoSlotCall *slot = &call->slot;
    BoRow row;

    if (slot->idempotency_key == NULL ||
        bo_store_run_latest(call->store, &bo_sql_find_waiter_key, bo_text(slot->tenant), bo_text(slot->idempotency_key),
                            bo_instant(GetCurrentTimestamp())) == 0)
        return false;
    row = bo_store_row(0);
    if (bo_row_int8_or(row, BO_WAITER_ROW_REQUEST_HASH, ~slot->request_hash) != slot->request_hash)
        bo_error_key_reused(slot->idempotency_key);
    waiter_read(call->store, row, answer);
    answer->replayed = true;
    return true;
}

/* Tries the booking that the caller would wait for. It is always undone, and made without the caller's key. */
static bool join_try(void *argument)
{
    JoinCall *call = argument;
    BoSlotCall slot = call->slot;
    BoSlotLock lock = bo_lock_slot_of(slot.tenant, slot.resource);
    BoBookingAnswer answer;
    BoDecision decision = BO_ANSWERED;

    slot.idempotency_key = NULL;
    lock.kind = BO_KIND_COUNTS;
    lock.exclusive = true;
    bo_slot_prepare(call->store, &slot, &answer);
    if (call->places.count > 1)
        (void)bo_parts_book_within(call->store, &slot, &lock, &answer);
    else
        decision = bo_slot_decide(call->store, &slot, &lock, &answer);
    /* If it was not answered, only lapsed holds are in the way, which others must release. */
    call->outcome = decision == BO_ANSWERED ? answer.outcome : BO_HOLDER_LIMIT;
    return false;
}

/*
 * Locks, in this order, the holder if a rule counts what a holder has, the rows of the resource and of its parts, and
 * these resources. What the holder's lapsed holds take is released, as it is for a booking. Returns the resource's id,
 * or 0 if there is none.
 */
static int64 join_lock(JoinCall *call)
{
    const BoSlotCall *slot = &call->slot;
    BoWaitedPlaces *places = &call->places;
    text *holder = slot->holder;
    BoSlotLock *locks;
    bool by_holder;
    int32 capacity;

    bo_waited_places_find(call->store, slot->tenant, slot->resource, places);
    by_holder = bo_waited_places_count_holder(call->store, slot->tenant, places);
    if (by_holder)
        bo_lock_holders(slot->tenant, &holder, 1);
    bo_waited_places_lock_rows(call->store, slot->tenant, places);
    locks = palloc(sizeof(BoSlotLock) * places->count);
    for (int i = 0; i < places->count; i++)
    {
        locks[i] = bo_lock_slot_of(slot->tenant, places->names[i]);
        locks[i].exclusive = true;
    }
    if (by_holder)
        bo_holder_enter(call->store, slot->tenant, &holder, 1, locks, places->count);
    bo_lock_slots(locks, places->count);
    if (bo_store_run_latest(call->store, &bo_sql_find_line_kind, bo_text(slot->tenant), bo_text(slot->resource)) == 0)
        return 0;
    capacity = bo_policy_read_capacity(bo_store_row(0), BO_FIND_LINE_KIND_CAPACITY, slot->resource);
    if (slot->quantity > capacity)
        bo_error_above_capacity(capacity);
    return bo_row_int8(bo_store_row(0), BO_FIND_LINE_KIND_RESOURCE_ID);
}

/* Returns true if there is nothing to wait for, or if waiting would not help: the outcome says why. */
static bool join_is_needless(JoinCall *call, int64 resource_id, TimestampTz now, WaiterAnswer *answer)
{
    BoSlotCall *slot = &call->slot;

    if (bo_value_bound(slot->during, true) <= now || call->expires_at <= now)
    {
        answer->outcome = BO_TOO_LATE;
        return true;
    }
    (void)bo_line_serve(call->store, slot->tenant, slot->resource, PG_INT32_MAX);
    if (bo_store_run_latest(call->store, &bo_sql_find_same_waiter, bo_text(slot->tenant), bo_int8(resource_id),
                            bo_instant(now), bo_text(slot->holder), bo_range(slot->during)) > 0)
    {
        waiter_read(call->store, bo_store_row(0), answer);
        answer->outcome = BO_ALREADY_WAITING;
        return true;
    }
    (void)bo_subtransaction_run(join_try, call, NULL);
    answer->outcome = call->outcome == BO_BOOKED ? BO_FREE_NOW : call->outcome;
    return call->outcome != BO_TAKEN && call->outcome != BO_WAITED_FOR && call->outcome != BO_LIMIT_REACHED;
}

static void join_decide(JoinCall *call, WaiterAnswer *answer)
{
    const BoSlotCall *slot = &call->slot;
    int64 resource_id = join_lock(call);
    TimestampTz now = GetCurrentTimestamp();
    pg_uuid_t waiter_id;

    if (join_replay(call, answer))
        return;
    if (resource_id == 0)
        bo_error_unknown_resource(slot->resource);
    if (join_is_needless(call, resource_id, now, answer))
        return;
    now = GetCurrentTimestamp(); /* later than the holds that were just made for those already in line */
    bo_identifier_new(&waiter_id, now);
    if (bo_store_run_latest(call->store, &bo_sql_insert_waiter, bo_text(slot->tenant), bo_uuid(&waiter_id),
                            bo_int8(resource_id), bo_range(slot->during), bo_text(slot->holder),
                            bo_int4(slot->quantity), bo_interval(slot->hold_for), bo_int4(call->priority),
                            bo_end_or_null(call->expires_at), bo_text_or_null(slot->idempotency_key),
                            bo_int8(slot->request_hash), bo_instant(now)) == 0)
        bo_error_key_reused(slot->idempotency_key); /* a call for another resource was first */
    bo_event_waiter(
        &(BoWaiterChange){BO_EVENT_JOINED, waiter_id, slot->tenant, slot->resource, slot->during, slot->holder});
    bo_store_run_latest(call->store, &bo_sql_mark_waited_for, bo_text(slot->tenant),
                        bo_texts(call->places.names, call->places.count));
    bo_store_run_latest(call->store, &bo_sql_find_waiter, bo_text(slot->tenant), bo_uuid(&waiter_id), bo_instant(now),
                        bo_text_or_null(NULL));
    waiter_read(call->store, bo_store_row(0), answer);
}

static Datum join_waitlist_call(FunctionCallInfo fcinfo)
{
    JoinCall call = {0};
    WaiterAnswer answer = {.lapses_at = DT_NOEND};
    BoStore store;

    join_arguments(fcinfo, &call);
    call.store = &store;
    answer.resource = call.slot.resource;
    answer.during = call.slot.during;
    answer.quantity = call.slot.quantity;

    bo_store_open(&store);
    bo_guard_require();
    if (!join_replay(&call, &answer))
        join_decide(&call, &answer);
    bo_store_close(&store);

    return waiter_tell(fcinfo, &answer);
}

/* OB003 if there is none, or if it is another holder's. */
static void leave_read(BoStore *store, const text *tenant, const pg_uuid_t *waiter_id, const text *holder,
                       WaiterAnswer *answer)
{
    if (bo_store_run_latest(store, &bo_sql_find_waiter, bo_text(tenant), bo_uuid(waiter_id),
                            bo_instant(GetCurrentTimestamp()), bo_text_or_null(holder)) == 0)
        bo_error_unknown_waiter(waiter_id);
    waiter_read(store, bo_store_row(0), answer);
}

/* Locks the resource that the waiter waits for, under its present name. */
static void leave_lock(BoStore *store, const text *tenant, const pg_uuid_t *waiter_id, const text *holder,
                       WaiterAnswer *answer)
{
    leave_read(store, tenant, waiter_id, holder, answer);
    for (int round = 0;; bo_round_next(&round))
    {
        BoSlotLock lock = bo_lock_slot_of(tenant, answer->resource);
        text *name = answer->resource;

        lock.exclusive = true;
        bo_lock_slots(&lock, 1);
        leave_read(store, tenant, waiter_id, holder, answer);
        if (bo_arguments_same_text(name, answer->resource))
            return;
        bo_lock_release_slots(&lock, 1);
    }
}

/*
 * leave_waitlist(waiter_id, holder, max_wait, tenant). A waiter who leaves a strict line may have blocked others, so
 * the line is served.
 */
static Datum leave_waitlist_call(FunctionCallInfo fcinfo)
{
    WaiterAnswer answer;
    pg_uuid_t *waiter_id;
    text *holder, *tenant;
    BoStore store;

    bo_arguments_writable("leave_waitlist");
    waiter_id = bo_arguments_uuid(fcinfo, 0, "waiter_id");
    holder = bo_arguments_own_holder(fcinfo, 4);
    tenant = bo_arguments_tenant(fcinfo);

    bo_store_open(&store);
    leave_lock(&store, tenant, waiter_id, holder, &answer);
    if (bo_store_run_latest(&store, &bo_sql_leave_line, bo_text(tenant), bo_uuid(waiter_id),
                            bo_instant(GetCurrentTimestamp())) > 0)
    {
        holder = bo_row_text(bo_store_row(0), BO_LEAVE_LINE_HOLDER);
        bo_event_waiter(&(BoWaiterChange){BO_EVENT_LEFT, *waiter_id, tenant, answer.resource, answer.during, holder});
        answer.outcome = BO_LEFT;
        answer.place = 0;
        (void)bo_line_serve(&store, tenant, answer.resource, PG_INT32_MAX);
    }
    else
        answer.replayed = answer.outcome == BO_LEFT;
    bo_store_close(&store);

    return waiter_tell(fcinfo, &answer);
}
