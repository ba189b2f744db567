/*
 * book_slot.c
 *   book_slot(): the one path that takes time.
 *
 * The insert is the decision. Where the constraint is the only rule, one statement books; elsewhere the rules are read
 * first, under the lock. If nothing was inserted, the reason is diagnosed afterwards: the key's own row, or a booking
 * that blocks the slot. If neither is there any more, the insert is tried again. Clocks are read after locks. An insert
 * can still wait for another transaction's row, so time limits are checked once more, and what came too late is undone
 * and judged again.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/book_slot.h"

#include "access/xact.h"

#include "base/arguments.h"
#include "base/error.h"
#include "base/identifier.h"
#include "base/label.h"
#include "base/value.h"
#include "base/wait.h"
#include "store/booking_row.h"
#include "store/event.h"
#include "store/store_booking.h"
#include "store/store_policy.h"
#include "guard/direct_insert.h"
#include "guard/guard.h"
#include "verbs/capacity.h"
#include "verbs/holder.h"
#include "verbs/kind.h"
#include "verbs/line.h"
#include "verbs/parts.h"
#include "verbs/policy.h"
#include "verbs/slot_insert.h"

BO_VERB_THAT_WAITS(book_slot, 14);

/* Fills in a refusal; nothing was written. */
void bo_slot_refuse(BoBookingAnswer *answer, BoOutcome outcome)
{
    answer->outcome = outcome;
    answer->status = BO_STATUS_INVALID;
    answer->unit_count = 0;
    answer->has_group = false;
}

/* Fills in the answer and inserts its row. The answer stands only if BO_DIRECT_INSERTED is returned. */
BoDirectInsert bo_slot_insert_direct(BoDirect *direct, const BoSlotCall *call, BoBookingAnswer *answer, TimestampTz now)
{
    bo_slot_booked(call, answer, now);
    if (call->followed_id != NULL)
        answer->booking_id = *call->followed_id;
    else
        bo_identifier_new(&answer->booking_id, now);
    answer->unit_count = call->allow_overlap ? 0 : 1;
    answer->units[0] = 1;
    return bo_direct_insert(direct, call, answer, now);
}

/*
 * Called when the rows are in. Returns BO_AGAIN, with the rows deleted again, if they came too late: the insert may
 * have waited for a transaction that then rolled back, and a time limit may have passed meanwhile.
 */
static BoDecision slot_check_in_time(BoStore *store, const BoSlotCall *call, BoSlotLock *lock,
                                     const BoBookingAnswer *answer, TimestampTz decide_by, const pg_uuid_t *ids)
{
    if (bo_slot_is_in_time(GetCurrentTimestamp(), call->valid_until, decide_by, bo_slot_hold_end(answer, lock->undone)))
        return BO_ANSWERED;
    bo_slot_delete_bookings(store, call, ids, call->quantity);
    lock->undone = true;
    return BO_AGAIN;
}

/*
 * Returns true if the call may write more than its own booking. It then waits for others while it holds uncommitted
 * rows. Under a shared lock, a book_slots() call that waits for those rows while it holds a booking of its own could
 * deadlock with it.
 */
static bool slot_stands_still(const BoSlotLock *lock)
{
    return lock->exclusive || lock->undone;
}

/*
 * Finds out why nothing was inserted. Lapsed holds do not block: if nothing else does, they are released and the slot
 * is tried again, as it is if the blocker has disappeared in the meantime.
 */
static BoDecision slot_diagnose_direct(BoDirect *direct, BoStore *store, const BoSlotCall *call, const BoSlotLock *lock,
                                       BoBookingAnswer *answer, TimestampTz now)
{
    switch (bo_direct_diagnose(direct, store, call, answer, now))
    {
        case BO_DIRECT_REPLAYED: return BO_ANSWERED;
        case BO_DIRECT_KEY_ELSEWHERE: return bo_slot_replay(store, call, answer, now) ? BO_ANSWERED : BO_AGAIN;
        case BO_DIRECT_TAKEN: bo_slot_refuse(answer, BO_TAKEN); return BO_ANSWERED;
        case BO_DIRECT_NO_UNIT:
            answer->busy = bo_capacity_busy(direct);
            if (answer->busy == 0)
                return BO_NEEDS_RULES; /* which move bookings to other units, or release lapsed holds */
            answer->busy = PointerGetDatum(bo_store_copy(store, answer->busy));
            bo_slot_refuse(answer, BO_TAKEN);
            return BO_ANSWERED;
        case BO_DIRECT_LAPSED:
            if (!slot_stands_still(lock))
                return BO_NEEDS_EXCLUSIVE;
            bo_store_run(store, &bo_sql_release_lapsed, bo_int8(direct->resource_id), bo_range(direct->blocks),
                         bo_instant(now));
            return BO_AGAIN;
        case BO_DIRECT_FREE: return BO_AGAIN;
        case BO_DIRECT_DIAGNOSIS_INVALID: break;
    }
    bo_error_impossible("a conflict without a diagnosis");
}

