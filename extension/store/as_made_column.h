/*
 * as_made_column.h
 *   A column of a table as setup() makes it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_AS_MADE_COLUMN_H
#define BOOKONCE_AS_MADE_COLUMN_H

#include "store/as_made.h"

/* A column that the statements name, as setup() makes it. */
typedef struct BoColumnAsMade
{
    const char *name;
    Oid type; /* InvalidOid: a type of ours, whose OID the caller knows */
    Oid collation;
    bool is_not_null;
} BoColumnAsMade;

#define NULLABLE(name, type)          \
    {                                 \
        name, type, InvalidOid, false \
    }
#define NOT_NULL(name, type)         \
    {                                \
        name, type, InvalidOid, true \
    }
#define TEXT(name, collation, is_not_null)    \
    {                                         \
        name, TEXTOID, collation, is_not_null \
    }

/* Since PostgreSQL 18, rows that are NULL may be there before a NOT NULL constraint is validated. */
static inline bool bo_as_made_nulls(TupleDesc row, int i, const BoColumnAsMade *made)
{
#if PG_VERSION_NUM >= 180000
    if (made->is_not_null && TupleDescCompactAttr(row, i)->attnullability == ATTNULLABLE_INVALID)
        return false;
#endif
    return TupleDescAttr(row, i)->attnotnull == made->is_not_null;
}

extern bool bo_as_made_column(Form_pg_attribute column, const BoColumnAsMade *made, Oid our_type);

#endif
