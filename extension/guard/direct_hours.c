/*
 * direct_hours.c
 *   Finds out without SQL whether a resource is open for a slot, by its hours.
 *
 * store/sql_hours.h says the same in SQL, and this code computes with the same functions of PostgreSQL. Hours change
 * under the resource's exclusive lock, those of a calendar under the locks of all resources that follow it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "guard/direct.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgroids.h"

#include "base/limits.h"
#include "guard/index_scan.h"

typedef struct OpenTime
{
    TimestampTz opens;
    TimestampTz closes;
} OpenTime;

typedef struct OpenTimes
{
    pg_tz *zone;
    OpenTime *times;
    int count, room;
} OpenTimes;

/* instant AT TIME ZONE zone */
static bool hours_wall_clock(TimestampTz instant, pg_tz *zone, Timestamp *shown)
{
    struct pg_tm tm;
    fsec_t fraction;
    int offset;

    return timestamp2tm(instant, &offset, &tm, &fraction, NULL, zone) == 0 &&
           tm2timestamp(&tm, fraction, NULL, shown) == 0;
}

/* shown AT TIME ZONE zone, where shown is a timestamp of the wall clock. */
static bool hours_instant(Timestamp shown, pg_tz *zone, TimestampTz *instant)
{
    struct pg_tm tm;
    fsec_t fraction;
    int offset;

    if (timestamp2tm(shown, NULL, &tm, &fraction, NULL, NULL) != 0)
        return false;
    offset = DetermineTimeZoneOffset(&tm, zone);
    return tm2timestamp(&tm, fraction, &offset, instant) == 0;
}

static DateADT hours_date(Timestamp shown)
{
    return (DateADT)(shown / USECS_PER_DAY - (shown % USECS_PER_DAY < 0 ? 1 : 0));
}

/* Monday is 1. */
static int32 hours_weekday(DateADT day)
{
    int sunday_is_0 = j2day(day + POSTGRES_EPOCH_JDATE);

    return sunday_is_0 == 0 ? 7 : sunday_is_0;
}

/* Returns false for a time that SQL must report as an error. */
static bool hours_append(OpenTimes *open, DateADT day, TimeADT opens, TimeADT closes)
{
    Timestamp midnight = day * USECS_PER_DAY;
    OpenTime time;

    if (!hours_instant(midnight + opens, open->zone, &time.opens) ||
        !hours_instant(midnight + closes + (closes > opens ? 0 : USECS_PER_DAY), open->zone, &time.closes))
        return false;
    if (open->count == open->room)
        open->times = repalloc(open->times, sizeof(OpenTime) * (open->room *= 2));
    if (opens != closes && time.opens < time.closes)
        open->times[open->count++] = time;
    return true;
}

/* What the hours are read with. */
typedef struct HoursReading
{
    const BoDirect *direct;
    const BoSlotCall *call;
    const BoHoursRule *rule;
    Relation hours;
    Relation index;
} HoursReading;

#define SINGLE_DAY 0 /* stands in place of a weekday */

/* The rows of a resource, or calendar, in opening_hours, those of the latest day first. */
static IndexScanDesc hours_begin_scan(const HoursReading *reading, int64 whose, int32 weekday, DateADT day)
{
    ScanKeyData keys[4];

    ScanKeyEntryInitialize(&keys[0], 0, 1, BTEqualStrategyNumber, InvalidOid, C_COLLATION_OID, F_TEXTEQ,
                           PointerGetDatum(reading->call->tenant));
    ScanKeyInit(&keys[1], 2, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(whose));
    ScanKeyInit(&keys[2], 3, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(weekday));
    if (weekday == SINGLE_DAY)
        ScanKeyInit(&keys[3], 4, BTEqualStrategyNumber, F_DATE_EQ, DateADTGetDatum(day));
    else
        ScanKeyInit(&keys[3], 4, BTLessEqualStrategyNumber, F_DATE_LE, DateADTGetDatum(day));
    return bo_index_scan_begin(reading->hours, reading->index, keys, lengthof(keys));
}

/*
 * Appends the hours of a day. Among a weekday's hours, those that begin to apply last, but not after this day, count.
 */
