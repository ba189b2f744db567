/*
 * group.c
 *   confirm_group() and cancel_group(): what may become of bookings made together.
 *
 * Refusals and replays are found by reading. A change waits for rows with other rows in
 * its hands, as does whoever releases or moves bookings of a resource; so it first
 * keeps those away, by a shared lock on each resource of the group. Who confirms or
 * cancels a single booking waits for nothing else and needs none.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "miscadmin.h"

#include "base/answer.h"
#include "base/arguments.h"
#include "base/error.h"
#include "base/label.h"
#include "base/lock.h"
#include "base/value.h"
#include "store/booking_row.h"
#include "store/statements.h"
#include "store/store.h"

PG_FUNCTION_INFO_V1(bookonce_confirm_group);
PG_FUNCTION_INFO_V1(bookonce_cancel_group);

typedef struct GroupRequest
{
    text *tenant;
    pg_uuid_t *group_id;
    bool cancels;
    text *reason; /* cancel_group() only, or NULL */
    BoBookingAnswer *members;
    int count;
    BoSlotLock *locks; /* of the members' resources, once something is going to change */
} GroupRequest;

static void group_find(BoStore *store, GroupRequest *request, TimestampTz now)
{
    Datum values[] = {PointerGetDatum(request->tenant), UUIDPGetDatum(request->group_id), TimestampTzGetDatum(now),
                      BoolGetDatum(request->cancels)};

    request->count = (int)bo_store_run(store, &bo_sql_find_group, values, NULL);
    if (request->count == 0)
    {
        if (bo_store_run_latest(store, &bo_sql_find_group, values, NULL) > 0)
            bo_error_old_snapshot();
        bo_error_unknown_group(request->group_id);
    }
    request->members = MemoryContextAllocZero(store->answer_context, sizeof(BoBookingAnswer) * request->count);
    for (int i = 0; i < request->count; i++)
        bo_booking_row_read(store, &request->members[i], i, now);
}

/* Lock the resources of the members as they have just been read. */
static void group_lock_members(GroupRequest *request)
{
    request->locks = palloc(sizeof(BoSlotLock) * request->count);
    for (int i = 0; i < request->count; i++)
    {
        request->locks[i] = bo_lock_slot_of(request->tenant, request->members[i].resource);
        request->locks[i].exclusive = false;
    }
    bo_lock_slots(request->locks, request->count);
}

/* False: the locks were not there yet, or were others', for a member has moved. They are now: to be read again. */
static bool group_has_locks(GroupRequest *request)
{
    bool same = request->locks != NULL;

    for (int i = 0; i < request->count && same; i++)
        same = request->locks[i].hash == bo_lock_slot_of(request->tenant, request->members[i].resource).hash;
    if (same)
        return true;
    if (request->locks != NULL)
        bo_lock_release_slots(request->locks, request->count);
    group_lock_members(request);
    return false;
}

static int group_count_status(const GroupRequest *request, BoStatus status)
{
    int count = 0;

    for (int i = 0; i < request->count; i++)
        count += request->members[i].status == status;
    return count;
}

/* What a member's own verb would say of it; was: its status before the call. */
static void group_answer_member(BoBookingAnswer *member, BoStatus was, BoStatus wanted, BoOutcome done)
{
    member->replayed = member->status == wanted && was == wanted;
    member->outcome = member->status == wanted              ? done
                      : member->status == BO_STATUS_EXPIRED ? BO_HOLD_EXPIRED
                                                            : BO_NOT_LIVE;
}

/* After the change: read it again, for the answers. */
static void group_answer_changed(BoStore *store, GroupRequest *request, TimestampTz now, BoStatus wanted,
                                 BoOutcome done)
{
    BoBookingAnswer *before = request->members;

    group_find(store, request, now);
    for (int i = 0; i < request->count; i++)
        group_answer_member(&request->members[i], before[i].status, wanted, done);
}

static void group_answer_unchanged(GroupRequest *request, BoStatus wanted, BoOutcome done)
{
    for (int i = 0; i < request->count; i++)
        group_answer_member(&request->members[i], request->members[i].status, wanted, done);
}

