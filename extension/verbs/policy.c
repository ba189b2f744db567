/*
 * policy.c
 *   What a resource's rules say of a slot, at the instant it is decided.
 *
 * The rules and the bookings they count are read in one statement, under the
 * resource's lock, on the latest snapshot: a REPEATABLE READ transaction with an
 * old one would otherwise miss a rule, or a booking, that has since been committed.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/policy.h"

#include "base/arguments.h"
#include "base/error.h"
#include "base/label.h"
#include "base/lock.h"
#include "base/value.h"
#include "store/statements.h"
#include "store/store.h"

/* In the order of store_policy.c's CASE. */
#define VERDICT_LAPSED 5
static const BoOutcome refusals[] = {BO_OUTCOME_INVALID, BO_CLOSED,          BO_TOO_SOON,     BO_TOO_FAR,
                                     BO_TOO_LONG,        BO_OUTCOME_INVALID, BO_LIMIT_REACHED};

/* during and the buffers around it, its bounds kept as they are. */
static RangeType *policy_widen(BoStore *store, RangeType *during, int64 before, int64 after)
{
    TypeCacheEntry *type = lookup_type_cache(RangeTypeGetOid(during), TYPECACHE_RANGE_INFO);
    MemoryContext spi = MemoryContextSwitchTo(store->answer_context);
    RangeBound lower, upper;
    bool is_empty;
    RangeType *blocks = during;

    range_deserialize(type, during, &lower, &upper, &is_empty);
    if (before != 0 || after != 0)
    {
        if (DatumGetTimestampTz(lower.val) < MIN_TIMESTAMP + before)
            bo_error_argument("during", "begins too early for the buffer before it", BO_DURING_EXAMPLE);
        if (DatumGetTimestampTz(upper.val) >= BO_TIME_LIMIT - after)
            bo_error_slot_key_time();
        lower.val = TimestampTzGetDatum(DatumGetTimestampTz(lower.val) - before);
        upper.val = TimestampTzGetDatum(DatumGetTimestampTz(upper.val) + after);
        blocks = bo_value_range(type, &lower, &upper);
    }
    MemoryContextSwitchTo(spi);
    return blocks;
}

/*
 * The resource, what the slot would block, and whether the rules allow it. moving:
 * a booking that is being moved there, which a limit does not count; or NULL.
 */
void bo_policy_judge(BoStore *store, const BoSlotCall *call, const pg_uuid_t *moving, TimestampTz now, BoPlace *place)
{
    Datum values[] = {PointerGetDatum(call->tenant), PointerGetDatum(call->resource), PointerGetDatum(call->during),
                      TimestampTzGetDatum(now),      Int32GetDatum(call->quantity),   UUIDPGetDatum(moving)};
    char nulls[] = "      ";
    bool is_null;
    Datum latest;
    int64 before, after;
    int32 verdict;

    nulls[4] = call->allow_overlap ? 'n' : ' ';
    nulls[5] = moving == NULL ? 'n' : ' ';
    if (bo_store_run_latest(store, &bo_sql_judge, values, nulls) == 0)
        bo_error_unknown_resource(call->resource);
    place->resource_id = DatumGetInt64(bo_store_column(1, &is_null));
    place->capacity = DatumGetInt32(bo_store_column(2, &is_null));
    place->kind = DatumGetBool(bo_store_column(4, &is_null))   ? BO_KIND_COUNTS
                  : DatumGetBool(bo_store_column(3, &is_null)) ? BO_KIND_PLAIN
                                                               : BO_KIND_POLICY;
    before = bo_value_microseconds(DatumGetIntervalP(bo_store_column(5, &is_null)));
    after = bo_value_microseconds(DatumGetIntervalP(bo_store_column(6, &is_null)));
    latest = bo_store_column(7, &is_null);
    place->decide_by = is_null ? DT_NOEND : DatumGetTimestampTz(latest);
    verdict = DatumGetInt32(bo_store_column(8, &is_null));
    Assert(verdict >= 0 && verdict < (int)lengthof(refusals));
    place->refusal = refusals[verdict];
    place->counted_lapsed = verdict == VERDICT_LAPSED;
    place->blocks = policy_widen(store, call->during, before, after);
}

/* After counted_lapsed, under the exclusive lock; then the slot is to be judged anew. */
void bo_policy_release_counted(BoStore *store, const BoSlotCall *call, TimestampTz now)
{
    Datum values[] = {PointerGetDatum(call->tenant), PointerGetDatum(call->resource), PointerGetDatum(call->during),
                      TimestampTzGetDatum(now)};

    bo_store_run_latest(store, &bo_sql_release_counted, values, NULL);
}
