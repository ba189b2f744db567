/*
 * followed_id.h
 *   The id of the booking that mirrors a row of a followed table: made from the row, so nothing has to remember it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_FOLLOWED_ID_H
#define BOOKONCE_FOLLOWED_ID_H

#include "bookonce.h"

extern void bo_followed_id_of_integer(pg_uuid_t *id, int32 followed, int64 key);
extern void bo_followed_id_of_hash(pg_uuid_t *id, int32 followed, uint64 high, uint64 low);
extern void bo_followed_id_of_unit(pg_uuid_t *id, const pg_uuid_t *row_id, int32 unit);
extern void bo_followed_id_range(int32 followed, pg_uuid_t *first, pg_uuid_t *last);
extern int32 bo_followed_id_table(const pg_uuid_t *id);

#endif
