/*
 * kept_time.c
 *   What the line for a resource takes of its free time, for those who only read.
 *
 * The counterpart of line.c. A call that books serves the line first: a waiter whom free time fits gets it, so that
 * time counts as busy; and what a strict line keeps for a party is for nobody else. Each waiter is judged as the
 * caller's slot is. Rules on what a holder has are not asked, nor is it foreseen that an offer will count towards a
 * limit.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/kept_time.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"

#include "base/value.h"
#include "store/row_checked.h"
#include "store/store_line.h"
#include "verbs/capacity.h"
#include "verbs/closed_time.h"

/* A waiter, and whether it would be given its time or keeps it from others. */
typedef struct KeptWaiter
{
    RangeType *during;
    int32 quantity;
    RangeType *blocks; /* with its buffers */
    bool is_offered;
    bool keeps;
    bool is_taken;
} KeptWaiter;

/* A list of ranges that becomes a multirange. */
typedef struct KeptTimes
{
    RangeType **ranges;
    int32 count;
    int32 room;
    MemoryContext context;
} KeptTimes;

static void kept_add(KeptTimes *times, RangeType *range)
{
    if (times->count == times->room)
    {
        times->room = times->room * 2 + 8;
        times->ranges = times->ranges == NULL ? MemoryContextAlloc(times->context, sizeof(RangeType *) * times->room)
                                              : repalloc(times->ranges, sizeof(RangeType *) * times->room);
    }
    times->ranges[times->count++] = range;
}

static void kept_add_all(const BoWindow *window, KeptTimes *times, const MultirangeType *more)
{
    RangeType **ranges;
    int32 count;

    if (more == NULL)
        return;
    multirange_deserialize(window->type, more, &count, &ranges);
    for (int32 i = 0; i < count; i++)
        kept_add(times, ranges[i]);
}

static int kept_compare(const void *a, const void *b)
{
    TimestampTz left = *(const TimestampTz *)a, right = *(const TimestampTz *)b;

    return left < right ? -1 : left > right;
}

/* How many units the first `count` waiters would be given at an instant. */
static int32 kept_offered_at(const KeptWaiter *line, int count, TimestampTz at)
{
    int32 units = 0;

    for (int i = 0; i < count; i++)
        if (line[i].is_offered && bo_value_bound(line[i].blocks, false) <= at &&
            at < bo_value_bound(line[i].blocks, true))
            units += line[i].quantity;
    return units;
}

/* Adds the busy times of a stretch in which `units` more are taken than the tables show. */
static void kept_add_crowded(BoStore *store, const BoWindow *window, RangeType *stretch, int32 units, KeptTimes *busy)
{
    BoPlace place = {.resource_id = window->resource_id, .capacity = window->capacity, .blocks = stretch};
    MultirangeType *crowded;
    RangeType **ranges;
    int32 count;

    if (window->quantity + units > window->capacity)
    {
        kept_add(busy, bo_store_keep(store, stretch));
        return;
    }
    if (window->has_closures)
        bo_closed_time_read(store, &place, NULL, window->now);
    crowded = bo_capacity_crowded(store, &place, window->quantity + units, NULL, window->now);
    if (crowded == NULL)
        return;
    multirange_deserialize(window->type, crowded, &count, &ranges);
    for (int32 i = 0; i < count; i++)
    {
        RangeType *part = range_intersect_internal(window->type, ranges[i], stretch); /* which may be empty */

        if (!RangeIsEmpty(part))
            kept_add(busy, bo_store_keep(store, part));
    }
}

/* Adds to the window's busy times what the first `count` waiters would be given. */
static void kept_add_offers(BoWindow *window, const KeptWaiter *line, int count)
{
    TimestampTz *bounds = palloc(sizeof(TimestampTz) * (2 * count + 1));
    KeptTimes busy = {.context = CurrentMemoryContext}; /* not the store's, which ends first */
    int bound_count = 0;
    BoStore store;

    for (int i = 0; i < count; i++)
        if (line[i].is_offered)
        {
            bounds[bound_count++] = bo_value_bound(line[i].blocks, false);
            bounds[bound_count++] = bo_value_bound(line[i].blocks, true);
        }
    if (bound_count == 0)
        return;
    qsort(bounds, bound_count, sizeof(TimestampTz), kept_compare);
    kept_add_all(window, &busy, window->busy);
    bo_store_open_to_read(&store);
    for (int i = 0; i + 1 < bound_count; i++)
    {
        int32 units = bounds[i] == bounds[i + 1] ? 0 : kept_offered_at(line, count, bounds[i]);

        if (units > 0)
            kept_add_crowded(&store, window, bo_availability_slot_of(window, bounds[i], bounds[i + 1]), units, &busy);
    }
    bo_store_close(&store);
    window->busy = make_multirange(TSTZMULTIRANGEOID, window->type, busy.count, busy.ranges);
}

