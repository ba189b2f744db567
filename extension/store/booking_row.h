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

extern void bo_booking_row_read(BoStore *store, BoBookingAnswer *answer, uint64 row, TimestampTz now);

#endif
