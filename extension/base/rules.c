/*
 * rules.c
 *   The rules of a resource that compare times, however they were read: by SQL or without.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/rules.h"

#include "utils/datetime.h"

#include "base/error.h"
#include "base/value.h"

/* The last instant at which a booking that begins at start can be decided. */
TimestampTz bo_rules_decide_by(const BoRules *rules, TimestampTz start)
{
    if (!rules->has_notice)
        return DT_NOEND;
    if (bo_value_is_zero(&rules->notice))
        return start + BO_RULES_NOW_TOLERANCE;
    return bo_value_shift(start, &rules->notice, -1, rules->zone);
}

/* What has passed of the day, by the wall clock. */
static int64 rules_time_of_day(const BoRules *rules, TimestampTz instant)
{
    struct pg_tm tm;
    fsec_t fraction;
    int offset;

    if (timestamp2tm(instant, &offset, &tm, &fraction, NULL, rules->zone) != 0)
        elog(ERROR, "bookonce: an instant is out of the calendar");
    return ((tm.tm_hour * MINS_PER_HOUR + tm.tm_min) * SECS_PER_MINUTE + tm.tm_sec) * USECS_PER_SEC + fraction;
}

/*
 * By how much the start comes after the last one that the grid allows, by the wall clock that shows it. Each midnight
 * begins a grid of its own, so it is the same on every day, and across a change of the clocks.
 */
int64 bo_rules_off_grid(const BoRules *rules, TimestampTz start)
{
    return rules->every == 0 ? 0 : rules_time_of_day(rules, start) % rules->every;
}

/* The next start on the grid after this instant. A change of the clocks makes the search start again. */
TimestampTz bo_rules_next_start(const BoRules *rules, TimestampTz start)
{
    do
    {
        int64 time = rules_time_of_day(rules, start);
        TimestampTz next = start + Min(rules->every - time % rules->every, USECS_PER_DAY - time);
        pg_time_t now = timestamptz_to_time_t(start), change;
        long before, after;
        int was_summer, is_summer;

        if (pg_next_dst_boundary(&now, &before, &was_summer, &change, &after, &is_summer, rules->zone) == 1)
            next = Min(next, time_t_to_timestamptz(change));
        start = next;
    } while (bo_rules_off_grid(rules, start) != 0);
    return start;
}

/* Applies the rules that compare times; BO_OUTCOME_INVALID if they allow the slot. */
BoOutcome bo_rules_refusal(const BoRules *rules, TimestampTz start, TimestampTz end, TimestampTz now)
{
    if (bo_rules_off_grid(rules, start) != 0)
        return BO_OFF_GRID;
    if (now > bo_rules_decide_by(rules, start))
        return BO_TOO_SOON;
    if (rules->has_horizon && start > bo_value_shift(now, &rules->horizon, 1, rules->zone))
        return BO_TOO_FAR;
    if (rules->has_shortest && end < bo_value_shift(start, &rules->shortest, 1, rules->zone))
        return BO_TOO_SHORT;
    if (rules->has_longest && end > bo_value_shift(start, &rules->longest, 1, rules->zone))
        return BO_TOO_LONG;
    return BO_OUTCOME_INVALID;
}

/* during, and the buffers around it. */
RangeType *bo_rules_widen(const BoRules *rules, RangeType *during)
{
    TypeCacheEntry *type = lookup_type_cache(RangeTypeGetOid(during), TYPECACHE_RANGE_INFO);
    RangeBound lower, upper;
    bool is_empty;

    if (bo_value_is_zero(&rules->before) && bo_value_is_zero(&rules->after))
        return during;
    range_deserialize(type, during, &lower, &upper, &is_empty);
    lower.val = TimestampTzGetDatum(bo_value_shift(DatumGetTimestampTz(lower.val), &rules->before, -1, rules->zone));
    upper.val = TimestampTzGetDatum(bo_value_shift(DatumGetTimestampTz(upper.val), &rules->after, 1, rules->zone));
    if (DatumGetTimestampTz(upper.val) >= BO_TIME_LIMIT)
        bo_error_slot_key_time();
    return bo_value_range(type, &lower, &upper);
}
