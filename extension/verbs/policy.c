/*
 * policy.c
 *   Judges a slot by a resource's rules, at the instant of the decision.
 *
 * The rules and the bookings that they count are read in one statement, under the resource's lock, on the latest
 * snapshot: otherwise a REPEATABLE READ transaction with an old snapshot would miss rules and bookings that have been
 * committed since.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/policy.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "base/arguments.h"
#include "base/error.h"
#include "base/error_parts.h"
#include "base/limits.h"
#include "base/label.h"
#include "base/lock.h"
#include "base/round.h"
#include "base/value.h"
#include "base/waiver.h"
#include "store/parameter_array.h"
#include "store/store_follow.h"
#include "store/store_policy.h"
#include "verbs/closed_time.h"
#include "verbs/holder.h"

/* The zone that a statement may use without an error: the last one that PostgreSQL was found to know. */
static char policy_zone[BO_MAX_TEXT_BYTES + 1] = "UTC";

text *bo_policy_known_zone(void)
{
    return cstring_to_text(policy_zone);
}

/* NULL: no times. */
static BoWeekTimes policy_week_times(BoRow row, int column, const text *resource, const char *rule)
{
    ArrayType *array = bo_row_array_or_null(row, column, INT4ARRAYOID);
    BoWeekTimes times = {0};

    if (array != NULL && !bo_rules_read_times(array, &times))
        bo_error_impossible_rule(resource, rule);
    return times;
}

/* Returns false if there is no such rule. */
static bool policy_length(BoRow row, int column, Interval *length)
{
    if (bo_row_is_null(row, column))
        return false;
    *length = bo_row_interval(row, column);
    return true;
}

/* XX001 for a capacity that no verb sets, because memory is allocated by it. */
void bo_policy_check_capacity(int32 capacity, const text *resource)
{
    if (capacity < 1 || capacity > BO_MAX_CAPACITY)
        bo_error_impossible_rule(resource, "capacity");
}

/* Reads and checks it. */
int32 bo_policy_read_capacity(BoRow row, int column, const text *resource)
{
    int32 capacity = bo_row_int4(row, column);

    bo_policy_check_capacity(capacity, resource);
    return capacity;
}

/* The step of the grid of starts in microseconds; 0: there is none. */
static int64 policy_step(BoRow row, int column, const text *resource)
{
    Interval step;

    if (bo_row_is_null(row, column))
        return 0;
    step = bo_row_interval(row, column);
    if (!bo_rules_is_step(&step))
        bo_error_impossible_rule(resource, "start_every");
    return step.time;
}

/*
 * Reads the columns RULES, from the given one on. Returns false if the zone is not the one that bo_policy_known_zone()
 * returned: then it has become the known one, and the caller runs the statement again. A zone that PostgreSQL does not
 * know is reported here, because the error of a statement would name neither resource nor zone.
 */
bool bo_policy_read_rules(BoRow row, int column, const text *resource, BoRules *rules)
{
    const char *impossible;
    char *name;

    *rules = (BoRules){.before = bo_row_interval(row, column + BO_RULES_BUFFER_BEFORE),
                       .after = bo_row_interval(row, column + BO_RULES_BUFFER_AFTER)};
    rules->has_notice = policy_length(row, column + BO_RULES_MIN_NOTICE, &rules->notice);
    rules->has_horizon = policy_length(row, column + BO_RULES_MAX_AHEAD, &rules->horizon);
    rules->has_longest = policy_length(row, column + BO_RULES_MAX_DURATION, &rules->longest);
    rules->has_shortest = policy_length(row, column + BO_RULES_MIN_DURATION, &rules->shortest);
    impossible = bo_rules_impossible(rules);
    if (impossible != NULL)
        bo_error_impossible_rule(resource, impossible);
    rules->every = policy_step(row, column + BO_RULES_START_EVERY, resource);
    rules->starts = policy_week_times(row, column + BO_RULES_STARTS, resource, "starts");
    rules->ends = policy_week_times(row, column + BO_RULES_ENDS, resource, "ends");
    rules->time_zone = bo_row_text(row, column + BO_RULES_TIME_ZONE);
    name = text_to_cstring(rules->time_zone);
    rules->zone = pg_tzset(name);
    if (rules->zone == NULL)
        bo_error_unknown_zone(resource, rules->time_zone);
    if (strcmp(name, policy_zone) == 0)
        return true;
    strlcpy(policy_zone, name, sizeof(policy_zone));
    return false;
}

/* Returns during with the buffers around it; it outlives bo_store_close(). */
RangeType *bo_policy_widen(BoStore *store, RangeType *during, const BoRules *rules)
{
    MemoryContext spi = MemoryContextSwitchTo(store->answer_context);
    RangeType *blocks = bo_rules_widen(rules, during);

    MemoryContextSwitchTo(spi);
    return blocks;
}

/*
 * Drops those rules that compare times and that the call waives. Closed times and limits are not among these: the
 * statement's verdict covers them.
 */
static void policy_waive(const BoSlotCall *call, BoRules *rules)
{
    rules->has_notice &= !bo_waiver_has(call, BO_TOO_SOON);
    rules->has_horizon &= !bo_waiver_has(call, BO_TOO_FAR);
    rules->has_shortest &= !bo_waiver_has(call, BO_TOO_SHORT);
    rules->has_longest &= !bo_waiver_has(call, BO_TOO_LONG);
    if (bo_waiver_has(call, BO_OFF_GRID))
    {
        rules->every = rules->starts.count = 0;
        rules->end_stands = true;
    }
}

/*
 * Decides by hours first and by limits last: limits cost the most, and after an earlier refusal no lapsed hold need be
 * released.
 */
