/*
 * candidate_read.c
 *   Reads about many resources what free_slots() reads about one, for a stretch of time.
 *
 * Parts are read along with their wholes. One statement reads the rules of all, one the hours, one the closures and one
 * the bookings. The hours cost the most, and most resources share theirs with others: of those with the same hours,
 * only one is read.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/candidate.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "base/arguments.h"
#include "base/error.h"
#include "base/round.h"
#include "base/value.h"
#include "guard/slot_key.h"
#include "store/row_checked.h"
#include "store/store_needs.h"
#include "verbs/candidate_bookings.h"
#include "verbs/closed_time.h"

/* The times at which fewer than quantity units are free. */
static BoSpans candidate_spans(const BoLayout *layout, const BoSlotKey *slot, int32 capacity, int32 quantity)
{
    BoSpans spans;

    spans.count = bo_layout_crowded_times(layout, slot, capacity, quantity, false, &spans.ends);
    return spans;
}

/* The same times as spans. NULL means none. */
static BoSpans candidate_spans_of(const MultirangeType *times)
{
    BoSpans spans = {0};
    RangeType **ranges;

    if (times == NULL)
        return spans;
    multirange_deserialize(lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO), times, &spans.count, &ranges);
    spans.ends = palloc(sizeof(int64) * 2 * Max(spans.count, 1));
    for (int i = 0; i < spans.count; i++)
    {
        BoSlotKey key = bo_closed_time_key(ranges[i]);

        spans.ends[2 * i] = key.start;
        spans.ends[2 * i + 1] = key.end;
    }
    return spans;
}

/* Some of the candidates, as a list of ids; `numbers` has their places in the list of candidates. */
typedef struct Part
{
    int count;
    int *numbers;
    BoArrayMaker ids;
} Part;

static Part candidate_part(const BoCandidates *candidates)
{
    return (Part){.numbers = palloc(sizeof(int) * Max(candidates->all, 1)),
                  .ids = bo_array_maker(INT8OID, candidates->all)};
}

static void candidate_append(Part *part, const BoCandidates *candidates, int number)
{
    part->numbers[part->count++] = number;
    bo_array_append(&part->ids, bo_int8(candidates->list[number].resource_id));
}

/* The candidate that a row is about: the row has its place in the list of ids. */
static int candidate_of(const Part *part, BoRow row)
{
    return part->numbers[bo_row_int4(row, 1) - 1];
}

/* What is needed while the candidates are read. */
typedef struct Reading
{
    BoStore *store;
    BoCandidates *candidates;
    TimestampTz now;
    RangeType *within;
    Part with_closures;
    Part open_first; /* the first of each set of candidates with the same hours */
    text **hours;    /* what the hours of each of these follow from */
    int *hours_of;   /* of each candidate, its place in these; -1: none */
} Reading;

static void candidate_keep_times(BoWeekTimes *times)
{
    Size size = sizeof(int32) * times->count;

    if (times->count > 0)
        times->seconds = memcpy(palloc(size), times->seconds, size);
}

static int candidate_hours(Reading *reading, BoRow row, int number)
{
    const text *hours;

    if (bo_row_is_null(row, BO_FIND_WINDOWS_HOURS))
        return -1;
    hours = bo_row_text(row, BO_FIND_WINDOWS_HOURS);
    for (int i = 0; i < reading->open_first.count; i++)
        if (bo_arguments_same_text(reading->hours[i], hours))
            return i;
    reading->hours[reading->open_first.count] = bo_store_keep(reading->store, hours);
    candidate_append(&reading->open_first, reading->candidates, number);
    return reading->open_first.count - 1;
}

static void candidate_read_window(Reading *reading, BoRow row, int number)
{
    BoCandidate *candidate = &reading->candidates->list[number];
    BoWindow *window = &candidate->window;
    const MultirangeType *full = bo_row_multirange_or_null(row, BO_FIND_WINDOWS_FULL, TSMULTIRANGEOID);

    candidate->is_gone = false;
    candidate->capacity = bo_policy_read_capacity(row, BO_FIND_WINDOWS_CAPACITY, candidate->resource);
    (void)bo_policy_read_rules(row, BO_FIND_WINDOWS_RULES, candidate->resource, &window->rules);
    candidate_keep_times(&window->rules.starts);
    candidate_keep_times(&window->rules.ends);
    window->rules.time_zone = bo_store_keep(reading->store, window->rules.time_zone);
    window->now = reading->now;
    window->over_limits = bo_row_bool(row, BO_FIND_WINDOWS_OVER_LIMITS);
    window->full = full == NULL ? NULL : bo_store_keep(reading->store, full);
    window->full_type = lookup_type_cache(TSRANGEOID, TYPECACHE_RANGE_INFO);
    if (bo_row_bool(row, BO_FIND_WINDOWS_HAS_CLOSURES))
        candidate_append(&reading->with_closures, reading->candidates, number);
    reading->hours_of[number] = candidate_hours(reading, row, number);
    candidate->has_hours = reading->hours_of[number] >= 0;
}

