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
#include "store/store_policy.h"

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
    BoRow row;
    int32 verdict;

    if (bo_store_run_latest(store, &bo_sql_judge, bo_text(call->tenant), bo_text(call->resource),
                            bo_range(call->during), bo_instant(now),
                            bo_nullable(bo_int4(call->quantity), call->allow_overlap), bo_uuid_or_null(moving)) == 0)
        bo_error_unknown_resource(call->resource);
    row = bo_store_row(0);
    place->resource_id = bo_row_int8(row, BO_JUDGE_RESOURCE_ID);
    place->capacity = bo_row_int4(row, BO_JUDGE_CAPACITY);
    place->kind = bo_lock_kind_of(bo_row_bool(row, BO_JUDGE_PLAIN), bo_row_bool(row, BO_JUDGE_COUNTS));
    place->decide_by = bo_row_instant_or(row, BO_JUDGE_DECIDE_BY, DT_NOEND);
    verdict = bo_row_int4(row, BO_JUDGE_VERDICT);
    Assert(verdict >= 0 && verdict < (int)lengthof(refusals));
    place->refusal = refusals[verdict];
    place->counted_lapsed = verdict == VERDICT_LAPSED;
    place->blocks = policy_widen(store, call->during, bo_row_length(row, BO_JUDGE_BUFFER_BEFORE),
                                 bo_row_length(row, BO_JUDGE_BUFFER_AFTER));
}

/* After counted_lapsed, under the exclusive lock; then the slot is to be judged anew. */
void bo_policy_release_counted(BoStore *store, const BoSlotCall *call, TimestampTz now)
{
    bo_store_run_latest(store, &bo_sql_release_counted, bo_text(call->tenant), bo_text(call->resource),
                        bo_range(call->during), bo_instant(now));
}