static void policy_decide(const BoSlotCall *call, BoRules *rules, int32 verdict, TimestampTz now, BoPlace *place)
{
    TypeCacheEntry *type = lookup_type_cache(RangeTypeGetOid(call->during), TYPECACHE_RANGE_INFO);
    RangeBound lower, upper;
    bool is_empty;

    range_deserialize(type, call->during, &lower, &upper, &is_empty);
    if (call->stays)
        *rules = (BoRules){.before = rules->before, .after = rules->after, .zone = rules->zone};
    bo_rules_waive(rules, call->keeps_start, call->keeps_grid, call->keeps_end);
    policy_waive(call, rules);
    if (bo_waiver_has(call, BO_LIMIT_REACHED) && verdict != BO_VERDICT_CLOSED)
        verdict = BO_VERDICT_NONE;
    place->decide_by = bo_rules_decide_by(rules, DatumGetTimestampTz(lower.val));
    place->refusal = verdict == BO_VERDICT_CLOSED
                         ? BO_CLOSED
                         : bo_rules_refusal(rules, DatumGetTimestampTz(lower.val), DatumGetTimestampTz(upper.val), now);
    if (place->refusal == BO_OUTCOME_INVALID && verdict == BO_VERDICT_LIMIT)
        place->refusal = BO_LIMIT_REACHED;
    place->counted_lapsed = place->refusal == BO_OUTCOME_INVALID && verdict == BO_VERDICT_LAPSED;
}

/*
 * When a new booking lapses unless it is checked in. A part lapses with its whole; the caller sets that. A booking that
 * mirrors a row of a followed table stands as long as the row.
 */
static TimestampTz policy_check_in_by(const BoSlotCall *call, BoRow row, TimestampTz now)
{
    Interval within;

    if (call->followed_id != NULL || call->member < 0 || !policy_length(row, BO_JUDGE_CHECK_IN_WITHIN, &within))
        return DT_NOEND;
    if (!bo_rules_is_length(&within))
        bo_error_impossible_rule(call->resource, "check_in_within");
    return bo_rules_check_in_by(&within, bo_value_bound(call->during, false), now);
}

/*
 * Finds the resource, what the slot would block, and whether the rules allow it. moving: a booking that is being moved
 * there, which a limit does not count; or NULL.
 */
void bo_policy_judge(BoStore *store, const BoSlotCall *call, const pg_uuid_t *moving, TimestampTz now, BoPlace *place)
{
    BoRules rules;
    bool has_closures;
    BoRow row;

    for (int round = 0;; bo_round_next(&round))
    {
        if (bo_store_run_latest(
                store, &bo_sql_judge, bo_text(call->tenant), bo_text(call->resource), bo_range(call->during),
                bo_instant(now), bo_nullable(bo_int4(call->quantity), call->allow_overlap), bo_uuid_or_null(moving),
                bo_text(bo_policy_known_zone()), bo_bool(call->stays || bo_waiver_has(call, BO_CLOSED))) == 0)
        {
            place->is_unknown = !call->defines_resource && call->idempotency_key != NULL;
            if (place->is_unknown)
                return;
            if (!call->defines_resource)
                bo_error_unknown_resource(call->resource);
            bo_store_run(store, &bo_sql_define_plain_resources, bo_text(call->tenant), bo_texts(&call->resource, 1));
            continue;
        }
        row = bo_store_row(0);
        if (bo_policy_read_rules(row, BO_JUDGE_RULES, call->resource, &rules))
            break;
    }
    bo_rules_use_kind(&rules, call->of_kind);
    place->is_unknown = false;
    place->resource_id = bo_row_int8(row, BO_JUDGE_RESOURCE_ID);
    place->capacity = bo_policy_read_capacity(row, BO_JUDGE_CAPACITY, call->resource);
    place->kind = bo_lock_kind_of(bo_row_bool(row, BO_JUDGE_PLAIN), bo_row_bool(row, BO_JUDGE_COUNTS),
                                  bo_row_bool(row, BO_JUDGE_HAS_WAITERS));
    place->has_line = bo_row_bool(row, BO_JUDGE_HAS_WAITERS);
    place->by_holder = bo_row_bool(row, BO_JUDGE_BY_HOLDER);
    place->has_parts = bo_row_bool(row, BO_JUDGE_HAS_PARTS);
    if (place->has_parts && (!call->takes_parts || (call->allow_overlap && !call->stays)))
        bo_error_has_parts(call->resource);
    place->needs_holder = false;
    place->closed = (BoClosedTimes){0};
    place->check_in_by = policy_check_in_by(call, row, now);
    has_closures = bo_row_bool(row, BO_JUDGE_HAS_CLOSURES);
    policy_decide(call, &rules, bo_row_int4(row, BO_JUDGE_VERDICT), now, place);
    if (call->only_guard)
    {
        place->refusal = BO_OUTCOME_INVALID;
        place->counted_lapsed = false;
        place->decide_by = DT_NOEND;
        place->blocks = call->during;
        return;
    }
    place->blocks = bo_policy_widen(store, call->during, &rules);
    if (has_closures && !call->stays_within)
        bo_closed_time_judge(store, call, moving, now, place);
    if (place->by_holder && place->refusal == BO_OUTCOME_INVALID)
        bo_holder_judge(store, call, moving, now, place);
}

/* Called after counted_lapsed, under the exclusive lock; then the slot must be judged again. */
void bo_policy_release_counted(BoStore *store, const BoSlotCall *call, TimestampTz now)
{
    bo_store_run_latest(store, &bo_sql_release_counted, bo_text(call->tenant), bo_text(call->resource),
                        bo_range(call->during), bo_instant(now));
}
