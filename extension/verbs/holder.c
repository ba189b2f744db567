/*
 * holder.c
 *   Judges what each holder may have at once, by the rules of set_holder_rule(), under the holder's lock.
 *
 * A rule counts what a holder has on many resources, whose locks a call does not hold. So where there is such a rule, a
 * call locks the holder exclusively, before the resources, and reads on the latest snapshot: what the holder has there
 * grows only under that lock. Whether a resource has such a rule is known only under the resource's lock; a call that
 * did not expect one releases that lock, having written nothing, and begins again with bo_holder_enter().
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/holder.h"

#include "base/error.h"
#include "base/label.h"
#include "base/round.h"
#include "store/parameter_array.h"
#include "store/store_group.h"
#include "store/store_holder.h"

/*
 * Returns true if rules count this booking. A pre-booking takes no place until it is made firm, and a mirrored row
 * without rules is only kept from overlapping.
 */
static bool holder_counts(const BoSlotCall *call)
{
    return !call->only_guard && (!call->allow_overlap || call->stays);
}

static int32 holder_verdict(BoStore *store, const BoSlotCall *call, const pg_uuid_t *moving, TimestampTz now,
                            bool lapsed_too)
{
    (void)bo_store_run_latest(store, &bo_sql_judge_holder, bo_text(call->tenant), bo_text(call->resource),
                              bo_range(call->during), bo_instant(now), bo_text(call->holder),
                              bo_uuid_or_null(call->group_id), bo_uuid_or_null(moving), bo_bool(lapsed_too));
    return bo_row_int4(bo_store_row(0), BO_JUDGE_HOLDER_VERDICT);
}

/*
 * Judges a slot on a resource with such rules: sets place->refusal, or place->needs_holder if it cannot be judged yet.
 * moving: the booking that is being moved there, or that gets another holder; or NULL.
 */
void bo_holder_judge(BoStore *store, const BoSlotCall *call, const pg_uuid_t *moving, TimestampTz now, BoPlace *place)
{
    int32 verdict;

    if (!holder_counts(call))
        return;
    place->needs_holder = call->holder == NULL || !bo_lock_has_holder(call->tenant, call->holder);
    if (place->needs_holder)
        return;
    if (holder_verdict(store, call, moving, now, true) == BO_HOLDER_VERDICT_NONE)
        return;
    verdict = holder_verdict(store, call, moving, now, false);
    place->needs_holder = verdict == BO_HOLDER_VERDICT_NONE;
    if (!place->needs_holder)
        place->refusal = verdict == BO_HOLDER_VERDICT_LIMIT ? BO_HOLDER_LIMIT : BO_HOLDER_BUSY;
}

/*
 * Releases the lapsed holds of the holders. Like a change of a group, that waits for rows while it holds others
 * uncommitted, so their resources are locked exclusively, in one order together with those that the caller will lock
 * again.
 */
static void holder_release_lapsed(BoStore *store, const text *tenant, text *const *holders, int count,
                                  BoSlotLock *locks, int lock_count)
{
    TimestampTz now = GetCurrentTimestamp();
    int found = (int)bo_store_run_latest(store, &bo_sql_find_lapsed_of_holders, bo_text(tenant),
                                         bo_texts(holders, count), bo_instant(now));
    text **names = palloc(sizeof(text *) * (found + 1));
    BoSlotLock *all = palloc(sizeof(BoSlotLock) * (lock_count + found));

    if (found == 0)
        return;
    for (int i = 0; i < lock_count; i++)
    {
        locks[i].exclusive = true;
        all[i] = locks[i];
    }
    for (int i = 0; i < found; i++)
    {
        names[i] = bo_row_text(bo_store_row(i), BO_FIND_NAME_RESOURCE);
        all[lock_count + i] = bo_lock_slot_of(tenant, names[i]);
        all[lock_count + i].exclusive = true;
    }
    bo_lock_slots(all, lock_count + found);
    bo_store_run_latest(store, &bo_sql_release_lapsed_of_holders, bo_text(tenant), bo_texts(holders, count),
                        bo_instant(now), bo_texts(names, found));
}

/*
 * Called when a decision needs its holders, under no lock of a resource. Locks them; or, if they are locked already,
 * releases their lapsed holds. Then the resources are locked too, and marked as exclusive for when the caller locks
 * them again.
 */
