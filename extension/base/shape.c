/*
 * shape.c
 *   Where a slot may begin and end by a resource's own clock: a grid of starts, fixed starts, fixed ends, nights.
 *
 * All of this is about what the wall clock shows at an instant. So a time that the clock skips does not exist on that
 * day, and one that it shows twice exists twice.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/shape.h"

#include "miscadmin.h"
#include "utils/datetime.h"

#include "base/value.h"

#define USECS_PER_WEEK (7 * USECS_PER_DAY)

static struct pg_tm shape_wall_clock(const BoRules *rules, TimestampTz instant, fsec_t *fraction)
{
    struct pg_tm tm;
    int offset;

    if (timestamp2tm(instant, &offset, &tm, fraction, NULL, rules->zone) != 0)
        elog(ERROR, "bookonce: an instant is out of the calendar");
    return tm;
}

/* The instant at which the wall clock shows this time of a day. */
static TimestampTz shape_instant(const BoRules *rules, int day, int seconds)
{
    struct pg_tm tm = {.tm_hour = seconds / SECS_PER_HOUR,
                       .tm_min = seconds / SECS_PER_MINUTE % MINS_PER_HOUR,
                       .tm_sec = seconds % SECS_PER_MINUTE};
    TimestampTz instant;
    int offset;

    j2date(day, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
    offset = DetermineTimeZoneOffset(&tm, rules->zone);
    if (tm2timestamp(&tm, 0, &offset, &instant) != 0)
        elog(ERROR, "bookonce: an instant is out of the calendar");
    return instant;
}

/* The time since midnight, by the wall clock. */
static int64 shape_time_of_day(const BoRules *rules, TimestampTz instant)
{
    fsec_t fraction;
    struct pg_tm tm = shape_wall_clock(rules, instant, &fraction);

    return ((tm.tm_hour * MINS_PER_HOUR + tm.tm_min) * SECS_PER_MINUTE + tm.tm_sec) * USECS_PER_SEC + fraction;
}

static int shape_day(const BoRules *rules, TimestampTz instant)
{
    fsec_t fraction;
    struct pg_tm tm = shape_wall_clock(rules, instant, &fraction);

    return date2j(tm.tm_year, tm.tm_mon, tm.tm_mday);
}

/* The time since Monday's midnight; a Julian day that is divisible by 7 is a Monday. */
static int64 shape_time_of_week(const BoRules *rules, TimestampTz instant)
{
    return shape_day(rules, instant) % 7 * USECS_PER_DAY + shape_time_of_day(rules, instant);
}

/*
 * How long after the last start that the grid allows this start is, by the wall clock. The grid begins again at each
 * midnight, so it is the same on every day, and across a change of the clocks.
 */
int64 bo_shape_off_grid(const BoRules *rules, TimestampTz start)
{
    return rules->every == 0 ? 0 : shape_time_of_day(rules, start) % rules->every;
}

/* Returns true if the instant is at one of the times, or if there are none. */
bool bo_shape_is_at(const BoRules *rules, const BoWeekTimes *times, TimestampTz instant)
{
    int64 of_week;

    if (times->count == 0)
        return true;
    of_week = shape_time_of_week(rules, instant);
    for (int i = 0; i < times->count; i++)
        if (times->seconds[i] * USECS_PER_SEC == of_week)
            return true;
    return false;
}

bool bo_shape_may_start(const BoRules *rules, TimestampTz start)
{
    return bo_shape_off_grid(rules, start) == 0 && bo_shape_is_at(rules, &rules->starts, start);
}

bool bo_shape_may_end(const BoRules *rules, TimestampTz end)
{
    return rules->end_stands || bo_shape_is_at(rules, &rules->ends, end);
}

/* The time, by the wall clock, until the next possible start. */
static int64 shape_to_next_start(const BoRules *rules, TimestampTz start)
{
    int64 nearest = USECS_PER_WEEK, of_week, time;

    if (rules->starts.count == 0)
    {
        time = shape_time_of_day(rules, start);
        return Min(rules->every - time % rules->every, USECS_PER_DAY - time);
    }
    of_week = shape_time_of_week(rules, start);
    for (int i = 0; i < rules->starts.count; i++)
    {
        int64 ahead = rules->starts.seconds[i] * USECS_PER_SEC - of_week;

        nearest = Min(nearest, ahead > 0 ? ahead : ahead + USECS_PER_WEEK);
    }
    return nearest;
}

/*
 * Returns the next start after this instant, or if there is none up to `last`, some later instant. The search continues
 * from each change of the clocks.
 */
TimestampTz bo_shape_next_start(const BoRules *rules, TimestampTz start, TimestampTz last)
{
    do
    {
        TimestampTz next = start + shape_to_next_start(rules, start);
        pg_time_t now = timestamptz_to_time_t(start), change;
        long before, after;
        int was_summer, is_summer;

        CHECK_FOR_INTERRUPTS();
        if (pg_next_dst_boundary(&now, &before, &was_summer, &change, &after, &is_summer, rules->zone) == 1)
            next = Min(next, time_t_to_timestamptz(change));
        start = next;
    } while (start <= last && !bo_shape_may_start(rules, start));
    return start;
}

/* How many midnights lie between the two, by the wall clock. */
int64 bo_shape_nights(const BoRules *rules, TimestampTz start, TimestampTz end)
{
    return shape_day(rules, end) - shape_day(rules, start);
}

/*
 * Returns true if the duration counts nights: then the stay ends at a fixed time, and not a number of hours after its
 * start.
 */
bool bo_shape_counts_nights(const BoRules *rules, int64 duration)
{
    return rules->ends.count > 0 && duration % USECS_PER_DAY == 0;
}

/*
 * Returns the next possible end of a stay with this start and number of nights; DT_NOEND if there are no more.
 * *position is the place in the fixed ends at which to look next.
 */
TimestampTz bo_shape_next_end(const BoRules *rules, TimestampTz start, int64 duration, int *position)
{
    int day = shape_day(rules, start) + (int)(duration / USECS_PER_DAY);

    while (*position < rules->ends.count)
    {
        int32 second = rules->ends.seconds[(*position)++];

        if (second / SECS_PER_DAY == day % 7)
            return shape_instant(rules, day, second % SECS_PER_DAY);
    }
    return DT_NOEND;
}

/*
 * Compares the length of a slot with a rule's; the result is below 0 if the slot is shorter. Where ends are fixed,
 * whole days are nights, so days are counted from noon to noon: a stay from 15:00 to 10:00 on the next day is one day.
 */
static int shape_compare(const BoRules *rules, TimestampTz start, TimestampTz end, const Interval *length)
{
    TimestampTz reached;

    if (rules->ends.count > 0 && length->time == 0)
    {
        start = shape_instant(rules, shape_day(rules, start), SECS_PER_DAY / 2);
        end = shape_instant(rules, shape_day(rules, end), SECS_PER_DAY / 2);
    }
    reached = bo_value_shift(start, length, 1, rules->zone);
    return (end > reached) - (end < reached);
}

/*
 * Compares the length of a slot with those that a kind allows: 0 if it is one of them; below 0 if it is none, and one
 * of them is longer; above 0 if it is longer than all.
 */
static int shape_compare_all(const BoRules *rules, TimestampTz start, TimestampTz end)
{
    int compared = 1;

    for (int i = 0; i < rules->length_count && compared != 0; i++)
    {
        int with_one = shape_compare(rules, start, end, &rules->lengths[i]);

        compared = with_one == 0 ? 0 : Min(compared, with_one);
    }
    return compared;
}

bool bo_shape_too_short(const BoRules *rules, TimestampTz start, TimestampTz end)
{
    return rules->has_shortest && (rules->length_count > 0 ? shape_compare_all(rules, start, end)
                                                           : shape_compare(rules, start, end, &rules->shortest)) < 0;
}

bool bo_shape_too_long(const BoRules *rules, TimestampTz start, TimestampTz end)
{
    return rules->has_longest && (rules->length_count > 0 ? shape_compare_all(rules, start, end)
                                                          : shape_compare(rules, start, end, &rules->longest)) > 0;
}
