/*
 * availability.c
 *   What can be had: free_slots() and free_time().
 *
 * They read only, on the snapshot of the caller's query and under no lock: an offer
 * to choose from. Whether one gets it, book_slot() decides, and at the same moment,
 * by the same rules, it decides alike. One statement reads the rules and one the
 * bookings; then each slot is held against them here.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "base/arguments.h"
#include "base/error.h"
#include "base/value.h"
#include "store/statements.h"
#include "store/store.h"
#include "verbs/capacity.h"
#include "verbs/policy.h"

PG_FUNCTION_INFO_V1(bookonce_free_slots);
PG_FUNCTION_INFO_V1(bookonce_free_time);

/* A time range and what holds in it; what is NULL restricts nothing. */
typedef struct Window
{
    TypeCacheEntry *type; /* of tstzrange */
    RangeType *range;
    RangeBound lower;
    RangeBound upper;
    int32 capacity;
    int64 before; /* the buffers, in microseconds */
    int64 after;
    TimestampTz earliest;
    TimestampTz latest;
    int64 longest;
    bool over_limits; /* so many units at once are above a limit */
    MultirangeType *open;
    MultirangeType *busy;
    MultirangeType *full; /* a tsmultirange: no more may start there, by the resource's wall clock */
    TypeCacheEntry *full_type;
    text *time_zone;
} Window;

static void availability_within_argument(FunctionCallInfo fcinfo, int n, Window *window)
{
    bool is_empty;

    window->range = bo_arguments_checked_during(PG_GETARG_DATUM(n), PG_ARGISNULL(n), "within");
    window->type = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);
    range_deserialize(window->type, window->range, &window->lower, &window->upper, &is_empty);
    if (DatumGetTimestampTz(window->upper.val) >= BO_TIME_LIMIT)
        bo_error_slot_key_time();
    if (DatumGetTimestampTz(window->upper.val) >
        DatumGetTimestampTz(window->lower.val) + BO_MAX_WITHIN_DAYS * USECS_PER_DAY)
        bo_error_argument("within", psprintf("must not be longer than %d days", BO_MAX_WITHIN_DAYS), BO_DURING_EXAMPLE);
}

/* A column's multirange, kept beyond the store; NULL for NULL. */
static MultirangeType *availability_multirange_column(int column)
{
    bool is_null;
    Datum value = bo_store_column(column, &is_null);

    return is_null ? NULL : DatumGetMultirangeTypeP(SPI_datumTransfer(value, false, -1));
}

static TimestampTz availability_instant_column(int column, TimestampTz when_null)
{
    bool is_null;
    Datum value = bo_store_column(column, &is_null);

    return is_null ? when_null : DatumGetTimestampTz(value);
}

static int64 availability_length_column(int column, int64 when_null)
{
    bool is_null;
    Datum value = bo_store_column(column, &is_null);

    return is_null ? when_null : bo_value_microseconds(DatumGetIntervalP(value));
}

/* The bookings that could be in the way: those around the window too, as far as the buffers reach. */
static void availability_read_bookings(BoStore *store, Window *window, int64 resource_id, int32 quantity,
                                       TimestampTz now)
{
    BoPlace place = {.resource_id = resource_id, .capacity = window->capacity};
    RangeBound lower = window->lower;
    RangeBound upper = window->upper;

    lower.val = TimestampTzGetDatum(Max(DatumGetTimestampTz(lower.val) - window->before, MIN_TIMESTAMP));
    upper.val = TimestampTzGetDatum(Min(DatumGetTimestampTz(upper.val) + window->after, BO_TIME_LIMIT - 1));
    place.blocks = bo_value_range(window->type, &lower, &upper);
    window->busy = bo_capacity_crowded(store, &place, quantity, now);
}

/* Everything that is known of the window; OB002 when there is no such resource. */
static void availability_read_window(Window *window, text *tenant, text *resource, int32 quantity)
{
    TimestampTz now = GetCurrentTimestamp();
    Datum values[] = {PointerGetDatum(tenant), PointerGetDatum(resource), RangeTypePGetDatum(window->range),
                      TimestampTzGetDatum(now), Int32GetDatum(quantity)};
    BoStore store;
    bool is_null;
    int64 resource_id;

    bo_store_open_to_read(&store);
    if (bo_store_run(&store, &bo_sql_find_window, values, NULL) == 0)
        bo_error_unknown_resource(resource);
    resource_id = DatumGetInt64(bo_store_column(1, &is_null));
    window->capacity = DatumGetInt32(bo_store_column(2, &is_null));
    if (quantity > window->capacity)
        bo_error_above_capacity(window->capacity);
    window->before = availability_length_column(3, 0);
    window->after = availability_length_column(4, 0);
    window->earliest = availability_instant_column(5, DT_NOBEGIN);
    window->latest = availability_instant_column(6, DT_NOEND);
    window->longest = availability_length_column(7, PG_INT64_MAX);
    window->over_limits = DatumGetBool(bo_store_column(8, &is_null));
    window->open = availability_multirange_column(9);
    window->full = availability_multirange_column(10);
    window->full_type = lookup_type_cache(TSRANGEOID, TYPECACHE_RANGE_INFO);
    window->time_zone = (text *)DatumGetPointer(SPI_datumTransfer(bo_store_column(11, &is_null), false, -1));
    availability_read_bookings(&store, window, resource_id, quantity, now);
    if (window->busy != NULL)
        window->busy = DatumGetMultirangeTypeP(SPI_datumTransfer(MultirangeTypePGetDatum(window->busy), false, -1));
    bo_store_close(&store);
}

