/*
 * reschedule_group.c
 *   reschedule_group(): bookings made together move together, all or none of them.
 *
 * They move by a length, each on the wall clock of its resource's zone, or to a time given for each member. The
 * bookings keep their ids, keys and resources. First all resources are locked exclusively, in hash order, as for a move
 * of each; then all of the bookings leave their units, so that none is in another's way, and each takes its new place,
 * judged like a new booking. All this happens in a subtransaction: one refusal undoes all of it. A booking with parts
 * is followed by these.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/reschedule_group.h"

#include "base/error.h"
#include "base/lock.h"
#include "base/round.h"
#include "base/subtransaction.h"
#include "base/value.h"
#include "guard/guard.h"
#include "verbs/filled_booking.h"
#include "verbs/followed_booking.h"
#include "verbs/holder.h"
#include "verbs/kind.h"

static RangeType *regroup_shifted(const BoRegroupCall *call, RangeType *during, pg_tz *zone)
{
    TypeCacheEntry *type = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);
    RangeBound lower, upper;
    bool is_empty;

    range_deserialize(type, during, &lower, &upper, &is_empty);
    lower.val = TimestampTzGetDatum(bo_value_shift(DatumGetTimestampTz(lower.val), call->by, 1, zone));
    upper.val = TimestampTzGetDatum(bo_value_shift(DatumGetTimestampTz(upper.val), call->by, 1, zone));
    if (DatumGetTimestampTz(upper.val) <= DatumGetTimestampTz(lower.val))
        bo_error_argument("by", "must not make a booking end before it begins, where clocks are moved on", "'1 hour'");
    return bo_arguments_checked_during(RangeTypePGetDatum(bo_value_range(type, &lower, &upper)), false,
                                       "the new time of a member");
}

static int regroup_compare_member(const void *member, const void *move)
{
    int32 left = *(const int32 *)member, right = ((const BoRegroupMove *)move)->row->member;

    return left < right ? -1 : left > right;
}

/* Parts move with their whole, to the same time, whatever the time zone of their own resource. */
static void regroup_choose_parts(BoRegroupCall *call)
{
    BoGroup *group = &call->group;
    int whole_count = call->move_count;

    for (int i = 0; i < bo_group_first(group); i++)
    {
        BoGroupRow *row = &group->rows[i];
        int32 member = -row->member;
        const BoRegroupMove *whole =
            bsearch(&member, call->moves, whole_count, sizeof(BoRegroupMove), regroup_compare_member);

        if (whole == NULL || row->booking.status == BO_STATUS_CANCELLED) /* it was given back when its whole moved */
            continue;
        if (!bo_answer_stands(&row->booking))
            bo_error_old_snapshot(); /* it has lapsed with its whole, and another call has just released it */
        call->moves[call->move_count++] = (BoRegroupMove){.row = row, .member = whole->member, .to = whole->to};
    }
}

/* Chooses the rows that move, and where they move to. */
static void regroup_choose(BoStore *store, BoRegroupCall *call)
{
    TypeCacheEntry *type = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);
    BoGroup *group = &call->group;
    int first = bo_group_first(group), member = -1;

    call->move_count = 0;
    call->moves = MemoryContextAllocHuge(store->answer_context, sizeof(BoRegroupMove) * group->row_count);
    for (int i = first; i < group->row_count; i++)
    {
        BoGroupRow *row = &group->rows[i];
        BoRegroupMove move = {.row = row};
        bool stands = bo_answer_stands(&row->booking);

        member += i == first || row->member != group->rows[i - 1].member;
        move.member = member;
        if (!stands || row->is_over)
            continue;
        if (call->by != NULL)
            move.to = regroup_shifted(call, row->booking.during, bo_regroup_zone_of(call, row));
        else
            move.to = call->durings[member];
        if (move.to != NULL && !range_eq_internal(type, move.to, row->booking.during))
            call->moves[call->move_count++] = move;
    }
    regroup_choose_parts(call);
}

/*
 * Refuses members that the caller gave a time but that cannot move, because all that stands of them is over, or because
 * nothing stands. Returns true if there is one.
 */
static bool regroup_refuse_ended(BoRegroupCall *call)
{
    bool refused = false;

    for (int i = 0; i < call->group.count && call->durings != NULL; i++)
    {
        BoBookingAnswer *member = &call->group.members[i];
        bool stands = bo_answer_stands(member);

        if (call->durings[i] == NULL || (stands && !call->group.is_over[i]))
            continue;
        member->outcome = stands ? BO_TOO_LATE : bo_answer_ended(member);
        refused = true;
    }
    return refused;
}

/* Raises OB003, or 40001 if the group is newer than the snapshot. */
static void regroup_read(BoStore *store, BoRegroupCall *call, TimestampTz now)
{
    if (!bo_group_read(store, call->tenant, call->group_id, 0, now, Max(call->since, now), true, &call->group))
        bo_error_unknown_group(call->group_id);
    bo_group_tell(store, &call->group, false);
    if (call->durings != NULL && call->during_count != call->group.count)
        bo_error_argument("durings",
                          psprintf("must have a time, or null, for each of the %d members", call->group.count),
                          "ARRAY['[2030-01-07 09:00+00, 2030-01-07 10:00+00)', NULL]::tstzrange[]");
}

