/*
 * closed_time.c
 *   When a resource, or some of its places, is closed, as book_slot() and free_slots() need to know it.
 *
 * A closure takes places as bookings do, but no particular ones, and bookings that are there already do not stand in
 * its way. So it is counted in addition to the bookings (layout.c) and needs no unit, no limit and no opening hours. An
 * object that is out and overdue is a closure of one place, which names its booking. close_resource() holds the
 * resource's exclusive lock until it commits: a call that books has committed before that, or reads the closure.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/closed_time.h"

#include "catalog/pg_type.h"

#include "base/waiver.h"
#include "guard/slot_key.h"
#include "store/row_checked.h"
#include "store/store_closure.h"

/* The range on the scale of slot_key.h. */
BoSlotKey bo_closed_time_key(RangeType *range)
{
    return *DatumGetSlotKeyP(
        DirectFunctionCall3(bookonce_slot_key, Int64GetDatum(0), Int32GetDatum(1), RangeTypePGetDatum(range)));
}

static void closed_time_read(BoStore *store, BoPlace *place, const pg_uuid_t *moving, TimestampTz now, bool waives)
{
    uint64 found =
        bo_store_run_latest(store, &bo_sql_find_closures, bo_int8(place->resource_id), bo_range(place->blocks),
                            bo_instant(now), bo_uuid_or_null(moving), bo_bool(waives));

    place->closed.count = (int)found;
    place->closed.times = palloc(sizeof(BoClosedTime) * Max(found, 1));
    for (uint64 i = 0; i < found; i++)
    {
        BoRow row = bo_store_row(i);
        BoSlotKey key = bo_closed_time_key(bo_row_range(row, BO_FIND_CLOSURES_DURING));

        place->closed.times[i] =
            (BoClosedTime){key.start, key.end, bo_row_quantity_or(row, BO_FIND_CLOSURES_UNITS, place->capacity)};
    }
}

/*
 * Reads what is closed as of now within place->blocks, except what the booking that is being moved (or NULL) has out
 * itself. Called only if the resource has closures.
 */
void bo_closed_time_read(BoStore *store, BoPlace *place, const pg_uuid_t *moving, TimestampTz now)
{
    closed_time_read(store, place, moving, now, false);
}

/* The times within during at which no place is open; NULL if there are none. */
MultirangeType *bo_closed_time_whole(const BoPlace *place, RangeType *during)
{
    BoLayout only_closed = {.closed = place->closed};
    BoSlotKey slot = bo_closed_time_key(during);

    return (MultirangeType *)DatumGetPointer(bo_layout_crowded(&only_closed, &slot, place->capacity, 1, false));
}

/*
 * Refuses a slot at a time when the whole resource is closed. Where only some places are closed, or only a buffer
 * reaches into the closure, place->closed says so, and the closed places are counted with the bookings. A booking that
 * stands there already (call->stays) is not refused, but the place that it now asks for may be closed. A call that
 * waives the rule is not refused either: closed places are counted, and if all are closed, the slot is taken.
 */
void bo_closed_time_judge(BoStore *store, const BoSlotCall *call, const pg_uuid_t *moving, TimestampTz now,
                          BoPlace *place)
{
    bool waives = bo_waiver_has(call, BO_CLOSED);

    closed_time_read(store, place, moving, now, waives);
    if (place->closed.count == 0 || call->stays || waives || bo_closed_time_whole(place, call->during) == NULL)
        return;
    place->refusal = BO_CLOSED;
    place->counted_lapsed = false;
}
