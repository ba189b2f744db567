/*
 * store_closure.h
 *   The statements on closures, and the columns that they return.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_STORE_CLOSURE_H
#define BOOKONCE_STORE_CLOSURE_H

#include "store/store.h"

typedef enum BoFindClosures
{
    BO_FIND_CLOSURES_DURING = 1,
    BO_FIND_CLOSURES_UNITS, /* NULL: all */
    BO_FIND_CLOSURES_COLUMNS = BO_FIND_CLOSURES_UNITS
} BoFindClosures;

typedef enum BoFindClosedKey
{
    BO_FIND_CLOSED_KEY_CLOSURE_ID = 1,
    BO_FIND_CLOSED_KEY_RESOURCE,
    BO_FIND_CLOSED_KEY_REQUEST_HASH,
    BO_FIND_CLOSED_KEY_COLUMNS = BO_FIND_CLOSED_KEY_REQUEST_HASH
} BoFindClosedKey;

typedef enum BoFindRetired
{
    BO_FIND_RETIRED_CLOSURE_ID = 1,
    BO_FIND_RETIRED_COLUMNS = BO_FIND_RETIRED_CLOSURE_ID
} BoFindRetired;

typedef enum BoFindInTheWay
{
    BO_FIND_IN_THE_WAY_BOOKING_IDS = 1, /* NULL: none */
    BO_FIND_IN_THE_WAY_COLUMNS = BO_FIND_IN_THE_WAY_BOOKING_IDS
} BoFindInTheWay;

typedef enum BoLockClosedResources
{
    BO_LOCK_CLOSED_RESOURCES_RESOURCE = 1, /* its name */
    BO_LOCK_CLOSED_RESOURCES_COLUMNS = BO_LOCK_CLOSED_RESOURCES_RESOURCE
} BoLockClosedResources;

typedef enum BoLockOldClosures
{
    BO_LOCK_OLD_CLOSURES_RESOURCE_ID = 1,
    BO_LOCK_OLD_CLOSURES_COLUMNS = BO_LOCK_OLD_CLOSURES_RESOURCE_ID
} BoLockOldClosures;

typedef enum BoDeleteOldClosures
{
    BO_DELETE_OLD_CLOSURES_ROWS = 1, /* how many it deleted */
    BO_DELETE_OLD_CLOSURES_COLUMNS = BO_DELETE_OLD_CLOSURES_ROWS
} BoDeleteOldClosures;

/* How many attributes closure_row has. */
#define BO_READ_CLOSURE_COLUMNS 10

extern BoStatement bo_sql_find_closures, bo_sql_find_closed_key, bo_sql_find_retired, bo_sql_insert_closures,
    bo_sql_mark_closed, bo_sql_unmark_closed, bo_sql_find_in_the_way, bo_sql_lock_closed_resources,
    bo_sql_delete_closures, bo_sql_lock_old_closures, bo_sql_delete_old_closures, bo_sql_read_closures, bo_sql_take_out,
    bo_sql_find_out, bo_sql_give_back, bo_sql_give_all_back;

#endif
