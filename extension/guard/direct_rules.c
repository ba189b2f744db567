/*
 * direct_rules.c
 *   Judges a slot without SQL: by the rules in the resource's row, by those of its kind of booking, which the call has
 *   read, and by the resource's hours.
 *
 * verbs/policy.c does the same with what a statement has read, and both use base/rules.c. The resource is locked, so
 * its rules stay as they are. Whatever else restricts the resource is left to SQL (store/as_made_rules.c).
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "guard/direct.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "base/limits.h"
#include "base/rules.h"

/* Reads a rule that compares times. Returns false if it is NULL. */
static bool direct_read_length(const BoDirect *direct, TupleTableSlot *row, BoRuleColumn which, Interval *length)
{
    bool is_null;
    Datum value = slot_getattr(row, direct->tables->rule[which], &is_null);

    if (!is_null)
        *length = *DatumGetIntervalP(value);
    return !is_null;
}

/* Reads fixed starts or ends. Returns false for a time that SQL must report as an error. */
static bool direct_read_times(const BoDirect *direct, TupleTableSlot *row, BoRuleColumn which, BoWeekTimes *times)
{
    bool is_null;
    Datum value = slot_getattr(row, direct->tables->rule[which], &is_null);

    return is_null || bo_rules_read_times(DatumGetArrayTypeP(value), times);
}

/* Returns false for a zone that SQL must report as an error. */
static bool direct_read_zone(const BoDirect *direct, TupleTableSlot *row, BoRules *rules)
{
    bool is_null;
    Datum name = slot_getattr(row, direct->tables->rule[BO_RULE_TIME_ZONE], &is_null);

    rules->time_zone = is_null ? NULL : DatumGetTextPP(name);
    rules->zone = is_null ? NULL : pg_tzset(text_to_cstring(rules->time_zone));
    return rules->zone != NULL;
}

/*
 * Returns false if the row lacks a value that setup() makes every row have, or has one that SQL must report as an
 * error.
 */
static bool direct_read_rules(const BoDirect *direct, TupleTableSlot *row, BoRules *rules)
{
    Interval every;

    *rules = (BoRules){0};
    rules->has_notice = direct_read_length(direct, row, BO_RULE_MIN_NOTICE, &rules->notice);
    rules->has_horizon = direct_read_length(direct, row, BO_RULE_MAX_AHEAD, &rules->horizon);
    rules->has_longest = direct_read_length(direct, row, BO_RULE_MAX_DURATION, &rules->longest);
    rules->has_shortest = direct_read_length(direct, row, BO_RULE_MIN_DURATION, &rules->shortest);
    if (direct_read_length(direct, row, BO_RULE_START_EVERY, &every))
    {
        if (!bo_rules_is_step(&every))
            return false;
        rules->every = every.time;
    }
    return direct_read_length(direct, row, BO_RULE_BUFFER_BEFORE, &rules->before) &&
           direct_read_length(direct, row, BO_RULE_BUFFER_AFTER, &rules->after) && bo_rules_impossible(rules) == NULL &&
           direct_read_times(direct, row, BO_RULE_STARTS, &rules->starts) &&
           direct_read_times(direct, row, BO_RULE_ENDS, &rules->ends) && direct_read_zone(direct, row, rules);
}

/*
 * SQL reads a name as an abbreviation first: the abbreviation CET is an hour from UTC in summer too, the zone CET is
 * not. No verb sets such a name, but the owner may have. No abbreviation has a slash.
 */
static bool direct_zone_is_no_abbreviation(const BoRules *rules)
{
    const char *name = text_to_cstring(rules->time_zone);

    return strchr(name, '/') != NULL || strcmp(name, "UTC") == 0;
}

/* Returns false if only SQL can tell whether the resource is open. */
static bool direct_judge_hours(const BoDirect *direct, const BoSlotCall *call, TupleTableSlot *row,
                               const BoRules *rules, TimestampTz start, TimestampTz end, bool *is_open)
{
    const AttrNumber *columns = direct->tables->rule;
    bool has_no_weekdays, has_no_days, has_no_calendar;
    BoHoursRule rule = {DatumGetBool(slot_getattr(row, columns[BO_RULE_KEEPS_HOURS], &has_no_weekdays)),
                        DatumGetBool(slot_getattr(row, columns[BO_RULE_KEEPS_DAYS], &has_no_days))};

    rule.calendar_id = DatumGetInt64(slot_getattr(row, columns[BO_RULE_CALENDAR_ID], &has_no_calendar));
    rule.has_calendar = !has_no_calendar;
    *is_open = true;
    if (has_no_weekdays || has_no_days)
        return false;
    return (!rule.keeps_hours && !rule.keeps_days && !rule.has_calendar) ||
           (direct_zone_is_no_abbreviation(rules) &&
            bo_direct_is_open(direct, call, &rule, start, end, rules->zone, is_open));
}

