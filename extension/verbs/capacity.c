/*
 * capacity.c
 *   Which units of a resource a booking gets.
 *
 * Units are interchangeable, so the rule is: at no instant are more than capacity
 * taken. The lowest free units are used. When none is free all along but the peak
 * allows one more, bookings that begin later change their unit: intervals of which
 * never more than N meet can always be laid out on N units, in the order in which
 * they begin (interval graphs are perfect). The caller holds the resource's
 * exclusive lock; the constraint still guards each unit against raw SQL. A unit above
 * the capacity is history, from before it was lowered, and does not count.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/capacity.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"

#include "base/round.h"
#include "base/value.h"
#include "store/store_booking.h"
#include "guard/slot_key.h"
#include "verbs/policy.h"

/* A booking on the half-microsecond scale of slot_key.h. */
typedef struct Taken
{
    pg_uuid_t id;
    int64 start;
    int64 end;
    int32 unit; /* 0: the one that asks */
    int32 new_unit;
    int32 next; /* the next one on the same unit, or -1 */
} Taken;

typedef struct Layout
{
    int count;
    Taken *taken;    /* in order of start */
    bool has_lapsed; /* lapsed holds lie there too; not among the taken */
} Layout;

/* So many rounds of a repack load no more than they must. */
#define ROUNDS_TO_REACH 8

static BoSlotKey capacity_key_of(RangeType *range)
{
    return *DatumGetSlotKeyP(
        DirectFunctionCall3(bookonce_slot_key, Int64GetDatum(0), Int32GetDatum(1), RangeTypePGetDatum(range)));
}

static RangeType *capacity_range_of(int64 start, int64 end)
{
    TypeCacheEntry *type = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);
    RangeBound lower = {.val = TimestampTzGetDatum(start >> 1), .inclusive = (start & 1) == 0, .lower = true};
    RangeBound upper = {.val = TimestampTzGetDatum(end >> 1), .inclusive = (end & 1) != 0};

    lower.infinite = start == BO_SLOT_NO_START;
    upper.infinite = end == BO_SLOT_NO_END;
    return bo_value_range(type, &lower, &upper);
}

/* The lowest units that are free for all of the slot, as many as are wanted; how many there are. used: NULL, none is.
 */
static int capacity_lowest_free_units(const ArrayType *used, int32 capacity, int wanted, int32 *units)
{
    bool *is_used = palloc0(sizeof(bool) * (capacity + 1));
    int found = 0;

    if (used != NULL)
    {
        const int32 *values = (const int32 *)ARR_DATA_PTR(used);

        Assert(!ARR_HASNULL(used));
        for (int i = 0; i < ArrayGetNItems(ARR_NDIM(used), ARR_DIMS(used)); i++)
            if (values[i] <= capacity)
                is_used[values[i]] = true;
    }
    for (int32 unit = 1; unit <= capacity && found < wanted; unit++)
        if (!is_used[unit])
            units[found++] = unit;
    pfree(is_used);
    return found;
}

static int capacity_compare_taken(const void *a, const void *b)
{
    const Taken *left = a;
    const Taken *right = b;

    if (left->start != right->start)
        return left->start < right->start ? -1 : 1;
    return left->unit - right->unit;
}

/* What is booked from the slot's start to the horizon, on the units that there are. */
static Layout capacity_load(BoStore *store, const BoPlace *place, const BoSlotKey *slot, int64 horizon,
                            int32 highest_unit, const pg_uuid_t *moving, TimestampTz now)
{
    Layout layout = {0};
    uint64 found = bo_store_run_latest(store, &bo_sql_find_intervals, bo_int8(place->resource_id),
                                       bo_range(capacity_range_of(slot->start, horizon)), bo_instant(now),
                                       bo_uuid_or_null(moving), bo_int4(highest_unit));

    layout.taken = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(Taken) * Max(found, 1));
    for (uint64 i = 0; i < found; i++)
    {
        BoRow row = bo_store_row(i);
        Taken *taken;
        const BoSlotKey *key;

        if (bo_row_bool(row, BO_FIND_INTERVALS_HAS_LAPSED))
        {
            layout.has_lapsed = true;
            continue;
        }
        taken = &layout.taken[layout.count++];
        taken->id = bo_row_uuid(row, BO_FIND_INTERVALS_BOOKING_ID);
        key = DatumGetSlotKeyP(bo_row_own(row, BO_FIND_INTERVALS_KEY));
        taken->start = key->start;
        taken->end = key->end;
        taken->unit = key->unit_low;
    }
    qsort(layout.taken, layout.count, sizeof(Taken), capacity_compare_taken);
    return layout;
}

