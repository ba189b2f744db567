/*
 * store_follow.h
 *   The statements on followed tables and on the bookings that mirror their rows.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_STORE_FOLLOW_H
#define BOOKONCE_STORE_FOLLOW_H

#include "store/store.h"
#include "store/store_policy.h"

typedef enum BoFindFollowed
{
    BO_FIND_FOLLOWED_ID = 1,
    BO_FIND_FOLLOWED_TENANT,
    BO_FIND_FOLLOWED_COLUMNS = BO_FIND_FOLLOWED_TENANT
} BoFindFollowed;

typedef enum BoFindRowsTable
{
    BO_FIND_ROWS_TABLE_NAME = 1,
    BO_FIND_ROWS_TABLE_COLUMNS = BO_FIND_ROWS_TABLE_NAME
} BoFindRowsTable;

typedef enum BoFindRules
{
    BO_FIND_RULES_RESOURCE_ID = 1,
    BO_FIND_RULES_CAPACITY,
    BO_FIND_RULES_RULES, /* the first of RULES */
    BO_FIND_RULES_COLUMNS = BO_FIND_RULES_CAPACITY + BO_RULES_COLUMNS
} BoFindRules;

typedef enum BoFindBookings
{
    BO_FIND_BOOKINGS_BOOKING_ID = 1,
    BO_FIND_BOOKINGS_COLUMNS = BO_FIND_BOOKINGS_BOOKING_ID
} BoFindBookings;

typedef enum BoFindFollowedBookings
{
    BO_FIND_FOLLOWED_BOOKINGS_BOOKING_ID = 1,
    BO_FIND_FOLLOWED_BOOKINGS_HAS_NO_UNIT,
    BO_FIND_FOLLOWED_BOOKINGS_COLUMNS = BO_FIND_FOLLOWED_BOOKINGS_HAS_NO_UNIT
} BoFindFollowedBookings;

/* A row for each booking that is counted: its place in the list that was passed, from 1. */
typedef enum BoFindCounted
{
    BO_FIND_COUNTED_PLACE = 1,
    BO_FIND_COUNTED_COLUMNS = BO_FIND_COUNTED_PLACE
} BoFindCounted;

extern BoStatement bo_sql_define_plain_resources, bo_sql_put_followed_holders, bo_sql_delete_all_followed,
    bo_sql_put_followed_table, bo_sql_find_followed_table, bo_sql_delete_followed_table, bo_sql_find_rows_table,
    bo_sql_find_rules, bo_sql_insert_followed, bo_sql_find_bookings, bo_sql_find_followed, bo_sql_find_counted_rows;

/* The arguments of follow_table(), as expressions that PostgreSQL has spelled again. */
typedef struct BoFollowTexts
{
    const char *table;     /* qualified */
    const char *resource;  /* of any type */
    const char *during;    /* tstzrange */
    const char *live_when; /* boolean */
    const char *holder;    /* text */
    const char *quantity;  /* integer */
    const char *key;       /* the columns of the primary key */
} BoFollowTexts;

extern void bo_follow_sql_make(int32 followed, const BoFollowTexts *texts, const char *arguments);
extern void bo_follow_sql_delete_stale(int32 followed, const text *tenant);
extern void bo_follow_sql_drop(int32 followed, const char *table);

#endif
