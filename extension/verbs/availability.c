/*
 * availability.c
 *   What is free: free_slots(), free_time() and places_left().
 *
 * They only read, on the snapshot of the caller's query and under no lock: what they return is an offer to choose from.
 * Whether the caller gets it is decided by book_slot(), which at the same moment would decide the same, by the same
 * rules. One statement reads the rules and one the bookings; then each slot is compared with them here.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/availability.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "base/arguments.h"
#include "base/error.h"
#include "base/round.h"
#include "base/value.h"
#include "store/row_checked.h"
#include "store/store_availability.h"
#include "store/store_parts.h"
#include "verbs/capacity.h"
#include "verbs/closed_time.h"
#include "verbs/kept_time.h"
#include "verbs/kind.h"
#include "verbs/policy.h"

PG_FUNCTION_INFO_V1(bookonce_free_slots);
PG_FUNCTION_INFO_V1(bookonce_free_time);
PG_FUNCTION_INFO_V1(bookonce_places_left);

void bo_availability_within_argument(FunctionCallInfo fcinfo, int n, const char *name, BoWindow *window)
{
    bo_availability_within(bo_arguments_checked_during(PG_GETARG_DATUM(n), PG_ARGISNULL(n), name), name, window);
}

void bo_availability_within(RangeType *during, const char *name, BoWindow *window)
{
    bool is_empty;

    window->range = during;
    window->type = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);
    range_deserialize(window->type, window->range, &window->lower, &window->upper, &is_empty);
    if (DatumGetTimestampTz(window->upper.val) >= BO_TIME_LIMIT)
        bo_error_slot_key_time();
    if (DatumGetTimestampTz(window->upper.val) >
        DatumGetTimestampTz(window->lower.val) + BO_MAX_WITHIN_DAYS * USECS_PER_DAY)
        bo_error_argument(name, psprintf("must not be longer than %d days", BO_MAX_WITHIN_DAYS), BO_DURING_EXAMPLE);
}

/* Reads duration and step, which may be NULL: parameters n and n + 1. */
void bo_availability_steps_argument(FunctionCallInfo fcinfo, int n, const BoWindow *window, BoSlotTimes *times)
{
    if (PG_ARGISNULL(n))
        bo_error_null_argument("duration", "'30 minutes'");
    times->duration = bo_arguments_exact_length(fcinfo, n, "duration", 1);
    times->step = PG_ARGISNULL(n + 1) ? 0 : bo_arguments_exact_length(fcinfo, n + 1, "step", 1);
    times->first = DatumGetTimestampTz(window->lower.val);
    times->last = DatumGetTimestampTz(window->upper.val);
}

/* Copies a value so that it outlives the store; NULL gives NULL. */
static MultirangeType *availability_keep(BoStore *store, const MultirangeType *found)
{
    return found == NULL ? NULL : bo_store_keep(store, found);
}

static BoWeekTimes availability_keep_times(BoStore *store, const BoWeekTimes *times)
{
    Size size = (Size)times->count * sizeof(int32);
    int32 *seconds = NULL;

    if (times->count > 0)
        seconds = memcpy(MemoryContextAlloc(store->answer_context, size), times->seconds, size);
    return (BoWeekTimes){.count = times->count, .seconds = seconds};
}

/* An upper bound of the length, whatever the zone and the month. */
int64 bo_availability_at_most(const Interval *length)
{
    return length->time + ((int64)length->month * 31 + length->day + 1) * USECS_PER_DAY;
}

/*
 * Reads the bookings and closures that could be in the way, including those around the window, as far as the buffers
 * reach.
 */
static void availability_read_busy(BoStore *store, BoWindow *window)
{
    BoPlace place = {.resource_id = window->resource_id, .capacity = window->capacity};
    RangeBound lower = window->lower;
    RangeBound upper = window->upper;
    const Interval none = {0};
    const Interval *before = window->of_kind == NULL ? &none : &window->of_kind->before;
    const Interval *after = window->of_kind == NULL ? &none : &window->of_kind->after;
    TimestampTz from = DatumGetTimestampTz(lower.val) -
                       Max(bo_availability_at_most(&window->rules.before), bo_availability_at_most(before));
    TimestampTz to = DatumGetTimestampTz(upper.val) +
                     Max(bo_availability_at_most(&window->rules.after), bo_availability_at_most(after));

    lower.val = TimestampTzGetDatum(Max(from, MIN_TIMESTAMP));
    upper.val = TimestampTzGetDatum(Min(to, BO_TIME_LIMIT - 1));
    place.blocks = bo_value_range(window->type, &lower, &upper);
    if (window->has_closures)
    {
        bo_closed_time_read(store, &place, NULL, window->now);
        window->closed = availability_keep(store, bo_closed_time_whole(&place, place.blocks));
    }
    window->busy = bo_capacity_crowded(store, &place, window->quantity, NULL, window->now);
}

