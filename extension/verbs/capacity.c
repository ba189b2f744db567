/*
 * capacity.c
 *   Which units of a resource a booking gets.
 *
 * Units are interchangeable, so the rule is: at no instant are more units taken than the capacity. The lowest free
 * units are used. If none is free throughout but the peak allows one more, bookings that begin later change their unit:
 * intervals of which no more than N ever meet can always be laid out on N units, in the order in which they begin
 * (interval graphs are perfect). The caller holds the resource's exclusive lock; the constraint still guards each unit
 * against raw SQL. A unit above the capacity dates from before the capacity was lowered, and does not count.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/capacity.h"

#include "catalog/pg_type.h"

#include "base/round.h"
#include "base/value.h"
#include "store/store_booking.h"
#include "guard/slot_key.h"
#include "verbs/layout.h"

/* For this many rounds a repack loads no more than it must; then it looks further ahead each time. */
#define ROUNDS_TO_REACH 8

static BoSlotKey capacity_key_of(RangeType *range)
{
    return *DatumGetSlotKeyP(
        DirectFunctionCall3(bookonce_slot_key, Int64GetDatum(0), Int32GetDatum(1), RangeTypePGetDatum(range)));
}

/*
 * Finds the lowest units that are free for all of the slot, up to the number wanted, and returns how many there are.
 * used: NULL if no unit is in use.
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
            if (values[i] >= 1 && values[i] <= capacity) /* the owner may have let a row have any */
                is_used[values[i]] = true;
    }
    for (int32 unit = 1; unit <= capacity && found < wanted; unit++)
        if (!is_used[unit])
            units[found++] = unit;
    pfree(is_used);
    return found;
}

/* Loads what is booked from the slot's start to the horizon, on the units that exist. */
static BoLayout capacity_load(BoStore *store, const BoPlace *place, const BoSlotKey *slot, int64 horizon,
                              int32 highest_unit, const pg_uuid_t *moving, TimestampTz now)
{
    BoLayout layout = {.closed = place->closed};
    uint64 found = bo_store_run_latest(store, &bo_sql_find_intervals, bo_int8(place->resource_id),
                                       bo_range(bo_layout_range(slot->start, horizon)), bo_instant(now),
                                       bo_uuid_or_null(moving), bo_int4(highest_unit));

    layout.taken = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(BoLaid) * Max(found, 1));
    for (uint64 i = 0; i < found; i++)
    {
        BoRow row = bo_store_row(i);
        BoLaid *taken;
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
    bo_layout_sort(&layout);
    return layout;
}

/*
 * The horizon of the next round: the end of what changes. If each change keeps pushing another, the horizon grows
 * faster and faster, so that the rounds end.
 */
static int64 capacity_look_further(const BoLayout *layout, const BoSlotKey *slot, int round)
{
    int64 reach = bo_layout_reach(layout, slot);
    uint64 span = (uint64)reach - (uint64)slot->start;

    if (round < ROUNDS_TO_REACH)
        return reach;
    return span < (uint64)BO_SLOT_NO_END - (uint64)reach ? reach + (int64)span : BO_SLOT_NO_END;
}

/*
 * Gives the bookings the units of the layout. moving, or NULL, gives up its unit too, because another booking may get
 * it; the caller sets its new unit.
 */
static void capacity_move_units(BoStore *store, const text *tenant, const BoLayout *layout, const pg_uuid_t *moving)
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
 * Makes room for quantity units in place->blocks by moving other bookings to other units. Loads no more than it must:
 * what overlaps the slot, then what overlaps the moved bookings. Lapsed holds that are in the way are released, which
 * waits for anyone who is confirming one; but only if the others leave room, because a refusal writes nothing.
 */
