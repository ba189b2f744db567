/*
 * hours.c
 *   Sets when a resource is open: by the weekday, from a day on, and on single days.
 *
 * Hours change under the resource's exclusive lock; resource.c says why. OPEN_TIME (store/sql_hours.h) and
 * guard/direct_hours.c judge whether a resource is open, also across a change of the clocks.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"

#include "base/arguments.h"
#include "base/durable.h"
#include "base/error.h"
#include "base/value.h"
#include "base/wait.h"
#include "store/store_hours.h"
#include "verbs/hours.h"
#include "verbs/resource.h"

BO_VERB_THAT_WAITS(set_opening_hours, 6);
BO_VERB_THAT_WAITS(clear_opening_hours, 3);
BO_VERB_THAT_WAITS(set_day_hours, 6);
BO_VERB_THAT_WAITS(set_hours_from, 7);

#define HOURS_EXAMPLE "ARRAY['09:00', '13:00']::time[]"
#define DAY_EXAMPLE "'2026-12-25'"

/* Reads an array of one dimension without NULLs. `must` is the error's wording for any other array. */
ArrayType *bo_hours_list(FunctionCallInfo fcinfo, int n, const char *name, const char *must, const char *example)
{
    ArrayType *array;

    if (PG_ARGISNULL(n))
        bo_error_null_argument(name, example);
    array = PG_GETARG_ARRAYTYPE_P(n);
    if (ARR_NDIM(array) > 1 || array_contains_nulls(array))
        bo_error_argument(name, must, example);
    return array;
}

/* Reads times. Returns how many there are. */
static int hours_times(FunctionCallInfo fcinfo, int n, const char *name)
{
    ArrayType *times = bo_hours_list(fcinfo, n, name, "must be a list of times without nulls", HOURS_EXAMPLE);

    return ArrayGetNItems(ARR_NDIM(times), ARR_DIMS(times));
}

/* Reads opens, which is argument n, and closes, the next one. */
static BoHours hours_arguments(FunctionCallInfo fcinfo, int n)
{
    BoHours hours = {.count = hours_times(fcinfo, n, "opens")};
    const TimeADT *opens, *closes;

    if (hours.count != hours_times(fcinfo, n + 1, "closes"))
        bo_error_argument("closes", "must have as many times as opens", HOURS_EXAMPLE);
    hours.opens = PG_GETARG_ARRAYTYPE_P(n);
    hours.closes = PG_GETARG_ARRAYTYPE_P(n + 1);
    opens = (const TimeADT *)ARR_DATA_PTR(hours.opens);
    closes = (const TimeADT *)ARR_DATA_PTR(hours.closes);
    if (hours.count > BO_MAX_HOURS)
        bo_error_argument("opens", psprintf("must not have more than %d times", BO_MAX_HOURS), HOURS_EXAMPLE);
    for (int i = 0; i < hours.count; i++)
        if (opens[i] == closes[i] || opens[i] == USECS_PER_DAY)
            bo_error_argument("opens", "must not be the time at which it closes, nor 24:00",
                              "opens '00:00' with closes '24:00' for a whole day");
    return hours;
}

/* The end of hours, counted from the midnight before they begin. */
static TimeADT hours_end(TimeADT opens, TimeADT closes)
{
    return closes > opens ? closes : closes + USECS_PER_DAY;
}

/*
 * The same for the hours of one day, which must not overlap each other. If both are NULL, the hours that were set are
 * removed.
 */
BoHours bo_hours_of_day_arguments(FunctionCallInfo fcinfo, int n)
{
    BoHours hours;
    const TimeADT *opens, *closes;

    if (PG_ARGISNULL(n) && PG_ARGISNULL(n + 1))
        return (BoHours){0};
    hours = hours_arguments(fcinfo, n);
    opens = (const TimeADT *)ARR_DATA_PTR(hours.opens);
    closes = (const TimeADT *)ARR_DATA_PTR(hours.closes);
    for (int i = 0; i < hours.count; i++)
        for (int j = 0; j < i; j++)
            if (opens[i] < hours_end(opens[j], closes[j]) && opens[j] < hours_end(opens[i], closes[i]))
                bo_error_argument("opens", "overlaps other hours of the day", HOURS_EXAMPLE);
    return hours;
}

