/*
 * adopted_key.c
 *   From the columns of a table that is not ours to a slot_key: resource_key(), slot_time(), counts().
 *
 * Know first: indexes on the users' tables are built from these functions. So what they return for a value must never
 * change, or each such index must be rebuilt. They run for each row written, and must not fail for a row that the
 * application accepts: a row without resource or time has no key, and stands outside the guard.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "guard/adopted_key.h"

#include "access/htup_details.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "executor/executor.h"
#include "utils/date.h"
#include "utils/lsyscache.h"

#include "base/error.h"
#include "base/value.h"
#include "guard/slot_key.h"

PG_FUNCTION_INFO_V1(bookonce_resource_key);
PG_FUNCTION_INFO_V1(bookonce_slot_time);
PG_FUNCTION_INFO_V1(bookonce_slot_time_of_dates);
PG_FUNCTION_INFO_V1(bookonce_slot_time_of_range);
PG_FUNCTION_INFO_V1(bookonce_counts);

/* What resource_key() keeps from call to call. */
typedef struct KeyType
{
    Oid type;
    bool is_row;
    FmgrInfo hash; /* the type's own 64-bit hash; not used for a row */
} KeyType;

static KeyType *key_learn_type(FmgrInfo *function)
{
    KeyType *it = MemoryContextAllocZero(function->fn_mcxt, sizeof(KeyType));
    TypeCacheEntry *cached;

    it->type = getBaseType(get_fn_expr_argtype(function, 0));
    it->is_row = it->type == RECORDOID;
    if (!it->is_row && it->type != INT2OID && it->type != INT4OID && it->type != INT8OID)
    {
        cached = lookup_type_cache(it->type, TYPECACHE_HASH_EXTENDED_PROC);
        if (!OidIsValid(cached->hash_extended_proc))
            bo_error_argument("resource", "must be of a type that can be hashed, as numbers, texts and uuids can",
                              "'room_id'");
        fmgr_info_cxt(cached->hash_extended_proc, &it->hash, function->fn_mcxt);
    }
    function->fn_extra = it;
    return it;
}

/* The hash of each column, in their order. Not hash_record(), which treats NULL as a value. */
static int64 key_hash_row(HeapTupleHeader row)
{
    TupleDesc columns = lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(row), HeapTupleHeaderGetTypMod(row));
    uint64 key = 0;

    for (int i = 0; i < columns->natts; i++)
    {
        TypeCacheEntry *type =
            lookup_type_cache(getBaseType(TupleDescAttr(columns, i)->atttypid), TYPECACHE_HASH_EXTENDED_PROC_FINFO);
        Oid collation = TupleDescAttr(columns, i)->attcollation;
        bool is_null;
        Datum value = GetAttributeByNum(row, i + 1, &is_null);

        if (!OidIsValid(type->hash_extended_proc))
            bo_error_argument("resource", "must be of types that can be hashed, as numbers, texts and uuids can",
                              "'tenant_id, room_id'");
        key = hash_combine64(key, DatumGetUInt64(FunctionCall2Coll(&type->hash_extended_proc_finfo,
                                                                   OidIsValid(collation) ? collation : C_COLLATION_OID,
                                                                   value, UInt64GetDatum(0))));
    }
    ReleaseTupleDesc(columns);
    return (int64)key;
}

/*
 * resource_key(anyelement) -> bigint: integers as they are, all else by a 64-bit hash. Among n resources, the chance
 * that any two collide is n * n / 2^65. These then exclude each other, which refuses too much but never books twice.
 */
Datum bookonce_resource_key(PG_FUNCTION_ARGS)
{
    KeyType *it = fcinfo->flinfo->fn_extra;
    Datum value = PG_GETARG_DATUM(0);

    if (it == NULL)
        it = key_learn_type(fcinfo->flinfo);
    if (it->type == INT8OID)
        PG_RETURN_INT64(DatumGetInt64(value));
    if (it->type == INT4OID)
        PG_RETURN_INT64(DatumGetInt32(value));
    if (it->type == INT2OID)
        PG_RETURN_INT64(DatumGetInt16(value));
    if (!it->is_row)
    {
        Oid collation = OidIsValid(PG_GET_COLLATION()) ? PG_GET_COLLATION() : C_COLLATION_OID;

        PG_RETURN_INT64(DatumGetInt64(FunctionCall2Coll(&it->hash, collation, value, UInt64GetDatum(0))));
    }
    if ((PG_GETARG_HEAPTUPLEHEADER(0)->t_infomask & HEAP_HASNULL) != 0)
        PG_RETURN_NULL(); /* a column is NULL */
    PG_RETURN_INT64(key_hash_row(PG_GETARG_HEAPTUPLEHEADER(0)));
}

