/*
 * store_adopt.h
 *   Statements on tables that are not ours. They run with the caller's own rights.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_STORE_ADOPT_H
#define BOOKONCE_STORE_ADOPT_H

#include "bookonce.h"

#include "utils/relcache.h"

/* The columns of bo_sql_adopt_rows(). */
enum
{
    BO_ADOPT_ROW_SLOT = 1, /* NULL: without resource or time */
    BO_ADOPT_ROW_NO_RESOURCE,
    BO_ADOPT_ROW_NO_TIME,
    BO_ADOPT_ROW_TABLE,
    BO_ADOPT_ROW_PLACE,
    BO_ADOPT_ROW_COLUMNS = BO_ADOPT_ROW_PLACE
};

/* The columns of bo_sql_adopt_name_row(). */
enum
{
    BO_ADOPT_NAME_RESOURCE = 1, /* text */
    BO_ADOPT_NAME_KEY           /* jsonb */
};

extern char *bo_sql_adopt_table(Relation table);
extern char *bo_sql_adopt_rows(Relation table, const char *slot, const char *key, const char *has_time,
                               const char *live);
extern char *bo_sql_adopt_name_row(Relation table, const char *resource);

#endif