static int capacity_compare_times(const void *a, const void *b)
{
    int64 left = *(const int64 *)a;
    int64 right = *(const int64 *)b;

    return left < right ? -1 : left > right;
}

/* When, within the slot, fewer than quantity units are free: a multirange, or 0 when never. whole: all of the times of
 * what is in the way. */
static Datum capacity_crowded(const Layout *layout, const BoSlotKey *slot, int32 capacity, int quantity, bool whole)
{
    TypeCacheEntry *type = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);
    int64 *starts = palloc(sizeof(int64) * Max(layout->count, 1));
    int64 *ends = palloc(sizeof(int64) * Max(layout->count, 1));
    RangeType **ranges = palloc(sizeof(RangeType *) * (layout->count + 1));
    int count = 0, found = 0, in_use = 0;
    int64 since = 0;

    for (int i = 0; i < layout->count; i++)
    {
        const Taken *taken = &layout->taken[i];

        if (taken->end <= slot->start || taken->start >= slot->end)
            continue;
        starts[count] = whole ? taken->start : Max(taken->start, slot->start);
        ends[count] = whole ? taken->end : Min(taken->end, slot->end);
        count++;
    }
    qsort(starts, count, sizeof(int64), capacity_compare_times);
    qsort(ends, count, sizeof(int64), capacity_compare_times);

    /* Ends before starts: half-open ranges that touch do not meet. */
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
            ranges[found++] = capacity_range_of(since, at);
    }
    if (found == 0)
        return (Datum)0;
    return PointerGetDatum(make_multirange(TSTZMULTIRANGEOID, type, found, ranges));
}

/* Of the units free at an instant, the one whose next booking begins last; 0 when none is free. */
static int32 capacity_furthest_free(const Layout *layout, const int64 *free_at, const int32 *next_on, int32 capacity,
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
 * Lay the bookings out again, in the order in which they begin. One that can keep
 * its unit does; one that cannot, and each of the new ones, gets the free unit whose
 * next booking is the furthest away, so that the fewest are pushed on. Those that
 * began before the slot all keep theirs. False when some instant has too many.
 */
static bool capacity_lay_out(Layout *layout, const BoSlotKey *slot, int32 capacity, int quantity, int32 *units)
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
            chosen = capacity_furthest_free(layout, free_at, next_on, capacity, start);
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

/* How far the changes of a layout reach; beyond the horizon there may be bookings they would push on. */
static int64 capacity_reach(const Layout *layout, const BoSlotKey *slot)
{
    int64 furthest = slot->end;

    for (int i = 0; i < layout->count; i++)
        if (layout->taken[i].new_unit != layout->taken[i].unit)
            furthest = Max(furthest, layout->taken[i].end);
    return furthest;
}

/* To the end of what changes; where each change pushes on another, ever further at a time, so that the rounds end. */
static int64 capacity_look_further(const Layout *layout, const BoSlotKey *slot, int round)
{
    int64 reach = capacity_reach(layout, slot);
    uint64 span = (uint64)reach - (uint64)slot->start;

    if (round < ROUNDS_TO_REACH)
        return reach;
    return span < (uint64)BO_SLOT_NO_END - (uint64)reach ? reach + (int64)span : BO_SLOT_NO_END;
}

/* moving, or NULL, must make way as well: another may get its unit. Its own is for the caller to set. */
static void capacity_move_units(BoStore *store, const text *tenant, const Layout *layout, const pg_uuid_t *moving)
{
    pg_uuid_t *ids = palloc(sizeof(pg_uuid_t) * (layout->count + 1));
    int32 *units = palloc(sizeof(int32) * Max(layout->count, 1));
    int count = 0;

    for (int i = 0; i < layout->count; i++)
    {
        if (layout->taken[i].new_unit == layout->taken[i].unit)
            continue;
        ids[count] = layout->taken[i].id;
        units[count++] = layout->taken[i].new_unit;
    }
    if (count == 0)
        return;
    if (moving != NULL)
        ids[count] = *moving;
    bo_store_run_latest(store, &bo_sql_lift_units, bo_text(tenant), bo_uuids(ids, moving != NULL ? count + 1 : count));
    bo_store_run_latest(store, &bo_sql_put_units, bo_text(tenant), bo_uuids(ids, count), bo_int4s(units, count));
}

/*
 * Make room for quantity units in place->blocks by moving others to other units.
 * Loads no more than it must: what overlaps the slot, then what overlaps the moved.
 * Lapsed holds are released where they would be in the way, which waits for whoever
 * is confirming one; but only when the others leave room, for a refusal writes nothing.
 */
static BoRoom capacity_repack(BoStore *store, const text *tenant, const BoPlace *place, int quantity,
                              int32 highest_unit, const pg_uuid_t *moving, TimestampTz now, int32 *units, Datum *busy)
{
    bool is_as_direct = place->kind == BO_KIND_PLAIN && moving == NULL; /* direct_diagnose.c tells whole bookings */
    BoSlotKey slot = capacity_key_of(place->blocks);
    int64 horizon = slot.end;

    for (int round = 0;; bo_round_next(&round))
    {
        Layout layout = capacity_load(store, place, &slot, horizon, highest_unit, moving, now);

        *busy = capacity_crowded(&layout, &slot, place->capacity, quantity, is_as_direct);
        if (*busy != 0)
            return BO_ROOM_NONE;
        if (layout.has_lapsed)
        {
            if (!place->stands_still)
                return BO_ROOM_TO_CLEAR;
            bo_store_run_latest(store, &bo_sql_release_lapsed, bo_int8(place->resource_id),
                                bo_range(capacity_range_of(slot.start, horizon)), bo_instant(now));
            return BO_ROOM_CLEARED;
        }
        if (!capacity_lay_out(&layout, &slot, place->capacity, quantity, units))
        {
            *busy = PointerGetDatum(make_multirange(TSTZMULTIRANGEOID,
                                                    lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO), 1,
                                                    &(RangeType *){place->blocks}));
            return BO_ROOM_NONE;
        }
        if (capacity_reach(&layout, &slot) <= horizon)
        {
            capacity_move_units(store, tenant, &layout, moving);
            return BO_ROOM_MADE;
        }
        horizon = capacity_look_further(&layout, &slot, round);
    }
}

