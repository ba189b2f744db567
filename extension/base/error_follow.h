/*
 * error_follow.h
 *   The errors about followed tables; error_follow.c words them.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_ERROR_FOLLOW_H
#define BOOKONCE_ERROR_FOLLOW_H

#include "bookonce.h"

#include "utils/relcache.h"

extern _Noreturn void bo_error_key_type(Oid type);
extern _Noreturn void bo_error_followed_taken(Relation relation, const text *resource, Datum busy);
extern _Noreturn void bo_error_followed_rule(Relation relation, const text *resource, const char *rule);
extern _Noreturn void bo_error_followed_drift(Relation relation);
extern void bo_error_hint_drift(void *unused);
extern _Noreturn void bo_error_followed_booking(const pg_uuid_t *booking_id, const text *table);
extern _Noreturn void bo_error_not_followed(const char *table);
extern _Noreturn void bo_error_cannot_follow(const char *table, const char *problem, const char *hint);
extern _Noreturn void bo_error_follow_rights(const char *owner);
extern _Noreturn void bo_error_followed_overlaps(Relation relation, int64 count, const char *pairs);
extern char *bo_error_range_text(RangeType *range);
extern void bo_tell_followed_overlaps(Relation relation, int64 count, const char *pairs);
extern void bo_tell_followed_strays(Relation relation, int64 count, const char *keys);

#endif