void bo_holder_enter(BoStore *store, const text *tenant, text *const *holders, int count, BoSlotLock *locks,
                     int lock_count)
{
    bool are_locked = true;

    Assert(count > 0);
    for (int i = 0; i < count; i++)
        are_locked &= bo_lock_has_holder(tenant, holders[i]);
    if (are_locked)
        holder_release_lapsed(store, tenant, holders, count, locks, lock_count);
    else
        bo_lock_holders(tenant, holders, count);
}

/* The holder of a booking. The caller has locked the booking, so the holder does not change. */
text *bo_holder_of(BoStore *store, const text *tenant, const pg_uuid_t *booking_id)
{
    if (bo_store_run_latest(store, &bo_sql_find_holder, bo_text(tenant), bo_uuid(booking_id)) == 0)
        bo_error_unknown_booking(booking_id);
    return bo_store_keep(store, bo_row_text(bo_store_row(0), BO_FIND_HOLDER_HOLDER));
}

/*
 * The same as bo_holder_enter() for the holder of a booking that moves to the slot. The caller holds the locks, which
 * are released and taken again.
 */
void bo_holder_enter_moving(BoStore *store, BoSlotCall *slot, const pg_uuid_t *booking_id, BoSlotLock *locks,
                            int lock_count)
{
    bo_lock_release_slots(locks, lock_count);
    if (slot->holder == NULL)
        slot->holder = bo_holder_of(store, slot->tenant, booking_id);
    bo_holder_enter(store, slot->tenant, &slot->holder, 1, locks, lock_count);
    bo_lock_slots(locks, lock_count);
}

/* A booking's place as a slot for another holder: only the rules on holders judge it. */
static BoSlotCall holder_slot(text *tenant, const BoBookingAnswer *booking, text *holder)
{
    return (BoSlotCall){.tenant = tenant,
                        .resource = booking->resource,
                        .during = booking->during,
                        .holder = holder,
                        .quantity = 1,
                        .allow_overlap = true,
                        .stays = true};
}

/* What the rules say about a locked holder who has just got the booking. No lock of a resource is needed for that. */
BoOutcome bo_holder_judge_renamed(BoStore *store, text *tenant, const BoBookingAnswer *booking, text *holder,
                                  const pg_uuid_t *booking_id)
{
    BoSlotCall slot = holder_slot(tenant, booking, holder);

    for (int round = 0;; bo_round_next(&round))
    {
        BoPlace place = {.refusal = BO_OUTCOME_INVALID};

        bo_holder_judge(store, &slot, booking_id, GetCurrentTimestamp(), &place);
        if (!place.needs_holder)
            return place.refusal;
        bo_holder_enter(store, tenant, &holder, 1, NULL, 0);
    }
}

/*
 * Returns true if a rule counts what each holder has on the resource. For a caller that judges no other rule of the
 * resource.
 */
static bool holder_is_counted(BoStore *store, const text *tenant, text *resource)
{
    bo_store_run_latest(store, &bo_sql_find_kinds, bo_text(tenant), bo_texts(&resource, 1));
    return !bo_row_is_null(bo_store_row(0), BO_FIND_KINDS_RESOURCE_ID) &&
           bo_row_bool(bo_store_row(0), BO_FIND_KINDS_BY_HOLDER);
}

/*
 * Judges whether a holder may have the place of a booking; no other rule is asked again. Called under the booking's
 * lock. Returns BO_UNDECIDED if nothing is against it, or BO_ANSWERED with the refusal as the booking's outcome, or
 * BO_NEEDS_HOLDER.
 */
BoDecision bo_holder_judge_place(BoStore *store, text *tenant, BoBookingAnswer *booking, text *holder,
                                 const pg_uuid_t *booking_id)
{
    BoSlotCall slot = holder_slot(tenant, booking, holder);
    BoPlace place;

    if (booking->unit_count == 0 || !holder_is_counted(store, tenant, booking->resource))
        return BO_UNDECIDED;
    slot.takes_parts = true;
    bo_policy_judge(store, &slot, booking_id, GetCurrentTimestamp(), &place);
    if (place.needs_holder)
        return BO_NEEDS_HOLDER;
    booking->outcome = place.refusal;
    return place.refusal == BO_OUTCOME_INVALID ? BO_UNDECIDED : BO_ANSWERED;
}
