/*
 * row.h
 *   Reads a column of a row that a statement returned, as the C type that its SQL type stands for.
 *
 * Which columns there are, columns.h says. A reader without _or says that NULL may not come: when it does all the same,
 * for somebody removed what the row refers to, that is an error (XX001) that names the row, and no crash. So is a
 * column whose type the owner has changed (42804). What a pointer leads to ends with bo_store_close(); bo_store_keep()
 * copies it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_ROW_H
#define BOOKONCE_ROW_H

#include "bookonce.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"

#include "store/parameter.h"

/* Valid until bo_store_close(), also when other statements are run. */
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

/* The column as it is, NULL or not, for another statement. */
static inline BoParameter bo_row_parameter(BoRow row, int column, Oid type)
{
    BoParameter parameter = {.type = type};

    parameter.value = bo_row_datum_or_null(row, column, type, &parameter.is_null);
    return parameter;
}

static inline pg_uuid_t bo_row_uuid(BoRow row, int column)
{
    return *DatumGetUUIDP(bo_row_datum(row, column, UUIDOID));
}

static inline text *bo_row_text(BoRow row, int column)
{
    return DatumGetTextPP(bo_row_datum(row, column, TEXTOID));
}

static inline TimestampTz bo_row_instant(BoRow row, int column)
{
    return DatumGetTimestampTz(bo_row_datum(row, column, TIMESTAMPTZOID));
}

static inline TimestampTz bo_row_instant_or(BoRow row, int column, TimestampTz when_null)
{
    bool is_null;
    Datum value = bo_row_datum_or_null(row, column, TIMESTAMPTZOID, &is_null);

    return is_null ? when_null : DatumGetTimestampTz(value);
}

static inline bool bo_row_bool(BoRow row, int column)
{
    return DatumGetBool(bo_row_datum(row, column, BOOLOID));
}

static inline int32 bo_row_int4(BoRow row, int column)
{
    return DatumGetInt32(bo_row_datum(row, column, INT4OID));
}

static inline int32 bo_row_int4_or(BoRow row, int column, int32 when_null)
{
    bool is_null;
    Datum value = bo_row_datum_or_null(row, column, INT4OID, &is_null);

    return is_null ? when_null : DatumGetInt32(value);
}

static inline int64 bo_row_int8(BoRow row, int column)
{
    return DatumGetInt64(bo_row_datum(row, column, INT8OID));
}

static inline int64 bo_row_int8_or(BoRow row, int column, int64 when_null)
{
    bool is_null;
    Datum value = bo_row_datum_or_null(row, column, INT8OID, &is_null);

    return is_null ? when_null : DatumGetInt64(value);
}

/* Of a system column. */
static inline TransactionId bo_row_xid(BoRow row, int column)
{
    return DatumGetTransactionId(bo_row_datum(row, column, XIDOID));
}

static inline RangeType *bo_row_range(BoRow row, int column)
{
    return DatumGetRangeTypeP(bo_row_datum(row, column, TSTZRANGEOID));
}

/* type: of the multirange. NULL for NULL. */
static inline MultirangeType *bo_row_multirange_or_null(BoRow row, int column, Oid type)
{
    bool is_null;
    Datum value = bo_row_datum_or_null(row, column, type, &is_null);

    return is_null ? NULL : DatumGetMultirangeTypeP(value);
}

/* type: of the array. */
static inline ArrayType *bo_row_array(BoRow row, int column, Oid type)
{
    return DatumGetArrayTypeP(bo_row_datum(row, column, type));
}

static inline ArrayType *bo_row_array_or_null(BoRow row, int column, Oid type)
{
    bool is_null;
    Datum value = bo_row_datum_or_null(row, column, type, &is_null);

    return is_null ? NULL : DatumGetArrayTypeP(value);
}

static inline Interval bo_row_interval(BoRow row, int column)
{
    return *DatumGetIntervalP(bo_row_datum(row, column, INTERVALOID));
}

#endif
