/*
 * store_holder.h
 *   The statements on what holders have, and on the rules that count it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_STORE_HOLDER_H
#define BOOKONCE_STORE_HOLDER_H

#include "store/store.h"

/* What the rules say about one more slot for a holder. The highest verdict of several rules counts. */
#define BO_HOLDER_VERDICT_NONE 0
#define BO_HOLDER_VERDICT_BUSY 1
#define BO_HOLDER_VERDICT_LIMIT 2

typedef enum BoJudgeHolder
{
    BO_JUDGE_HOLDER_VERDICT = 1,
    BO_JUDGE_HOLDER_COLUMNS = BO_JUDGE_HOLDER_VERDICT
} BoJudgeHolder;

typedef enum BoFindHolder
{
    BO_FIND_HOLDER_HOLDER = 1,
    BO_FIND_HOLDER_COLUMNS = BO_FIND_HOLDER_HOLDER
} BoFindHolder;

/* For statements that return names of resources. */
typedef enum BoFindName
{
    BO_FIND_NAME_RESOURCE = 1,
    BO_FIND_NAME_COLUMNS = BO_FIND_NAME_RESOURCE
} BoFindName;

typedef enum BoReadHolderRule
{
    BO_READ_HOLDER_RULE_COLUMNS = 8
} BoReadHolderRule;

extern BoStatement bo_sql_judge_holder, bo_sql_find_holder, bo_sql_find_lapsed_of_holders,
    bo_sql_release_lapsed_of_holders, bo_sql_find_scope, bo_sql_find_unknown_resource, bo_sql_lock_resource_rows,
    bo_sql_set_holder_rule, bo_sql_read_holder_rules;

#endif
