/*
 * move.c
 *   reschedule_booking(): a booking moves to another time or resource.
 *
 * The booking keeps its id and its key. A move locks its booking, then both resources exclusively in hash order: if it
 * locked only the resource that it goes to, two moves in opposite directions would each wait for the row that the other
 * has just left. An UPDATE has no ON CONFLICT, so room is found first, under the lock. If a raw INSERT takes that room
 * first, the constraint reports it: then the subtransaction is rolled back, and room is looked for again.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/move.h"

#include "base/error.h"
#include "base/error_parts.h"
#include "base/round.h"
#include "base/subtransaction.h"
#include "base/wait.h"
#include "base/waiver.h"
#include "store/booking_row.h"
#include "store/event.h"
#include "store/store_booking.h"
#include "store/store_dispatch.h"
#include "store/store_group.h"
#include "guard/guard.h"
#include "verbs/capacity.h"
#include "verbs/filled_booking.h"
#include "verbs/followed_booking.h"
#include "verbs/holder.h"
#include "verbs/kind.h"
#include "verbs/line.h"
#include "verbs/policy.h"
#include "verbs/position.h"
#include "verbs/whole.h"

BO_VERB_THAT_WAITS(reschedule_booking, 8);

typedef struct MoveCall
{
    pg_uuid_t *booking_id;
    bool keeps_resource;
    BoSlotCall slot;      /* where it goes */
    pg_uuid_t request_id; /* the request whose position the booking fills, locked; or none */
} MoveCall;

/* Returns true if the booking is live. Otherwise the answer says why it cannot be changed. */
bool bo_move_find_live(BoStore *store, const text *tenant, const pg_uuid_t *booking_id, BoBookingAnswer *answer,
                       TimestampTz now)
{
    bo_booking_row_find_latest(store, tenant, booking_id, now, answer);
    if (bo_answer_stands(answer))
        return true;
    answer->outcome = bo_answer_ended(answer);
    return false;
}

/* Locks the resource that the booking leaves, by its name as last read, and the one to which it goes. */
static void move_lock_both(MoveCall *call, text *from, BoSlotLock *locks)
{
    BoSlotCall *slot = &call->slot;

    if (call->keeps_resource)
        slot->resource = from;
    locks[0] = bo_lock_slot_of(slot->tenant, from);
    locks[1] = bo_lock_slot_of(slot->tenant, slot->resource);
    locks[0].exclusive = locks[1].exclusive = true;
    bo_lock_slots(locks, 2);
}

static bool move_is_there(const MoveCall *call, const BoBookingAnswer *booking)
{
    TypeCacheEntry *type = lookup_type_cache(RangeTypeGetOid(booking->during), TYPECACHE_RANGE_INFO);

    return range_eq_internal(type, booking->during, call->slot.during) &&
           bo_arguments_same_text(booking->resource, call->slot.resource);
}

/*
 * Returns true if the booking fills a position of a request in which the provider that it goes to already has one: a
 * provider with room for two bookings would fill two positions. beside: a booking that leaves that provider and so does
 * not count, or NULL.
 */
bool bo_move_provider_is_busy(BoStore *store, const text *tenant, const pg_uuid_t *request_id, const text *from,
                              const text *to, const pg_uuid_t *beside)
{
    BoHeldPosition there;

    if (!bo_filled_booking_fills(request_id) || bo_arguments_same_text(from, to))
        return false;
    there = bo_position_find(store, tenant, request_id, to);
    return there.position > 0 && (beside == NULL || memcmp(&there.booking_id, beside, UUID_LEN) != 0);
}

static bool move_keeps(const RangeType *to, const RangeType *from, bool end)
{
    TypeCacheEntry *type = lookup_type_cache(RangeTypeGetOid(to), TYPECACHE_RANGE_INFO);
    RangeBound to_bounds[2], from_bounds[2];
    bool is_empty;

    range_deserialize(type, to, &to_bounds[0], &to_bounds[1], &is_empty);
    range_deserialize(type, from, &from_bounds[0], &from_bounds[1], &is_empty);
    return range_cmp_bounds(type, &to_bounds[end], &from_bounds[end]) == 0;
}