/* Has the period, by the wall clock, in which a slot would start, all the units it may have? */
static bool availability_is_full(const Window *window, TimestampTz start)
{
    Datum wall_clock;

    if (window->over_limits || window->full == NULL)
        return window->over_limits;
    wall_clock = DirectFunctionCall2(timestamptz_zone, PointerGetDatum(window->time_zone), TimestampTzGetDatum(start));
    return multirange_contains_elem_internal(window->full_type, window->full, wall_clock);
}

static RangeType *availability_slot_of(const Window *window, TimestampTz start, TimestampTz end)
{
    RangeBound lower = {.val = TimestampTzGetDatum(start), .inclusive = true, .lower = true};
    RangeBound upper = {.val = TimestampTzGetDatum(end)};

    return bo_value_range(window->type, &lower, &upper);
}

/* The slot, when book_slot() would take it; else NULL. The rules in the order of their cost. */
static RangeType *availability_free_slot(const Window *window, TimestampTz start, TimestampTz end)
{
    RangeType *slot;

    if (start < window->earliest || start > window->latest || end - start > window->longest)
        return NULL;
    if (start < MIN_TIMESTAMP + window->before || end >= BO_TIME_LIMIT - window->after)
        return NULL;
    slot = availability_slot_of(window, start, end);
    if (window->open != NULL && !multirange_contains_range_internal(window->type, window->open, slot))
        return NULL;
    if (window->busy != NULL &&
        range_overlaps_multirange_internal(
            window->type, availability_slot_of(window, start - window->before, end + window->after), window->busy))
        return NULL;
    return availability_is_full(window, start) ? NULL : slot;
}

/* free_slots(resource, within, duration, step, quantity, tenant) */
Datum bookonce_free_slots(PG_FUNCTION_ARGS)
{
    ReturnSetInfo *result = (ReturnSetInfo *)fcinfo->resultinfo;
    Window window = {0};
    text *resource = bo_arguments_text(fcinfo, 0, "resource", "'room:1'");
    int64 duration, step, length, count;
    TimestampTz first;

    availability_within_argument(fcinfo, 1, &window);
    if (PG_ARGISNULL(2))
        bo_error_null_argument("duration", "'30 minutes'");
    duration = bo_arguments_exact_length(fcinfo, 2, "duration", 1);
    step = PG_ARGISNULL(3) ? duration : bo_arguments_exact_length(fcinfo, 3, "step", 1);
    first = DatumGetTimestampTz(window.lower.val);
    length = DatumGetTimestampTz(window.upper.val) - first;
    count = length < duration ? 0 : (length - duration) / step + 1;
    if (count > BO_MAX_CANDIDATES)
        bo_error_argument("step", psprintf("must not make more than %d slots to try", BO_MAX_CANDIDATES),
                          "'15 minutes' within a month");
    availability_read_window(&window, bo_arguments_text(fcinfo, 5, "tenant", "'default'"), resource,
                             bo_arguments_quantity(PG_GETARG_DATUM(4), PG_ARGISNULL(4), "quantity"));

    InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
    for (int64 i = window.lower.inclusive ? 0 : 1; i < count; i++)
    {
        RangeType *slot = availability_free_slot(&window, first + i * step, first + i * step + duration);

        CHECK_FOR_INTERRUPTS();
        if (slot != NULL)
            tuplestore_putvalues(result->setResult, result->setDesc, &(Datum){RangeTypePGetDatum(slot)},
                                 &(bool){false});
    }
    return (Datum)0;
}

/* free_time(resource, within, quantity, tenant) */
Datum bookonce_free_time(PG_FUNCTION_ARGS)
{
    Window window = {0};
    text *resource = bo_arguments_text(fcinfo, 0, "resource", "'room:1'");
    RangeType **open, **busy;
    int32 open_count, busy_count;
    MultirangeType *free;

    availability_within_argument(fcinfo, 1, &window);
    availability_read_window(&window, bo_arguments_text(fcinfo, 3, "tenant", "'default'"), resource,
                             bo_arguments_quantity(PG_GETARG_DATUM(2), PG_ARGISNULL(2), "quantity"));

    free = make_multirange(TSTZMULTIRANGEOID, window.type, 1, &window.range);
    if (window.open != NULL)
    {
        multirange_deserialize(window.type, window.open, &open_count, &open);
        free = multirange_intersect_internal(TSTZMULTIRANGEOID, window.type, open_count, open, 1,
                                             &(RangeType *){window.range});
    }
    if (window.busy != NULL)
    {
        multirange_deserialize(window.type, free, &open_count, &open);
        multirange_deserialize(window.type, window.busy, &busy_count, &busy);
        free = multirange_minus_internal(TSTZMULTIRANGEOID, window.type, open_count, open, busy_count, busy);
    }
    PG_RETURN_MULTIRANGE_P(free);
}
