/*
 * set_starts.c
 *   set_starts() and set_ends(): the only times of the week at which bookings of a resource begin, or end.
 *
 * Rules change under the resource's exclusive lock; resource.c says why.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/resource.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/date.h"

#include "base/arguments.h"
#include "base/error.h"
#include "base/wait.h"
#include "store/parameter_array.h"
#include "store/store_starts.h"
#include "verbs/hours.h"

BO_VERB_THAT_WAITS(set_starts, 5);
BO_VERB_THAT_WAITS(set_ends, 5);

#define TIMES_EXAMPLE "ARRAY['10:00', '18:30']::time[]"
#define WEEKDAYS_EXAMPLE "ARRAY[1, 3]"
#define NOT_A_LIST "must be a list without nulls"

static ArrayType *starts_times_argument(FunctionCallInfo fcinfo, int n)
{
    ArrayType *times = bo_hours_list(fcinfo, n, "times", NOT_A_LIST, TIMES_EXAMPLE);
    const TimeADT *each = (const TimeADT *)ARR_DATA_PTR(times);
    int count = ArrayGetNItems(ARR_NDIM(times), ARR_DIMS(times));

    if (count > BO_MAX_HOURS)
        bo_error_argument("times", psprintf("must not have more than %d times", BO_MAX_HOURS), TIMES_EXAMPLE);
    for (int i = 0; i < count; i++)
        if (each[i] == USECS_PER_DAY || each[i] % USECS_PER_SEC != 0)
            bo_error_argument("times", "must be whole seconds before 24:00", TIMES_EXAMPLE);
    return times;
}

static ArrayType *starts_weekdays_argument(FunctionCallInfo fcinfo, int n)
{
    ArrayType *weekdays = bo_hours_list(fcinfo, n, "weekdays", NOT_A_LIST, WEEKDAYS_EXAMPLE);
    const int32 *each = (const int32 *)ARR_DATA_PTR(weekdays);
    int count = ArrayGetNItems(ARR_NDIM(weekdays), ARR_DIMS(weekdays));

    if (count == 0 || count > 7)
        bo_error_argument("weekdays", "must have from 1 to 7 days", WEEKDAYS_EXAMPLE);
    for (int i = 0; i < count; i++)
        if (each[i] < 1 || each[i] > 7)
            bo_error_argument("weekdays", "must be from 1 (Monday) to 7 (Sunday)", WEEKDAYS_EXAMPLE);
    return weekdays;
}

static Datum starts_set(FunctionCallInfo fcinfo, const char *verb, BoStatement *statement)
{
    text *resource, *tenant;
    ArrayType *times, *weekdays;
    BoStore store;

    bo_arguments_writable(verb);
    resource = bo_arguments_text(fcinfo, 0, "resource", "'room:1'");
    times = starts_times_argument(fcinfo, 1);
    weekdays = starts_weekdays_argument(fcinfo, 2);
    tenant = bo_arguments_tenant(fcinfo);

    bo_store_open(&store);
    bo_resource_lock_known(&store, tenant, resource);
    bo_store_run_latest(&store, statement, bo_text(tenant), bo_text(resource), bo_array(TIMEARRAYOID, times),
                        bo_array(INT4ARRAYOID, weekdays));
    bo_resource_has_changed(&store, tenant, resource);
    bo_store_close(&store);

    PG_RETURN_VOID();
}

/* set_starts(resource, times, weekdays, max_wait, tenant) */
static Datum set_starts_call(FunctionCallInfo fcinfo)
{
    return starts_set(fcinfo, "set_starts", &bo_sql_set_starts);
}

/* set_ends(resource, times, weekdays, max_wait, tenant) */
static Datum set_ends_call(FunctionCallInfo fcinfo)
{
    return starts_set(fcinfo, "set_ends", &bo_sql_set_ends);
}
