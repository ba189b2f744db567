/*
 * store_filled.h
 *   The statements that tell which request's position a booking, or a group, fills, and the columns that they return.
 *   store_dispatch.c has them.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_STORE_FILLED_H
#define BOOKONCE_STORE_FILLED_H

#include "store/store.h"

typedef enum BoFindBookingRequests
{
    BO_FIND_BOOKING_REQUESTS_BOOKING_ID = 1,
    BO_FIND_BOOKING_REQUESTS_REQUEST_ID, /* NULL: it fills no position */
    BO_FIND_BOOKING_REQUESTS_COLUMNS = BO_FIND_BOOKING_REQUESTS_REQUEST_ID
} BoFindBookingRequests;

typedef enum BoFindGroupRequest
{
    BO_FIND_GROUP_REQUEST_REQUEST_ID = 1,
    BO_FIND_GROUP_REQUEST_COLUMNS = BO_FIND_GROUP_REQUEST_REQUEST_ID
} BoFindGroupRequest;

extern BoStatement bo_sql_find_booking_requests, bo_sql_find_group_request;

#endif
