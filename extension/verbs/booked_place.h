/*
 * booked_place.h
 *   The resource of a booking, locked.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_BOOKED_PLACE_H
#define BOOKONCE_BOOKED_PLACE_H

#include "base/answer.h"
#include "store/store.h"

extern void bo_booked_place_lock(BoStore *store, text *tenant, const pg_uuid_t *booking_id, BoBookingAnswer *answer);

#endif
