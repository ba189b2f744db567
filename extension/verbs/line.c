/*
 * line.c
 *   What becomes free on a resource goes first to those who wait in line for it.
 *
 * A line is read and written only under the exclusive lock of its resource. Every call that takes time of a resource
 * with a line serves the line first: in order, each waiter whom the free time fits gets a hold, and the call gets what
 * is left. So nobody jumps the queue, whether the time was given back or a hold has lapsed, which no transaction
 * notices. A call that gives time back serves the line after it has written, in the same transaction. It locks the
 * resource before it writes: otherwise somebody who joins at that moment would neither find the time free nor be found
 * in line.
 *
 * A holder is locked before a resource, and whoever is in line becomes known only under the resource's lock. So where a
 * rule counts what a holder has, the holder's lock is taken here without waiting; if somebody else has it, the time is
 * kept for that holder until the line is served again.
 *
 * Time of a whole becomes free when one of its parts does. A call that has locked one part cannot wait for the locks of
 * the whole and of the other parts, which come before it in the order of locks as often as after it. So it takes them
 * without waiting; if somebody else has one, the line of the whole is left to the next call. Those who wait for a part
 * come before those who wait for a whole.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/line.h"

#include "miscadmin.h"

#include "base/answer.h"
#include "base/label.h"
#include "base/lock.h"
#include "guard/guard.h"
#include "store/event.h"
#include "store/row_checked.h"
#include "store/store_line.h"
#include "store/store_parts.h"
#include "verbs/book_slot.h"
#include "verbs/parts.h"

typedef struct LineRun
{
    BoStore *store;
    TimestampTz now;
    bool is_strict; /* a waiter who wants more than is free blocks those behind */
    bool by_holder; /* a rule counts what each holder has there */
    bool has_parts; /* they are locked, too */
    int32 capacity;
    BoLine line;
    int refused_count;
    BoSlotCall *refused; /* waiters without room; others who want as many places then get none either */
} LineRun;

static bool line_overlaps(const RangeType *a, const RangeType *b)
{
    return range_overlaps_internal(lookup_type_cache(RangeTypeGetOid(a), TYPECACHE_RANGE_INFO), a, b);
}

static bool line_is_claimed(const BoLine *line, const RangeType *blocks)
{
    for (int i = 0; i < line->claim_count; i++)
        if (line_overlaps(line->claims[i], blocks))
            return true;
    return false;
}

/* What the waiter asks for, with the buffers around it. */
static RangeType *line_blocks(const LineRun *run, const BoSlotCall *call)
{
    BoPlace place;

    bo_policy_judge(run->store, call, NULL, run->now, &place);
    return place.blocks;
}

static bool line_was_refused(const LineRun *run, const BoSlotCall *call)
{
    TypeCacheEntry *type = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);

    for (int i = 0; i < run->refused_count; i++)
        if (run->refused[i].quantity <= call->quantity && range_eq_internal(type, run->refused[i].during, call->during))
            return true;
    return false;
}

/* Returns true if the holder's lock, which comes before the resource's, is got without waiting, or is not needed. */
static bool line_has_holder(const LineRun *run, const BoSlotCall *call)
{
    return !run->by_holder || bo_lock_try_holder(call->tenant, call->holder);
}