/*
 * Reads everything that is known of the window except the line; OB002 if there is no such resource. The slots are
 * judged as of window->now, or as of the present if that is 0.
 */
void bo_availability_read_bookings(BoWindow *window, text *tenant, text *resource, int32 quantity)
{
    BoStore store;
    BoRow row;

    if (window->now == 0)
        window->now = GetCurrentTimestamp();
    window->quantity = quantity;
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
    window->capacity = bo_policy_read_capacity(row, BO_FIND_WINDOW_CAPACITY, resource);
    if (quantity > window->capacity && !window->is_part)
        bo_error_above_capacity(window->capacity);
    window->is_too_small = quantity > window->capacity;
    window->over_limits = bo_row_bool(row, BO_FIND_WINDOW_OVER_LIMITS);
    window->open = availability_keep(&store, bo_row_multirange_or_null(row, BO_FIND_WINDOW_OPEN, TSTZMULTIRANGEOID));
    window->full = availability_keep(&store, bo_row_multirange_or_null(row, BO_FIND_WINDOW_FULL, TSMULTIRANGEOID));
    window->full_type = lookup_type_cache(TSRANGEOID, TYPECACHE_RANGE_INFO);
    window->rules.starts = availability_keep_times(&store, &window->rules.starts);
    window->rules.ends = availability_keep_times(&store, &window->rules.ends);
    window->rules.time_zone = bo_store_keep(&store, window->rules.time_zone);
    window->resource_id = bo_row_int8(row, BO_FIND_WINDOW_RESOURCE_ID);
    window->has_closures = bo_row_bool(row, BO_FIND_WINDOW_HAS_CLOSURES);
    window->has_line = bo_row_bool(row, BO_FIND_WINDOW_HAS_WAITERS);
    window->is_strict = bo_row_bool(row, BO_FIND_WINDOW_STRICT_LINE);
    window->of_kind = bo_kind_look(&store, tenant, window->kind);
    window->part_count = bo_row_bool(row, BO_FIND_WINDOW_HAS_PARTS) ? -1 : 0; /* not read yet */
    availability_read_busy(&store, window);
    window->busy = availability_keep(&store, window->busy);
    bo_store_close(&store);
}

/*
 * Reads the same of all parts, for as many units of each as are booked along with quantity units of the whole. Parts of
 * parts are among them.
 */
void bo_availability_read_parts(BoWindow *window, text *tenant, text *resource, int32 quantity)
{
    BoStore store;
    int32 *quantities;

    bo_store_open_to_read(&store);
    window->part_count = (int)bo_store_run(&store, &bo_sql_find_parts, bo_text(tenant), bo_text(resource));
    window->parts = MemoryContextAllocZero(store.answer_context, sizeof(BoWindow) * Max(window->part_count, 1));
    window->part_names = MemoryContextAlloc(store.answer_context, sizeof(text *) * Max(window->part_count, 1));
    quantities = MemoryContextAlloc(store.answer_context, sizeof(int32) * Max(window->part_count, 1));
    for (int i = 0; i < window->part_count; i++)
    {
        BoRow row = bo_store_row(i);

        window->part_names[i] = bo_store_keep(&store, bo_row_text(row, BO_FIND_PARTS_RESOURCE));
        quantities[i] = (int32)Min((int64)bo_row_quantity(row, BO_FIND_PARTS_QUANTITY) * quantity, BO_MAX_CAPACITY + 1);
    }
    bo_store_close(&store);
    for (int i = 0; i < window->part_count; i++)
    {
        BoWindow *part = &window->parts[i];

        *part = (BoWindow){.type = window->type,
                           .range = window->range,
                           .lower = window->lower,
                           .upper = window->upper,
                           .now = window->now,
                           .kind = window->kind,
                           .is_part = true};
        bo_availability_read_bookings(part, tenant, window->part_names[i], quantities[i]);
        if (part->has_line)
            bo_kept_time_read(part, tenant, window->part_names[i]);
        bo_rules_use_kind(&part->rules, part->of_kind);
    }
}

