/*
 * store_policy.h
 *   The statements on resources and their rules, and the columns that they return.
 *
 * row.h reads the columns. BoStatement.columns says how many there are, so if a list in SQL grows without its enum, an
 * assertion fails at the first run.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_STORE_POLICY_H
#define BOOKONCE_STORE_POLICY_H

#include "store/store.h"

/* What a statement says about hours and limits, as numbers because SQL uses them too. The highest of several counts. */
#define BO_VERDICT_NONE 0
#define BO_VERDICT_CLOSED 1
#define BO_VERDICT_LAPSED 2 /* a limit is reached, but only because of lapsed holds */
#define BO_VERDICT_LIMIT 3

/* RULES of sql.h, counted from the first. NULL restricts nothing. */
typedef enum BoRulesRow
{
    BO_RULES_BUFFER_BEFORE = 0,
    BO_RULES_BUFFER_AFTER,
    BO_RULES_MIN_NOTICE,
    BO_RULES_MAX_AHEAD,
    BO_RULES_MAX_DURATION,
    BO_RULES_MIN_DURATION,
    BO_RULES_START_EVERY,
    BO_RULES_STARTS,
    BO_RULES_ENDS,
    BO_RULES_TIME_ZONE,
    BO_RULES_COLUMNS
} BoRulesRow;

typedef enum BoJudge
{
    BO_JUDGE_RESOURCE_ID = 1,
    BO_JUDGE_CAPACITY,
    BO_JUDGE_PLAIN,
    BO_JUDGE_COUNTS,
    BO_JUDGE_BY_HOLDER,
    BO_JUDGE_RULES, /* the first of BoRulesRow */
    BO_JUDGE_VERDICT = BO_JUDGE_RULES + BO_RULES_COLUMNS,
    BO_JUDGE_HAS_CLOSURES,
    BO_JUDGE_HAS_WAITERS,
    BO_JUDGE_CHECK_IN_WITHIN, /* or NULL */
    BO_JUDGE_HAS_PARTS,
    BO_JUDGE_COLUMNS = BO_JUDGE_HAS_PARTS
} BoJudge;

typedef enum BoFindResource
{
    BO_FIND_RESOURCE_RESOURCE_ID = 1,
    BO_FIND_RESOURCE_CAPACITY,
    BO_FIND_RESOURCE_COLUMNS = BO_FIND_RESOURCE_CAPACITY
} BoFindResource;

extern BoStatement bo_sql_judge, bo_sql_release_counted, bo_sql_find_resource, bo_sql_lock_resource_row,
    bo_sql_find_same_resource, bo_sql_define_resource, bo_sql_set_limit, bo_sql_find_same_shape, bo_sql_set_shape;

#endif