/* Notice is only required for a start that changes: a booking that has begun may end earlier or last longer. */
bool bo_move_keeps_start(const RangeType *to, const RangeType *from)
{
    return move_keeps(to, from, false);
}

/* If only the start of a stay changes, its end is not judged by rules that were made since. */
bool bo_move_keeps_end(const RangeType *to, const RangeType *from)
{
    return move_keeps(to, from, true);
}

/* A booking under a closure stays valid, so it may be shortened. */
bool bo_move_stays_within(const RangeType *to, const RangeType *from)
{
    return range_contains_internal(lookup_type_cache(RangeTypeGetOid(to), TYPECACHE_RANGE_INFO), from, to);
}

/*
 * Makes room and moves the row in time. Returns false if that failed; what was written must then be undone, in the
 * subtransaction that the caller runs this in.
 */
bool bo_move_try(void *move)
{
    BoMove *it = move;
    BoStore *store = it->store;
    const BoSlotCall *slot = it->slot;
    TimestampTz decided;
    int32 unit = 0;
    Datum busy;

    if (!slot->allow_overlap && !bo_capacity_free_units(store, it->place, 1, it->booking_id, &unit) &&
        bo_capacity_make_room(store, slot->tenant, it->place, 1, it->booking_id, it->now, &unit, &busy) != BO_ROOM_MADE)
    {
        it->taken = true;
        it->answer->busy = SPI_datumTransfer(busy, false, -1);
        return false;
    }
    if (bo_store_run_latest(store, &bo_sql_move_booking, bo_text(slot->tenant), bo_uuid(it->booking_id),
                            bo_instant(it->now), bo_int8(it->place->resource_id),
                            bo_nullable(bo_int4(unit), slot->allow_overlap), bo_range(slot->during),
                            bo_range(it->place->blocks)) == 0)
        return false;
    decided = GetCurrentTimestamp();
    bo_booking_row_read(store, bo_store_row(0), it->now, it->answer);
    return decided <= it->place->decide_by && !bo_answer_has_lapsed(it->answer, decided);
}

/*
 * Tries a move that no rule forbids. Returns false if it must be judged again, because a lapsed hold counted against a
 * limit, or because a raw INSERT came first.
 */
bool bo_move_settle(BoMove *move, bool (*attempt)(void *), BoOutcome done)
{
    if (move->place->counted_lapsed)
    {
        bo_policy_release_counted(move->store, move->slot, move->now);
        return false;
    }
    if (bo_subtransaction_run(attempt, move, bo_guard_refused))
        move->answer->outcome = done;
    else if (move->taken)
        move->answer->outcome = BO_TAKEN;
    else
        return false;
    return true;
}

/* Says what of the place was judged when the booking was made. Returns true if it stays on its resource. */
static bool move_compare(BoSlotCall *slot, const BoBookingAnswer *from)
{
    bool is_there = bo_arguments_same_text(slot->resource, from->resource);

    slot->allow_overlap = from->unit_count == 0;
    slot->keeps_start = bo_move_keeps_start(slot->during, from->during);
    slot->keeps_grid = is_there && slot->keeps_start;
    slot->keeps_end = is_there && bo_move_keeps_end(slot->during, from->during);
    slot->stays_within = is_there && bo_move_stays_within(slot->during, from->during);
    return is_there;
}

/* Returns true, with the answer, if the booking cannot move or need not. */
static bool move_has_answer(BoStore *store, const MoveCall *call, BoBookingAnswer *answer)
{
    const BoSlotCall *slot = &call->slot;

    answer->replayed = move_is_there(call, answer);
    if (answer->replayed)
        answer->outcome = BO_RESCHEDULED;
    else if (bo_move_provider_is_busy(store, slot->tenant, &call->request_id, answer->resource, slot->resource, NULL))
        answer->outcome = BO_PROVIDER_BUSY;
    return answer->outcome != BO_OUTCOME_INVALID;
}