DateADT bo_hours_day_argument(FunctionCallInfo fcinfo, int n)
{
    DateADT day;

    if (PG_ARGISNULL(n))
        bo_error_null_argument("day", DAY_EXAMPLE);
    day = PG_GETARG_DATEADT(n);
    if (DATE_NOT_FINITE(day) || day >= BO_TIME_LIMIT / USECS_PER_DAY - 1)
        bo_error_argument("day", "must be a day of the calendar", DAY_EXAMPLE);
    return day;
}

static int32 hours_weekday_argument(FunctionCallInfo fcinfo, int n)
{
    int32 weekday = bo_arguments_positive(fcinfo, n, "weekday");

    if (weekday > 7)
        bo_error_argument("weekday", "must be from 1 (Monday) to 7 (Sunday)", "1");
    return weekday;
}

static BoParameter hours_day(DateADT day)
{
    return (BoParameter){.value = DateADTGetDatum(day), .type = DATEOID};
}

static BoParameter hours_array(ArrayType *times)
{
    return bo_array(TIMEARRAYOID, times);
}

/*
 * Replaces the hours of a weekday from a day on, or with weekday 0 those of one day. id: of a resource, or of a
 * calendar.
 */
void bo_hours_replace(BoStore *store, text *tenant, int64 id, int32 weekday, DateADT day, const BoHours *hours)
{
    Datum midnight = TimeADTGetDatum(0);
    ArrayType *closed = construct_array(&midnight, 1, TIMEOID, sizeof(TimeADT), true, TYPALIGN_DOUBLE);

    bo_store_run_latest(store, &bo_sql_delete_hours_from, bo_text(tenant), bo_int8(id), bo_int4(weekday),
                        hours_day(day));
    if (hours->opens != NULL)
        bo_store_run(store, &bo_sql_insert_hours_from, bo_text(tenant), bo_int8(id), bo_int4(weekday), hours_day(day),
                     hours_array(hours->count == 0 ? closed : hours->opens),
                     hours_array(hours->count == 0 ? closed : hours->closes));
}

/* Returns false for a day that the zone's clock skipped, when the zone changed sides of the date line. */
static bool hours_zone_has_day(DateADT day, pg_tz *zone)
{
    struct pg_tm noon = {.tm_hour = 12}, shown;
    fsec_t fraction;
    int offset;

    j2date(day + POSTGRES_EPOCH_JDATE, &noon.tm_year, &noon.tm_mon, &noon.tm_mday);
    offset = DetermineTimeZoneOffset(&noon, zone);
    if (timestamp2tm(day * USECS_PER_DAY + (12 * SECS_PER_HOUR + offset) * USECS_PER_SEC, &offset, &shown, &fraction,
                     NULL, zone) != 0)
        return false;
    return shown.tm_mday == noon.tm_mday;
}

/* Locks the resource (OB002 if there is none), and refuses a day that its clock does not show. Returns its row. */
static BoRow hours_lock_resource(BoStore *store, text *tenant, text *resource, DateADT day)
{
    text *time_zone;
    pg_tz *zone;
    BoRow row;

    bo_resource_lock_known(store, tenant, resource);
    bo_store_run_latest(store, &bo_sql_find_hours_of, bo_text(tenant), bo_text(resource));
    row = bo_store_row(0);
    time_zone = bo_row_text(row, BO_FIND_HOURS_OF_TIME_ZONE);
    zone = pg_tzset(text_to_cstring(time_zone));
    if (zone == NULL)
        bo_error_unknown_zone(resource, time_zone);
    if (!hours_zone_has_day(day, zone))
        bo_error_argument("day", psprintf("does not exist in %s, whose clock skipped it", text_to_cstring(time_zone)),
                          DAY_EXAMPLE);
    return row;
}

/* set_opening_hours(resource, weekday, opens, closes, max_wait, tenant) */
static Datum set_opening_hours_call(FunctionCallInfo fcinfo)
{
    text *resource, *tenant;
    int32 weekday;
    BoHours hours;
    BoStore store;

    bo_arguments_writable("set_opening_hours");
    resource = bo_arguments_text(fcinfo, 0, "resource", "'room:1'");
    weekday = hours_weekday_argument(fcinfo, 1);
    hours = hours_arguments(fcinfo, 2);
    tenant = bo_arguments_tenant(fcinfo);

    bo_store_open(&store);
    bo_resource_lock_known(&store, tenant, resource);
    bo_store_run_latest(&store, &bo_sql_delete_hours, bo_text(tenant), bo_text(resource), bo_int4(weekday));
    if (bo_store_run(&store, &bo_sql_insert_hours, bo_text(tenant), bo_text(resource), bo_int4(weekday),
                     hours_array(hours.opens), hours_array(hours.closes)) < hours.count ||
        bo_store_run_latest(&store, &bo_sql_find_overlapping_hours, bo_text(tenant), bo_text(resource)) > 0)
        bo_error_argument("opens",
                          "overlaps other opening hours of the resource, perhaps those that end after midnight",
                          HOURS_EXAMPLE);
    bo_store_run_latest(&store, &bo_sql_keep_hours, bo_text(tenant), bo_text(resource), bo_bool(true));
    bo_resource_has_changed(&store, tenant, resource);
    bo_store_close(&store);

    PG_RETURN_VOID();
}

