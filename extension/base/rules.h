/*
 * rules.h
 *   The rules of a resource that compare times.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_RULES_H
#define BOOKONCE_RULES_H

#include "base/label.h"

#include "pgtime.h"

/* Times of the week, in seconds from Monday's midnight. None: any time. */
typedef struct BoWeekTimes
{
    int count;
    const int32 *seconds;
} BoWeekTimes;

/* The rules of a kind of booking. They replace the resource's; where the kind has none, the resource's rule applies. */
typedef struct BoBookingKind
{
    bool has_before, has_after;
    Interval before;
    Interval after;
    int length_count; /* 0: any length that the resource allows */
    Interval *lengths;
    int longest; /* the index of the longest one */
} BoBookingKind;

/* Columns of bookonce.opening_hours. */
typedef enum BoHoursColumn
{
    BO_HOURS_FROM_DAY,
    BO_HOURS_OPENS,
    BO_HOURS_CLOSES,
    BO_HOURS_COLUMN_COUNT
} BoHoursColumn;

/* The columns of booking_kind that hold rules. */
typedef enum BoKindRule
{
    BO_KIND_RULE_BEFORE,
    BO_KIND_RULE_AFTER,
    BO_KIND_RULE_LENGTHS,
    BO_KIND_RULE_COUNT
} BoKindRule;

/* The rules that compare times. Days and months are those of the calendar, in the resource's zone; hours are exact. */
typedef struct BoRules
{
    Interval before; /* the buffers */
    Interval after;
    bool has_notice, has_horizon, has_longest, has_shortest;
    Interval notice;
    Interval horizon;
    Interval longest;
    Interval shortest;
    int length_count; /* of a kind: one of these lengths and no other; has_shortest and has_longest are then set */
    const Interval *lengths;
    int64 every; /* the grid of starts, from each midnight; 0: none */
    BoWeekTimes starts;
    BoWeekTimes ends;
    bool end_stands; /* the end is not judged by `ends`: it was judged before */
    text *time_zone;
    pg_tz *zone;
} BoRules;

/* A notice of zero allows a start that is less than this in the past: calls take time, and clocks differ. */
#define BO_RULES_NOW_TOLERANCE (INT64CONST(60) * USECS_PER_SEC)

/* Returns true for a possible step of the grid of starts, which begins again at each midnight. */
static inline bool bo_rules_is_step(const Interval *step)
{
    return step->month == 0 && step->day == 0 && step->time >= USECS_PER_SEC && step->time <= USECS_PER_DAY;
}

/* For an existing booking: drops the rules by which it was judged when it was made. */
static inline void bo_rules_waive(BoRules *rules, bool keeps_start, bool keeps_grid, bool keeps_end)
{
    if (keeps_start)
        rules->has_notice = false;
    if (keeps_grid)
        rules->every = rules->starts.count = 0;
    rules->end_stands = keeps_end;
}

extern const BoBookingKind *bo_rules_read_kind(const NullableDatum *says, const text *kind);
extern void bo_rules_use_kind(BoRules *rules, const BoBookingKind *kind);
extern bool bo_rules_read_times(ArrayType *array, BoWeekTimes *times);
extern TimestampTz bo_rules_check_in_by(const Interval *within, TimestampTz start, TimestampTz now);
extern bool bo_rules_is_length(const Interval *length);
extern const char *bo_rules_impossible(const BoRules *rules);
extern TimestampTz bo_rules_decide_by(const BoRules *rules, TimestampTz start);
extern BoOutcome bo_rules_refusal(const BoRules *rules, TimestampTz start, TimestampTz end, TimestampTz now);
extern RangeType *bo_rules_widen(const BoRules *rules, RangeType *during);

#endif
