/*
 * store_delete.h
 *   The statements of delete_old(), and the columns that they return.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_STORE_DELETE_H
#define BOOKONCE_STORE_DELETE_H

#include "store/store.h"

typedef enum BoFindOldRequests
{
    BO_FIND_OLD_REQUESTS_TENANT = 1,
    BO_FIND_OLD_REQUESTS_REQUEST_ID,
    BO_FIND_OLD_REQUESTS_COLUMNS = BO_FIND_OLD_REQUESTS_REQUEST_ID
} BoFindOldRequests;

/* What each deleting statement returns: how many rows it deleted. */
typedef enum BoDeleted
{
    BO_DELETED_ROWS = 1,
    BO_DELETED_COLUMNS = BO_DELETED_ROWS
} BoDeleted;

extern BoStatement bo_sql_find_old_requests, bo_sql_delete_old_requests, bo_sql_delete_bare_requests,
    bo_sql_delete_old_groups, bo_sql_delete_old_bookings, bo_sql_delete_old_entries;

#endif
