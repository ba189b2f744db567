/*
 * booked_place.h
 *   The resource of a booking: it is locked, and what is freed goes to the first in line.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_BOOKED_PLACE_H
#define BOOKONCE_BOOKED_PLACE_H

#include "base/answer.h"
#include "store/store.h"
#include "verbs/slot_resources.h"
#include "verbs/whole.h"

extern void bo_booked_place_lock(BoStore *store, text *tenant, const pg_uuid_t *booking_id, const BoWhole *whole,
                                 BoBookingAnswer *answer);
extern void bo_booked_place_serve(BoStore *store, text *tenant, const BoWhole *whole, const BoResources *places,
                                  BoBookingAnswer *answer);

#endif