/* Makes the hold, by the rules of any other booking. Returns false if it does not fit. */
static bool line_offer(LineRun *run, const BoSlotCall *call, const pg_uuid_t *waiter_id)
{
    BoSlotLock lock = bo_lock_slot_of(call->tenant, call->resource);
    BoBookingAnswer answer;
    BoDecision decision = BO_ANSWERED;
    int32 for_parts = 0;

    lock.kind = BO_KIND_COUNTS;
    lock.exclusive = true;
    lock.serves_line = true;
    lock.served_at = run->now; /* time of a hold that lapses meanwhile is not offered in this run */
    bo_slot_prepare(run->store, call, &answer);
    bo_event_offer_to(waiter_id);
    if (run->has_parts)
        for_parts = bo_parts_book_within(run->store, call, &lock, &answer);
    else
        decision = bo_slot_decide(run->store, call, &lock, &answer);
    bo_event_offer_to(NULL);
    if (decision != BO_ANSWERED)
        return false; /* lapsed holds elsewhere are in the way: somebody must release them first */
    if (answer.outcome == BO_TAKEN)
        run->refused[run->refused_count++] = *call;
    if (answer.outcome != BO_BOOKED)
        return false;
    bo_store_run_latest(run->store, &bo_sql_offer_place, bo_text(call->tenant), bo_uuid(waiter_id),
                        bo_uuid(&answer.booking_id), bo_instant(GetCurrentTimestamp()));
    run->line.offered += 1 + for_parts;
    return true;
}

/*
 * Decides about one waiter: it is offered what it waits for, or keeps that time from those behind, or is passed over.
 */
static void line_ask(LineRun *run, const BoSlotCall *call, const pg_uuid_t *waiter_id)
{
    BoLine *line = &run->line;
    bool keeps;

    if (call->quantity > run->capacity) /* the capacity was lowered since: there is never room for this waiter */
        return;
    if (line->claim_count > 0 && line_is_claimed(line, line_blocks(run, call)))
        keeps = true;
    else if (line_was_refused(run, call))
        keeps = false; /* in a strict line, whoever was refused first keeps this time already */
    else if (!line_has_holder(run, call))
        keeps = true;
    else
    {
        int refused = run->refused_count;

        keeps = !line_offer(run, call, waiter_id) && run->is_strict && run->refused_count > refused;
    }
    if (keeps)
        line->claims[line->claim_count++] = line_blocks(run, call);
}

static BoSlotCall line_call(BoRow row, text *tenant, text *resource, Interval *offer_for)
{
    *offer_for = bo_row_interval(row, BO_FIND_LINE_OFFER_FOR);
    return (BoSlotCall){.tenant = tenant,
                        .resource = resource,
                        .during = bo_row_slot(row, BO_FIND_LINE_DURING),
                        .holder = bo_row_text(row, BO_FIND_LINE_HOLDER),
                        .quantity = bo_row_quantity(row, BO_FIND_LINE_QUANTITY),
                        .hold_for = offer_for,
                        .valid_until = DT_NOEND,
                        .takes_parts = true,
                        .member = 1};
}

/*
 * Locks the parts of a resource that is locked, without waiting. Returns false, with none of them locked, if somebody
 * else has one, or if one has too few units for the whole by now.
 */
static bool line_lock_parts(LineRun *run, text *tenant, text *resource, BoResources *parts)
{
    int count = (int)bo_store_run_latest(run->store, &bo_sql_find_parts, bo_text(tenant), bo_text(resource));
    int64 *ids = palloc(sizeof(int64) * Max(count, 1));

    *parts = bo_slot_resources(tenant, count);
    parts->keyed = true; /* one that was just renamed is not found */
    for (int i = 0; i < count; i++)
    {
        BoRow row = bo_store_row(i);

        if (bo_row_quantity(row, BO_FIND_PARTS_QUANTITY) > bo_row_int4(row, BO_FIND_PARTS_CAPACITY))
            return false;
        ids[i] = bo_row_int8(row, BO_FIND_PARTS_RESOURCE_ID);
        bo_slot_name(parts, i, bo_row_text(row, BO_FIND_PARTS_RESOURCE));
    }
    if (!bo_slot_try_lock_all(run->store, parts))
        return false;
    for (int i = 0; i < count; i++)
        run->by_holder |= parts->locks[i].by_holder;
    if (memcmp(ids, parts->ids, sizeof(int64) * count) == 0)
        return true;
    bo_slot_give_back_all(parts, true);
    return false;
}

