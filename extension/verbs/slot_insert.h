/*
 * slot_insert.h
 *   The insert that decides, in SQL.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_SLOT_INSERT_H
#define BOOKONCE_SLOT_INSERT_H

#include "base/answer.h"
#include "base/arguments.h"
#include "store/store.h"
#include "verbs/policy.h"

extern void bo_slot_booked(const BoSlotCall *call, BoBookingAnswer *answer, TimestampTz now);
extern void bo_slot_delete_bookings(BoStore *store, const BoSlotCall *call, const pg_uuid_t *ids, int count);
extern bool bo_slot_insert(BoStore *store, const BoSlotCall *call, const BoPlace *place, BoBookingAnswer *answer,
                           pg_uuid_t *ids, TimestampTz now, bool again);

#endif
