/*
 * row_column.h
 *   A column of a row that a statement returned, by its SQL type.
 *
 * A NULL where there must be none, because somebody removed what the row refers to, is an error (XX001) that names the
 * row, instead of a crash. So is a column whose type the owner has changed (42804).
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_ROW_COLUMN_H
#define BOOKONCE_ROW_COLUMN_H

#include "bookonce.h"

#include "access/htup_details.h"

#include "store/parameter.h"

/* Valid until bo_store_close(), even if other statements are run. */
typedef struct BoRow
{
    HeapTuple tuple;
    TupleDesc type;
} BoRow;

extern _Noreturn void bo_row_refuse_null(BoRow row, int column);
extern void bo_row_check_type(BoRow row, int column, Oid type);

static inline Datum bo_row_datum_or_null(BoRow row, int column, Oid type, bool *is_null)
{
    Assert(column >= 1 && column <= row.type->natts);
    if (unlikely(TupleDescAttr(row.type, column - 1)->atttypid != type))
        bo_row_check_type(row, column, type);
    return heap_getattr(row.tuple, column, row.type, is_null);
}

static inline Datum bo_row_datum(BoRow row, int column, Oid type)
{
    bool is_null;
    Datum value = bo_row_datum_or_null(row, column, type, &is_null);

    if (unlikely(is_null))
        bo_row_refuse_null(row, column);
    return value;
}

/* A value of one of the extension's own types, which a function of ours in the statement made. */
static inline Datum bo_row_own(BoRow row, int column)
{
    return bo_row_datum(row, column, TupleDescAttr(row.type, column - 1)->atttypid);
}

static inline bool bo_row_is_null(BoRow row, int column)
{
    Assert(column >= 1 && column <= row.type->natts);
    return heap_attisnull(row.tuple, column, row.type);
}

/* The column as it is, NULL or not, as a parameter of another statement. */
static inline BoParameter bo_row_parameter(BoRow row, int column, Oid type)
{
    BoParameter parameter = {.type = type};

    parameter.value = bo_row_datum_or_null(row, column, type, &parameter.is_null);
    return parameter;
}

#endif