static bool time_is_usable(TimestampTz t)
{
    return TIMESTAMP_NOT_FINITE(t) || t < BO_TIME_LIMIT;
}

/* The range, or NULL where slot_key() would have nothing to guard. */
static Datum time_return(FunctionCallInfo fcinfo, RangeBound *lower, RangeBound *upper)
{
    TypeCacheEntry *type = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);
    RangeType *range;

    if (!(lower->infinite || time_is_usable(DatumGetTimestampTz(lower->val))) ||
        !(upper->infinite || time_is_usable(DatumGetTimestampTz(upper->val))) ||
        range_cmp_bounds(type, lower, upper) > 0)
        PG_RETURN_NULL();
    range = bo_value_range(type, lower, upper);
    if (RangeIsEmpty(range))
        PG_RETURN_NULL();
    PG_RETURN_RANGE_P(range);
}

static Datum time_return_instants(FunctionCallInfo fcinfo, TimestampTz starts, TimestampTz ends)
{
    RangeBound lower = {.val = TimestampTzGetDatum(starts), .inclusive = true, .lower = true};
    RangeBound upper = {.val = TimestampTzGetDatum(ends)};

    return time_return(fcinfo, &lower, &upper);
}

/* slot_time(starts, ends) of timestamptz, and of timestamp, whose number is that of the instant in UTC. */
Datum bookonce_slot_time(PG_FUNCTION_ARGS)
{
    return time_return_instants(fcinfo, PG_GETARG_TIMESTAMPTZ(0), PG_GETARG_TIMESTAMPTZ(1));
}

/* The midnight at which the date begins. A date beyond the last timestamp counts as infinity. */
static TimestampTz time_of_date(DateADT date)
{
    if (DATE_IS_NOBEGIN(date))
        return DT_NOBEGIN;
    if (DATE_IS_NOEND(date) || date >= TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE)
        return DT_NOEND;
    return date * USECS_PER_DAY;
}

/* slot_time(starts, ends) of dates: a night each, the last one excluded, as check-in and check-out are. */
Datum bookonce_slot_time_of_dates(PG_FUNCTION_ARGS)
{
    return time_return_instants(fcinfo, time_of_date(PG_GETARG_DATEADT(0)), time_of_date(PG_GETARG_DATEADT(1)));
}

static void time_turn_bound(Oid type, RangeBound *bound)
{
    if (type == DATERANGEOID && !bound->infinite)
        bound->val = TimestampTzGetDatum(time_of_date(DatumGetDateADT(bound->val)));
}

/* slot_time(during) of tstzrange, tsrange and daterange. */
Datum bookonce_slot_time_of_range(PG_FUNCTION_ARGS)
{
    RangeType *during = PG_GETARG_RANGE_P(0);
    Oid type = RangeTypeGetOid(during);
    RangeBound lower, upper;
    bool is_empty;

    range_deserialize(lookup_type_cache(type, TYPECACHE_RANGE_INFO), during, &lower, &upper, &is_empty);
    if (is_empty)
        PG_RETURN_NULL();
    time_turn_bound(type, &lower);
    time_turn_bound(type, &upper);
    return time_return(fcinfo, &lower, &upper);
}

/*
 * counts(condition): false for NULL. As a function of ours, it makes the index's condition one that no query of the
 * application's contains.
 */
Datum bookonce_counts(PG_FUNCTION_ARGS)
{
    PG_RETURN_BOOL(!PG_ARGISNULL(0) && PG_GETARG_BOOL(0));
}

RangeBound bo_adopted_bound(int64 half, bool lower)
{
    RangeBound bound = {.lower = lower, .inclusive = lower == ((half & 1) == 0)};
    TimestampTz t = (half & ~INT64CONST(1)) / 2;

    bound.infinite = half == BO_SLOT_NO_START || half == BO_SLOT_NO_END;
    if (bound.infinite)
        return bound;
    if (half <= BO_SLOT_MINUS_INFINITY + 1)
        t = DT_NOBEGIN;
    else if (half >= BO_SLOT_INFINITY)
        t = DT_NOEND;
    bound.val = TimestampTzGetDatum(t);
    return bound;
}
