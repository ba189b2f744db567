/*
 * load.c
 *   How much of each of many resources is booked around a slot, to find the least booked.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/load.h"

#include "access/xact.h"
#include "catalog/pg_type.h"

#include "base/value.h"
#include "guard/direct_insert.h"
#include "store/store_group.h"

/*
 * The time in which bookings are counted: the twelve hours before the start of the slot and the twelve after it. That
 * is a day's work, and few rows, which a call visits one by one. When all bookings to come were counted, a call took
 * longer the fuller the calendars were, and a host with a busy autumn was idle all summer.
 */
static RangeType *load_window(RangeType *during)
{
    TypeCacheEntry *type = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);
    RangeBound lower, upper;
    TimestampTz start;
    bool is_empty;

    range_deserialize(type, during, &lower, &upper, &is_empty);
    start = DatumGetTimestampTz(lower.val);
    lower.val = TimestampTzGetDatum(start - USECS_PER_DAY / 2);
    upper.val = TimestampTzGetDatum(Min(start + USECS_PER_DAY / 2, BO_TIME_LIMIT - 1));
    return bo_value_range(type, &lower, &upper);
}

/* Returns false if a statement must count: with an old snapshot, or if the owner has changed the tables. */
static bool load_count_direct(const int64 *resource_ids, int count, RangeType *window, int *taken)
{
    BoDirect direct;

    if (IsolationUsesXactSnapshot() || !bo_direct_open(&direct, true))
        return false;
    bo_direct_count(&direct, resource_ids, count, RangeTypePGetDatum(window), GetCurrentTimestamp(), taken);
    bo_direct_close(&direct);
    return true;
}

/* How many units of each resource are taken around the slot. */
void bo_load_count(BoStore *store, const int64 *resource_ids, int count, RangeType *during, int *taken)
{
    RangeType *window = load_window(during);
    BoArrayMaker ids = bo_array_maker(INT8OID, count);

    if (load_count_direct(resource_ids, count, window, taken))
        return;
    for (int i = 0; i < count; i++)
        bo_array_append(&ids, bo_int8(resource_ids[i]));
    bo_store_run_latest(store, &bo_sql_count_bookings, bo_array_made(&ids), bo_range(window),
                        bo_instant(GetCurrentTimestamp()));
    for (int i = 0; i < count; i++)
        taken[i] = bo_row_int4(bo_store_row(i), BO_COUNT_BOOKINGS_TAKEN);
}
