/*
 * value.c
 *   Values as PostgreSQL wants them: arrays, ranges, lengths of time.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/value.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "utils/builtins.h"
#include "utils/datetime.h"

#include "base/error.h"

char *bo_value_uuid_text(const pg_uuid_t *id)
{
    return DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(id)));
}

Datum bo_value_uuids(const pg_uuid_t *ids, int count)
{
    Datum *elements = palloc(sizeof(Datum) * Max(count, 1));

    for (int i = 0; i < count; i++)
        elements[i] = UUIDPGetDatum(&ids[i]);
    return PointerGetDatum(construct_array(elements, count, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR));
}

Datum bo_value_units(const int32 *units, int count)
{
    Datum *elements = palloc(sizeof(Datum) * Max(count, 1));

    for (int i = 0; i < count; i++)
        elements[i] = Int32GetDatum(units[i]);
    return PointerGetDatum(construct_array(elements, count, INT4OID, sizeof(int32), true, TYPALIGN_INT));
}

TimestampTz bo_value_later(TimestampTz now, const Interval *length)
{
    return DatumGetTimestampTz(
        DirectFunctionCall2(timestamptz_pl_interval, TimestampTzGetDatum(now), IntervalPGetDatum(length)));
}

bool bo_value_is_zero(const Interval *length)
{
    return length->month == 0 && length->day == 0 && length->time == 0;
}

/* Moves the calendar day: months keep the day of the month where the month has it, then days are added. */
static void value_shift_days(struct pg_tm *tm, const Interval *length, int sign)
{
    int months = tm->tm_year * MONTHS_PER_YEAR + tm->tm_mon - 1 + sign * length->month;

    tm->tm_year = months / MONTHS_PER_YEAR;
    tm->tm_mon = months % MONTHS_PER_YEAR;
    if (tm->tm_mon < 0)
    {
        tm->tm_mon += MONTHS_PER_YEAR;
        tm->tm_year--;
    }
    tm->tm_mon++;
    tm->tm_mday = Min(tm->tm_mday, day_tab[isleap(tm->tm_year)][tm->tm_mon - 1]);
    j2date(date2j(tm->tm_year, tm->tm_mon, tm->tm_mday) + sign * length->day, &tm->tm_year, &tm->tm_mon, &tm->tm_mday);
}

/*
 * Returns instant + length (sign 1) or instant - length (-1). Months and days follow the calendar of the zone, so that
 * three days across a change of the clocks end at the same time of day; hours are exact. The same as
 * timestamptz_pl_interval_at_zone(), which PostgreSQL has since 16.
 */
TimestampTz bo_value_shift(TimestampTz instant, const Interval *length, int sign, pg_tz *zone)
{
    int64 time;

    if (TIMESTAMP_NOT_FINITE(instant)) /* as in SQL; no verb writes such a bound, but the owner may have */
        return instant;
    if (length->month != 0 || length->day != 0)
    {
        struct pg_tm tm;
        fsec_t fraction;
        int offset;

        if (timestamp2tm(instant, &offset, &tm, &fraction, NULL, zone) != 0)
            bo_error_impossible_row("a time that is out of the calendar");
        value_shift_days(&tm, length, sign);
        offset = DetermineTimeZoneOffset(&tm, zone);
        if (tm2timestamp(&tm, fraction, &offset, &instant) != 0)
            bo_error_impossible_row("a time that is out of the calendar");
    }
    if (pg_mul_s64_overflow(sign, length->time, &time) || pg_add_s64_overflow(instant, time, &instant))
        bo_error_impossible_row("a time that is out of the calendar");
    return instant;
}

/* Returns true if a booking can have this time: it has a start and an end, within the calendar. */
bool bo_value_is_slot(const RangeType *range)
{
    RangeBound lower, upper;
    bool is_empty;

    range_deserialize(lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO), range, &lower, &upper, &is_empty);
    return !is_empty && !lower.infinite && !upper.infinite && !TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(lower.val)) &&
           !TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(upper.val)) && DatumGetTimestampTz(upper.val) < BO_TIME_LIMIT;
}

/* The start or the end of a tstzrange that has both bounds. */
TimestampTz bo_value_bound(const RangeType *range, bool is_upper)
{
    RangeBound lower, upper;
    bool is_empty;

    range_deserialize(lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO), range, &lower, &upper, &is_empty);
    return DatumGetTimestampTz(is_upper ? upper.val : lower.val);
}

/* The part of a tstzmultirange that is not in another one. Either may be NULL for no times. */
MultirangeType *bo_value_without(TypeCacheEntry *type, MultirangeType *from, const MultirangeType *times)
{
    RangeType **left, **taken;
    int32 left_count, taken_count;

    /* multirange_minus_internal() reads the first of the times even if there is none. */
    if (from == NULL || times == NULL || MultirangeIsEmpty(times))
        return from;
    multirange_deserialize(type, from, &left_count, &left);
    multirange_deserialize(type, times, &taken_count, &taken);
    return multirange_minus_internal(TSTZMULTIRANGEOID, type, left_count, left, taken_count, taken);
}

/* The intersection of two tstzmultiranges. Either may be empty. */
MultirangeType *bo_value_both(TypeCacheEntry *type, const MultirangeType *one, const MultirangeType *other)
{
    RangeType **ranges, **others;
    int32 count, other_count;

    multirange_deserialize(type, one, &count, &ranges);
    multirange_deserialize(type, other, &other_count, &others);
    return multirange_intersect_internal(TSTZMULTIRANGEOID, type, count, ranges, other_count, others);
}
