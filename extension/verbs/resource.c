/*
 * resource.c
 *   Resources, and the rules by which they are booked.
 *
 * Each verb holds the resource's exclusive lock while it writes: a call that books has read the old rules or will read
 * the new ones, never half of each. Rules are changed on the latest snapshot: a REPEATABLE READ transaction with an old
 * one would leave hours in place that somebody else has set since, so it gets 40001 instead. If define_resource() finds
 * everything as asked for, it waits for nobody and writes nothing. Bookings made before a change stay as they are.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/resource.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "base/arguments.h"
#include "base/durable.h"
#include "base/error.h"
#include "base/lock.h"
#include "base/value.h"
#include "base/wait.h"
#include "store/store_closure.h"
#include "store/store_starts.h"
#include "store/store_policy.h"
#include "verbs/capacity.h"
#include "verbs/line.h"
#include "verbs/policy.h"

BO_VERB_THAT_WAITS(define_resource, 15);
BO_VERB_THAT_WAITS(set_booking_limit, 5);

/*
 * Reads a rule's length, which is kept as it was given: days and months are those of the calendar, hours are exact.
 * NULL stays NULL.
 */
Interval *bo_resource_length_argument(FunctionCallInfo fcinfo, int n, const char *name, bool may_be_zero)
{
    Interval *given;

    if (PG_ARGISNULL(n))
        return NULL;
    given = PG_GETARG_INTERVAL_P(n);
    if (given->month < 0 || given->day < 0 || given->time < 0)
        bo_error_argument(name, "must not have a negative part", "'15 minutes'");
    if (bo_value_is_zero(given))
    {
        if (!may_be_zero)
            bo_error_argument(name, "must be longer than zero", "'15 minutes'");
        return given;
    }
    return bo_arguments_length(fcinfo, n, name);
}

/* Locks the row, if there is one, then the resource: the order of a statement that deletes the row (needed_row.c). */
static void resource_lock(BoStore *store, const text *tenant, const text *resource)
{
    BoSlotLock lock = bo_lock_slot_of(tenant, resource);

    lock.exclusive = true;
    bo_store_run_latest(store, &bo_sql_lock_resource_row, bo_text(tenant), bo_text(resource));
    bo_lock_slots(&lock, 1);
}

/*
 * Moves bookings onto the units of a lower capacity; OB005 if they do not fit. Past bookings may stay on any unit, only
 * future ones must fit.
 */
void bo_resource_fit_into_capacity(BoStore *store, text *tenant, text *resource, int32 capacity)
{
    TypeCacheEntry *type = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);
    TimestampTz now = GetCurrentTimestamp();
    RangeBound lower = {.val = TimestampTzGetDatum(now), .inclusive = true, .lower = true};
    RangeBound upper = {.infinite = true};
    BoPlace place = {.capacity = capacity, .stands_still = true};

    if (bo_store_run_latest(store, &bo_sql_find_resource, bo_text(tenant), bo_text(resource)) == 0)
        return;
    place.resource_id = bo_row_int8(bo_store_row(0), BO_FIND_RESOURCE_RESOURCE_ID);
    if (bo_row_int4(bo_store_row(0), BO_FIND_RESOURCE_CAPACITY) <= capacity)
        return;
    place.blocks = bo_value_range(type, &lower, &upper);
    if (!bo_capacity_fit(store, tenant, &place, now))
        bo_error_capacity_in_use(resource, capacity, bo_capacity_overfull(store, &place, now));
}

/* Functions of older versions, which have fewer parameters, do not have those of the shape. */
#define SHAPE_PARAMETERS 15

/* Reads the attributes of a resource, an object; NULL stays NULL. */
Jsonb *bo_resource_attributes_argument(FunctionCallInfo fcinfo, int n)
{
    static const char *const example = "'{\"seats\": 8, \"projector\": true}'";
    Jsonb *given;

    if (PG_ARGISNULL(n))
        return NULL;
    given = PG_GETARG_JSONB_P(n);
    if (!JB_ROOT_IS_OBJECT(given))
        bo_error_argument("attributes", "must be a JSON object", example);
    if (VARSIZE(given) > BO_MAX_ATTRIBUTES_BYTES)
        bo_error_argument("attributes", psprintf("must not have more than %d bytes", BO_MAX_ATTRIBUTES_BYTES), example);
    return given;
}

