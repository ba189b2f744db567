/*
 * direct_cancel.h
 *   What the light path offers to hold.c: a booking is cancelled without SQL.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_DIRECT_CANCEL_H
#define BOOKONCE_DIRECT_CANCEL_H

#include "store/row.h"

extern bool bo_direct_find_booked_on(const text *tenant, const pg_uuid_t *booking_id, BoRow *found);
extern bool bo_direct_cancel(const text *tenant, const pg_uuid_t *booking_id, TimestampTz now, bool needs_no_lock,
                             const text *reason, const text *resource, bool exclusive, BoRow *cancelled);

#endif
