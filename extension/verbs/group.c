/*
 * group.c
 *   confirm_group() and cancel_group(): changes of bookings made together.
 *
 * Refusals and replays are found by reading. A change waits for rows while it holds others uncommitted, and so does a
 * call that releases or moves bookings of a resource. So a group's change first blocks such calls, by a shared lock on
 * each resource of the group. A call that confirms or cancels a single booking waits for one row only, and need not be
 * blocked.
 *
 * What is over stays as it is: a series that has run for a year keeps its history when the rest is cancelled.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "catalog/pg_type.h"
#include "nodes/bitmapset.h"

#include "base/answer.h"
#include "base/arguments.h"
#include "base/error.h"
#include "base/label.h"
#include "base/lock.h"
#include "base/round.h"
#include "base/wait.h"
#include "store/booking_row.h"
#include "store/store_group.h"
#include "verbs/filled_booking.h"
#include "verbs/followed_booking.h"
#include "verbs/group_read.h"
#include "verbs/line.h"

BO_VERB_THAT_WAITS(confirm_group, 4);
BO_VERB_THAT_WAITS(cancel_group, 5);

typedef struct GroupCall
{
    text *tenant;
    pg_uuid_t *group_id;
    bool cancels;
    text *reason;      /* cancel_group() only, or NULL */
    TimestampTz since; /* what is over by then stays; DT_NOBEGIN: not given, so the clock decides */
    BoGroup group;
    Bitmapset *changed; /* the numbers of the members of which this call changed a row */
    BoGroupLocks locks; /* of the rows' resources, taken once something will change */
    bool is_exclusive;  /* the locks are exclusive, because one of the resources counts or has a waiting list */
    int line_count;     /* the resources with a waiting list, by name; a name may occur more than once */
    text **lines;
} GroupCall;

/* What is over by the clock is over, whatever the caller says. */
static TimestampTz group_since(const GroupCall *call, TimestampTz now)
{
    return Max(call->since, now);
}

static void group_find(BoStore *store, GroupCall *call, TimestampTz now)
{
    TimestampTz since = group_since(call, now);

    if (!bo_group_read(store, call->tenant, call->group_id, 0, now, since, false, &call->group))
    {
        if (bo_group_read(store, call->tenant, call->group_id, 0, now, since, true, &call->group))
            bo_error_old_snapshot();
        bo_error_unknown_group(call->group_id);
    }
    bo_group_tell(store, &call->group, call->cancels);
}

/* How many rows that are not over have the status. */
static int group_count_status(const GroupCall *call, BoStatus status)
{
    int count = 0;

    for (int i = 0; i < call->group.row_count; i++)
        count += call->group.rows[i].booking.status == status && !call->group.rows[i].is_over;
    return count;
}

/* Fills in what the verb on a single booking would answer. */
static void group_answer_member(BoBookingAnswer *member, bool is_over, bool changed, BoStatus wanted, BoOutcome done)
{
    member->replayed = member->status == wanted && !changed;
    member->outcome = member->status == wanted ? done : is_over ? BO_TOO_LATE : bo_answer_ended(member);
}

/*
 * Notes the members of the rows that the statement returned. What was read before the statement does not tell: while it
 * waited for a row, another call may have changed that member, and both would report the change as their own.
 */
static void group_note_changed(GroupCall *call, uint64 row_count, int member_column)
{
    call->changed = NULL;
    for (uint64 n = 0; n < row_count; n++)
        if (bo_row_int4(bo_store_row(n), member_column) > 0) /* no part */
            call->changed = bms_add_member(call->changed, bo_row_int4(bo_store_row(n), member_column));
}

