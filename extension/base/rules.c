/*
 * rules.c
 *   The rules of a resource that compare times, however they were read: by SQL or without.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/rules.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/shape.h"
#include "base/value.h"

/* Returns false for a length that would lead out of the calendar. Such a rule can only be written by hand. */
bool bo_rules_is_length(const Interval *length)
{
    return length->month <= BO_MAX_LENGTH_DAYS / 30 && length->month >= -BO_MAX_LENGTH_DAYS / 30 &&
           length->day <= BO_MAX_LENGTH_DAYS && length->day >= -BO_MAX_LENGTH_DAYS &&
           length->time <= BO_MAX_LENGTH_DAYS * USECS_PER_DAY && length->time >= -BO_MAX_LENGTH_DAYS * USECS_PER_DAY;
}

/* Returns the name of a rule that is too long, or NULL. Rules that are not set are zero. */
const char *bo_rules_impossible(const BoRules *rules)
{
    return !bo_rules_is_length(&rules->before)     ? "buffer_before"
           : !bo_rules_is_length(&rules->after)    ? "buffer_after"
           : !bo_rules_is_length(&rules->notice)   ? "min_notice"
           : !bo_rules_is_length(&rules->horizon)  ? "max_ahead"
           : !bo_rules_is_length(&rules->longest)  ? "max_duration"
           : !bo_rules_is_length(&rules->shortest) ? "min_duration"
                                                   : NULL;
}

/* Returns false if the kind has no such rule. An impossible length was written by hand. */
static bool rules_read_length(NullableDatum says, const text *kind, Interval *length)
{
    if (says.isnull)
        return false;
    *length = *DatumGetIntervalP(says.value);
    if (!bo_rules_is_length(length))
        bo_error_impossible_kind(kind);
    return true;
}

static void rules_read_lengths(ArrayType *array, const text *kind, BoBookingKind *it)
{
    Datum *lengths;
    bool *nulls;

    deconstruct_array(array, INTERVALOID, sizeof(Interval), false, TYPALIGN_DOUBLE, &lengths, &nulls,
                      &it->length_count);
    if (it->length_count > BO_MAX_KIND_LENGTHS)
        bo_error_impossible_kind(kind);
    it->lengths = palloc(sizeof(Interval) * Max(it->length_count, 1));
    for (int i = 0; i < it->length_count; i++)
    {
        if (nulls[i] || !bo_rules_is_length(DatumGetIntervalP(lengths[i])))
            bo_error_impossible_kind(kind);
        it->lengths[i] = *DatumGetIntervalP(lengths[i]);
        if (DatumGetInt32(DirectFunctionCall2(interval_cmp, lengths[i], lengths[it->longest])) > 0)
            it->longest = i;
    }
}

/* Reads a kind from the BO_KIND_RULE_COUNT columns of its row. The result is palloc'd. */
const BoBookingKind *bo_rules_read_kind(const NullableDatum *says, const text *kind)
{
    BoBookingKind *it = palloc0(sizeof(BoBookingKind));

    it->has_before = rules_read_length(says[BO_KIND_RULE_BEFORE], kind, &it->before);
    it->has_after = rules_read_length(says[BO_KIND_RULE_AFTER], kind, &it->after);
    if (!says[BO_KIND_RULE_LENGTHS].isnull)
        rules_read_lengths(DatumGetArrayTypeP(says[BO_KIND_RULE_LENGTHS].value), kind, it);
    return it;
}

/* Replaces rules of the resource by those of a kind; NULL stands for a booking of no kind. */
void bo_rules_use_kind(BoRules *rules, const BoBookingKind *kind)
{
    if (kind == NULL)
        return;
    if (kind->has_before)
        rules->before = kind->before;
    if (kind->has_after)
        rules->after = kind->after;
    if (kind->length_count == 0)
        return;
    rules->has_shortest = rules->has_longest = true;
    rules->longest = kind->lengths[kind->longest];
    rules->length_count = kind->length_count;
    rules->lengths = kind->lengths;
}

/*
 * The array must outlive times, which points into it. Returns false for a time that is in no week, which somebody wrote
 * by hand: with it, the search for the next start would not end.
 */
bool bo_rules_read_times(ArrayType *array, BoWeekTimes *times)
{
    times->count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
    times->seconds = (const int32 *)ARR_DATA_PTR(array);
    if (array_contains_nulls(array))
        return false;
    for (int i = 0; i < times->count; i++)
        if (times->seconds[i] < 0 || times->seconds[i] >= 7 * SECS_PER_DAY)
            return false;
    return true;
}

/* When a new booking lapses unless it is checked in. CHECK_IN_BY says the same in SQL for existing bookings. */
TimestampTz bo_rules_check_in_by(const Interval *within, TimestampTz start, TimestampTz now)
{
    return Max(start, now) + within->time;
}

/* The last instant at which a booking that begins at start can be decided. */
TimestampTz bo_rules_decide_by(const BoRules *rules, TimestampTz start)
{
    if (!rules->has_notice)
        return DT_NOEND;
    if (bo_value_is_zero(&rules->notice))
        return start + BO_RULES_NOW_TOLERANCE;
    return bo_value_shift(start, &rules->notice, -1, rules->zone);
}

/* Applies the rules that compare times. Returns BO_OUTCOME_INVALID if they allow the slot. */
BoOutcome bo_rules_refusal(const BoRules *rules, TimestampTz start, TimestampTz end, TimestampTz now)
{
    if (!bo_shape_may_start(rules, start) || !bo_shape_may_end(rules, end))
        return BO_OFF_GRID;
    if (now > bo_rules_decide_by(rules, start))
        return BO_TOO_SOON;
    if (rules->has_horizon && start > bo_value_shift(now, &rules->horizon, 1, rules->zone))
        return BO_TOO_FAR;
    if (bo_shape_too_short(rules, start, end))
        return BO_TOO_SHORT;
    if (bo_shape_too_long(rules, start, end))
        return BO_TOO_LONG;
    return BO_OUTCOME_INVALID;
}

/* Returns during with the buffers around it. */
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