/* Asks those in line one after the other. What is read for each is freed. */
static void line_ask_all(LineRun *run, text *tenant, text *resource, const BoRow *rows, int32 at_most)
{
    int32 waiting = run->line.waiting;

    run->refused = palloc(sizeof(BoSlotCall) * (waiting + 1));
    run->line.claims = MemoryContextAlloc(run->store->answer_context, sizeof(RangeType *) * (waiting + 1));
    for (int32 i = 0; i < waiting && run->line.offered < at_most; i++)
    {
        Interval offer_for;
        BoSlotCall call = line_call(rows[i], tenant, resource, &offer_for);
        pg_uuid_t waiter_id = bo_row_uuid(rows[i], BO_FIND_LINE_WAITER_ID);

        CHECK_FOR_INTERRUPTS();
        bo_store_begin_part(run->store);
        line_ask(run, &call, &waiter_id);
        bo_store_end_part(run->store);
    }
}

/*
 * Serves the line of a resource, if it has one, and makes at most at_most holds; not those of its wholes. Called under
 * the resource's exclusive lock, perhaps within a part of the caller's own.
 */
BoLine bo_line_serve_own(BoStore *store, text *tenant, text *resource, int32 at_most)
{
    LineRun run = {.store = store, .now = GetCurrentTimestamp()};
    MemoryContext whole = store->whole_context;
    BoResources parts;
    BoRow *rows;
    BoRow row;

    if (bo_store_run_latest(store, &bo_sql_find_line_kind, bo_text(tenant), bo_text(resource)) == 0)
        return run.line;
    row = bo_store_row(0);
    /* Without the constraint nothing is booked. That is no error here: a call that gives time back goes on. */
    if (!bo_row_bool(row, BO_FIND_LINE_KIND_HAS_WAITERS) || !bo_guard_stands())
        return run.line;
    run.is_strict = bo_row_bool(row, BO_FIND_LINE_KIND_IS_STRICT);
    run.by_holder = bo_row_bool(row, BO_FIND_LINE_KIND_BY_HOLDER);
    run.capacity = bo_policy_read_capacity(row, BO_FIND_LINE_KIND_CAPACITY, resource);
    run.has_parts = bo_row_bool(row, BO_FIND_LINE_KIND_HAS_PARTS);
    run.line.resource_id = bo_row_int8(row, BO_FIND_LINE_KIND_RESOURCE_ID);
    run.line.waiting =
        (int32)bo_store_run_latest(store, &bo_sql_find_line, bo_int8(run.line.resource_id), bo_instant(run.now));
    rows = palloc(sizeof(BoRow) * (run.line.waiting + 1));
    for (int32 i = 0; i < run.line.waiting; i++)
        rows[i] = bo_store_row(i);
    if (run.line.waiting == 0 || (run.has_parts && !line_lock_parts(&run, tenant, resource, &parts)))
        return run.line;
    line_ask_all(&run, tenant, resource, rows, at_most);
    if (run.has_parts && run.line.offered == 0)
        bo_slot_give_back_all(&parts, true);
    store->whole_context = whole;
    return run.line;
}

/* The wholes that take a resource along and that somebody waits for. Returns how many there are. */
int bo_line_find_wholes(BoStore *store, text *tenant, int64 resource_id, text ***wholes)
{
    int count = (int)bo_store_run_latest(store, &bo_sql_find_waited_wholes, bo_text(tenant), bo_int8(resource_id),
                                         bo_instant(GetCurrentTimestamp()));

    *wholes = palloc(sizeof(text *) * (count + 1));
    for (int i = 0; i < count; i++)
        (*wholes)[i] = bo_row_text(bo_store_row(i), BO_FIND_WAITED_WHOLES_RESOURCE);
    return count;
}

/* Serves the line of a whole, of which a part is locked. Returns how many holds it made: if none, it locks nothing. */
static int32 line_serve_whole(BoStore *store, text *tenant, text *whole, int32 at_most)
{
    BoSlotLock lock = bo_lock_slot_of(tenant, whole);
    int32 offered;

    lock.exclusive = true;
    if (!bo_lock_try_slot(&lock))
        return 0;
    offered = bo_line_serve_own(store, tenant, whole, at_most).offered;
    if (offered == 0)
        bo_lock_release_slots(&lock, 1);
    return offered;
}

