/*
 * availability.c
 *   What is free, and why not: free_slots(), free_time(), places_left() and explain_slot().
 *
 * They only read, on the snapshot of the caller's query and under no lock: what they return is an offer to choose from.
 * Whether the caller gets it, book_slot() decides; at the same moment it would decide the same, by the same rules. One
 * statement reads the rules and one the bookings; then each slot is compared with them here.
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
#include "base/label.h"
#include "base/round.h"
#include "base/value.h"
#include "store/store_availability.h"
#include "verbs/capacity.h"
#include "verbs/closed_time.h"
#include "verbs/policy.h"

PG_FUNCTION_INFO_V1(bookonce_free_slots);
PG_FUNCTION_INFO_V1(bookonce_free_time);
PG_FUNCTION_INFO_V1(bookonce_places_left);
PG_FUNCTION_INFO_V1(bookonce_explain_slot);

/* A time range and what applies in it; NULL restricts nothing. */
typedef struct Window
{
    TypeCacheEntry *type; /* of tstzrange */
    RangeType *range;
    RangeBound lower;
    RangeBound upper;
    int32 capacity;
    BoRules rules;
    TimestampTz now;
    bool over_limits; /* this many units at once are above a limit */
    MultirangeType *open;
    MultirangeType *busy;   /* booked or closed, as far as that leaves too few */
    MultirangeType *closed; /* of busy: the whole resource is closed */
    MultirangeType *full;   /* a tsmultirange: no more may start there, by the resource's wall clock */
    TypeCacheEntry *full_type;
} Window;

static void availability_within_argument(FunctionCallInfo fcinfo, int n, const char *name, Window *window)
{
    bool is_empty;

    window->range = bo_arguments_checked_during(PG_GETARG_DATUM(n), PG_ARGISNULL(n), name);
    window->type = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);
    range_deserialize(window->type, window->range, &window->lower, &window->upper, &is_empty);
    if (DatumGetTimestampTz(window->upper.val) >= BO_TIME_LIMIT)
        bo_error_slot_key_time();
    if (DatumGetTimestampTz(window->upper.val) >
        DatumGetTimestampTz(window->lower.val) + BO_MAX_WITHIN_DAYS * USECS_PER_DAY)
        bo_error_argument(name, psprintf("must not be longer than %d days", BO_MAX_WITHIN_DAYS), BO_DURING_EXAMPLE);
}

/* Copies it beyond the store; NULL gives NULL. */
static MultirangeType *availability_keep(BoStore *store, const MultirangeType *found)
{
    return found == NULL ? NULL : bo_store_keep(store, found);
}

/* The longest that the length can be in any zone and month, or more. */
static int64 availability_at_most(const Interval *length)
{
    return length->time + ((int64)length->month * 31 + length->day + 1) * USECS_PER_DAY;
}

/*
 * Reads the bookings and closures that could be in the way, including those around the window, as far as the buffers
 * reach.
 */
static void availability_read_bookings(BoStore *store, Window *window, int64 resource_id, int32 quantity,
                                       bool has_closures)
{
    BoPlace place = {.resource_id = resource_id, .capacity = window->capacity};
    RangeBound lower = window->lower;
    RangeBound upper = window->upper;
    TimestampTz from = DatumGetTimestampTz(lower.val) - availability_at_most(&window->rules.before);
    TimestampTz to = DatumGetTimestampTz(upper.val) + availability_at_most(&window->rules.after);

    lower.val = TimestampTzGetDatum(Max(from, MIN_TIMESTAMP));
    upper.val = TimestampTzGetDatum(Min(to, BO_TIME_LIMIT - 1));
    place.blocks = bo_value_range(window->type, &lower, &upper);
    if (has_closures)
    {
        bo_closed_time_read(store, &place);
        window->closed = availability_keep(store, bo_closed_time_whole(&place, place.blocks));
    }
    window->busy = bo_capacity_crowded(store, &place, quantity, NULL, window->now);
}

/* Reads everything that is known of the window; OB002 if there is no such resource. */
static void availability_read_window(Window *window, text *tenant, text *resource, int32 quantity)
{
    BoStore store;
    BoRow row;

    window->now = GetCurrentTimestamp();
    bo_store_open_to_read(&store);
    for (int round = 0;; bo_round_next(&round))
    {
        if (bo_store_run(&store, &bo_sql_find_window, bo_text(tenant), bo_text(resource), bo_range(window->range),
                         bo_instant(window->now), bo_int4(quantity), bo_text(bo_policy_known_zone())) == 0)
            bo_error_unknown_resource(resource);
        row = bo_store_row(0);
        if (bo_policy_read_rules(row, BO_FIND_WINDOW_RULES, resource, &window->rules))
            break;
    }
    window->capacity = bo_row_int4(row, BO_FIND_WINDOW_CAPACITY);
    if (quantity > window->capacity)
        bo_error_above_capacity(window->capacity);
    window->over_limits = bo_row_bool(row, BO_FIND_WINDOW_OVER_LIMITS);
    window->open = availability_keep(&store, bo_row_multirange_or_null(row, BO_FIND_WINDOW_OPEN, TSTZMULTIRANGEOID));
    window->full = availability_keep(&store, bo_row_multirange_or_null(row, BO_FIND_WINDOW_FULL, TSMULTIRANGEOID));
    window->full_type = lookup_type_cache(TSRANGEOID, TYPECACHE_RANGE_INFO);
    window->rules.time_zone = bo_store_keep(&store, window->rules.time_zone);
    availability_read_bookings(&store, window, bo_row_int8(row, BO_FIND_WINDOW_RESOURCE_ID), quantity,
                               bo_row_bool(row, BO_FIND_WINDOW_HAS_CLOSURES));
    window->busy = availability_keep(&store, window->busy);
    bo_store_close(&store);
}

