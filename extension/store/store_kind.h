/*
 * store_kind.h
 *   The statements on kinds of booking, and the columns that they return.
 *
 * row.h reads the columns. BoStatement.columns says how many there are, so if a list in SQL grows without its enum, an
 * assertion fails at the first run.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_STORE_KIND_H
#define BOOKONCE_STORE_KIND_H

#include "store/store.h"

typedef enum BoFindKind
{
    BO_FIND_KIND_BUFFER_BEFORE = 1, /* NULL: the resource's rule applies; likewise for the others */
    BO_FIND_KIND_BUFFER_AFTER,
    BO_FIND_KIND_DURATIONS,
    BO_FIND_KIND_COLUMNS = BO_FIND_KIND_DURATIONS
} BoFindKind;

typedef enum BoFindAnyKind
{
    BO_FIND_ANY_KIND_NAME = 1,
    BO_FIND_ANY_KIND_COLUMNS = BO_FIND_ANY_KIND_NAME
} BoFindAnyKind;

typedef enum BoCountOfKind
{
    BO_COUNT_OF_KIND_BOOKINGS = 1,
    BO_COUNT_OF_KIND_COLUMNS = BO_COUNT_OF_KIND_BOOKINGS
} BoCountOfKind;

#define BO_READ_KIND_COLUMNS 5

extern BoStatement bo_sql_find_kind, bo_sql_find_same_kind, bo_sql_find_any_kind, bo_sql_define_kind,
    bo_sql_count_of_kind, bo_sql_delete_kind, bo_sql_read_kinds;

#endif