/* After the change, the group is read again for the answers. */
static void group_answer_changed(BoStore *store, GroupCall *call, TimestampTz now, BoStatus wanted, BoOutcome done)
{
    const BoGroup *group = &call->group;

    group_find(store, call, now);
    for (int i = 0, row = bo_group_first(group); i < group->count; i++)
    {
        int32 member = group->rows[row].member;

        group_answer_member(&group->members[i], group->is_over[i], bms_is_member(member, call->changed), wanted, done);
        while (row < group->row_count && group->rows[row].member == member)
            row++;
    }
    /* A trigger of the owner's may have kept a row from changing. */
    if (group_count_status(call, BO_STATUS_HELD) > 0 ||
        (wanted == BO_STATUS_CANCELLED && group_count_status(call, BO_STATUS_CONFIRMED) > 0))
        bo_error_owners_constraint();
}

static void group_answer_unchanged(GroupCall *call, BoStatus wanted, BoOutcome done)
{
    for (int i = 0; i < call->group.count; i++)
        group_answer_member(&call->group.members[i], call->group.is_over[i], false, wanted, done);
}

/*
 * Returns true if a hold ended while the statement waited for its row; then all that were confirmed are made holds
 * again.
 */
static bool group_put_back_lapsed(BoStore *store, const GroupCall *call, uint64 confirmed)
{
    TimestampTz decided = GetCurrentTimestamp();
    pg_uuid_t *ids = palloc(sizeof(pg_uuid_t) * Max(confirmed, 1));
    BoArrayMaker ends = bo_array_maker(TIMESTAMPTZOID, (int)confirmed);
    bool has_lapsed = false;

    for (uint64 n = 0; n < confirmed; n++)
    {
        TimestampTz end = bo_row_instant_or(bo_store_row(n), BO_CONFIRM_GROUP_WAS_TO_LAPSE_AT, DT_NOEND);

        ids[n] = bo_row_uuid(bo_store_row(n), BO_CONFIRM_GROUP_BOOKING_ID);
        bo_array_append(&ends, bo_instant(end));
        has_lapsed |= end <= decided;
    }
    if (!has_lapsed)
        return false;
    bo_store_run(store, &bo_sql_put_back_holds, bo_text(call->tenant), bo_uuids(ids, (int)confirmed),
                 bo_array_made(&ends));
    return true;
}

/*
 * Confirms all the holds that still stand, or none if one of them has lapsed. Members cancelled before are no obstacle.
 */
static void group_decide_confirm(BoStore *store, GroupCall *call)
{
    for (int round = 0;; bo_round_next(&round))
    {
        TimestampTz now = GetCurrentTimestamp();
        uint64 confirmed;

        group_find(store, call, now);
        if (group_count_status(call, BO_STATUS_EXPIRED) > 0 || group_count_status(call, BO_STATUS_HELD) == 0)
        {
            group_answer_unchanged(call, BO_STATUS_CONFIRMED, BO_CONFIRMED);
            for (int i = 0; i < call->group.count; i++)
                if (call->group.members[i].status == BO_STATUS_HELD && !call->group.is_over[i])
                    call->group.members[i].outcome = BO_HOLD_EXPIRED;
            return;
        }
        if (!bo_group_lock_rows(call->tenant, &call->group, false, &call->locks))
            continue;
        confirmed = bo_store_run(store, &bo_sql_confirm_group, bo_text(call->tenant), bo_uuid(call->group_id),
                                 bo_instant(now), bo_instant(group_since(call, now)));
        group_note_changed(call, confirmed, BO_CONFIRM_GROUP_MEMBER);
        if (group_put_back_lapsed(store, call, confirmed))
            continue;
        group_answer_changed(store, call, now, BO_STATUS_CONFIRMED, BO_CONFIRMED);
        return;
    }
}

/*
 * Locks the resources whose time will become free, as cancel_booking() does. Returns false if the group must be read
 * again.
 */