/* Reads the waiters in the order of the line. */
static KeptWaiter *kept_read_line(const BoWindow *window, int *count)
{
    BoStore store;
    KeptWaiter *line;

    bo_store_open_to_read(&store);
    *count = (int)bo_store_run(&store, &bo_sql_find_line, bo_int8(window->resource_id), bo_instant(window->now));
    line = MemoryContextAllocZero(store.answer_context, sizeof(KeptWaiter) * (*count + 1));
    for (int i = 0; i < *count; i++)
    {
        line[i].during = bo_store_keep(&store, bo_row_slot(bo_store_row(i), BO_FIND_LINE_DURING));
        line[i].quantity = bo_row_quantity(bo_store_row(i), BO_FIND_LINE_QUANTITY);
    }
    bo_store_close(&store);
    return line;
}

static bool kept_is_claimed(const BoWindow *window, const KeptWaiter *line, int count)
{
    for (int i = 0; i < count; i++)
        if (line[i].keeps && range_overlaps_internal(window->type, line[i].blocks, line[count].blocks))
            return true;
    return false;
}

/* As in line.c: what was refused to one waiter is refused to all who want at least as much at the same time. */
static bool kept_was_refused(const BoWindow *window, const KeptWaiter *line, int count)
{
    for (int i = 0; i < count; i++)
        if (line[i].is_taken && line[i].quantity <= line[count].quantity &&
            range_eq_internal(window->type, line[i].during, line[count].during))
            return true;
    return false;
}

/* Judges the waiter at `count`, after those before it. */
static void kept_judge(const BoWindow *window, text *tenant, text *resource, KeptWaiter *line, int count)
{
    const BoRules *rules = &window->rules;
    KeptWaiter *it = &line[count];
    BoWindow its = {.type = window->type, .range = it->during, .now = window->now};
    bool is_empty;

    it->blocks = bo_availability_slot_of(
        window, bo_value_shift(bo_value_bound(it->during, false), &rules->before, -1, rules->zone),
        bo_value_shift(bo_value_bound(it->during, true), &rules->after, 1, rules->zone));
    if (it->quantity > window->capacity)
        return;
    it->keeps = kept_is_claimed(window, line, count);
    if (it->keeps)
        return;
    it->is_taken = kept_was_refused(window, line, count);
    if (!it->is_taken)
    {
        range_deserialize(its.type, its.range, &its.lower, &its.upper, &is_empty);
        bo_availability_read_bookings(&its, tenant, resource, it->quantity);
        kept_add_offers(&its, line, count);
        if (its.part_count != 0)
            bo_availability_read_parts(&its, tenant, resource, it->quantity);
        switch (bo_availability_verdict(&its, it->during))
        {
            case BO_OUTCOME_INVALID: it->is_offered = true; break;
            case BO_TAKEN: it->is_taken = true; break;
            default: break;
        }
    }
    it->keeps = it->is_taken && window->is_strict;
}

/* Adds to a window that has been read what its line takes. */
void bo_kept_time_read(BoWindow *window, text *tenant, text *resource)
{
    KeptTimes kept = {.context = CurrentMemoryContext};
    int count;
    KeptWaiter *line = kept_read_line(window, &count);

    for (int i = 0; i < count; i++)
    {
        CHECK_FOR_INTERRUPTS();
        kept_judge(window, tenant, resource, line, i);
        if (line[i].keeps)
            kept_add(&kept, line[i].blocks);
    }
    kept_add_offers(window, line, count);
    if (kept.count > 0)
        window->kept = make_multirange(TSTZMULTIRANGEOID, window->type, kept.count, kept.ranges);
}
