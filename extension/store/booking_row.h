/*
 * booking_row.h
 *   A booking as a row of the store.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_BOOKING_ROW_H
#define BOOKONCE_BOOKING_ROW_H

#include "base/answer.h"
#include "store/store.h"

extern void bo_booking_row_read(BoStore *store, BoRow row, TimestampTz now, BoBookingAnswer *answer);
extern void bo_booking_row_read_units(BoStore *store, int count, TimestampTz now, BoBookingAnswer *answer);
extern void bo_booking_row_find(BoStore *store, const text *tenant, const pg_uuid_t *booking_id, TimestampTz now,
                                BoBookingAnswer *answer);
extern void bo_booking_row_find_latest(BoStore *store, const text *tenant, const pg_uuid_t *booking_id, TimestampTz now,
                                       BoBookingAnswer *answer);
extern void bo_booking_row_check_holder(BoStore *store, const text *tenant, const pg_uuid_t *booking_id,
                                        const text *holder);

#endif
