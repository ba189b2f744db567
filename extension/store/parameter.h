/*
 * parameter.h
 *   A parameter of a statement: each value carries its SQL type, and whether it is NULL.
 *
 * The plain makers take a value that is not NULL. Where NULL is possible, the call says so: bo_text_or_null(),
 * bo_nullable(). A parameter points to its value and does not copy it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_PARAMETER_H
#define BOOKONCE_PARAMETER_H

#include "bookonce.h"

#include "catalog/pg_type.h"

typedef struct BoParameter
{
    Datum value;
    Oid type;
    bool is_null;
} BoParameter;

static inline BoParameter bo_null(Oid type)
{
    return (BoParameter){.type = type, .is_null = true};
}

/* The parameter, or a NULL of its type. */
static inline BoParameter bo_nullable(BoParameter parameter, bool is_null)
{
    parameter.is_null = is_null;
    return parameter;
}

/* A value behind a pointer that is not NULL. */
static inline BoParameter bo_parameter_there(Oid type, const void *value)
{
    Assert(value != NULL);
    return (BoParameter){.value = PointerGetDatum(value), .type = type};
}

static inline BoParameter bo_parameter_or_null(Oid type, const void *value)
{
    return (BoParameter){.value = PointerGetDatum(value), .type = type, .is_null = value == NULL};
}

static inline BoParameter bo_text(const text *value)
{
    return bo_parameter_there(TEXTOID, value);
}

static inline BoParameter bo_text_or_null(const text *value)
{
    return bo_parameter_or_null(TEXTOID, value);
}

static inline BoParameter bo_uuid(const pg_uuid_t *value)
{
    return bo_parameter_there(UUIDOID, value);
}

static inline BoParameter bo_uuid_or_null(const pg_uuid_t *value)
{
    return bo_parameter_or_null(UUIDOID, value);
}

static inline BoParameter bo_range(const RangeType *value)
{
    return bo_parameter_there(TSTZRANGEOID, value);
}

static inline BoParameter bo_interval(const Interval *value)
{
    return bo_parameter_there(INTERVALOID, value);
}

static inline BoParameter bo_interval_or_null(const Interval *value)
{
    return bo_parameter_or_null(INTERVALOID, value);
}

static inline BoParameter bo_jsonb_or_null(const Jsonb *value)
{
    return bo_parameter_or_null(JSONBOID, value);
}

static inline BoParameter bo_instant(TimestampTz value)
{
    return (BoParameter){.value = TimestampTzGetDatum(value), .type = TIMESTAMPTZOID};
}

/* DT_NOEND, which stands for "no end" in C, is NULL in the tables. */
static inline BoParameter bo_end_or_null(TimestampTz value)
{
    return bo_nullable(bo_instant(value), value == DT_NOEND);
}

static inline BoParameter bo_int4(int32 value)
{
    return (BoParameter){.value = Int32GetDatum(value), .type = INT4OID};
}

static inline BoParameter bo_int8(int64 value)
{
    return (BoParameter){.value = Int64GetDatum(value), .type = INT8OID};
}

static inline BoParameter bo_bool(bool value)
{
    return (BoParameter){.value = BoolGetDatum(value), .type = BOOLOID};
}

#endif
