/*
 * table_guard_index.h
 *   Recognizes the guard's index on a table that is not ours.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_TABLE_GUARD_INDEX_H
#define BOOKONCE_TABLE_GUARD_INDEX_H

#include "bookonce.h"

#include "utils/relcache.h"

/* Returns the table's guard index if it is valid, or InvalidOid. */
extern Oid bo_table_guard_find_index(Relation table, Oid schema);

/* Returns true if the columns have no time zone; then times are shown without one. */
extern bool bo_table_guard_is_wall_clock(Relation index);

#endif
