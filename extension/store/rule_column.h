/*
 * rule_column.h
 *   The columns of bookonce.resource that hold its rules.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_RULE_COLUMN_H
#define BOOKONCE_RULE_COLUMN_H

#include "bookonce.h"

#include "access/attnum.h"

/* The columns of bookonce.resource whose rules the light path judges. */
typedef enum BoRuleColumn
{
    BO_RULE_CAPACITY,
    BO_RULE_COUNTS,
    BO_RULE_BUFFER_BEFORE,
    BO_RULE_BUFFER_AFTER,
    BO_RULE_TIME_ZONE,
    BO_RULE_MIN_NOTICE,
    BO_RULE_MAX_AHEAD,
    BO_RULE_MAX_DURATION,
    BO_RULE_MIN_DURATION,
    BO_RULE_START_EVERY,
    BO_RULE_KEEPS_HOURS,
    BO_RULE_KEEPS_DAYS,
    BO_RULE_CALENDAR_ID,
    BO_RULE_STARTS,
    BO_RULE_ENDS,
    BO_RULE_CHECK_IN_WITHIN,
    BO_RULE_HAS_CLOSURES,
    BO_RULE_OVERDUE_BLOCKS,
    BO_RULE_COLUMN_COUNT
} BoRuleColumn;

/* A column of resource that may hold a rule of any other kind. */
typedef struct BoOtherRule
{
    AttrNumber column;
    bool is_flag; /* false restricts nothing; in a column of another type, only NULL does not */
} BoOtherRule;

#endif