/* clear_opening_hours(resource, max_wait, tenant) */
static Datum clear_opening_hours_call(FunctionCallInfo fcinfo)
{
    text *resource, *tenant;
    BoStore store;

    bo_arguments_writable("clear_opening_hours");
    resource = bo_arguments_text(fcinfo, 0, "resource", "'room:1'");
    tenant = bo_arguments_tenant(fcinfo);

    bo_store_open(&store);
    bo_resource_lock_known(&store, tenant, resource);
    bo_store_run_latest(&store, &bo_sql_delete_hours, bo_text(tenant), bo_text(resource), bo_null(INT4OID));
    bo_store_run_latest(&store, &bo_sql_keep_hours, bo_text(tenant), bo_text(resource), bo_bool(false));
    bo_resource_has_changed(&store, tenant, resource);
    bo_store_close(&store);
    bo_durable_rest_on(InvalidTransactionId);

    PG_RETURN_VOID();
}

/* set_day_hours(resource, day, opens, closes, max_wait, tenant) */
static Datum set_day_hours_call(FunctionCallInfo fcinfo)
{
    text *resource, *tenant;
    DateADT day;
    BoHours hours;
    BoStore store;

    bo_arguments_writable("set_day_hours");
    resource = bo_arguments_text(fcinfo, 0, "resource", "'room:1'");
    day = bo_hours_day_argument(fcinfo, 1);
    hours = bo_hours_of_day_arguments(fcinfo, 2);
    tenant = bo_arguments_tenant(fcinfo);

    bo_store_open(&store);
    bo_hours_replace(&store, tenant,
                     bo_row_int8(hours_lock_resource(&store, tenant, resource, day), BO_FIND_HOURS_OF_RESOURCE_ID), 0,
                     day, &hours);
    bo_store_run_latest(&store, &bo_sql_keep_days, bo_text(tenant), bo_text(resource));
    bo_resource_has_changed(&store, tenant, resource);
    bo_store_close(&store);
    bo_durable_rest_on(InvalidTransactionId);

    PG_RETURN_VOID();
}

/* set_hours_from(resource, day, weekday, opens, closes, max_wait, tenant) */
static Datum set_hours_from_call(FunctionCallInfo fcinfo)
{
    text *resource, *tenant;
    DateADT day;
    int32 weekday;
    int64 resource_id;
    BoHours hours;
    BoStore store;
    BoRow row;

    bo_arguments_writable("set_hours_from");
    resource = bo_arguments_text(fcinfo, 0, "resource", "'room:1'");
    day = bo_hours_day_argument(fcinfo, 1);
    weekday = hours_weekday_argument(fcinfo, 2);
    hours = bo_hours_of_day_arguments(fcinfo, 3);
    tenant = bo_arguments_tenant(fcinfo);

    bo_store_open(&store);
    row = hours_lock_resource(&store, tenant, resource, day);
    resource_id = bo_row_int8(row, BO_FIND_HOURS_OF_RESOURCE_ID);
    if (!bo_row_bool(row, BO_FIND_HOURS_OF_KEEPS_HOURS) && hours.opens != NULL)
    {
        bo_store_run(&store, &bo_sql_insert_always_open, bo_text(tenant), bo_int8(resource_id));
        bo_store_run_latest(&store, &bo_sql_keep_hours, bo_text(tenant), bo_text(resource), bo_bool(true));
    }
    bo_hours_replace(&store, tenant, resource_id, weekday, day, &hours);
    bo_resource_has_changed(&store, tenant, resource);
    bo_store_close(&store);
    bo_durable_rest_on(InvalidTransactionId);

    PG_RETURN_VOID();
}
