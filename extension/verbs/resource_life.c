/*
 * resource_life.c
 *   alter_resource(), rename_resource(), retire_resource() and delete_resource().
 *
 * Like every verb that changes a resource, they lock its row, then the resource (resource.c). A name is only a name:
 * rows refer to the id, so bookings, hours, rules and closures keep their resource when it is renamed. Offers refer to
 * the name of their provider, and keep_needed (needed_row.c) keeps it as long as they do.
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
#include "store/store_life.h"
#include "store/store_line.h"
#include "store/store_policy.h"
#include "verbs/closure.h"

BO_VERB_THAT_WAITS(alter_resource, 16);
BO_VERB_THAT_WAITS(rename_resource, 4);
BO_VERB_THAT_WAITS(retire_resource, 5);
BO_VERB_THAT_WAITS(delete_resource, 3);

#define LIFT_EXAMPLE "ARRAY['min_notice']"

/*
 * Reads the rules that are to be lifted: only rules that may be null, and none that is also given a value. NULL: none.
 */
static ArrayType *life_lift_argument(FunctionCallInfo fcinfo, int n, int first)
{
    static const char *const names[] = {"min_notice",   "max_ahead",   "max_duration",
                                        "min_duration", "start_every", "check_in_within"};
    ArrayType *lift;
    Datum *elements;
    int count;

    if (PG_ARGISNULL(n))
        return construct_empty_array(TEXTOID);
    lift = bo_arguments_texts(fcinfo, n, "lift", LIFT_EXAMPLE, lengthof(names));
    deconstruct_array(lift, TEXTOID, -1, false, TYPALIGN_INT, &elements, NULL, &count);
    for (int i = 0; i < count; i++)
    {
        const char *name = TextDatumGetCString(elements[i]);
        int found = 0;

        while (found < (int)lengthof(names) && strcmp(name, names[found]) != 0)
            found++;
        if (found == lengthof(names))
            bo_error_argument("lift",
                              "must name only min_notice, max_ahead, max_duration, min_duration, start_every and "
                              "check_in_within",
                              LIFT_EXAMPLE);
        if (!PG_ARGISNULL(first + found))
            bo_error_argument(name, "must not be given and lifted at once", "'2 hours', and nothing in lift");
    }
    return lift;
}

static Interval *life_interval(BoRow row, int column, Interval *length)
{
    if (bo_row_is_null(row, column))
        return NULL;
    *length = bo_row_interval(row, column);
    return length;
}

/*
 * Changes the shape. Called after the other rules have changed: the result, of what is given and what stays, must be
 * rules that a slot can meet.
 */
static void life_alter_shape(BoStore *store, text *tenant, text *resource, const BoShape *given,
                             BoParameter overdue_blocks, const ArrayType *lift)
{
    Interval shortest_then, every_then, check_in_then, longest;
    BoShape shape;
    BoRow row;

    bo_store_run_latest(store, &bo_sql_find_altered_shape, bo_text(tenant), bo_text(resource),
                        bo_interval_or_null(given->shortest), bo_interval_or_null(given->every),
                        bo_interval_or_null(given->check_in), bo_array(TEXTARRAYOID, lift),
                        bo_jsonb_or_null(given->attributes), overdue_blocks);
    row = bo_store_row(0);
    shape.shortest = life_interval(row, BO_ALTERED_SHAPE_MIN_DURATION, &shortest_then);
    shape.every = life_interval(row, BO_ALTERED_SHAPE_START_EVERY, &every_then);
    shape.check_in = life_interval(row, BO_ALTERED_SHAPE_CHECK_IN_WITHIN, &check_in_then);
    shape.overdue_blocks = bo_row_bool(row, BO_ALTERED_SHAPE_OVERDUE_BLOCKS);
    shape.attributes = bo_row_jsonb_or_null(row, BO_ALTERED_SHAPE_ATTRIBUTES);
    bo_resource_check_lengths(shape.shortest, life_interval(row, BO_ALTERED_SHAPE_MAX_DURATION, &longest));
    bo_resource_set_shape(store, tenant, resource, &shape);
}

/*
 * alter_resource(resource, capacity, buffer_before, buffer_after, time_zone, min_notice, max_ahead, max_duration,
 * min_duration, start_every, check_in_within, overdue_blocks, lift, attributes, max_wait, tenant)
 */
static Datum alter_resource_call(FunctionCallInfo fcinfo)
{
    text *resource, *tenant, *zone;
    BoParameter capacity, overdue_blocks;
    BoShape shape;
    ArrayType *lift;
    BoStore store;

    bo_arguments_writable("alter_resource");
    resource = bo_arguments_text(fcinfo, 0, "resource", "'room:1'");
    capacity =
        PG_ARGISNULL(1) ? bo_null(INT4OID) : bo_int4(bo_arguments_quantity(PG_GETARG_DATUM(1), false, "capacity"));
    zone = PG_ARGISNULL(4) ? NULL : bo_arguments_time_zone(fcinfo, 4);
    shape.shortest = bo_resource_length_argument(fcinfo, 8, "min_duration", false);
    shape.every = bo_resource_grid_argument(fcinfo, 9);
    shape.check_in = bo_resource_check_in_argument(fcinfo, 10);
    overdue_blocks = PG_ARGISNULL(11) ? bo_null(BOOLOID) : bo_bool(PG_GETARG_BOOL(11));
    lift = life_lift_argument(fcinfo, 12, 5);
    shape.attributes = bo_resource_attributes_argument(fcinfo, 13);
    tenant = bo_arguments_tenant(fcinfo);
    {
        BoParameter rules[] = {bo_text(tenant),
                               bo_text(resource),
                               capacity,
                               bo_interval_or_null(bo_resource_length_argument(fcinfo, 2, "buffer_before", true)),
                               bo_interval_or_null(bo_resource_length_argument(fcinfo, 3, "buffer_after", true)),
                               bo_text_or_null(zone),
                               bo_interval_or_null(bo_resource_length_argument(fcinfo, 5, "min_notice", true)),
                               bo_interval_or_null(bo_resource_length_argument(fcinfo, 6, "max_ahead", false)),
                               bo_interval_or_null(bo_resource_length_argument(fcinfo, 7, "max_duration", false)),
                               bo_array(TEXTARRAYOID, lift)};

        bo_store_open(&store);
        bo_resource_lock_known(&store, tenant, resource);
        if (!capacity.is_null)
            bo_resource_fit_into_capacity(&store, tenant, resource, DatumGetInt32(capacity.value));
        bo_store_run_list_latest(&store, &bo_sql_alter_resource, rules, lengthof(rules));
        life_alter_shape(&store, tenant, resource, &shape, overdue_blocks, lift);
        bo_resource_has_changed(&store, tenant, resource);
        bo_store_close(&store);
    }
    PG_RETURN_VOID();
}