/*
 * Reads the same, and what the line takes of it, and the parts. The line is read before the kind's rules are put in,
 * because it does not depend on them.
 */
void bo_availability_read_window(BoWindow *window, text *tenant, text *resource, int32 quantity)
{
    window->now = 0;
    bo_availability_read_bookings(window, tenant, resource, quantity);
    if (window->has_line)
        bo_kept_time_read(window, tenant, resource);
    bo_rules_use_kind(&window->rules, window->of_kind);
    if (window->part_count != 0)
        bo_availability_read_parts(window, tenant, resource, quantity);
}

/* Returns true if the period in which the slot would start, by the wall clock, has reached its limit of units. */
bool bo_availability_is_full(const BoWindow *window, TimestampTz start)
{
    Datum wall_clock;

    if (window->over_limits || window->full == NULL)
        return window->over_limits;
    wall_clock =
        DirectFunctionCall2(timestamptz_zone, PointerGetDatum(window->rules.time_zone), TimestampTzGetDatum(start));
    return multirange_contains_elem_internal(window->full_type, window->full, wall_clock);
}

RangeType *bo_availability_slot_of(const BoWindow *window, TimestampTz start, TimestampTz end)
{
    RangeBound lower = {.val = TimestampTzGetDatum(start), .inclusive = true, .lower = true};
    RangeBound upper = {.val = TimestampTzGetDatum(end)};

    return bo_value_range(window->type, &lower, &upper);
}

static bool availability_meets(const BoWindow *window, RangeType *range, const MultirangeType *times)
{
    return times != NULL && range_overlaps_multirange_internal(window->type, range, times);
}

/* What book_slot() would answer for the resource without its parts. The cheapest checks come first. */
static BoOutcome availability_own_verdict(const BoWindow *window, TimestampTz start, TimestampTz end, RangeType **slot)
{
    const BoRules *rules = &window->rules;
    BoOutcome refusal = bo_rules_refusal(rules, start, end, window->now);
    TimestampTz from, to;
    RangeType *blocks;

    if (refusal != BO_OUTCOME_INVALID)
        return refusal;
    from = bo_value_shift(start, &rules->before, -1, rules->zone);
    to = bo_value_shift(end, &rules->after, 1, rules->zone);
    if (to >= BO_TIME_LIMIT)
        return BO_TOO_FAR;
    *slot = bo_availability_slot_of(window, start, end);
    if (window->open != NULL && !multirange_contains_range_internal(window->type, window->open, *slot))
        return BO_CLOSED;
    if (availability_meets(window, *slot, window->closed))
        return BO_CLOSED;
    if (bo_availability_is_full(window, start))
        return BO_LIMIT_REACHED;
    blocks = bo_availability_slot_of(window, from, to);
    return window->is_too_small                               ? BO_TAKEN
           : availability_meets(window, blocks, window->kept) ? BO_WAITED_FOR
           : availability_meets(window, blocks, window->busy) ? BO_TAKEN
                                                              : BO_OUTCOME_INVALID;
}

/* What book_slot() would answer; BO_OUTCOME_INVALID if it would book the slot. */
static BoOutcome availability_verdict(const BoWindow *window, TimestampTz start, TimestampTz end, RangeType **slot)
{
    BoOutcome verdict = availability_own_verdict(window, start, end, slot);
    RangeType *same;

    for (int i = 0; i < window->part_count && verdict == BO_OUTCOME_INVALID; i++)
        verdict = availability_own_verdict(&window->parts[i], start, end, &same);
    return verdict;
}

BoOutcome bo_availability_verdict(const BoWindow *window, RangeType *slot)
{
    RangeBound lower, upper;
    bool is_empty;

    range_deserialize(window->type, slot, &lower, &upper, &is_empty);
    return availability_verdict(window, DatumGetTimestampTz(lower.val), DatumGetTimestampTz(upper.val), &slot);
}