/* Reads how far apart starts are; NULL stays NULL. */
Interval *bo_resource_grid_argument(FunctionCallInfo fcinfo, int n)
{
    Interval *every = bo_resource_length_argument(fcinfo, n, "start_every", false);

    if (every != NULL && !bo_rules_is_step(every))
        bo_error_argument("start_every", "must be from one second to 24 hours", "'15 minutes'");
    return every;
}

/*
 * Reads how soon to check in; NULL stays NULL. Only exact durations are allowed: hours after an instant are the same in
 * every zone.
 */
Interval *bo_resource_check_in_argument(FunctionCallInfo fcinfo, int n)
{
    Interval *within = bo_resource_length_argument(fcinfo, n, "check_in_within", false);

    if (within != NULL && (within->month != 0 || within->day != 0))
        bo_error_argument("check_in_within", "must be in hours, minutes and seconds", "'15 minutes'");
    return within;
}

/*
 * Refuses rules that no slot can meet; each may be NULL. Lengths are compared part by part, and only if no part
 * contradicts another: whether a day is longer than 24 hours depends on the calendar.
 */
void bo_resource_check_lengths(const Interval *shortest, const Interval *longest)
{
    if (shortest != NULL && longest != NULL && shortest->month >= longest->month && shortest->day >= longest->day &&
        shortest->time >= longest->time &&
        (shortest->month > longest->month || shortest->day > longest->day || shortest->time > longest->time))
        bo_error_argument("min_duration", "must not be above max_duration", "'15 minutes'");
}

static BoShape resource_shape_arguments(FunctionCallInfo fcinfo, const Interval *longest)
{
    BoShape shape = {0};

    if (PG_NARGS() < SHAPE_PARAMETERS)
        return shape;
    shape.shortest = bo_resource_length_argument(fcinfo, 8, "min_duration", false);
    shape.every = bo_resource_grid_argument(fcinfo, 9);
    shape.check_in = bo_resource_check_in_argument(fcinfo, 10);
    if (PG_ARGISNULL(11))
        bo_error_null_argument("overdue_blocks", "false");
    shape.overdue_blocks = PG_GETARG_BOOL(11);
    shape.attributes = bo_resource_attributes_argument(fcinfo, 12);
    bo_resource_check_lengths(shape.shortest, longest);
    return shape;
}

/* Returns true if the shape is already as asked for. That can be found out with or without the resource's lock. */
static bool resource_has_shape(BoStore *store, text *tenant, text *resource, const BoShape *shape)
{
    return bo_store_run_latest(store, &bo_sql_find_same_shape, bo_text(tenant), bo_text(resource),
                               bo_interval_or_null(shape->shortest), bo_interval_or_null(shape->every),
                               bo_interval_or_null(shape->check_in), bo_jsonb_or_null(shape->attributes),
                               bo_bool(shape->overdue_blocks)) > 0;
}

void bo_resource_set_shape(BoStore *store, text *tenant, text *resource, const BoShape *shape)
{
    bool has_attributes = shape->attributes != NULL && JB_ROOT_COUNT(shape->attributes) > 0;

    if (resource_has_shape(store, tenant, resource, shape))
        return;
    bo_store_run_latest(store, &bo_sql_set_shape, bo_text(tenant), bo_text(resource),
                        bo_interval_or_null(shape->shortest), bo_interval_or_null(shape->every),
                        bo_interval_or_null(shape->check_in),
                        bo_jsonb_or_null(has_attributes ? shape->attributes : NULL), bo_bool(shape->overdue_blocks));
    if (!shape->overdue_blocks)
        bo_store_run_latest(store, &bo_sql_give_all_back, bo_text(tenant), bo_text(resource));
}

/*
 * Warns of a grid that lets nothing begin in the opening hours. It is no error, because the hours may be set later.
 * Returns true if it warned.
 */
bool bo_resource_warn_of_grid(BoStore *store, text *tenant, text *resource)
{
    if (bo_store_run_latest(store, &bo_sql_find_unmet_grid, bo_text(tenant), bo_text(resource)) == 0)
        return false;
    bo_warning_unmet_grid(resource);
    return true;
}

/*
 * Called under the resource's lock, when its rules have changed. What they allow now goes first to those who wait in
 * line.
 */
void bo_resource_has_changed(BoStore *store, text *tenant, text *resource)
{
    (void)bo_resource_warn_of_grid(store, tenant, resource);
    bo_line_serve_all(store, tenant, &resource, 1);
}