/* Returns true if the period in which the slot would start, by the wall clock, has all the units that it may have. */
static bool availability_is_full(const Window *window, TimestampTz start)
{
    Datum wall_clock;

    if (window->over_limits || window->full == NULL)
        return window->over_limits;
    wall_clock =
        DirectFunctionCall2(timestamptz_zone, PointerGetDatum(window->rules.time_zone), TimestampTzGetDatum(start));
    return multirange_contains_elem_internal(window->full_type, window->full, wall_clock);
}

static RangeType *availability_slot_of(const Window *window, TimestampTz start, TimestampTz end)
{
    RangeBound lower = {.val = TimestampTzGetDatum(start), .inclusive = true, .lower = true};
    RangeBound upper = {.val = TimestampTzGetDatum(end)};

    return bo_value_range(window->type, &lower, &upper);
}

/* Returns the slot if book_slot() would take it, otherwise NULL. The cheapest rules come first. */
static RangeType *availability_free_slot(const Window *window, TimestampTz start, TimestampTz end)
{
    const BoRules *rules = &window->rules;
    TimestampTz from, to;
    RangeType *slot;

    if (bo_policy_refusal(rules, start, end, window->now) != BO_OUTCOME_INVALID)
        return NULL;
    from = bo_value_shift(start, &rules->before, -1, rules->zone);
    to = bo_value_shift(end, &rules->after, 1, rules->zone);
    if (to >= BO_TIME_LIMIT)
        return NULL;
    slot = availability_slot_of(window, start, end);
    if (window->open != NULL && !multirange_contains_range_internal(window->type, window->open, slot))
        return NULL;
    if (window->busy != NULL &&
        range_overlaps_multirange_internal(window->type, availability_slot_of(window, from, to), window->busy))
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

    availability_within_argument(fcinfo, 1, "within", &window);
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
    availability_read_window(&window, bo_arguments_tenant(fcinfo), resource,
                             bo_arguments_quantity(PG_GETARG_DATUM(4), PG_ARGISNULL(4), "quantity"));

    InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
    for (int64 i = 0; i < count; i++)
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

    availability_within_argument(fcinfo, 1, "within", &window);
    availability_read_window(&window, bo_arguments_tenant(fcinfo), resource,
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

/* Returns true if book_slot() would take this many units of it now. Fills in the window. */
static bool availability_takes(text *tenant, text *resource, int32 quantity, Window *window)
{
    availability_read_window(window, tenant, resource, quantity);
    return availability_free_slot(window, DatumGetTimestampTz(window->lower.val),
                                  DatumGetTimestampTz(window->upper.val)) != NULL;
}

/*
 * places_left(resource, during, tenant): if a number of places can be had, any lower number can too, so the answer is
 * found by halving.
 */
Datum bookonce_places_left(PG_FUNCTION_ARGS)
{
    Window window = {0};
    text *resource = bo_arguments_text(fcinfo, 0, "resource", "'room:1'");
    text *tenant = bo_arguments_tenant(fcinfo);
    int32 fits = 1, most;

    availability_within_argument(fcinfo, 1, "during", &window);
    if (!availability_takes(tenant, resource, 1, &window))
        PG_RETURN_INT32(0);
    most = window.capacity;
    while (fits < most)
    {
        int32 middle = fits + (most - fits + 1) / 2;

        if (availability_takes(tenant, resource, middle, &window))
            fits = middle;
        else
            most = middle - 1;
    }
    PG_RETURN_INT32(fits);
}

/* A reason against the slot, as a row of explain_slot(). NULL and DT_NOBEGIN: nothing to say. */
static void availability_explain(ReturnSetInfo *result, BoOutcome outcome, const char *rule,
                                 const MultirangeType *times, TimestampTz since, TimestampTz until)
{
    Datum values[5] = {bo_label_outcome(TupleDescAttr(result->setDesc, 0)->atttypid, outcome),
                       CStringGetTextDatum(rule), PointerGetDatum(times), TimestampTzGetDatum(since),
                       TimestampTzGetDatum(until)};
    bool nulls[5] = {false, false, times == NULL, since == DT_NOBEGIN, until == DT_NOBEGIN};

    tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static MultirangeType *availability_one(const Window *window, RangeType *range)
{
    return make_multirange(TSTZMULTIRANGEOID, window->type, 1, &range);
}

/* The parts of a range that the times have, or those that they do not have. */
static MultirangeType *availability_part(const Window *window, RangeType *range, const MultirangeType *times, bool in)
{
    RangeType **ranges;
    int32 count;

    multirange_deserialize(window->type, times, &count, &ranges);
    if (count == 0) /* which PostgreSQL's own function would read beyond */
        return in ? make_empty_multirange(TSTZMULTIRANGEOID, window->type) : availability_one(window, range);
    if (in)
        return multirange_intersect_internal(TSTZMULTIRANGEOID, window->type, count, ranges, 1, &range);
    return multirange_minus_internal(TSTZMULTIRANGEOID, window->type, 1, &range, count, ranges);
}

/* Returns true if the whole resource is closed at some time of the window, which book_slot() would answer. */
static bool availability_is_closed(const Window *window)
{
    return window->closed != NULL && range_overlaps_multirange_internal(window->type, window->range, window->closed);
}

/* What is busy without being closed. */
static MultirangeType *availability_beside(const Window *window)
{
    RangeType **busy, **closed;
    int32 busy_count, closed_count;

    multirange_deserialize(window->type, window->busy, &busy_count, &busy);
    multirange_deserialize(window->type, window->closed, &closed_count, &closed);
    return multirange_minus_internal(TSTZMULTIRANGEOID, window->type, busy_count, busy, closed_count, closed);
}

static void availability_explain_times(ReturnSetInfo *result, const Window *window, TimestampTz start, TimestampTz end)
{
    const BoRules *rules = &window->rules;
    TimestampTz decide_by = bo_policy_decide_by(rules, start);

    if (window->now > decide_by)
        availability_explain(result, BO_TOO_SOON, "min_notice", NULL, decide_by, DT_NOBEGIN);
    if (rules->has_horizon && start > bo_value_shift(window->now, &rules->horizon, 1, rules->zone))
        availability_explain(result, BO_TOO_FAR, "max_ahead", NULL, DT_NOBEGIN,
                             bo_value_shift(start, &rules->horizon, -1, rules->zone));
    if (rules->has_longest)
    {
        TimestampTz latest = bo_value_shift(start, &rules->longest, 1, rules->zone);

        if (end > latest)
            availability_explain(result, BO_TOO_LONG, "max_duration",
                                 availability_one(window, availability_slot_of(window, latest, end)), DT_NOBEGIN,
                                 DT_NOBEGIN);
    }
}

/*
 * explain_slot(resource, during, quantity, tenant): a row for each reason, the one that book_slot() would answer first.
 * What is in the way is told as times, never whose.
 */
Datum bookonce_explain_slot(PG_FUNCTION_ARGS)
{
    ReturnSetInfo *result = (ReturnSetInfo *)fcinfo->resultinfo;
    Window window = {0};
    text *resource = bo_arguments_text(fcinfo, 0, "resource", "'room:1'");
    TimestampTz start, end;
    RangeType *blocks;

    availability_within_argument(fcinfo, 1, "during", &window);
    availability_read_window(&window, bo_arguments_tenant(fcinfo), resource,
                             bo_arguments_quantity(PG_GETARG_DATUM(2), PG_ARGISNULL(2), "quantity"));
    start = DatumGetTimestampTz(window.lower.val);
    end = DatumGetTimestampTz(window.upper.val);
    blocks = availability_slot_of(&window, bo_value_shift(start, &window.rules.before, -1, window.rules.zone),
                                  bo_value_shift(end, &window.rules.after, 1, window.rules.zone));

    InitMaterializedSRF(fcinfo, 0);
    if (availability_is_closed(&window))
    {
        availability_explain(result, BO_CLOSED, "closure",
                             availability_part(&window, window.range, window.closed, true), DT_NOBEGIN, DT_NOBEGIN);
        window.busy = availability_beside(&window);
    }
    if (window.open != NULL && !multirange_contains_range_internal(window.type, window.open, window.range))
        availability_explain(result, BO_CLOSED, "opening_hours",
                             availability_part(&window, window.range, window.open, false), DT_NOBEGIN, DT_NOBEGIN);
    availability_explain_times(result, &window, start, end);
    if (availability_is_full(&window, start))
        availability_explain(result, BO_LIMIT_REACHED, "booking_limit", NULL, DT_NOBEGIN, DT_NOBEGIN);
    if (window.busy != NULL && range_overlaps_multirange_internal(window.type, blocks, window.busy))
        availability_explain(result, BO_TAKEN, "capacity", availability_part(&window, blocks, window.busy, true),
                             DT_NOBEGIN, DT_NOBEGIN);
    return (Datum)0;
}