/*
 * A refusal that may not be final. An earlier attempt with the same key may be in progress and still win, and a
 * repeated call must report that. So the call waits for its end: under the exclusive lock, no other call is in
 * progress. It does not wait if its own insert came too late: then no other attempt had the key, and a transaction that
 * now waits for ours may hold the lock that we would wait for.
 */
static BoDecision slot_refuse(BoStore *store, const BoSlotCall *call, const BoSlotLock *lock, BoBookingAnswer *answer,
                              BoOutcome outcome)
{
    if (call->idempotency_key != NULL && !slot_stands_still(lock))
        return BO_NEEDS_EXCLUSIVE;
    if (bo_slot_replay(store, call, answer, GetCurrentTimestamp()))
        return BO_ANSWERED;
    if (bo_store_run_latest(store, &bo_sql_find_resource, bo_text(call->tenant), bo_text(call->resource)) == 0)
        bo_error_unknown_resource(call->resource);
    bo_slot_refuse(answer, outcome);
    return BO_ANSWERED;
}

/* The same for a refusal by a rule that the light path judged under this lock. */
static BoDecision slot_refuse_direct(BoDirect *direct, BoStore *store, const BoSlotCall *call, const BoSlotLock *lock,
                                     BoBookingAnswer *answer)
{
    TimestampTz now = GetCurrentTimestamp();

    if (call->idempotency_key != NULL && !slot_stands_still(lock))
        return BO_NEEDS_EXCLUSIVE;
    switch (bo_direct_replay(direct, store, call, answer, now))
    {
        case BO_DIRECT_REPLAYED: return BO_ANSWERED;
        case BO_DIRECT_KEY_ELSEWHERE: return bo_slot_replay(store, call, answer, now) ? BO_ANSWERED : BO_AGAIN;
        default: bo_slot_refuse(answer, direct->refusal); return BO_ANSWERED;
    }
}

/*
 * Called when too few units are free as bookings lie now. The answer is a replay or taken, or room is made:
 * BO_UNDECIDED if the units are free now.
 */
static BoDecision slot_make_room(BoStore *store, const BoSlotCall *call, const BoPlace *place, BoBookingAnswer *answer,
                                 TimestampTz now)
{
    Datum busy;

    if (bo_slot_replay(store, call, answer, now))
        return BO_ANSWERED;
    switch (bo_capacity_make_room(store, call->tenant, place, call->quantity, NULL, now, answer->units, &busy))
    {
        case BO_ROOM_MADE: return BO_UNDECIDED;
        case BO_ROOM_TO_CLEAR: return BO_NEEDS_EXCLUSIVE;
        case BO_ROOM_NONE:
            bo_slot_refuse(answer, BO_TAKEN);
            answer->busy = SPI_datumTransfer(busy, false, -1);
            return BO_ANSWERED;
        case BO_ROOM_CLEARED:
        case BO_ROOM_INVALID: break;
    }
    bo_error_impossible("room neither made nor refused");
}