static bool candidate_knows_zone(const BoCandidates *candidates, const text *zone)
{
    for (int i = 0; i < candidates->zone_count; i++)
        if (bo_arguments_same_text(candidates->zones[i], zone))
            return true;
    return false;
}

/* Adds the zone to those that a statement may use; an error if PostgreSQL does not know it. */
void bo_candidates_add_zone(BoCandidates *candidates, const text *resource, const text *zone)
{
    if (candidate_knows_zone(candidates, zone))
        return;
    if (pg_tzset(text_to_cstring(zone)) == NULL)
        bo_error_unknown_zone(resource, zone);
    if (candidates->zone_count == 0)
        candidates->zones = palloc(sizeof(text *));
    else
        candidates->zones = repalloc(candidates->zones, sizeof(text *) * (candidates->zone_count + 1));
    candidates->zones[candidates->zone_count++] = (text *)PG_DETOAST_DATUM_COPY(PointerGetDatum(zone));
}

/*
 * Reads the rules of the candidates that have some. If one of them has been given another zone since it was found,
 * another round reads it with that zone.
 */
static void candidate_read_windows(Reading *reading)
{
    BoCandidates *candidates = reading->candidates;
    Part ruled = candidate_part(candidates);

    for (int i = 0; i < candidates->all; i++)
        if (candidates->list[i].has_rules)
            candidate_append(&ruled, candidates, i);
    if (ruled.count == 0)
        return;
    for (int round = 0, known = -1; known != candidates->zone_count; bo_round_next(&round))
    {
        uint64 found;

        known = candidates->zone_count;
        reading->with_closures.count = reading->with_closures.ids.count = 0;
        reading->open_first.count = reading->open_first.ids.count = 0;
        for (int i = 0; i < ruled.count; i++)
            candidates->list[ruled.numbers[i]].is_gone = true; /* until its row is found */
        found = bo_candidates_run(reading->store, &bo_sql_find_windows, bo_array_made(&ruled.ids),
                                  bo_text(candidates->tenant), bo_range(reading->within), bo_instant(reading->now),
                                  bo_int4(1), bo_texts(candidates->zones, known));
        for (uint64 i = 0; i < found; i++)
        {
            int number = candidate_of(&ruled, bo_store_row(i));

            candidate_read_window(reading, bo_store_row(i), number);
            bo_candidates_add_zone(candidates, candidates->list[number].resource,
                                   candidates->list[number].window.rules.time_zone);
        }
    }
}

static void candidate_read_hours(Reading *reading)
{
    BoCandidates *candidates = reading->candidates;
    int count = reading->open_first.count;
    BoSpans *open = palloc0(sizeof(BoSpans) * Max(count, 1));
    uint64 found;

    if (count == 0)
        return;
    found = bo_candidates_run(reading->store, &bo_sql_find_open, bo_array_made(&reading->open_first.ids),
                              bo_range(reading->within), bo_texts(candidates->zones, candidates->zone_count));
    for (uint64 i = 0; i < found; i++)
    {
        BoRow row = bo_store_row(i);
        const MultirangeType *times = bo_row_multirange_or_null(row, BO_FIND_OPEN_TIMES, TSTZMULTIRANGEOID);

        open[bo_row_int4(row, BO_FIND_OPEN_N) - 1] = candidate_spans_of(times);
    }
    for (int i = 0; i < candidates->all; i++)
        if (candidates->list[i].has_hours)
            candidates->list[i].open = open[reading->hours_of[i]];
}

/* The time in which something could be in the way of a slot: as far as the buffers reach. */
static RangeType *candidate_around(const Reading *reading)
{
    TypeCacheEntry *type = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);
    RangeBound lower, upper;
    int64 before = 0, after = 0;
    bool is_empty;

    for (int i = 0; i < reading->candidates->all; i++)
    {
        const BoRules *rules = &reading->candidates->list[i].window.rules;

        if (!bo_value_is_zero(&rules->before))
            before = Max(before, bo_availability_at_most(&rules->before));
        if (!bo_value_is_zero(&rules->after))
            after = Max(after, bo_availability_at_most(&rules->after));
    }
    range_deserialize(type, reading->within, &lower, &upper, &is_empty);
    lower.val = TimestampTzGetDatum(Max(DatumGetTimestampTz(lower.val) - before, MIN_TIMESTAMP));
    upper.val = TimestampTzGetDatum(Min(DatumGetTimestampTz(upper.val) + after, BO_TIME_LIMIT - 1));
    return bo_value_range(type, &lower, &upper);
}

