/*
 * store.h
 *   What the SQL texts of store_*.c have in common.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_STORE_H
#define BOOKONCE_STORE_H

#define EQ " OPERATOR(pg_catalog.=) "
/* Of slot keys: overlapping times on the same unit. */
#define SAME_SLOT " OPERATOR(bookonce.&&) "

#define HELD "'held'::bookonce.booking_status"
#define CONFIRMED "'confirmed'::bookonce.booking_status"
#define CANCELLED "'cancelled'::bookonce.booking_status"
#define EXPIRED "'expired'::bookonce.booking_status"

/* Of a booking b: a hold that still stands at an instant, and one that lapsed. */
#define HELD_AFTER(at) "(b.status" EQ HELD " AND b.hold_expires_at OPERATOR(pg_catalog.>) " at ")"
#define LAPSED_AT(at) "(b.status" EQ HELD " AND b.hold_expires_at OPERATOR(pg_catalog.<=) " at ")"

#define THIS_BOOKING "b.tenant" EQ "$1 AND b.booking_id" EQ "$2"

/* The columns that bo_answer_read_booking() reads, in its order; the status as a BoStatus. */
#define BOOKING_COLUMNS                                                                                    \
    "b.booking_id, b.group_id, b.unit, b.during, b.hold_expires_at, b.request_hash, "                      \
    "CASE WHEN b.status" EQ HELD " THEN 1 WHEN b.status" EQ CONFIRMED " THEN 2 WHEN b.status" EQ CANCELLED \
    " THEN 3 ELSE 4 END, "                                                                                 \
    "(SELECT r.resource FROM bookonce.resource AS r WHERE r.resource_id" EQ "b.resource_id)"

#endif