/*
 * define_resource(resource, capacity, buffer_before, buffer_after, time_zone, min_notice, max_ahead, max_duration,
 * min_duration, start_every, check_in_within, overdue_blocks, attributes, max_wait, tenant)
 */
static Datum define_resource_call(FunctionCallInfo fcinfo)
{
    text *resource, *tenant, *time_zone;
    int32 capacity;
    Interval *longest;
    BoShape shape;
    BoStore store;

    bo_arguments_writable("define_resource");
    resource = bo_arguments_text(fcinfo, 0, "resource", "'room:1'");
    capacity = bo_arguments_positive(fcinfo, 1, "capacity");
    if (capacity > BO_MAX_CAPACITY)
        bo_error_argument("capacity", psprintf("must not be above %d", BO_MAX_CAPACITY), "10");
    if (PG_ARGISNULL(2))
        bo_error_null_argument("buffer_before", "'15 minutes'");
    if (PG_ARGISNULL(3))
        bo_error_null_argument("buffer_after", "'15 minutes'");
    time_zone = bo_arguments_time_zone(fcinfo, 4);
    longest = bo_resource_length_argument(fcinfo, 7, "max_duration", false);
    shape = resource_shape_arguments(fcinfo, longest);
    tenant = bo_arguments_tenant(fcinfo);
    {
        BoParameter rules[] = {bo_text(tenant),
                               bo_text(resource),
                               bo_int4(capacity),
                               bo_interval(bo_resource_length_argument(fcinfo, 2, "buffer_before", true)),
                               bo_interval(bo_resource_length_argument(fcinfo, 3, "buffer_after", true)),
                               bo_text(time_zone),
                               bo_interval_or_null(bo_resource_length_argument(fcinfo, 5, "min_notice", true)),
                               bo_interval_or_null(bo_resource_length_argument(fcinfo, 6, "max_ahead", false)),
                               bo_interval_or_null(longest)};

        bo_store_open(&store);
        if (bo_store_run_list(&store, &bo_sql_find_same_resource, rules, lengthof(rules)) == 0 ||
            !resource_has_shape(&store, tenant, resource, &shape))
        {
            resource_lock(&store, tenant, resource);
            bo_resource_fit_into_capacity(&store, tenant, resource, capacity);
            bo_store_run_list(&store, &bo_sql_define_resource, rules, lengthof(rules));
            bo_resource_set_shape(&store, tenant, resource, &shape);
            bo_resource_has_changed(&store, tenant, resource);
        }
        bo_store_close(&store);
        bo_durable_rest_on(InvalidTransactionId);
    }
    PG_RETURN_VOID();
}

/* Called before the resource's rules change; OB002 if there is no such resource. */
void bo_resource_lock_known(BoStore *store, text *tenant, text *resource)
{
    resource_lock(store, tenant, resource);
    if (bo_store_run_latest(store, &bo_sql_find_resource, bo_text(tenant), bo_text(resource)) == 0)
        bo_error_unknown_resource(resource);
}

/* set_booking_limit(resource, period, max_bookings, max_wait, tenant) */
static Datum set_booking_limit_call(FunctionCallInfo fcinfo)
{
    static const char *const periods[] = {"day", "week", "month", "year"};
    text *resource, *period, *tenant;
    bool is_known = false;
    BoParameter most;
    BoStore store;

    bo_arguments_writable("set_booking_limit");
    resource = bo_arguments_text(fcinfo, 0, "resource", "'room:1'");
    period = bo_arguments_text(fcinfo, 1, "period", "'month'");
    for (int i = 0; i < (int)lengthof(periods); i++)
        is_known |= strcmp(text_to_cstring(period), periods[i]) == 0;
    if (!is_known)
        bo_error_argument("period", "must be day, week, month or year", "'month'");
    most = PG_ARGISNULL(2) ? bo_null(INT4OID) : bo_int4(bo_arguments_positive(fcinfo, 2, "max_bookings"));
    tenant = bo_arguments_tenant(fcinfo);

    bo_store_open(&store);
    bo_resource_lock_known(&store, tenant, resource);
    bo_store_run_latest(&store, &bo_sql_set_limit, bo_text(tenant), bo_text(resource), bo_text(period), most);
    bo_line_serve_all(&store, tenant, &resource, 1);
    bo_store_close(&store);

    PG_RETURN_VOID();
}