static void candidate_read_closures(Reading *reading, RangeType *around, BoLayout *layouts)
{
    BoClosedTimes *closed = NULL;
    uint64 found;

    if (reading->with_closures.count == 0)
        return;
    found = bo_candidates_run(reading->store, &bo_sql_find_closures_of, bo_array_made(&reading->with_closures.ids),
                              bo_range(around), bo_instant(reading->now));
    for (uint64 i = 0; i < found; i++)
    {
        BoRow row = bo_store_row(i);
        int number = candidate_of(&reading->with_closures, row);
        BoSlotKey key = bo_closed_time_key(bo_row_range(row, BO_FIND_CLOSURES_OF_DURING));

        closed = &layouts[number].closed;
        if (closed->count == 0)
            closed->times = palloc(sizeof(BoClosedTime) * found);
        closed->times[closed->count++] = (BoClosedTime){
            key.start, key.end,
            bo_row_quantity_or(row, BO_FIND_CLOSURES_OF_UNITS, reading->candidates->list[number].capacity)};
    }
}

static void candidate_judge_layouts(Reading *reading, RangeType *around, const BoLayout *layouts)
{
    BoSlotKey slot = bo_closed_time_key(around);

    for (int i = 0; i < reading->candidates->all; i++)
    {
        BoCandidate *candidate = &reading->candidates->list[i];
        BoLayout only_closed = {.closed = layouts[i].closed};

        candidate->busy = candidate_spans(&layouts[i], &slot, candidate->capacity, candidate->quantity);
        if (only_closed.closed.count > 0)
            candidate->closed = candidate_spans(&only_closed, &slot, candidate->capacity, 1);
        else
            candidate->closed.count = 0;
    }
}

/*
 * Reads all that is known of the candidates between two instants. bo_candidate_refusal() then judges any slot in
 * between. What was read outlives bo_store_close().
 */
void bo_candidates_read(BoStore *store, BoCandidates *candidates, TimestampTz from, TimestampTz to)
{
    MemoryContext spi = MemoryContextSwitchTo(store->answer_context);
    Reading reading = {.store = store, .candidates = candidates, .now = GetCurrentTimestamp()};
    RangeBound lower = {.val = TimestampTzGetDatum(from), .inclusive = true, .lower = true};
    RangeBound upper = {.val = TimestampTzGetDatum(to)};
    BoLayout *layouts = palloc0(sizeof(BoLayout) * Max(candidates->all, 1));
    RangeType *around;

    reading.within = bo_value_range(lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO), &lower, &upper);
    reading.with_closures = candidate_part(candidates);
    reading.open_first = candidate_part(candidates);
    reading.hours = palloc(sizeof(text *) * Max(candidates->all, 1));
    reading.hours_of = palloc(sizeof(int) * Max(candidates->all, 1));
    candidate_read_windows(&reading);
    candidate_read_hours(&reading);
    around = candidate_around(&reading);
    candidate_read_closures(&reading, around, layouts);
    bo_candidate_bookings_read(store, candidates, around, reading.now, layouts);
    candidate_judge_layouts(&reading, around, layouts);
    MemoryContextSwitchTo(spi);
}

/*
 * Reads which times of the candidates go to those who wait in line: what a waiter would be given counts as busy, and
 * what is kept for a waiter is for nobody else. This is for a caller that only reads, and has closed the store. A call
 * that books learns it from the line itself, under the resource's lock.
 */
void bo_candidates_read_lines(BoCandidates *candidates, const BoWindow *within)
{
    for (int i = 0; i < candidates->all; i++)
    {
        BoCandidate *candidate = &candidates->list[i];
        BoWindow window = *within;

        if (!candidate->has_line)
            continue;
        CHECK_FOR_INTERRUPTS();
        window.is_part = true; /* it may have fewer units than its whole takes */
        bo_availability_read_window(&window, (text *)candidates->tenant, candidate->resource, candidate->quantity);
        candidate->busy = candidate_spans_of(window.busy);
        candidate->kept = candidate_spans_of(window.kept);
    }
}