/*
 * Locks the kind, whose lock comes before those of resources. A row keeps its kind, and one call gives the same kind to
 * all its rows.
 */
static void regroup_enter_kind(BoStore *store, BoRegroupCall *call)
{
    const text *kind = NULL;

    for (int i = 0; i < call->group.row_count && kind == NULL; i++)
        kind = call->group.rows[i].booking.kind;
    call->of_kind = bo_kind_of(store, call->tenant, kind);
}

/*
 * Reads the group under the exclusive locks of its resources. If one of its bookings moved before they were held, the
 * right locks are taken and it is read again.
 */
static TimestampTz regroup_read_locked(BoStore *store, BoRegroupCall *call)
{
    for (int round = 0;; bo_round_next(&round))
    {
        TimestampTz now = GetCurrentTimestamp();

        regroup_read(store, call, now);
        if (round == 0)
            regroup_enter_kind(store, call);
        if (bo_group_lock_rows(call->tenant, &call->group, true, &call->locks))
            return now;
    }
}

/* A member is replayed if nothing of it moved. */
static void regroup_answer(BoRegroupCall *call, bool *has_moved)
{
    for (int i = 0; i < call->group.count; i++)
    {
        BoBookingAnswer *member = &call->group.members[i];
        bool stands = bo_answer_stands(member);

        member->replayed = stands && !call->group.is_over[i] && !has_moved[i];
        member->outcome = !stands                                   ? bo_answer_ended(member)
                          : call->group.is_over[i] && !has_moved[i] ? BO_TOO_LATE
                                                                    : BO_RESCHEDULED;
    }
}

/* The member that failed says why; the others would have worked. Nothing was written. */
static void regroup_answer_refused(BoRegroupCall *call)
{
    for (int i = 0; i < call->move_count; i++)
    {
        BoBookingAnswer *member = &call->group.members[call->moves[i].member];

        if (call->moves[i].refusal == BO_OUTCOME_INVALID || member->outcome != BO_OUTCOME_INVALID)
            continue;
        member->outcome = call->moves[i].refusal;
        member->busy = call->moves[i].busy;
        if (call->moves[i].row->member < 0) /* the part that is the reason */
            member->resource = call->moves[i].row->booking.resource;
    }
    for (int i = 0; i < call->group.count; i++)
        if (call->group.members[i].outcome == BO_OUTCOME_INVALID)
            call->group.members[i].outcome = BO_ABORTED;
}

typedef struct RegroupTry
{
    BoStore *store;
    BoRegroupCall *call;
    TimestampTz now;
} RegroupTry;

/* Writes everything; it is kept if every row has got its new place in time. */
static bool regroup_try(void *argument)
{
    RegroupTry *it = argument;

    return bo_regroup_place(it->store, it->call, it->now);
}

static bool regroup_any_refused(const BoRegroupCall *call)
{
    for (int i = 0; i < call->move_count; i++)
        if (call->moves[i].refusal != BO_OUTCOME_INVALID)
            return true;
    return false;
}

/*
 * Called when nothing was written. Releases the resources and enters the holders; the next round locks the resources
 * again.
 */
static void regroup_enter_holders(BoStore *store, BoRegroupCall *call)
{
    text **holders = palloc(sizeof(text *) * call->group.row_count);

    for (int i = 0; i < call->group.row_count; i++)
        holders[i] = bo_holder_of(store, call->tenant, &call->group.rows[i].booking.booking_id);
    bo_lock_release_slots(call->locks.locks, call->locks.count);
    bo_holder_enter(store, call->tenant, holders, call->group.row_count, call->locks.locks, call->locks.count);
    call->locks.count = 0;
    call->needs_holder = false;
    call->by_holder = true;
}

static void regroup_decide(BoStore *store, BoRegroupCall *call)
{
    for (int round = 0;; bo_round_next(&round))
    {
        RegroupTry it = {.store = store, .call = call, .now = regroup_read_locked(store, call)};
        bool *has_moved = palloc0(sizeof(bool) * call->group.count);

        bo_regroup_learn(store, call);
        regroup_choose(store, call);
        if (regroup_refuse_ended(call))
        {
            regroup_answer_refused(call);
            return;
        }
        for (int i = 0; i < call->move_count; i++)
            has_moved[call->moves[i].member] = true;
        if (call->move_count > 0 && !bo_subtransaction_run(regroup_try, &it, bo_guard_refused))
        {
            if (call->needs_holder)
                regroup_enter_holders(store, call);
            else if (regroup_any_refused(call))
            {
                regroup_answer_refused(call);
                return;
            }
            continue; /* otherwise a raw INSERT came first, or a hold lapsed meanwhile: look again */
        }
        if (call->move_count > 0)
            regroup_read(store, call, it.now);
        regroup_answer(call, has_moved);
        return;
    }
}

Datum bo_reschedule_group(FunctionCallInfo fcinfo, BoRegroupCall *call)
{
    BoStore store;

    bo_filled_booking_open_group(&store, call->group_id);
    bo_kind_lock_table();
    bo_guard_require();
    bo_followed_booking_refuse(&store, call->tenant, call->group_id, 1);
    bo_filled_booking_lock_group(&store, call->tenant, call->group_id);
    regroup_decide(&store, call);
    bo_store_close(&store);

    bo_answer_bookings(fcinfo, call->group.members, call->group.count);
    return (Datum)0;
}
