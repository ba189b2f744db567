/*
 * error_parts.h
 *   The errors of resources that have parts, and of their bookings.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_ERROR_PARTS_H
#define BOOKONCE_ERROR_PARTS_H

#include "bookonce.h"

extern _Noreturn void bo_error_has_parts(const text *resource);
extern _Noreturn void bo_error_parts_of_party(const pg_uuid_t *booking_id);
extern _Noreturn void bo_error_part_booking(const pg_uuid_t *booking_id, const pg_uuid_t *whole_id);
extern _Noreturn void bo_error_parts_circle(const text *resource);
extern _Noreturn void bo_error_parts_depth(const text *whole);
extern _Noreturn void bo_error_parts_many(const text *whole);
extern _Noreturn void bo_error_parts_capacity(const text *whole, const text *part, int32 quantity, int32 capacity);
extern _Noreturn void bo_error_parts_changed(const pg_uuid_t *booking_id, const text *resource);
extern _Noreturn void bo_error_parts_in_use(const text *whole, bool by_waiters);

#endif
