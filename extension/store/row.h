/*
 * row.h
 *   Reads a column of a row that a statement returned, as the C type that its SQL type stands for.
 *
 * Each statement's header says which columns there are. A reader without _or in its name does not expect NULL. What a
 * pointer leads to is freed by bo_store_close(); bo_store_keep() copies it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_ROW_H
#define BOOKONCE_ROW_H

#include "bookonce.h"

#include "catalog/pg_type.h"

#include "store/row_column.h"

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

/* Reads a system column. */
static inline TransactionId bo_row_xid(BoRow row, int column)
{
    return DatumGetTransactionId(bo_row_datum(row, column, XIDOID));
}

static inline RangeType *bo_row_range(BoRow row, int column)
{
    return DatumGetRangeTypeP(bo_row_datum(row, column, TSTZRANGEOID));
}

/* type is that of the multirange. NULL gives NULL. */
static inline MultirangeType *bo_row_multirange_or_null(BoRow row, int column, Oid type)
{
    bool is_null;
    Datum value = bo_row_datum_or_null(row, column, type, &is_null);

    return is_null ? NULL : DatumGetMultirangeTypeP(value);
}

/* type is that of the array. */
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

static inline Jsonb *bo_row_jsonb_or_null(BoRow row, int column)
{
    bool is_null;
    Datum value = bo_row_datum_or_null(row, column, JSONBOID, &is_null);

    return is_null ? NULL : DatumGetJsonbP(value);
}

static inline Interval bo_row_interval(BoRow row, int column)
{
    return *DatumGetIntervalP(bo_row_datum(row, column, INTERVALOID));
}

#endif