/*
 * Serves the line of a resource, and then the lines of the wholes that take it along, as far as nobody else is using
 * them or another part of them. Makes at most at_most holds. Called under the resource's exclusive lock.
 */
BoLine bo_line_serve(BoStore *store, text *tenant, text *resource, int32 at_most)
{
    BoLine line = bo_line_serve_own(store, tenant, resource, at_most);
    text **wholes;
    int count = line.resource_id == 0 ? 0 : bo_line_find_wholes(store, tenant, line.resource_id, &wholes);

    for (int i = 0; i < count && line.offered < at_most; i++)
        line.offered += line_serve_whole(store, tenant, wholes[i], at_most - line.offered);
    return line;
}

/* The same for resources on which a call has given time back. */
void bo_line_serve_all(BoStore *store, text *tenant, text **resources, int count)
{
    for (int i = 0; i < count; i++)
    {
        bool is_served = false;

        for (int k = 0; k < i && !is_served; k++)
            is_served = bo_arguments_same_text(resources[k], resources[i]);
        if (!is_served)
            (void)bo_line_serve(store, tenant, resources[i], PG_INT32_MAX);
    }
}

/* The same for those resources that bo_slot_lock_to_free() has locked and that have a line. */
void bo_line_serve_freed(BoStore *store, text *tenant, const BoResources *freed)
{
    for (int i = 0; i < freed->count; i++)
        if (freed->locks[i].has_line)
            (void)bo_line_serve(store, tenant, freed->names[i], PG_INT32_MAX);
}

/* Refuses a place that no rule refuses but that is kept for somebody in line. */
void bo_line_refuse_claimed(const BoLine *line, BoPlace *place)
{
    if (place->refusal != BO_OUTCOME_INVALID || !line_is_claimed(line, place->blocks))
        return;
    place->refusal = BO_WAITED_FOR;
    place->counted_lapsed = false; /* a refusal releases nothing */
}

/*
 * Judges a place as bo_policy_judge() does, after the line of its resource has been served. Called under the resource's
 * exclusive lock. Returns true if it has made a hold for somebody: then that lock must not be released.
 */
bool bo_line_judge(BoStore *store, const BoSlotCall *call, const pg_uuid_t *moving, TimestampTz now, BoPlace *place)
{
    BoLine line;

    bo_policy_judge(store, call, moving, now, place);
    if (!place->has_line || place->needs_holder || call->allow_overlap)
        return false;
    line = bo_line_serve(store, call->tenant, call->resource, PG_INT32_MAX);
    if (line.offered > 0)
        bo_policy_judge(store, call, moving, now, place);
    bo_line_refuse_claimed(&line, place);
    return line.offered > 0;
}

/*
 * Lets those in line go first: serves the line, and leaves the rest to this call. A replay is answered before that, and
 * writes nothing.
 */
BoDecision bo_line_let_pass(BoStore *store, const BoSlotCall *call, BoSlotLock *lock, BoBookingAnswer *answer,
                            TimestampTz now, BoPlace *place)
{
    BoLine line;

    if (!place->has_line || lock->serves_line || call->allow_overlap || call->only_guard)
        return BO_UNDECIDED;
    if (bo_slot_replay(store, call, answer, now))
        return BO_ANSWERED;
    line = lock->serves_whole ? bo_line_serve_own(store, call->tenant, call->resource, PG_INT32_MAX)
                              : bo_line_serve(store, call->tenant, call->resource, PG_INT32_MAX);
    lock->offered += line.offered;
    if (line.offered > 0)
        bo_policy_judge(store, call, NULL, now, place);
    bo_line_refuse_claimed(&line, place);
    return place->needs_holder ? BO_NEEDS_HOLDER : BO_UNDECIDED;
}
