/*
 * store_needed.h
 *   The statements that look for rows which need a resource or a request, and the columns that they return.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_STORE_NEEDED_H
#define BOOKONCE_STORE_NEEDED_H

#include "store/store.h"

typedef enum BoNeedsOfResource
{
    BO_NEEDS_OF_RESOURCE_BOOKINGS = 1,
    BO_NEEDS_OF_RESOURCE_HOURS,
    BO_NEEDS_OF_RESOURCE_CLOSURES,
    BO_NEEDS_OF_RESOURCE_OFFERS,
    BO_NEEDS_OF_RESOURCE_WHOLES,
    BO_NEEDS_OF_RESOURCE_COLUMNS = BO_NEEDS_OF_RESOURCE_WHOLES
} BoNeedsOfResource;

typedef enum BoNeedsOfRequest
{
    BO_NEEDS_OF_REQUEST_POSITIONS = 1,
    BO_NEEDS_OF_REQUEST_OFFERS,
    BO_NEEDS_OF_REQUEST_COLUMNS = BO_NEEDS_OF_REQUEST_OFFERS
} BoNeedsOfRequest;

typedef enum BoNeedsOfAll
{
    BO_NEEDS_OF_ALL_ANY = 1,
    BO_NEEDS_OF_ALL_COLUMNS = BO_NEEDS_OF_ALL_ANY
} BoNeedsOfAll;

extern BoStatement bo_sql_find_needs_of_resource, bo_sql_find_needs_of_resources;
extern BoStatement bo_sql_find_needs_of_request, bo_sql_find_needs_of_requests;

#endif