/*
 * Sets when the booking lapses without a check-in; one that mirrors a row of a followed table never does. Returns false
 * for a length that SQL must report as an error.
 */
static bool direct_judge_check_in(BoDirect *direct, const BoSlotCall *call, TupleTableSlot *row, TimestampTz start,
                                  TimestampTz now)
{
    Interval within;

    if (call->followed_id != NULL || !direct_read_length(direct, row, BO_RULE_CHECK_IN_WITHIN, &within))
        return true;
    direct->check_in_by = bo_rules_check_in_by(&within, start, now);
    return bo_rules_is_length(&within);
}

/*
 * Reads whether the resource has closures, or may get one from something that is out and overdue. Returns false for a
 * NULL, which SQL must report as an error.
 */
static bool direct_read_closing(const BoDirect *direct, TupleTableSlot *row, bool *may_be_closed)
{
    bool is_null, is_unknown;
    bool has_closures = DatumGetBool(slot_getattr(row, direct->tables->rule[BO_RULE_HAS_CLOSURES], &is_null));
    bool overdue_blocks = DatumGetBool(slot_getattr(row, direct->tables->rule[BO_RULE_OVERDUE_BLOCKS], &is_unknown));

    *may_be_closed = has_closures || overdue_blocks;
    return !is_null && !is_unknown;
}

/*
 * Reads how many units there are. Returns false if bookings are counted although there is one, or if SQL must report
 * the capacity as an error. (Limits are among the other rules.)
 */
static bool direct_read_capacity(BoDirect *direct, TupleTableSlot *row)
{
    bool has_no_capacity, is_unknown;
    int32 capacity = DatumGetInt32(slot_getattr(row, direct->tables->rule[BO_RULE_CAPACITY], &has_no_capacity));
    bool counts = DatumGetBool(slot_getattr(row, direct->tables->rule[BO_RULE_COUNTS], &is_unknown));

    direct->capacity = capacity;
    return !has_no_capacity && !is_unknown && capacity >= 1 && capacity <= BO_MAX_CAPACITY && counts == (capacity > 1);
}

/* Returns true if the resource is restricted by any rule that is not judged here. */
bool bo_direct_has_other_rules(const BoCatalog *tables, TupleTableSlot *row)
{
    for (int i = 0; i < tables->other_rule_count; i++)
    {
        const BoOtherRule *rule = &tables->other_rules[i];
        bool is_null;
        Datum value = slot_getattr(row, rule->column, &is_null);

        if (rule->is_flag ? is_null || DatumGetBool(value) : !is_null) /* the owner may have let a flag be NULL */
            return true;
    }
    return false;
}

/*
 * Sets what the slot would block, until when it can be decided, and why the rules refuse it, if they do. Returns
 * BO_DIRECT_HAS_RULES if SQL must judge.
 */
BoDirectInsert bo_direct_judge(BoDirect *direct, const BoSlotCall *call, TupleTableSlot *row, TimestampTz now)
{
    TypeCacheEntry *type = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);
    RangeBound lower, upper;
    bool is_empty, is_open, may_be_closed;
    TimestampTz start, end;
    BoRules rules;

    if (!direct->tables->rules_as_made || call->only_guard || call->stays || !direct_read_capacity(direct, row) ||
        !direct_read_closing(direct, row, &may_be_closed) || bo_direct_has_other_rules(direct->tables, row) ||
        !direct_read_rules(direct, row, &rules))
        return BO_DIRECT_HAS_RULES;
    if (direct->capacity > 1 && !direct->may_count)
        return BO_DIRECT_COUNTS;
    bo_rules_use_kind(&rules, call->of_kind);
    bo_rules_waive(&rules, call->keeps_start, call->keeps_grid, call->keeps_end);
    range_deserialize(type, call->during, &lower, &upper, &is_empty);
    start = DatumGetTimestampTz(lower.val);
    end = DatumGetTimestampTz(upper.val);
    if (!direct_judge_check_in(direct, call, row, start, now) ||
        !direct_judge_hours(direct, call, row, &rules, start, end, &is_open))
        return BO_DIRECT_HAS_RULES;
    direct->decide_by = bo_rules_decide_by(&rules, start);
    direct->refusal = is_open ? bo_rules_refusal(&rules, start, end, now) : BO_CLOSED;
    direct->blocks = bo_rules_widen(&rules, call->during);
    /* A buffer of '1 month -30 days' can be below zero: is_sound() refuses such a row. */
    if (!range_contains_internal(type, direct->blocks, call->during) ||
        (may_be_closed && !bo_direct_meets_no_closure(direct)))
        return BO_DIRECT_HAS_RULES;
    return direct->refusal == BO_OUTCOME_INVALID ? BO_DIRECT_INSERTED : BO_DIRECT_REFUSED;
}
