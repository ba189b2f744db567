/*
 * slot_key.c
 *   The type bookonce.slot_key: its constructor, operators, input and output.
 *
 * Know first: slot_key.h has the layout. Text in and out depends on no setting (no DateStyle, no TimeZone), because a
 * dump of a column of this type must read back as it was written. Only values come here; the boxes of an index's inner
 * pages come only to the output function, from tools that inspect pages.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "guard/slot_key.h"

#include "libpq/pqformat.h"
#include "pgtime.h"

#include "base/error.h"

PG_FUNCTION_INFO_V1(bookonce_slot_key);
PG_FUNCTION_INFO_V1(bookonce_slot_key_in);
PG_FUNCTION_INFO_V1(bookonce_slot_key_out);
PG_FUNCTION_INFO_V1(bookonce_slot_key_recv);
PG_FUNCTION_INFO_V1(bookonce_slot_key_send);
PG_FUNCTION_INFO_V1(bookonce_slot_key_overlaps);
PG_FUNCTION_INFO_V1(bookonce_slot_key_overlaps_any_unit);
PG_FUNCTION_INFO_V1(bookonce_slot_key_selectivity);

/* The half-microsecond of a bound. `after` distinguishes t+ from t: an excluded start or an included end. */
static int64 slot_key_half_microseconds(TimestampTz t, bool after)
{
    int64 half;

    if (TIMESTAMP_IS_NOBEGIN(t))
        half = BO_SLOT_MINUS_INFINITY;
    else if (TIMESTAMP_IS_NOEND(t))
        half = BO_SLOT_INFINITY;
    else if (t < BO_TIME_LIMIT)
        half = t * 2;
    else
        bo_error_slot_key_time();
    return half + (after ? 1 : 0);
}

/*
 * slot_key(resource_id, unit, blocks): the key of one booking, NULL if blocks is empty.
 *
 * This runs for each inserted row, so it reads the range in place: a tstzrange on disk is the oid of its type, the
 * bounds that exist and a byte of flags, and 8-byte bounds after an 8-byte header never need padding.
 * range_deserialize() would cost a look-up in the type cache and an aligned copy.
 */
Datum bookonce_slot_key(PG_FUNCTION_ARGS)
{
    struct varlena *range = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(2));
    const char *bound = VARDATA_ANY(range) + sizeof(Oid);
    uint8 flags = (uint8)VARDATA_ANY(range)[VARSIZE_ANY_EXHDR(range) - 1];
    BoSlotKey *key;
    TimestampTz t;

    if (flags & RANGE_EMPTY)
        PG_RETURN_NULL();

    key = palloc(sizeof(BoSlotKey));
    key->resource_id = PG_GETARG_INT64(0);
    key->unit_low = key->unit_high = PG_GETARG_INT32(1);
    key->start = BO_SLOT_NO_START;
    key->end = BO_SLOT_NO_END;
    if (RANGE_HAS_LBOUND(flags))
    {
        memcpy(&t, bound, sizeof(t));
        bound += sizeof(t);
        key->start = slot_key_half_microseconds(t, (flags & RANGE_LB_INC) == 0);
    }
    if (RANGE_HAS_UBOUND(flags))
    {
        memcpy(&t, bound, sizeof(t));
        key->end = slot_key_half_microseconds(t, (flags & RANGE_UB_INC) != 0);
    }
    Assert(key->start < key->end);
    PG_RETURN_POINTER(key);
}

/* slot_key && slot_key: the same unit of the same resource, at overlapping times. */
Datum bookonce_slot_key_overlaps(PG_FUNCTION_ARGS)
{
    const BoSlotKey *a = PG_GETARG_SLOT_KEY_P(0);
    const BoSlotKey *b = PG_GETARG_SLOT_KEY_P(1);

    PG_RETURN_BOOL(a->resource_id == b->resource_id && a->unit_low == b->unit_low && bo_slot_key_times_overlap(a, b));
}