/* Applies the rules before anything is inserted. Returns BO_UNDECIDED if nothing is against it. */
static BoDecision slot_judge(BoStore *store, const BoSlotCall *call, BoSlotLock *lock, BoBookingAnswer *answer,
                             TimestampTz now, BoPlace *place)
{
    BoDecision decision;

    if (now >= call->valid_until)
        return slot_refuse(store, call, lock, answer, BO_TOO_LATE);
    bo_policy_judge(store, call, NULL, now, place);
    if (place->is_unknown)
    {
        /*
         * A call that renames the resource waited for any earlier attempt with the key, so that attempt's row is
         * visible.
         */
        if (!bo_slot_replay(store, call, answer, now))
            bo_error_unknown_resource(call->resource);
        return BO_ANSWERED;
    }
    if (place->has_parts && call->group_id == NULL) /* a repeated call may be from before it had them */
    {
        if (bo_slot_replay(store, call, answer, now))
            return BO_ANSWERED;
        if (call->quantity > place->capacity)
            bo_error_above_capacity(place->capacity);
        return BO_NEEDS_PARTS;
    }
    place->stands_still = slot_stands_still(lock);
    bo_lock_learn(lock, place->kind, place->by_holder);
    if (place->needs_holder)
        return BO_NEEDS_HOLDER;
    /* Closed places are counted too, and the constraint does not count them. */
    if ((place->kind == BO_KIND_COUNTS && !lock->exclusive) || (place->closed.count > 0 && !slot_stands_still(lock)))
        return BO_NEEDS_EXCLUSIVE;
    decision = bo_line_let_pass(store, call, lock, answer, now, place);
    if (decision != BO_UNDECIDED)
        return decision;
    /* Only the first row of a party has the key, so an insert would not stop at the others. */
    if (call->quantity > 1 && bo_slot_replay(store, call, answer, now))
        return BO_ANSWERED;
    if (call->quantity > place->capacity)
        bo_error_above_capacity(place->capacity);
    if (place->refusal != BO_OUTCOME_INVALID)
        return slot_refuse(store, call, lock, answer, place->refusal);
    if (!place->counted_lapsed)
        return BO_UNDECIDED;
    bo_policy_release_counted(store, call, now);
    return BO_AGAIN;
}

/*
 * One round by the rules: they are read, then units are found, then the booking is inserted. met_another says that an
 * earlier round ran into a booking.
 */
static BoDecision slot_try_by_rules(BoStore *store, const BoSlotCall *call, BoSlotLock *lock, BoBookingAnswer *answer,
                                    pg_uuid_t *ids, bool *met_another)
{
    TimestampTz now = lock->served_at != 0 ? lock->served_at : GetCurrentTimestamp();
    BoPlace place;
    BoDecision decision = slot_judge(store, call, lock, answer, now, &place);

    if (decision != BO_UNDECIDED)
        return decision;
    /*
     * With a capacity of 1, the insert itself tells whether the unit is free, so nothing is read until it has met
     * another booking. But it cannot tell that the slot was taken when a SERIALIZABLE transaction began and has been
     * freed since.
     */
    answer->units[0] = 1;
    if (!call->allow_overlap &&
        (place.capacity > 1 || *met_another || IsolationIsSerializable() || place.closed.count > 0) &&
        !bo_capacity_free_units(store, &place, call->quantity, NULL, answer->units))
        decision = slot_make_room(store, call, &place, answer, now);
    if (decision != BO_UNDECIDED)
        return decision;
    if (bo_slot_insert(store, call, &place, answer, ids, now, *met_another))
        return slot_check_in_time(store, call, lock, answer, place.decide_by, ids);
    if (bo_slot_replay(store, call, answer, now))
        return BO_ANSWERED;
    if (bo_catalog()->owner_constrains && !slot_stands_still(lock))
        return BO_NEEDS_EXCLUSIVE;
    *met_another = true;
    return BO_AGAIN;
}

static BoDecision slot_decide_by_rules(BoStore *store, const BoSlotCall *call, BoSlotLock *lock,
                                       BoBookingAnswer *answer)
{
    pg_uuid_t *ids = palloc(sizeof(pg_uuid_t) * call->quantity);
    bool met_another = false;

    for (int round = 0;; bo_round_next(&round))
    {
        BoDecision decision = slot_try_by_rules(store, call, lock, answer, ids, &met_another);

        if (decision != BO_AGAIN)
            return decision;
    }
}

/* Remembers what the resource's row said, as the path by SQL does. */
static void slot_learn_direct(const BoDirect *direct, BoSlotLock *lock)
{
    BoKind kind = direct->is_plain ? BO_KIND_PLAIN : direct->capacity > 1 ? BO_KIND_COUNTS : BO_KIND_POLICY;

    if (lock->kind != kind || lock->by_holder)
        bo_lock_learn(lock, kind, false);
}

