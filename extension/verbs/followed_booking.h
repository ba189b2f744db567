/*
 * followed_booking.h
 *   Only a followed table changes the bookings that mirror its rows.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_FOLLOWED_BOOKING_H
#define BOOKONCE_FOLLOWED_BOOKING_H

#include "store/store.h"

extern void bo_followed_booking_refuse(BoStore *store, const text *tenant, const pg_uuid_t *ids, int count);

#endif
