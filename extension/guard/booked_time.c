/*
 * booked_time.c
 *   A row of a followed table as a booking: its time in the form that bookings have, and its id.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "catalog/pg_type.h"

#include "base/error_follow.h"
#include "base/followed_id.h"
#include "base/value.h"

PG_FUNCTION_INFO_V1(bookonce_booked_time);
PG_FUNCTION_INFO_V1(bookonce_followed_booking_id);
PG_FUNCTION_INFO_V1(bookonce_followed_table_number);

/* An included end and an excluded start move by a microsecond: there is no instant in between. */
static void booked_shift(RangeBound *bound)
{
    if (bound->infinite || TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(bound->val)) || bound->lower == bound->inclusive)
        return;
    bound->val = TimestampTzGetDatum(DatumGetTimestampTz(bound->val) + 1);
    bound->inclusive = bound->lower;
}

/* booked_time(during): the same times as [start, end) */
Datum bookonce_booked_time(PG_FUNCTION_ARGS)
{
    RangeType *range = PG_GETARG_RANGE_P(0);
    TypeCacheEntry *type = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);
    RangeBound lower, upper;
    bool is_empty;

    range_deserialize(type, range, &lower, &upper, &is_empty);
    if (is_empty)
        PG_RETURN_NULL();
    booked_shift(&lower);
    booked_shift(&upper);
    range = bo_value_range(type, &lower, &upper);
    if (RangeIsEmpty(range))
        PG_RETURN_NULL();
    PG_RETURN_RANGE_P(range);
}

/* Hashes a row's key, whose columns may have any types that can be hashed. */
static void booked_hash(FunctionCallInfo fcinfo, uint64 *high, uint64 *low)
{
    *high = *low = 0;
    for (int i = 1; i < PG_NARGS(); i++)
    {
        TypeCacheEntry *type =
            lookup_type_cache(get_fn_expr_argtype(fcinfo->flinfo, i), TYPECACHE_HASH_EXTENDED_PROC_FINFO);

        if (!OidIsValid(type->hash_extended_proc))
            bo_error_key_type(type->type_id);
        *high = DatumGetUInt64(FunctionCall2Coll(&type->hash_extended_proc_finfo, PG_GET_COLLATION(),
                                                 PG_GETARG_DATUM(i), UInt64GetDatum(*high)));
        *low = DatumGetUInt64(FunctionCall2Coll(&type->hash_extended_proc_finfo, PG_GET_COLLATION(), PG_GETARG_DATUM(i),
                                                UInt64GetDatum(~*low)));
    }
}

/* followed_booking_id(followed_id, key, ..) */
Datum bookonce_followed_booking_id(PG_FUNCTION_ARGS)
{
    pg_uuid_t *id = palloc(sizeof(pg_uuid_t));
    int32 followed = PG_GETARG_INT32(0);
    Oid type = get_fn_expr_argtype(fcinfo->flinfo, 1);
    uint64 high, low;

    if (PG_NARGS() == 2 && (type == INT8OID || type == INT4OID || type == INT2OID))
        bo_followed_id_of_integer(id, followed,
                                  type == INT8OID   ? PG_GETARG_INT64(1)
                                  : type == INT4OID ? PG_GETARG_INT32(1)
                                                    : PG_GETARG_INT16(1));
    else
    {
        booked_hash(fcinfo, &high, &low);
        bo_followed_id_of_hash(id, followed, high, low);
    }
    PG_RETURN_UUID_P(id);
}

/* followed_table_number(booking_id): NULL for a booking that mirrors no row */
Datum bookonce_followed_table_number(PG_FUNCTION_ARGS)
{
    int32 number = bo_followed_id_table(PG_GETARG_UUID_P(0));

    if (number == 0)
        PG_RETURN_NULL();
    PG_RETURN_INT32(number);
}