/* Where nothing but units is counted: inserts, and only if that fails finds out why. */
static BoDecision slot_decide_direct(BoDirect *direct, BoStore *store, const BoSlotCall *call, BoSlotLock *lock,
                                     BoBookingAnswer *answer)
{
    for (int round = 0;; bo_round_next(&round))
    {
        TimestampTz now = GetCurrentTimestamp();
        BoDecision decision = BO_UNDECIDED;

        if (now >= call->valid_until)
            return slot_refuse(store, call, lock, answer, BO_TOO_LATE);
        switch (bo_slot_insert_direct(direct, call, answer, now))
        {
            case BO_DIRECT_INSERTED:
                decision = slot_check_in_time(store, call, lock, answer, direct->decide_by, &answer->booking_id);
                break;
            case BO_DIRECT_CONFLICT: decision = slot_diagnose_direct(direct, store, call, lock, answer, now); break;
            case BO_DIRECT_REFUSED: decision = slot_refuse_direct(direct, store, call, lock, answer); break;
            case BO_DIRECT_COUNTS: decision = BO_NEEDS_EXCLUSIVE; break;
            case BO_DIRECT_HAS_RULES:
            case BO_DIRECT_UNKNOWN_RESOURCE: return BO_NEEDS_RULES; /* which also report an unknown resource */
            case BO_DIRECT_INSERT_INVALID: bo_error_impossible("an insert without a result");
        }
        slot_learn_direct(direct, lock);
        if (decision != BO_AGAIN)
            return decision;
    }
}

/* Returns BO_ANSWERED, BO_NEEDS_HOLDER or BO_NEEDS_EXCLUSIVE; or BO_NEEDS_PARTS for a call that takes parts. */
BoDecision bo_slot_decide(BoStore *store, const BoSlotCall *call, BoSlotLock *lock, BoBookingAnswer *answer)
{
    BoDecision decision = BO_NEEDS_RULES;
    BoDirect direct;

    /*
     * With an old snapshot the rules must be read again, which only the path by SQL does. Only that path knows waivers
     * and parts.
     */
    if (!lock->serves_line && call->quantity == 1 && call->waives == 0 && call->member >= 0 &&
        !IsolationUsesXactSnapshot() && bo_direct_open(&direct, !call->allow_overlap))
    {
        direct.may_count = lock->exclusive;
        decision = slot_decide_direct(&direct, store, call, lock, answer);
        bo_direct_close(&direct);
    }
    return decision == BO_NEEDS_RULES ? slot_decide_by_rules(store, call, lock, answer) : decision;
}

/* Fills in what every answer to a call says. */
void bo_slot_prepare(BoStore *store, const BoSlotCall *call, BoBookingAnswer *answer)
{
    memset(answer, 0, sizeof(*answer));
    answer->resource = call->resource;
    answer->during = call->during;
    answer->units = MemoryContextAllocZero(store->answer_context, sizeof(int32) * call->quantity);
}

/* Locks the resource, inserts, diagnoses. The answer needs no preparation. */
void bo_slot_book(BoStore *store, const BoSlotCall *call, BoBookingAnswer *answer)
{
    BoSlotLock lock = bo_lock_slot_of(call->tenant, call->resource);

    Assert(call->quantity >= 1);
    bo_slot_prepare(store, call, answer);
    if (lock.by_holder && !call->only_guard)
        bo_lock_holders(call->tenant, &call->holder, 1);
    for (int round = 0;; bo_round_next(&round))
    {
        BoDecision decision;

        bo_lock_slots(&lock, 1);
        decision = bo_slot_decide(store, call, &lock, answer);
        if (decision == BO_ANSWERED)
            return;
        if (lock.offered > 0)
            bo_error_old_snapshot(); /* the lock must stay while the offer is uncommitted; a retried transaction finds
                                      * it offered */
        bo_lock_release_slots(&lock, 1);
        if (decision == BO_NEEDS_PARTS)
        {
            bo_parts_book(store, call, answer);
            return;
        }
        if (decision == BO_NEEDS_HOLDER)
            bo_holder_enter(store, call->tenant, &call->holder, 1, &lock, 1);
        else
            lock.exclusive = true;
    }
}

static Datum book_slot_call(FunctionCallInfo fcinfo)
{
    BoSlotCall call;
    BoBookingAnswer answer;
    BoStore store;

    bo_arguments_slot(fcinfo, &call);
    call.takes_parts = true;

    bo_store_open(&store);
    bo_guard_require();
    if (bo_kind_enter(&store, &call, &answer))
        bo_slot_book(&store, &call, &answer);
    if (answer.outcome == BO_BOOKED && !answer.replayed)
        bo_event_because(call.reason);
    bo_store_close(&store);

    return bo_answer_booking(fcinfo, &answer);
}
