/*
 * layout.c
 *   Lays out bookings on the units of a resource: finds when too many meet, and which of them change their unit so that
 *   one more fits.
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
    return left->unit < right->unit ? -1 : left->unit > right->unit;
}

void bo_layout_sort(BoLayout *layout)
{
    qsort(layout->taken, layout->count, sizeof(BoLaid), layout_compare);
}

/* At this instant, the number of booked or closed units changes by so much. */
typedef struct LayoutChange
{
    int64 at;
    int32 booked;
    int32 closed;
} LayoutChange;

static int layout_compare_changes(const void *a, const void *b)
{
    int64 left = ((const LayoutChange *)a)->at;
    int64 right = ((const LayoutChange *)b)->at;

    return left < right ? -1 : left > right;
}

/* Appends the changes at both ends of what lies within the slot. */
static int layout_append_changes(LayoutChange *changes, int count, const BoSlotKey *slot, int64 start, int64 end,
                                 LayoutChange change)
{
    if (end <= slot->start || start >= slot->end)
        return count;
    changes[count] = changes[count + 1] = change;
    changes[count].at = start;
    changes[count + 1].at = end;
    changes[count + 1].booked = -change.booked;
    changes[count + 1].closed = -change.closed;
    return count + 2;
}

/* The bookings and closures within the slot as changes, in order of time. Returns how many changes there are. */
static int layout_changes(const BoLayout *layout, const BoSlotKey *slot, bool whole, LayoutChange **changes)
{
    int count = 0;

    *changes = MemoryContextAllocHuge(CurrentMemoryContext,
                                      sizeof(LayoutChange) * 2 * ((Size)layout->count + layout->closed.count + 1));
    for (int i = 0; i < layout->count; i++)
    {
        const BoLaid *taken = &layout->taken[i];

        count = layout_append_changes(*changes, count, slot, whole ? taken->start : Max(taken->start, slot->start),
                                      whole ? taken->end : Min(taken->end, slot->end), (LayoutChange){.booked = 1});
    }
    for (int i = 0; i < layout->closed.count; i++)
    {
        const BoClosedTime *closed = &layout->closed.times[i];

        count = layout_append_changes(*changes, count, slot, Max(closed->start, slot->start),
                                      Min(closed->end, slot->end), (LayoutChange){.closed = closed->units});
    }
    qsort(*changes, count, sizeof(LayoutChange), layout_compare_changes);
    return count;
}

/*
 * The times within the slot at which fewer than quantity units are free, as pairs of start and end in ascending order.
 * Returns how many there are. whole: bookings in the way count with all of their time, also outside of the slot.
 * However many closures meet, no more units are closed than there are.
 */
int bo_layout_crowded_times(const BoLayout *layout, const BoSlotKey *slot, int32 capacity, int quantity, bool whole,
                            int64 **times)
{
    LayoutChange *changes;
    int count = layout_changes(layout, slot, whole, &changes);
    int found = 0;
    int64 booked = 0, closed = 0;
    bool was_crowded = false;

    *times = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(int64) * ((Size)count + 1));
    /* All changes of one instant are applied together: half-open ranges that touch do not overlap. */
    for (int i = 0; i < count;)
    {
        int64 at = changes[i].at;
        bool is_crowded;

        for (; i < count && changes[i].at == at; i++)
        {
            booked += changes[i].booked;
            closed += changes[i].closed;
        }
        is_crowded = booked + Min(closed, capacity) + quantity > capacity;
        if (is_crowded != was_crowded)
            (*times)[found++] = at;
        was_crowded = is_crowded;
    }
    pfree(changes);
    return found / 2;
}

/* The same as a multirange, or 0 if there are none. */
Datum bo_layout_crowded(const BoLayout *layout, const BoSlotKey *slot, int32 capacity, int quantity, bool whole)
{
    TypeCacheEntry *type = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);
    int64 *times;
    int count = bo_layout_crowded_times(layout, slot, capacity, quantity, whole, &times);
    RangeType **ranges = palloc(sizeof(RangeType *) * (count + 1));

    if (count == 0)
        return (Datum)0;
    for (int i = 0; i < count; i++)
        ranges[i] = bo_layout_range(times[2 * i], times[2 * i + 1]);
    return PointerGetDatum(make_multirange(TSTZMULTIRANGEOID, type, count, ranges));
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

/* False for one that was taken away, or that a row has by its owner's hand. */
static bool layout_is_unit(int32 unit, int32 capacity)
{
    return unit >= 1 && unit <= capacity;
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

        if (!layout_is_unit(unit, capacity))
            continue;
        layout->taken[i].next = next_on[unit];
        next_on[unit] = i;
    }

    for (int i = 0; i < layout->count || placed < quantity;)
    {
        bool is_new = placed < quantity && (i == layout->count || layout->taken[i].start > slot->start);
        int64 start = is_new ? slot->start : layout->taken[i].start;
        int32 unit = is_new ? 0 : layout->taken[i].unit;
        int32 chosen = 0;

        CHECK_FOR_INTERRUPTS();
        if (layout_is_unit(unit, capacity))
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

/*
 * The latest end of any booking that changes its unit. If that is beyond the horizon, it may push on bookings that were
 * not loaded.
 */
int64 bo_layout_reach(const BoLayout *layout, const BoSlotKey *slot)
{
    int64 furthest = slot->end;

    for (int i = 0; i < layout->count; i++)
        if (layout->taken[i].new_unit != layout->taken[i].unit)
            furthest = Max(furthest, layout->taken[i].end);
    return furthest;
}
