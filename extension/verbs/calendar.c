/*
 * calendar.c
 *   Opening hours of single days, which many resources follow.
 *
 * They change under the exclusive locks of all resources that follow the calendar. The calendar's row is locked first,
 * so that no other resource begins to follow it meanwhile, then the rows of those resources, then the resources
 * themselves.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "base/arguments.h"
#include "base/durable.h"
#include "base/error.h"
#include "base/lock.h"
#include "base/wait.h"
#include "store/store_hours.h"
#include "verbs/hours.h"
#include "verbs/line.h"
#include "verbs/resource.h"

BO_VERB_THAT_WAITS(define_calendar, 3);
BO_VERB_THAT_WAITS(set_calendar_day, 6);
BO_VERB_THAT_WAITS(follow_calendar, 4);
BO_VERB_THAT_WAITS(delete_calendar, 3);

/* define_calendar(calendar, max_wait, tenant) */
static Datum define_calendar_call(FunctionCallInfo fcinfo)
{
    text *calendar, *tenant;
    BoStore store;

    bo_arguments_writable("define_calendar");
    calendar = bo_arguments_text(fcinfo, 0, "calendar", "'holidays'");
    tenant = bo_arguments_tenant(fcinfo);

    bo_store_open_for(&store, BO_TABLES_CALENDAR);
    bo_store_run(&store, &bo_sql_define_calendar, bo_text(tenant), bo_text(calendar));
    bo_store_close(&store);
    bo_durable_rest_on(InvalidTransactionId);

    PG_RETURN_VOID();
}

/* Locks the calendar's row and returns its id. */
static int64 calendar_lock(BoStore *store, BoStatement *statement, text *tenant, text *calendar)
{
    if (bo_store_run_latest(store, statement, bo_text(tenant), bo_text(calendar)) == 0)
        bo_error_unknown_calendar(calendar);
    return bo_row_int8(bo_store_row(0), BO_LOCK_CALENDAR_ID);
}

/* Locks the resources that follow the calendar. Returns their number, and their names. */
static int calendar_lock_followers(BoStore *store, text *tenant, int64 calendar_id, text ***followers)
{
    int count = bo_store_run_latest(store, &bo_sql_lock_followers, bo_text(tenant), bo_int8(calendar_id));
    BoSlotLock *locks = palloc(sizeof(BoSlotLock) * Max(count, 1));

    *followers = palloc(sizeof(text *) * Max(count, 1));
    for (int i = 0; i < count; i++)
    {
        (*followers)[i] = bo_row_text(bo_store_row(i), BO_LOCK_FOLLOWERS_RESOURCE);
        locks[i] = bo_lock_slot_of(tenant, (*followers)[i]);
        locks[i].exclusive = true;
    }
    bo_lock_slots(locks, count);
    return count;
}

/* set_calendar_day(calendar, day, opens, closes, max_wait, tenant) */
static Datum set_calendar_day_call(FunctionCallInfo fcinfo)
{
    text *calendar, *tenant, **followers;
    DateADT day;
    int64 calendar_id;
    int count;
    BoHours hours;
    BoStore store;

    bo_arguments_writable("set_calendar_day");
    calendar = bo_arguments_text(fcinfo, 0, "calendar", "'holidays'");
    day = bo_hours_day_argument(fcinfo, 1);
    hours = bo_hours_of_day_arguments(fcinfo, 2);
    tenant = bo_arguments_tenant(fcinfo);

    bo_store_open_for(&store, BO_TABLES_CALENDAR);
    calendar_id = calendar_lock(&store, &bo_sql_lock_calendar, tenant, calendar);
    count = calendar_lock_followers(&store, tenant, calendar_id, &followers);
    bo_hours_replace(&store, tenant, calendar_id, 0, day, &hours);
    for (int i = 0; i < count; i++)
        if (bo_resource_warn_of_grid(&store, tenant, followers[i]))
            break; /* one of thousands says what is the matter */
    bo_line_serve_all(&store, tenant, followers, count);
    bo_store_close(&store);

    PG_RETURN_VOID();
}

/* follow_calendar(resource, calendar, max_wait, tenant): with NULL the resource follows none. */
static Datum follow_calendar_call(FunctionCallInfo fcinfo)
{
    text *resource, *calendar, *tenant;
    BoParameter id = bo_null(INT8OID);
    BoStore store;

    bo_arguments_writable("follow_calendar");
    resource = bo_arguments_text(fcinfo, 0, "resource", "'room:1'");
    calendar = bo_arguments_optional_text(fcinfo, 1, "calendar", "'holidays'");
    tenant = bo_arguments_tenant(fcinfo);

    bo_store_open_for(&store, BO_TABLES_CALENDAR);
    if (calendar != NULL)
        id = bo_int8(calendar_lock(&store, &bo_sql_share_calendar, tenant, calendar));
    bo_resource_lock_known(&store, tenant, resource);
    bo_store_run_latest(&store, &bo_sql_follow_calendar, bo_text(tenant), bo_text(resource), id);
    bo_resource_has_changed(&store, tenant, resource);
    bo_store_close(&store);
    bo_durable_rest_on(InvalidTransactionId);

    PG_RETURN_VOID();
}

/* delete_calendar(calendar, max_wait, tenant) */
static Datum delete_calendar_call(FunctionCallInfo fcinfo)
{
    text *calendar, *tenant, *follower;
    int64 calendar_id;
    BoStore store;

    bo_arguments_writable("delete_calendar");
    calendar = bo_arguments_text(fcinfo, 0, "calendar", "'holidays'");
    tenant = bo_arguments_tenant(fcinfo);

    bo_store_open_for(&store, BO_TABLES_CALENDAR);
    calendar_id = calendar_lock(&store, &bo_sql_lock_calendar, tenant, calendar);
    if (bo_store_run_latest(&store, &bo_sql_lock_followers, bo_text(tenant), bo_int8(calendar_id)) > 0)
    {
        follower = bo_store_keep(&store, bo_row_text(bo_store_row(0), BO_LOCK_FOLLOWERS_RESOURCE));
        bo_store_close(&store);
        bo_error_calendar_in_use(calendar, follower);
    }
    bo_store_run_latest(&store, &bo_sql_delete_calendar_days, bo_text(tenant), bo_int8(calendar_id));
    bo_store_run_latest(&store, &bo_sql_delete_calendar, bo_text(tenant), bo_int8(calendar_id));
    bo_store_close(&store);

    PG_RETURN_VOID();
}