/* Returns false, with nothing written and no resource locked, if the booking goes to a resource with parts. */
static bool move_decide(BoStore *store, MoveCall *call, BoBookingAnswer *answer)
{
    BoSlotCall *slot = &call->slot;
    BoSlotLock locks[2];
    bool has_offered = false;
    text *from;

    if (!bo_move_find_live(store, slot->tenant, call->booking_id, answer, GetCurrentTimestamp()))
        return true;
    slot->of_kind = bo_kind_of(store, slot->tenant, answer->kind);
    from = answer->resource;
    move_lock_both(call, from, locks);
    for (int round = 0;; bo_round_next(&round))
    {
        TimestampTz now = GetCurrentTimestamp();
        bool is_there;
        BoPlace place;

        if (!bo_move_find_live(store, slot->tenant, call->booking_id, answer, now))
            return true;
        if (!bo_arguments_same_text(answer->resource, from)) /* it was renamed while the call waited */
        {
            bo_lock_release_slots(locks, 2);
            from = answer->resource;
            move_lock_both(call, from, locks);
            continue;
        }
        if (move_has_answer(store, call, answer))
            return true;
        is_there = move_compare(slot, answer);
        has_offered |= bo_line_judge(store, slot, call->booking_id, now, &place);
        if (place.has_parts)
        {
            if (is_there)
                bo_error_parts_changed(call->booking_id, slot->resource);
            bo_lock_release_slots(locks, 2);
            return false;
        }
        if (place.needs_holder)
        {
            if (has_offered)
                bo_error_old_snapshot();
            bo_holder_enter_moving(store, slot, call->booking_id, locks, 2);
            continue;
        }
        place.stands_still = true;
        if (place.refusal != BO_OUTCOME_INVALID)
        {
            answer->outcome = place.refusal;
            return true;
        }
        if (bo_move_settle(&(BoMove){store, slot, call->booking_id, &place, now, answer, false}, bo_move_try,
                           BO_RESCHEDULED))
        {
            bo_line_serve_all(store, slot->tenant, &from, answer->outcome == BO_RESCHEDULED);
            return true;
        }
    }
}

/* reschedule_booking(booking_id, during, resource, holder, waive, reason, max_wait, tenant) */
static Datum reschedule_booking_call(FunctionCallInfo fcinfo)
{
    MoveCall call = {0};
    BoBookingAnswer answer = {0};
    BoWhole whole;
    BoStore store;
    text *holder;

    bo_arguments_writable("reschedule_booking");
    call.booking_id = bo_arguments_uuid(fcinfo, 0, "booking_id");
    call.slot.during = bo_arguments_checked_during(PG_GETARG_DATUM(1), PG_ARGISNULL(1), "during");
    call.slot.resource = bo_arguments_optional_text(fcinfo, 2, "resource", "'room:1'");
    call.keeps_resource = call.slot.resource == NULL;
    holder = bo_arguments_own_holder(fcinfo, 6); /* holder stands where it stood in the version with 6 parameters */
    call.slot.waives = bo_waiver_arguments(fcinfo, 4, &call.slot.reason);
    call.slot.tenant = bo_arguments_tenant(fcinfo);
    call.slot.quantity = 1;
    call.slot.takes_parts = true;

    bo_store_open_for(&store, BO_TABLES_DISPATCH);
    bo_kind_lock_table();
    bo_guard_require();
    bo_booking_row_check_holder(&store, call.slot.tenant, call.booking_id, holder);
    bo_followed_booking_refuse(&store, call.slot.tenant, call.booking_id, 1);
    bo_filled_booking_lock(&store, call.slot.tenant, call.booking_id, 1, &call.request_id);
    bo_booking_row_check_holder(&store, call.slot.tenant, call.booking_id, holder);
    if (bo_whole_find(&store, call.slot.tenant, call.booking_id, &whole) || !move_decide(&store, &call, &answer))
        bo_move_whole(&store, &call.slot, call.booking_id, &call.request_id, &answer);
    if (answer.outcome == BO_RESCHEDULED && !answer.replayed)
        bo_event_because(call.slot.reason);
    bo_store_close(&store);

    return bo_answer_booking(fcinfo, &answer);
}