/*
 * rename_resource(resource, new_name, max_wait, tenant). Both names are locked: a call that books by either has
 * committed before, or finds the resource under its new name only.
 */
static Datum rename_resource_call(FunctionCallInfo fcinfo)
{
    text *resource, *new_name, *tenant;
    BoSlotLock locks[2];
    BoStore store;

    bo_arguments_writable("rename_resource");
    resource = bo_arguments_text(fcinfo, 0, "resource", "'room:1'");
    new_name = bo_arguments_text(fcinfo, 1, "new_name", "'room:blue'");
    if (bo_arguments_same_text(resource, new_name))
        bo_error_argument("new_name", "must be another name", "'room:blue'");
    tenant = bo_arguments_tenant(fcinfo);
    locks[0] = bo_lock_slot_of(tenant, resource);
    locks[1] = bo_lock_slot_of(tenant, new_name);
    locks[0].exclusive = locks[1].exclusive = true;

    bo_store_open_for(&store, BO_TABLES_DISPATCH);
    bo_store_run_latest(&store, &bo_sql_lock_resource_row, bo_text(tenant), bo_text(resource));
    bo_lock_slots(locks, 2);
    if (bo_store_run_latest(&store, &bo_sql_find_resource, bo_text(tenant), bo_text(resource)) == 0)
        bo_error_unknown_resource(resource);
    if (bo_store_run_latest(&store, &bo_sql_find_resource, bo_text(tenant), bo_text(new_name)) > 0)
        bo_error_argument("new_name", "is the name of another resource", "a name that no resource has");
    bo_store_run_latest(&store, &bo_sql_rename_resource, bo_text(tenant), bo_text(resource), bo_text(new_name));
    bo_store_close(&store);

    PG_RETURN_VOID();
}

/* retire_resource(resource, since, reason, max_wait, tenant): closes all of it, without an end */
static Datum retire_resource_call(FunctionCallInfo fcinfo)
{
    BoClosureCall call = {.count = 1, .retires = true};
    RangeBound lower = {.inclusive = true, .lower = true}, upper = {.infinite = true};
    TimestampTz since;
    text *resource;

    bo_arguments_writable("retire_resource");
    resource = bo_arguments_text(fcinfo, 0, "resource", "'room:1'");
    call.resources = &resource;
    since = PG_ARGISNULL(1) ? GetCurrentTimestamp() : PG_GETARG_TIMESTAMPTZ(1);
    if (TIMESTAMP_NOT_FINITE(since))
        bo_error_argument("since", "must not be infinite", "now()");
    if (since >= BO_TIME_LIMIT)
        bo_error_slot_key_time();
    lower.val = TimestampTzGetDatum(since);
    call.during = bo_value_range(lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO), &lower, &upper);
    call.reason = bo_arguments_reason(fcinfo, 2);
    call.tenant = bo_arguments_tenant(fcinfo);
    return bo_closure_close(fcinfo, &call);
}

/*
 * delete_resource(resource, max_wait, tenant): returns false if there was none. 23503, by the trigger keep_needed,
 * while bookings or offers need it.
 */
static Datum delete_resource_call(FunctionCallInfo fcinfo)
{
    text *resource, *tenant;
    BoSlotLock lock;
    BoStore store;
    uint64 deleted;

    bo_arguments_writable("delete_resource");
    resource = bo_arguments_text(fcinfo, 0, "resource", "'room:1'");
    tenant = bo_arguments_tenant(fcinfo);
    lock = bo_lock_slot_of(tenant, resource);
    lock.exclusive = true;

    bo_store_open_for(&store, BO_TABLES_DISPATCH);
    bo_store_run_latest(&store, &bo_sql_lock_resource_row, bo_text(tenant), bo_text(resource));
    bo_lock_slots(&lock, 1);
    bo_store_run_latest(&store, &bo_sql_delete_its_hours, bo_text(tenant), bo_text(resource));
    bo_store_run_latest(&store, &bo_sql_delete_its_closures, bo_text(tenant), bo_text(resource));
    bo_store_run_latest(&store, &bo_sql_delete_its_waiters, bo_text(tenant), bo_text(resource));
    deleted = bo_store_run_latest(&store, &bo_sql_delete_resource, bo_text(tenant), bo_text(resource));
    bo_store_close(&store);
    bo_durable_rest_on(InvalidTransactionId);

    PG_RETURN_BOOL(deleted > 0);
}
