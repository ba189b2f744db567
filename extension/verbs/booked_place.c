/*
 * booked_place.c
 *   The resource of a booking: it is locked, and what is freed goes to the first in line.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/booked_place.h"

#include "base/arguments.h"
#include "base/lock.h"
#include "base/round.h"
#include "store/booking_row.h"
#include "verbs/line.h"

/*
 * Locks the resource of a booking exclusively, and reads the booking again. The caller holds the booking's lock, so
 * nobody moves it; but the resource may be renamed while this waits. If the booking has parts, bo_whole_lock() has
 * locked its resources already.
 */
void bo_booked_place_lock(BoStore *store, text *tenant, const pg_uuid_t *booking_id, const BoWhole *whole,
                          BoBookingAnswer *answer)
{
    const text *locked = NULL;
    BoSlotLock lock;

    if (whole->count > 0)
        return;
    for (int round = 0;; bo_round_next(&round))
    {
        bo_booking_row_find_latest(store, tenant, booking_id, GetCurrentTimestamp(), answer);
        if (locked != NULL && bo_arguments_same_text(locked, answer->resource))
            return;
        if (locked != NULL)
            bo_lock_release_slots(&lock, 1);
        locked = answer->resource;
        lock = bo_lock_slot_of(tenant, locked);
        lock.exclusive = true;
        bo_lock_slots(&lock, 1);
    }
}

/* Called when the booking, with its parts, has given time back, for which somebody may wait in line. */
void bo_booked_place_serve(BoStore *store, text *tenant, const BoWhole *whole, const BoResources *places,
                           BoBookingAnswer *answer)
{
    if (whole->count == 0)
        bo_line_serve_all(store, tenant, &answer->resource, 1);
    else
        bo_line_serve_freed(store, tenant, places);
}
