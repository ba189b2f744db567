/*
 * store_claim.h
 *   The statements on claims and counters, and the columns that they return.
 *
 * row.h reads the columns. BoStatement.columns says how many there are, so if a list in SQL grows without its enum, an
 * assertion fails at the first run.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_STORE_CLAIM_H
#define BOOKONCE_STORE_CLAIM_H

#include "store/store.h"

typedef enum BoInsertClaim
{
    BO_INSERT_CLAIM_CLAIMANT = 1,
    BO_INSERT_CLAIM_COLUMNS = BO_INSERT_CLAIM_CLAIMANT
} BoInsertClaim;

typedef enum BoFindClaim
{
    BO_FIND_CLAIM_IS_OWN = 1,
    BO_FIND_CLAIM_WRITER,
    BO_FIND_CLAIM_COLUMNS = BO_FIND_CLAIM_WRITER
} BoFindClaim;

typedef enum BoFindCounter
{
    BO_FIND_COUNTER_VALUE = 1,
    BO_FIND_COUNTER_ENTRIES,
    BO_FIND_COUNTER_MINIMUM,   /* NULL: none */
    BO_FIND_COUNTER_MAXIMUM,   /* NULL: none */
    BO_FIND_COUNTER_KEY_DELTA, /* NULL: the key was not used */
    BO_FIND_COUNTER_KEY_VALUE,
    BO_FIND_COUNTER_KEY_WRITER,
    BO_FIND_COUNTER_COLUMNS = BO_FIND_COUNTER_KEY_WRITER
} BoFindCounter;

typedef enum BoAdjustCounter
{
    BO_ADJUST_COUNTER_VALUE = 1,
    BO_ADJUST_COUNTER_IS_ENTERED,
    BO_ADJUST_COUNTER_COLUMNS = BO_ADJUST_COUNTER_IS_ENTERED
} BoAdjustCounter;

extern BoStatement bo_sql_insert_claim, bo_sql_find_claim, bo_sql_delete_claim, bo_sql_insert_counter,
    bo_sql_find_counter, bo_sql_rebound_counter, bo_sql_adjust_counter, bo_sql_put_back_delta;

#endif
