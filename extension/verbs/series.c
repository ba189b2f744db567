/*
 * series.c
 *   repeat_slots(): a series that keeps its time of day.
 *
 * Each time is the first one, moved by a multiple of the interval on the wall clock of the zone, so a class at nine
 * stays at nine when the clocks change. Where the wall clock shows a time twice or not at all, PostgreSQL's rule
 * applies (AT TIME ZONE).
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "base/arguments.h"
#include "base/error.h"
#include "base/value.h"

PG_FUNCTION_INFO_V1(bookonce_repeat_slots);

/* Checks that no part of the length goes back, so that no multiple of it does. */
static Interval *series_every_argument(FunctionCallInfo fcinfo, int n)
{
    Interval *every;

    if (PG_ARGISNULL(n))
        bo_error_null_argument("every", "'1 week'");
    every = PG_GETARG_INTERVAL_P(n);
    if (every->month < 0 || every->day < 0 || every->time < 0)
        bo_error_argument("every", "must not have a negative part", "'1 week'");
    if (every->month == 0 && every->day == 0 && every->time == 0)
        bo_error_argument("every", "must be longer than zero", "'1 week'");
    return every;
}

/* Cannot overflow after series_check_calendar(). */
static Interval series_times(const Interval *every, int32 n)
{
    return (Interval){.month = every->month * n, .day = every->day * n, .time = every->time * n};
}

/*
 * Raises an error if a multiple leads to a time at which no booking can be. This assumes that a zone is at most a week
 * from UTC, and that each month has 31 days. The error is raised here, with a hint, because the arithmetic below would
 * only say that a timestamp is out of range.
 */
static void series_check_calendar(TimestampTz end, const Interval *every, int32 n)
{
    const int64 week = 7 * USECS_PER_DAY;
    int64 days = ((int64)every->month * 31 + every->day + every->time / USECS_PER_DAY + 1) * n;

    if (end >= BO_TIME_LIMIT - week)
        bo_error_slot_key_time();
    if (days > (BO_TIME_LIMIT - week - end) / USECS_PER_DAY)
        bo_error_argument("every", "must not lead out of the calendar", "'1 week'");
}

/* Moves an instant on the wall clock. */
static TimestampTz series_move(TimestampTz instant, Interval *by, text *time_zone)
{
    Datum wall_clock = DirectFunctionCall2(timestamptz_zone, PointerGetDatum(time_zone), TimestampTzGetDatum(instant));

    wall_clock = DirectFunctionCall2(timestamp_pl_interval, wall_clock, IntervalPGetDatum(by));
    return DatumGetTimestampTz(DirectFunctionCall2(timestamp_zone, PointerGetDatum(time_zone), wall_clock));
}

/* repeat_slots(first, every, times, time_zone) */
Datum bookonce_repeat_slots(PG_FUNCTION_ARGS)
{
    TypeCacheEntry *type = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);
    RangeType *first = bo_arguments_checked_during(PG_GETARG_DATUM(0), PG_ARGISNULL(0), "first");
    Interval *every = series_every_argument(fcinfo, 1);
    int32 count = bo_arguments_positive(fcinfo, 2, "times");
    text *time_zone;
    Datum *slots;
    RangeBound first_lower, first_upper;
    bool is_empty;

    if (count > BO_MAX_TIMES)
        bo_error_argument("times", psprintf("must not be above %d", BO_MAX_TIMES), "12");
    time_zone = bo_arguments_time_zone(fcinfo, 3);
    range_deserialize(type, first, &first_lower, &first_upper, &is_empty);
    series_check_calendar(DatumGetTimestampTz(first_upper.val), every, count - 1);

    slots = palloc(sizeof(Datum) * count);
    slots[0] = RangeTypePGetDatum(first);
    for (int32 n = 1; n < count; n++)
    {
        Interval by = series_times(every, n);
        RangeBound lower = first_lower;
        RangeBound upper = first_upper;
        TimestampTz start = series_move(DatumGetTimestampTz(first_lower.val), &by, time_zone);
        TimestampTz end = series_move(DatumGetTimestampTz(first_upper.val), &by, time_zone);

        /* A gap can move the start past the end, or onto it: the slot then keeps its length. */
        if (end <= start)
            end = start + (DatumGetTimestampTz(first_upper.val) - DatumGetTimestampTz(first_lower.val));
        lower.val = TimestampTzGetDatum(start);
        upper.val = TimestampTzGetDatum(end);
        slots[n] = RangeTypePGetDatum(bo_value_range(type, &lower, &upper));
    }
    PG_RETURN_ARRAYTYPE_P(construct_array(slots, count, TSTZRANGEOID, -1, false, TYPALIGN_DOUBLE));
}