static bool group_lock_to_free(BoStore *store, GroupCall *call)
{
    int count = call->group.row_count;
    bool counts = false;
    text **names = palloc(sizeof(text *) * count);

    if (!bo_group_lock_rows(call->tenant, &call->group, call->is_exclusive, &call->locks))
        return false;
    for (int i = 0; i < count; i++)
        names[i] = call->group.rows[i].booking.resource;
    call->lines = palloc(sizeof(text *) * count);
    call->line_count = 0;
    bo_store_run_latest(store, &bo_sql_find_kinds, bo_text(call->tenant), bo_texts(names, count));
    for (int i = 0; i < count; i++)
    {
        BoRow row = bo_store_row(i);

        if (bo_row_is_null(row, BO_FIND_KINDS_RESOURCE_ID))
            continue; /* it was just renamed: those who wait are served by the next call */
        counts |= bo_row_bool(row, BO_FIND_KINDS_COUNTS) || bo_row_bool(row, BO_FIND_KINDS_HAS_WAITERS);
        if (bo_row_bool(row, BO_FIND_KINDS_HAS_WAITERS))
            call->lines[call->line_count++] = names[i];
    }
    if (!counts || call->is_exclusive)
        return true;
    call->is_exclusive = true;
    bo_lock_release_slots(call->locks.locks, call->locks.count);
    call->locks.count = 0;
    return false;
}

static void group_decide_cancel(BoStore *store, GroupCall *call)
{
    for (int round = 0;; bo_round_next(&round))
    {
        TimestampTz now = GetCurrentTimestamp();
        uint64 cancelled;

        group_find(store, call, now);
        if (group_count_status(call, BO_STATUS_HELD) + group_count_status(call, BO_STATUS_CONFIRMED) == 0)
        {
            group_answer_unchanged(call, BO_STATUS_CANCELLED, BO_CANCELLED);
            return;
        }
        if (!group_lock_to_free(store, call))
            continue;
        cancelled = bo_store_run(store, &bo_sql_cancel_group, bo_text(call->tenant), bo_uuid(call->group_id),
                                 bo_instant(now), bo_text_or_null(call->reason), bo_instant(group_since(call, now)));
        group_note_changed(call, cancelled, BO_CANCEL_GROUP_MEMBER);
        group_answer_changed(store, call, now, BO_STATUS_CANCELLED, BO_CANCELLED);
        bo_line_serve_all(store, call->tenant, call->lines, call->line_count);
        return;
    }
}

static Datum group_change(FunctionCallInfo fcinfo, GroupCall *call, void (*decide)(BoStore *, GroupCall *))
{
    BoStore store;

    bo_filled_booking_open_group(&store, call->group_id);
    bo_followed_booking_refuse(&store, call->tenant, call->group_id, 1);
    bo_filled_booking_lock_group(&store, call->tenant, call->group_id);
    decide(&store, call);
    bo_store_close(&store);

    bo_answer_bookings(fcinfo, call->group.members, call->group.count);
    return (Datum)0;
}

/* The functions of 0.1.0 have no since. */
static TimestampTz group_since_argument(FunctionCallInfo fcinfo, int n)
{
    return n >= PG_NARGS() - 1 || PG_ARGISNULL(n) ? DT_NOBEGIN : PG_GETARG_TIMESTAMPTZ(n);
}

/* confirm_group(group_id, since, max_wait, tenant) */
static Datum confirm_group_call(FunctionCallInfo fcinfo)
{
    GroupCall call = {0};

    bo_arguments_writable("confirm_group");
    call.group_id = bo_arguments_uuid(fcinfo, 0, "group_id");
    call.since = group_since_argument(fcinfo, 1);
    call.tenant = bo_arguments_tenant(fcinfo);
    return group_change(fcinfo, &call, group_decide_confirm);
}

/* cancel_group(group_id, reason, since, max_wait, tenant) */
static Datum cancel_group_call(FunctionCallInfo fcinfo)
{
    GroupCall call = {0};

    bo_arguments_writable("cancel_group");
    call.cancels = true;
    call.group_id = bo_arguments_uuid(fcinfo, 0, "group_id");
    call.reason = bo_arguments_reason(fcinfo, 1);
    call.since = group_since_argument(fcinfo, 2);
    call.tenant = bo_arguments_tenant(fcinfo);
    return group_change(fcinfo, &call, group_decide_cancel);
}