/* slot_key &&* slot_key: the same resource at overlapping times, on any units. */
Datum bookonce_slot_key_overlaps_any_unit(PG_FUNCTION_ARGS)
{
    const BoSlotKey *a = PG_GETARG_SLOT_KEY_P(0);
    const BoSlotKey *b = PG_GETARG_SLOT_KEY_P(1);

    PG_RETURN_BOOL(a->resource_id == b->resource_id && bo_slot_key_times_overlap(a, b));
}

/*
 * The share of rows that && and &&* find, for the planner: a slot meets a few bookings, however many there are. The
 * server's own estimates for such operators grow with the table, until a scan of the whole table looks cheaper than the
 * index.
 */
Datum bookonce_slot_key_selectivity(PG_FUNCTION_ARGS)
{
    PG_RETURN_FLOAT8(1e-6);
}

/* Writes 2026-01-01 09:00:00+00, with six digits of a second's fraction when there is one. */
static void slot_key_write_time(StringInfo text, int64 half)
{
    struct pg_tm tm;
    fsec_t microsecond;

    if (half <= BO_SLOT_MINUS_INFINITY + 1)
        appendStringInfoString(text, "-infinity");
    else if (half >= BO_SLOT_INFINITY)
        appendStringInfoString(text, "infinity");
    else
    {
        /* An even half is 2t, an odd one 2t + 1; clearing the last bit leaves 2t below zero too. */
        if (timestamp2tm((half & ~INT64CONST(1)) / 2, NULL, &tm, &microsecond, NULL, NULL) != 0)
            elog(ERROR, "slot_key holds an impossible time: " INT64_FORMAT, half);
        appendStringInfo(text, "%04d-%02d-%02d %02d:%02d:%02d", tm.tm_year > 0 ? tm.tm_year : 1 - tm.tm_year, tm.tm_mon,
                         tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
        if (microsecond != 0)
            appendStringInfo(text, ".%06d", (int)microsecond);
        appendStringInfoString(text, tm.tm_year > 0 ? "+00" : "+00 BC");
    }
}

static char *slot_key_write(const BoSlotKey *key)
{
    StringInfoData text;

    initStringInfo(&text);
    appendStringInfo(&text, "(" INT64_FORMAT, key->resource_id);
    if (bo_slot_key_spans(key))
        appendStringInfo(&text, ".." INT64_FORMAT ",*,", bo_slot_key_last_resource(key));
    else if (key->unit_low < key->unit_high)
        appendStringInfo(&text, ",%d..%d,", key->unit_low, key->unit_high);
    else
        appendStringInfo(&text, ",%d,", key->unit_low);

    appendStringInfoChar(&text, (key->start & 1) != 0 || key->start == BO_SLOT_NO_START ? '(' : '[');
    if (key->start != BO_SLOT_NO_START)
        slot_key_write_time(&text, key->start);
    appendStringInfoChar(&text, ',');
    if (key->end != BO_SLOT_NO_END)
        slot_key_write_time(&text, key->end);
    appendStringInfoString(&text, (key->end & 1) != 0 && key->end != BO_SLOT_NO_END ? "])" : "))");
    return text.data;
}

/* (42,1,[2026-01-01 09:00:00+00,2026-01-01 10:00:00+00)): resource, unit, times in UTC. */
Datum bookonce_slot_key_out(PG_FUNCTION_ARGS)
{
    PG_RETURN_CSTRING(slot_key_write(PG_GETARG_SLOT_KEY_P(0)));
}

/* Reads what slot_key_write_time() writes, or something close to it: the caller compares. */
static bool slot_key_read_time(const char **at, TimestampTz *t)
{
    struct pg_tm tm = {0};
    int microsecond = 0;
    int length = 0;

    if (strncmp(*at, "infinity", 8) == 0)
    {
        *at += 8;
        TIMESTAMP_NOEND(*t);
        return true;
    }
    if (strncmp(*at, "-infinity", 9) == 0)
    {
        *at += 9;
        TIMESTAMP_NOBEGIN(*t);
        return true;
    }
    if (sscanf(*at, "%6d-%2d-%2d %2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min,
               &tm.tm_sec, &length) != 6)
        return false;
    *at += length;
    if (**at == '.')
    {
        length = 0;
        if (sscanf(*at, ".%6d%n", &microsecond, &length) != 1)
            return false;
        *at += length;
    }
    if (strncmp(*at, "+00", 3) != 0)
        return false;
    *at += 3;
    if (strncmp(*at, " BC", 3) == 0)
    {
        *at += 3;
        tm.tm_year = 1 - tm.tm_year;
    }
    return tm2timestamp(&tm, microsecond, NULL, t) == 0 && *t < BO_TIME_LIMIT;
}

/* Returns false for what cannot be a slot_key, true for what may be one: the caller compares. */
static bool slot_key_read(const char *at, BoSlotKey *key)
{
    TimestampTz t;
    char *after;
    long long number;
    bool open;

    if (*at++ != '(')
        return false;
    key->resource_id = strtoll(at, &after, 10);
    if (*after != ',')
        return false;
    number = strtoll(after + 1, &after, 10);
    if (*after != ',' || number < PG_INT32_MIN || number > PG_INT32_MAX)
        return false;
    key->unit_low = key->unit_high = (int32)number;

    at = after + 1;
    if (*at != '[' && *at != '(')
        return false;
    open = *at++ == '(';
    key->start = BO_SLOT_NO_START;
    if (*at != ',')
    {
        if (!slot_key_read_time(&at, &t))
            return false;
        key->start = slot_key_half_microseconds(t, open);
    }
    if (*at++ != ',')
        return false;
    key->end = BO_SLOT_NO_END;
    if (*at != ')' && *at != ']')
    {
        if (!slot_key_read_time(&at, &t))
            return false;
        key->end = slot_key_half_microseconds(t, *at == ']');
    }
    return key->start < key->end;
}

/*
 * Accepts exactly what output writes, by writing what it has read and comparing: so the reader may be lax, and each
 * value has one spelling, independent of settings.
 */
Datum bookonce_slot_key_in(PG_FUNCTION_ARGS)
{
    const char *text = PG_GETARG_CSTRING(0);
    BoSlotKey *key = palloc(sizeof(BoSlotKey));

    if (!slot_key_read(text, key) || strcmp(text, slot_key_write(key)) != 0)
        bo_error_slot_key_text(text);
    PG_RETURN_POINTER(key);
}

/* Resource, unit, start and end, 28 bytes in network order; times are half-microseconds as stored. */
Datum bookonce_slot_key_send(PG_FUNCTION_ARGS)
{
    const BoSlotKey *key = PG_GETARG_SLOT_KEY_P(0);
    StringInfoData message;

    pq_begintypsend(&message);
    pq_sendint64(&message, key->resource_id);
    pq_sendint32(&message, key->unit_low);
    pq_sendint64(&message, key->start);
    pq_sendint64(&message, key->end);
    PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

/*
 * Returns true for a finite half-microsecond or one of the infinities: output could not write anything else, so nothing
 * else may enter.
 */
static bool slot_key_is_bound(int64 half)
{
    return (half >= MIN_TIMESTAMP * 2 && half < BO_TIME_LIMIT * 2) ||
           (half >= BO_SLOT_MINUS_INFINITY && half <= BO_SLOT_MINUS_INFINITY + 1) ||
           (half >= BO_SLOT_INFINITY && half <= BO_SLOT_INFINITY + 1);
}

Datum bookonce_slot_key_recv(PG_FUNCTION_ARGS)
{
    StringInfo message = (StringInfo)PG_GETARG_POINTER(0);
    BoSlotKey *key = palloc(sizeof(BoSlotKey));

    key->resource_id = pq_getmsgint64(message);
    key->unit_low = key->unit_high = (int32)pq_getmsgint(message, 4);
    key->start = pq_getmsgint64(message);
    key->end = pq_getmsgint64(message);
    if (key->start >= key->end || !(key->start == BO_SLOT_NO_START || slot_key_is_bound(key->start)) ||
        !(key->end == BO_SLOT_NO_END || slot_key_is_bound(key->end)))
        bo_error_slot_key_binary();
    PG_RETURN_POINTER(key);
}