/* Returns the slot if book_slot() would take it, otherwise NULL. */
static RangeType *availability_free_slot(const BoWindow *window, TimestampTz start, TimestampTz end)
{
    RangeType *slot = NULL;

    return availability_verdict(window, start, end, &slot) == BO_OUTCOME_INVALID ? slot : NULL;
}

/* Where the free slots are put. */
typedef struct Offer
{
    ReturnSetInfo *result;
    const BoWindow *window;
} Offer;

static void availability_offer(void *context, TimestampTz start, TimestampTz end)
{
    const Offer *offer = context;
    RangeType *slot = availability_free_slot(offer->window, start, end);

    CHECK_FOR_INTERRUPTS();
    if (slot != NULL)
        tuplestore_putvalues(offer->result->setResult, offer->result->setDesc, &(Datum){RangeTypePGetDatum(slot)},
                             &(bool){false});
}

/*
 * free_slots(resource, within, duration, step, quantity, kind, tenant): if step is NULL, slots start where the resource
 * lets bookings start, or else one duration apart.
 */
Datum bookonce_free_slots(PG_FUNCTION_ARGS)
{
    BoWindow window = {0};
    Offer offer = {(ReturnSetInfo *)fcinfo->resultinfo, &window};
    BoSlotTimes times = {.offer = availability_offer, .context = &offer};
    text *resource = bo_arguments_text(fcinfo, 0, "resource", "'room:1'");

    bo_availability_within_argument(fcinfo, 1, "within", &window);
    bo_availability_steps_argument(fcinfo, 2, &window, &times);
    window.kind = bo_arguments_kind(fcinfo, 5, 7);
    bo_availability_read_window(&window, bo_arguments_tenant(fcinfo), resource,
                                bo_arguments_quantity(PG_GETARG_DATUM(4), PG_ARGISNULL(4), "quantity"));

    InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
    bo_slot_times_each(&times, &window.rules);
    return (Datum)0;
}

/* The times of the window at which the resource, without its parts, is open and not taken. */
static MultirangeType *availability_free_time(const BoWindow *window)
{
    MultirangeType *free;

    if (window->is_too_small)
        return make_empty_multirange(TSTZMULTIRANGEOID, window->type);
    free = make_multirange(TSTZMULTIRANGEOID, window->type, 1, &(RangeType *){window->range});
    if (window->open != NULL)
        free = bo_value_both(window->type, free, window->open);
    free = bo_value_without(window->type, free, window->busy);
    return bo_value_without(window->type, free, window->kept);
}

/* free_time(resource, within, quantity, tenant) */
Datum bookonce_free_time(PG_FUNCTION_ARGS)
{
    BoWindow window = {0};
    text *resource = bo_arguments_text(fcinfo, 0, "resource", "'room:1'");
    MultirangeType *free;

    bo_availability_within_argument(fcinfo, 1, "within", &window);
    bo_availability_read_window(&window, bo_arguments_tenant(fcinfo), resource,
                                bo_arguments_quantity(PG_GETARG_DATUM(2), PG_ARGISNULL(2), "quantity"));
    free = availability_free_time(&window);
    for (int i = 0; i < window.part_count; i++)
        free = bo_value_both(window.type, free, availability_free_time(&window.parts[i]));
    PG_RETURN_MULTIRANGE_P(free);
}

/* Reads the window, and returns true if book_slot() would now book this many units of the resource. */
static bool availability_takes(text *tenant, text *resource, int32 quantity, BoWindow *window)
{
    bo_availability_read_window(window, tenant, resource, quantity);
    return availability_free_slot(window, DatumGetTimestampTz(window->lower.val),
                                  DatumGetTimestampTz(window->upper.val)) != NULL;
}

/*
 * places_left(resource, during, kind, tenant): if a number of places can be had, any lower number can too, so the
 * answer is found by halving.
 */
Datum bookonce_places_left(PG_FUNCTION_ARGS)
{
    BoWindow window = {0};
    text *resource = bo_arguments_text(fcinfo, 0, "resource", "'room:1'");
    text *tenant = bo_arguments_tenant(fcinfo);
    int32 fits = 1, most;

    bo_availability_within_argument(fcinfo, 1, "during", &window);
    window.kind = bo_arguments_kind(fcinfo, 2, 4);
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