static BoRoom capacity_repack(BoStore *store, const text *tenant, const BoPlace *place, int quantity,
                              int32 highest_unit, const pg_uuid_t *moving, TimestampTz now, int32 *units, Datum *busy)
{
    bool is_as_direct = place->kind == BO_KIND_PLAIN && moving == NULL; /* then busy is reported as direct_diagnose.c
                                                                         * does it: whole bookings */
    BoSlotKey slot = capacity_key_of(place->blocks);
    int64 horizon = slot.end;

    for (int round = 0;; bo_round_next(&round))
    {
        BoLayout layout = capacity_load(store, place, &slot, horizon, highest_unit, moving, now);

        *busy = bo_layout_crowded(&layout, &slot, place->capacity, quantity, is_as_direct);
        if (*busy != 0)
            return BO_ROOM_NONE;
        if (layout.has_lapsed)
        {
            if (!place->stands_still)
                return BO_ROOM_TO_CLEAR;
            bo_store_run_latest(store, &bo_sql_release_lapsed, bo_int8(place->resource_id),
                                bo_range(bo_layout_range(slot.start, horizon)), bo_instant(now));
            return BO_ROOM_CLEARED;
        }
        if (!bo_layout_make(&layout, &slot, place->capacity, quantity, units))
        {
            *busy = PointerGetDatum(make_multirange(TSTZMULTIRANGEOID,
                                                    lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO), 1,
                                                    &(RangeType *){place->blocks}));
            return BO_ROOM_NONE;
        }
        if (bo_layout_reach(&layout, &slot) <= horizon)
        {
            capacity_move_units(store, tenant, &layout, moving);
            return BO_ROOM_MADE;
        }
        horizon = capacity_look_further(&layout, &slot, round);
    }
}

/*
 * Returns true if units[0..quantity-1], the lowest, are free for all of place->blocks as they are now. moving: a
 * booking that does not count, or NULL. Called under the resource's exclusive lock, except to diagnose a capacity of 1.
 */
bool bo_capacity_free_units(BoStore *store, const BoPlace *place, int quantity, const pg_uuid_t *moving, int32 *units)
{
    ArrayType *used;

    /* A closed place is no particular unit, so even with enough free units there may be too few places. */
    if (place->closed.count > 0)
        return false;
    bo_store_run_latest(store, &bo_sql_find_units, bo_int8(place->resource_id), bo_range(place->blocks),
                        bo_uuid_or_null(moving));
    used = bo_row_array_or_null(bo_store_row(0), BO_FIND_UNITS_IN_USE, INT4ARRAYOID);
    return capacity_lowest_free_units(used, place->capacity, quantity, units) == quantity;
}

/*
 * Makes units free by moving other bookings to other units or by releasing lapsed holds. If that fails, the result says
 * why, and busy says when.
 */
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

/*
 * The times within place->blocks at which fewer than quantity units are free, as they are now and under no lock; NULL
 * if there are none.
 */
MultirangeType *bo_capacity_crowded(BoStore *store, const BoPlace *place, int quantity, const pg_uuid_t *moving,
                                    TimestampTz now)
{
    BoSlotKey slot = capacity_key_of(place->blocks);
    BoLayout layout = capacity_load(store, place, &slot, slot.end, place->capacity, moving, now);

    return (MultirangeType *)DatumGetPointer(bo_layout_crowded(&layout, &slot, place->capacity, quantity, false));
}

/*
 * The times at which no unit is free, of what the light path has read; 0 if bookings on other units can make room, or
 * if it has not read them.
 */
Datum bo_capacity_busy(const BoDirect *direct)
{
    BoSlotKey slot = capacity_key_of(direct->blocks);
    BoLayout layout = {.count = direct->standing_count};

    layout.taken = palloc(sizeof(BoLaid) * Max(layout.count, 1));
    for (int i = 0; i < layout.count; i++)
        layout.taken[i] = (BoLaid){.start = direct->standing[i].key.start, .end = direct->standing[i].key.end};
    return bo_layout_crowded(&layout, &slot, direct->capacity, 1, false);
}

/*
 * The times within place->blocks at which more units are taken than exist, counting those above the capacity; NULL if
 * there are none.
 */
MultirangeType *bo_capacity_overfull(BoStore *store, const BoPlace *place, TimestampTz now)
{
    BoSlotKey slot = capacity_key_of(place->blocks);
    BoLayout layout = capacity_load(store, place, &slot, slot.end, PG_INT32_MAX, NULL, now);

    return (MultirangeType *)DatumGetPointer(bo_layout_crowded(&layout, &slot, place->capacity, 0, false));
}

/* Moves all future bookings onto units 1..place->capacity. Returns false, with nothing written, if they do not fit. */
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
