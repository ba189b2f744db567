/*
 * store_policy.h
 *   The statements on resources and their rules, and the columns that they return.
 *
 * Row.h reads the columns. BoStatement.columns says how many there are, so a list in SQL that grew without its enum
 * fails an assertion at the first run.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_STORE_POLICY_H
#define BOOKONCE_STORE_POLICY_H

#include "store/store.h"

typedef enum BoJudge
{
    BO_JUDGE_RESOURCE_ID = 1,
    BO_JUDGE_CAPACITY,
    BO_JUDGE_PLAIN,
    BO_JUDGE_COUNTS,
    BO_JUDGE_BUFFER_BEFORE,
    BO_JUDGE_BUFFER_AFTER,
    BO_JUDGE_DECIDE_BY, /* NULL: no min_notice */
    BO_JUDGE_VERDICT,
    BO_JUDGE_COLUMNS = BO_JUDGE_VERDICT
} BoJudge;

typedef enum BoFindResource
{
    BO_FIND_RESOURCE_RESOURCE_ID = 1,
    BO_FIND_RESOURCE_CAPACITY,
    BO_FIND_RESOURCE_COLUMNS = BO_FIND_RESOURCE_CAPACITY
} BoFindResource;

extern BoStatement bo_sql_judge, bo_sql_release_counted, bo_sql_find_resource, bo_sql_lock_resource_row,
    bo_sql_find_same_resource, bo_sql_define_resource, bo_sql_keep_hours, bo_sql_delete_hours, bo_sql_insert_hours,
    bo_sql_find_overlapping_hours, bo_sql_set_limit;

#endif
