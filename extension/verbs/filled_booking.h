/*
 * filled_booking.h
 *   The request's lock, which a change of a booking that fills a position must take first.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_FILLED_BOOKING_H
#define BOOKONCE_FILLED_BOOKING_H

#include "store/store.h"

extern void bo_filled_booking_lock(BoStore *store, const text *tenant, const pg_uuid_t *booking_ids, int count,
                                   pg_uuid_t *request_ids);
extern void bo_filled_booking_open_group(BoStore *store, const pg_uuid_t *group_id);
extern void bo_filled_booking_lock_group(BoStore *store, const text *tenant, const pg_uuid_t *group_id);
extern bool bo_filled_booking_fills(const pg_uuid_t *request_id);

#endif