/* True when a hold ended while its row was waited for; then all that were confirmed are holds again. */
static bool group_put_back_lapsed(BoStore *store, const GroupRequest *request, uint64 confirmed)
{
    TimestampTz decided = GetCurrentTimestamp();
    pg_uuid_t *ids = palloc(sizeof(pg_uuid_t) * Max(confirmed, 1));
    bool has_lapsed = false;
    Datum values[2];

    for (uint64 row = 0; row < confirmed; row++)
    {
        bool is_null;

        ids[row] = *DatumGetUUIDP(bo_store_cell(row, 1, &is_null));
        has_lapsed |= DatumGetTimestampTz(bo_store_cell(row, 2, &is_null)) <= decided;
    }
    if (!has_lapsed)
        return false;
    values[0] = PointerGetDatum(request->tenant);
    values[1] = bo_value_uuids(ids, (int)confirmed);
    bo_store_run(store, &bo_sql_put_back_holds, values, NULL);
    return true;
}

/* All the holds that still stand, or, when one of them has lapsed, none. Members cancelled before are no obstacle. */
static void group_decide_confirm(BoStore *store, GroupRequest *request)
{
    for (;;)
    {
        TimestampTz now = GetCurrentTimestamp();
        Datum values[] = {PointerGetDatum(request->tenant), UUIDPGetDatum(request->group_id), TimestampTzGetDatum(now)};

        CHECK_FOR_INTERRUPTS();
        group_find(store, request, now);
        if (group_count_status(request, BO_STATUS_EXPIRED) > 0 || group_count_status(request, BO_STATUS_HELD) == 0)
        {
            group_answer_unchanged(request, BO_STATUS_CONFIRMED, BO_CONFIRMED);
            for (int i = 0; i < request->count; i++)
                if (request->members[i].status == BO_STATUS_HELD)
                    request->members[i].outcome = BO_HOLD_EXPIRED;
            return;
        }
        if (!group_has_locks(request))
            continue;
        if (group_put_back_lapsed(store, request, bo_store_run(store, &bo_sql_confirm_group, values, NULL)))
            continue;
        group_answer_changed(store, request, now, BO_STATUS_CONFIRMED, BO_CONFIRMED);
        return;
    }
}

static void group_decide_cancel(BoStore *store, GroupRequest *request)
{
    for (;;)
    {
        TimestampTz now = GetCurrentTimestamp();
        Datum values[] = {PointerGetDatum(request->tenant), UUIDPGetDatum(request->group_id), TimestampTzGetDatum(now),
                          PointerGetDatum(request->reason)};

        CHECK_FOR_INTERRUPTS();
        group_find(store, request, now);
        if (group_count_status(request, BO_STATUS_HELD) + group_count_status(request, BO_STATUS_CONFIRMED) == 0)
        {
            group_answer_unchanged(request, BO_STATUS_CANCELLED, BO_CANCELLED);
            return;
        }
        if (!group_has_locks(request))
            continue;
        bo_store_run(store, &bo_sql_cancel_group, values, request->reason == NULL ? "   n" : NULL);
        group_answer_changed(store, request, now, BO_STATUS_CANCELLED, BO_CANCELLED);
        return;
    }
}

static Datum group_change(FunctionCallInfo fcinfo, GroupRequest *request, void (*decide)(BoStore *, GroupRequest *))
{
    BoStore store;

    bo_store_open(&store);
    bo_lock_booking(request->tenant, request->group_id);
    decide(&store, request);
    bo_store_close(&store);

    bo_answer_bookings(fcinfo, request->members, request->count);
    return (Datum)0;
}

/* confirm_group(group_id, tenant) */
Datum bookonce_confirm_group(PG_FUNCTION_ARGS)
{
    GroupRequest request = {0};

    bo_arguments_writable("confirm_group");
    request.group_id = bo_arguments_uuid(fcinfo, 0, "group_id");
    request.tenant = bo_arguments_text(fcinfo, 1, "tenant", "'default'");
    return group_change(fcinfo, &request, group_decide_confirm);
}

/* cancel_group(group_id, reason, tenant) */
Datum bookonce_cancel_group(PG_FUNCTION_ARGS)
{
    GroupRequest request = {0};

    bo_arguments_writable("cancel_group");
    request.cancels = true;
    request.group_id = bo_arguments_uuid(fcinfo, 0, "group_id");
    request.reason = bo_arguments_optional_text(fcinfo, 1, "reason", "'no longer needed'");
    request.tenant = bo_arguments_text(fcinfo, 2, "tenant", "'default'");
    return group_change(fcinfo, &request, group_decide_cancel);
}