static bool hours_read(const HoursReading *reading, int64 whose, int32 weekday, DateADT day, OpenTimes *open,
                       bool *are_set)
{
    const AttrNumber *columns = reading->direct->tables->hours_columns;
    IndexScanDesc scan = hours_begin_scan(reading, whose, weekday, day);
    TupleTableSlot *row = table_slot_create(reading->hours, NULL);
    DateADT latest = DATEVAL_NOEND;
    bool is_readable = true;

    while (is_readable && index_getnext_slot(scan, BackwardScanDirection, row))
    {
        bool has_no_day, never_opens, never_closes;
        DateADT from = DatumGetDateADT(slot_getattr(row, columns[BO_HOURS_FROM_DAY], &has_no_day));
        TimeADT opens = DatumGetTimeADT(slot_getattr(row, columns[BO_HOURS_OPENS], &never_opens));
        TimeADT closes = DatumGetTimeADT(slot_getattr(row, columns[BO_HOURS_CLOSES], &never_closes));

        if (latest != DATEVAL_NOEND && from != latest)
            break;
        latest = from;
        is_readable = !has_no_day && !never_opens && !never_closes && hours_append(open, day, opens, closes);
    }
    index_endscan(scan);
    ExecDropSingleTupleTableSlot(row);
    *are_set = latest != DATEVAL_NOEND;
    return is_readable;
}

/*
 * Appends the day's own hours, or the calendar's for that day, or those of its weekday, or if the resource has no
 * weekday hours, all of the day.
 */
static bool hours_read_day(const HoursReading *reading, DateADT day, OpenTimes *open)
{
    const BoHoursRule *rule = reading->rule;
    const int64 own = reading->direct->resource_id;
    bool are_set = false;

    if ((rule->keeps_days || rule->has_calendar) && !hours_read(reading, own, SINGLE_DAY, day, open, &are_set))
        return false;
    if (!are_set && rule->has_calendar && !hours_read(reading, rule->calendar_id, SINGLE_DAY, day, open, &are_set))
        return false;
    if (are_set)
        return true;
    return rule->keeps_hours ? hours_read(reading, own, hours_weekday(day), day, open, &are_set)
                             : hours_append(open, day, 0, USECS_PER_DAY);
}

/* Some zones have skipped a day when they changed sides of the date line. */
static bool hours_zone_has_day(DateADT day, pg_tz *zone)
{
    TimestampTz noon;
    Timestamp shown;

    return hours_instant(day * USECS_PER_DAY + USECS_PER_DAY / 2, zone, &noon) &&
           hours_wall_clock(noon, zone, &shown) && hours_date(shown) == day;
}

static int hours_compare(const void *a, const void *b)
{
    TimestampTz left = ((const OpenTime *)a)->opens, right = ((const OpenTime *)b)->opens;

    return left < right ? -1 : left > right ? 1 : 0;
}

/* Returns true if the open times leave no gap. */
static bool hours_cover(OpenTimes *open, TimestampTz start, TimestampTz end)
{
    qsort(open->times, open->count, sizeof(OpenTime), hours_compare);
    for (int i = 0; i < open->count && open->times[i].opens <= start; i++)
        start = Max(start, open->times[i].closes);
    return start >= end;
}

/* Reads the hours of these days. Returns false if only SQL can read them. */
static bool hours_read_days(const HoursReading *reading, DateADT from, DateADT to, OpenTimes *open)
{
    bool is_readable = true;

    for (DateADT day = from; is_readable && day <= to; day++)
        if (hours_zone_has_day(day, open->zone))
            is_readable = hours_read_day(reading, day, open);
    return is_readable;
}

/*
 * Returns false if only SQL can tell. The day before counts too, because its hours may end after midnight; but it is
 * read only where the slot's own days leave a gap, which nearly no booking meets.
 */
bool bo_direct_is_open(const BoDirect *direct, const BoSlotCall *call, const BoHoursRule *rule, TimestampTz start,
                       TimestampTz end, pg_tz *zone, bool *is_open)
{
    HoursReading reading = {direct, call, rule};
    OpenTimes open = {.zone = zone, .room = 8};
    Timestamp first, last;
    bool is_readable;

    if (!OidIsValid(direct->tables->hours_index) || !hours_wall_clock(start, zone, &first) ||
        !hours_wall_clock(end, zone, &last) || hours_date(last) - hours_date(first) >= BO_MAX_DAYS_OF_HOURS)
        return false;
    open.times = palloc(sizeof(OpenTime) * open.room);
    reading.hours = table_open(direct->tables->opening_hours, AccessShareLock);
    reading.index = index_open(direct->tables->hours_index, AccessShareLock);
    is_readable = hours_read_days(&reading, hours_date(first), hours_date(last), &open);
    *is_open = is_readable && hours_cover(&open, start, end);
    if (is_readable && !*is_open)
    {
        is_readable = hours_read_days(&reading, hours_date(first) - 1, hours_date(first) - 1, &open);
        *is_open = is_readable && hours_cover(&open, start, end);
    }
    index_close(reading.index, NoLock);
    table_close(reading.hours, NoLock);
    return is_readable;
}
