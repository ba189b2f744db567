/*
 * table_guard_index.h
 *   How a guard's index on a table that is not ours is told from others.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_TABLE_GUARD_INDEX_H
#define BOOKONCE_TABLE_GUARD_INDEX_H

#include "bookonce.h"

#include "utils/relcache.h"

/* The guard's index of the table, which is in force; InvalidOid: there is none. */
extern Oid bo_table_guard_find_index(Relation table, Oid schema);

/* The columns are without time zone: times are shown as they are written. */
extern bool bo_table_guard_is_wall_clock(Relation index);

#endif
