/*
 * booked_place.c
 *   The resource of a booking, locked.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/booked_place.h"

#include "base/arguments.h"
#include "base/lock.h"
#include "base/round.h"
#include "store/booking_row.h"

/*
 * Locks the resource of a booking exclusively, and reads the booking again. The caller holds the booking's lock, so
 * nobody moves it; but the resource may be renamed while this waits.
 */
void bo_booked_place_lock(BoStore *store, text *tenant, const pg_uuid_t *booking_id, BoBookingAnswer *answer)
{
    const text *locked = NULL;
    BoSlotLock lock;

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
