/*
 * layout.c
 *   Bookings laid out on the units of a resource: when too many meet, and which of them change their unit so that one
 *   more fits.
 *
 * No table is read or written here; capacity.c does that, and says why a layout always exists.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/layout.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"

#include "base/value.h"

RangeType *bo_layout_range(int64 start, int64 end)
{
    TypeCacheEntry *type = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);
    RangeBound lower = {.val = TimestampTzGetDatum(start >> 1), .inclusive = (start & 1) == 0, .lower = true};
    RangeBound upper = {.val = TimestampTzGetDatum(end >> 1), .inclusive = (end & 1) != 0};

    lower.infinite = start == BO_SLOT_NO_START;
    upper.infinite = end == BO_SLOT_NO_END;
    return bo_value_range(type, &lower, &upper);
}

static int layout_compare(const void *a, const void *b)
{
    const BoLaid *left = a;
    const BoLaid *right = b;

    if (left->start != right->start)
        return left->start < right->start ? -1 : 1;
    return left->unit - right->unit;
}

void bo_layout_sort(BoLayout *layout)
{
    qsort(layout->taken, layout->count, sizeof(BoLaid), layout_compare);
}

static int layout_compare_times(const void *a, const void *b)
{
    int64 left = *(const int64 *)a;
    int64 right = *(const int64 *)b;

    return left < right ? -1 : left > right;
}

/*
 * The times within the slot at which fewer than quantity units are free: a multirange, or 0 if there are none. whole:
 * with all of the times of what is in the way.
 */
Datum bo_layout_crowded(const BoLayout *layout, const BoSlotKey *slot, int32 capacity, int quantity, bool whole)
{
    TypeCacheEntry *type = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);
    int64 *starts = palloc(sizeof(int64) * Max(layout->count, 1));
    int64 *ends = palloc(sizeof(int64) * Max(layout->count, 1));
    RangeType **ranges = palloc(sizeof(RangeType *) * (layout->count + 1));
    int count = 0, found = 0, in_use = 0;
    int64 since = 0;

    for (int i = 0; i < layout->count; i++)
    {
        const BoLaid *taken = &layout->taken[i];

        if (taken->end <= slot->start || taken->start >= slot->end)
            continue;
        starts[count] = whole ? taken->start : Max(taken->start, slot->start);
        ends[count] = whole ? taken->end : Min(taken->end, slot->end);
        count++;
    }
    qsort(starts, count, sizeof(int64), layout_compare_times);
    qsort(ends, count, sizeof(int64), layout_compare_times);

    /* Ends before starts: half-open ranges that touch do not overlap. */
    for (int s = 0, e = 0; e < count;)
    {
        bool was_crowded = in_use + quantity > capacity;
        int64 at = s < count && starts[s] < ends[e] ? starts[s] : ends[e];
        bool is_crowded;

        while (e < count && ends[e] == at)
            in_use--, e++;
        while (s < count && starts[s] == at)
            in_use++, s++;
        is_crowded = in_use + quantity > capacity;
        if (is_crowded && !was_crowded)
            since = at;
        if (was_crowded && !is_crowded)
            ranges[found++] = bo_layout_range(since, at);
    }
    if (found == 0)
        return (Datum)0;
    return PointerGetDatum(make_multirange(TSTZMULTIRANGEOID, type, found, ranges));
}

/* Of the units free at an instant, the one whose next booking begins last; 0 if none is free. */
static int32 layout_furthest_free(const BoLayout *layout, const int64 *free_at, const int32 *next_on, int32 capacity,
                                  int64 at)
{
    int32 chosen = 0;
    int64 furthest = BO_SLOT_NO_START;

    for (int32 unit = 1; unit <= capacity; unit++)
    {
        int64 next = next_on[unit] < 0 ? BO_SLOT_NO_END : layout->taken[next_on[unit]].start;

        if (free_at[unit] <= at && next > furthest)
        {
            chosen = unit;
            furthest = next;
        }
    }
    return chosen;
}

/*
 * Lays the bookings out again, in the order in which they begin. A booking that can keep its unit does; one that
 * cannot, and each new one, gets the free unit whose next booking is furthest away, so that the fewest are pushed on.
 * Those that began before the slot all keep theirs. Returns false if there are too many at some instant.
 */
bool bo_layout_make(BoLayout *layout, const BoSlotKey *slot, int32 capacity, int quantity, int32 *units)
{
    int64 *free_at = palloc(sizeof(int64) * (capacity + 1));
    int32 *next_on = palloc(sizeof(int32) * (capacity + 1));
    int placed = 0;

    for (int32 unit = 0; unit <= capacity; unit++)
    {
        free_at[unit] = BO_SLOT_NO_START;
        next_on[unit] = -1;
    }
    for (int i = layout->count - 1; i >= 0; i--)
    {
        int32 unit = layout->taken[i].unit;

        layout->taken[i].next = unit <= capacity ? next_on[unit] : -1;
        if (unit <= capacity)
            next_on[unit] = i;
    }

    for (int i = 0; i < layout->count || placed < quantity;)
    {
        bool is_new = placed < quantity && (i == layout->count || layout->taken[i].start > slot->start);
        int64 start = is_new ? slot->start : layout->taken[i].start;
        int32 unit = is_new ? 0 : layout->taken[i].unit;
        int32 chosen = 0;

        CHECK_FOR_INTERRUPTS();
        if (unit > 0 && unit <= capacity)
        {
            next_on[unit] = layout->taken[i].next;
            if (free_at[unit] <= start)
                chosen = unit;
        }
        if (chosen == 0)
            chosen = layout_furthest_free(layout, free_at, next_on, capacity, start);
        if (chosen == 0)
            return false;
        if (is_new)
            units[placed++] = chosen;
        else
            layout->taken[i++].new_unit = chosen;
        free_at[chosen] = is_new ? slot->end : layout->taken[i - 1].end;
    }
    return true;
}

/* How far the changes of a layout reach; beyond the horizon there may be bookings that they would push on. */
int64 bo_layout_reach(const BoLayout *layout, const BoSlotKey *slot)
{
    int64 furthest = slot->end;

    for (int i = 0; i < layout->count; i++)
        if (layout->taken[i].new_unit != layout->taken[i].unit)
            furthest = Max(furthest, layout->taken[i].end);
    return furthest;
}