/* Returns true if units[0..quantity-1], the lowest, are free for all of place->blocks as things lie. moving: a booking
 * that does not count, or NULL. Under the resource's exclusive lock, except to diagnose a capacity of 1. */
bool bo_capacity_free_units(BoStore *store, const BoPlace *place, int quantity, const pg_uuid_t *moving, int32 *units)
{
    ArrayType *used;

    bo_store_run_latest(store, &bo_sql_find_units, bo_int8(place->resource_id), bo_range(place->blocks),
                        bo_uuid_or_null(moving));
    used = bo_row_array_or_null(bo_store_row(0), BO_FIND_UNITS_IN_USE, INT4ARRAYOID);
    return capacity_lowest_free_units(used, place->capacity, quantity, units) == quantity;
}

/* The same, once bookings on other units, or lapsed holds, have made way; or why not, with the times when in busy. */
BoRoom bo_capacity_make_room(BoStore *store, const text *tenant, const BoPlace *place, int quantity,
                             const pg_uuid_t *moving, TimestampTz now, int32 *units, Datum *busy)
{
    for (int round = 0;; bo_round_next(&round))
    {
        BoRoom room = capacity_repack(store, tenant, place, quantity, place->capacity, moving, now, units, busy);

        if (room != BO_ROOM_CLEARED)
            return room;
        if (bo_capacity_free_units(store, place, quantity, moving, units))
            return BO_ROOM_MADE;
    }
}

/* When, within place->blocks, fewer than quantity units are free; NULL: never. As things lie, under no lock. */
MultirangeType *bo_capacity_crowded(BoStore *store, const BoPlace *place, int quantity, const pg_uuid_t *moving,
                                    TimestampTz now)
{
    BoSlotKey slot = capacity_key_of(place->blocks);
    Layout layout = capacity_load(store, place, &slot, slot.end, place->capacity, moving, now);

    return (MultirangeType *)DatumGetPointer(capacity_crowded(&layout, &slot, place->capacity, quantity, false));
}

/* When, within place->blocks, more units are taken than there are, those above the capacity too; NULL: never. */
MultirangeType *bo_capacity_overfull(BoStore *store, const BoPlace *place, TimestampTz now)
{
    BoSlotKey slot = capacity_key_of(place->blocks);
    Layout layout = capacity_load(store, place, &slot, slot.end, PG_INT32_MAX, NULL, now);

    return (MultirangeType *)DatumGetPointer(capacity_crowded(&layout, &slot, place->capacity, 0, false));
}

/* Can all that is booked from now on, on whatever unit, be laid out on place->capacity units? It then is. */
bool bo_capacity_fit(BoStore *store, const text *tenant, const BoPlace *place, TimestampTz now)
{
    for (int round = 0;; bo_round_next(&round))
    {
        Datum busy;
        BoRoom room = capacity_repack(store, tenant, place, 0, PG_INT32_MAX, NULL, now, NULL, &busy);

        if (room != BO_ROOM_CLEARED)
            return room == BO_ROOM_MADE;
    }
}
