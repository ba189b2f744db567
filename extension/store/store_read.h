/*
 * store_read.h
 *   The statements that read for the caller: their rows are the answer, so their columns are the attributes of the row
 *   types in sql/types.sql, by name, in order.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_STORE_READ_H
#define BOOKONCE_STORE_READ_H

#include "store/store.h"

/* How many attributes the row types have. */
#define BO_READ_BOOKING_COLUMNS 18
#define BO_READ_REQUEST_COLUMNS 15
#define BO_READ_OFFER_COLUMNS 15
#define BO_READ_RESOURCE_COLUMNS 24
#define BO_READ_CLAIM_COLUMNS 5

typedef enum BoReadMissing
{
    BO_READ_MISSING_RESOURCE = 1, /* its name */
    BO_READ_MISSING_COLUMNS = BO_READ_MISSING_RESOURCE
} BoReadMissing;

typedef enum BoReadNumbers
{
    BO_READ_NUMBERS_RESOURCE = 1, /* its name */
    BO_READ_NUMBERS_RESOURCE_ID,
    BO_READ_NUMBERS_COLUMNS = BO_READ_NUMBERS_RESOURCE_ID
} BoReadNumbers;

typedef enum BoReadCounter
{
    BO_READ_COUNTER_VALUE = 1,
    BO_READ_COUNTER_COLUMNS = BO_READ_COUNTER_VALUE
} BoReadCounter;

extern BoStatement bo_sql_read_booking, bo_sql_read_key, bo_sql_read_group, bo_sql_read_missing, bo_sql_read_numbers,
    bo_sql_read_calendar, bo_sql_read_holder, bo_sql_read_requests, bo_sql_read_requester, bo_sql_read_open_offers,
    bo_sql_read_offers, bo_sql_read_resources, bo_sql_read_resource, bo_sql_read_claims, bo_sql_read_counter;

#endif
