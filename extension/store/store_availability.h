/*
 * store_availability.h
 *   The statement that reads the rules of a resource for a stretch of time, and its columns. (Those for many resources
 *   are declared in store_needs.h.)
 *
 * row.h reads the columns. BoStatement.columns says how many there are, so if a list in SQL grows without its enum, an
 * assertion fails at the first run.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_STORE_AVAILABILITY_H
#define BOOKONCE_STORE_AVAILABILITY_H

#include "store/store_policy.h"

/* NULL restricts nothing. */
typedef enum BoFindWindow
{
    BO_FIND_WINDOW_RESOURCE_ID = 1,
    BO_FIND_WINDOW_CAPACITY,
    BO_FIND_WINDOW_RULES, /* the first of BoRulesRow */
    BO_FIND_WINDOW_OVER_LIMITS = BO_FIND_WINDOW_RULES + BO_RULES_COLUMNS,
    BO_FIND_WINDOW_OPEN,
    BO_FIND_WINDOW_FULL,
    BO_FIND_WINDOW_HAS_CLOSURES,
    BO_FIND_WINDOW_HAS_WAITERS,
    BO_FIND_WINDOW_STRICT_LINE,
    BO_FIND_WINDOW_HAS_PARTS,
    BO_FIND_WINDOW_COLUMNS = BO_FIND_WINDOW_HAS_PARTS
} BoFindWindow;

extern BoStatement bo_sql_find_window;

#endif
