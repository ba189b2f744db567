/*
 * arguments.c
 *   Reads and checks the arguments of calls.
 *
 * Everything is checked before a lock is taken or a statement is run, so a call with a refused argument leaves nothing
 * behind. Only the form is checked here; whether a resource or an id exists is found out by the store.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/arguments.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "mb/pg_wchar.h"
#include "pgtime.h"
#include "utils/builtins.h"

#include "base/error.h"
#include "base/value.h"
#include "base/waiver.h"
#include "base/wall.h"

/*
 * Returns true if the byte, or the character that it begins, is a control character in Unicode (category Cc): U+0000 to
 * U+001F, U+007F to U+009F. Those above 0x7f take two bytes in UTF-8 and one in ISO 8859; the other server encodings
 * use these bytes for letters, or cannot write these characters at all.
 */
static bool arguments_is_control(const unsigned char *bytes, int left, int encoding)
{
    if (bytes[0] < 0x80)
        return bytes[0] < 0x20 || bytes[0] == 0x7f;
    if (encoding == PG_UTF8)
        return bytes[0] == 0xc2 && left > 1 && bytes[1] < 0xa0;
    return bytes[0] < 0xa0 && ((encoding >= PG_LATIN1 && encoding <= PG_LATIN5) || /* two runs of the enum */
                               (encoding >= PG_LATIN6 && encoding <= PG_LATIN10) ||
                               (encoding >= PG_ISO_8859_5 && encoding <= PG_ISO_8859_8));
}

/* A control character in a name could forge a log line, or hide text in one. */
static void arguments_check_text(const text *value, const char *name, const char *example)
{
    const unsigned char *bytes = (const unsigned char *)VARDATA_ANY(value);
    int size = VARSIZE_ANY_EXHDR(value);
    int encoding = GetDatabaseEncoding();

    if (size == 0)
        bo_error_argument(name, "must not be empty", example);
    if (size > BO_MAX_TEXT_BYTES)
        bo_error_argument(name, psprintf("must not be longer than %d bytes", BO_MAX_TEXT_BYTES), example);
    for (int i = 0; i < size; i++)
        if (arguments_is_control(bytes + i, size - i, encoding))
            bo_error_argument(name, "must not contain control characters", example);
}

/* Checks a text that is an argument or an element of one. */
text *bo_arguments_checked_text(Datum value, bool is_null, const char *name, const char *example)
{
    text *checked;

    if (is_null)
        bo_error_null_argument(name, example);
    checked = DatumGetTextPP(value);
    arguments_check_text(checked, name, example);
    return checked;
}

text *bo_arguments_text(FunctionCallInfo fcinfo, int n, const char *name, const char *example)
{
    return bo_arguments_checked_text(PG_GETARG_DATUM(n), PG_ARGISNULL(n), name, example);
}

text *bo_arguments_optional_text(FunctionCallInfo fcinfo, int n, const char *name, const char *example)
{
    return PG_ARGISNULL(n) ? NULL : bo_arguments_text(fcinfo, n, name, example);
}

/*
 * Reads the tenant, which is the last argument of every verb. This is the only place where it is read, and so the place
 * for the wall: a verb only gets a tenant that the acting role may name.
 */
text *bo_arguments_tenant(FunctionCallInfo fcinfo)
{
    text *tenant = bo_wall_tenant(bo_arguments_text(fcinfo, PG_NARGS() - 1, "tenant", "'default'"));

    bo_wall_home(tenant, fcinfo->flinfo->fn_oid);
    return tenant;
}

/* Reads the reason for a change, or NULL. */
text *bo_arguments_reason(FunctionCallInfo fcinfo, int n)
{
    return bo_arguments_optional_text(fcinfo, n, "reason", "'no longer needed'");
}

/*
 * Reads the holder to whom the booking must belong; NULL means any holder. This argument stands before max_wait and
 * the tenant. The functions of 0.1.0, which have fewer parameters, do not have it.
 */
text *bo_arguments_own_holder(FunctionCallInfo fcinfo, int parameters)
{
    return PG_NARGS() < parameters ? NULL : bo_arguments_optional_text(fcinfo, parameters - 3, "holder", "'user:42'");
}

/* Reads a list of names: at least one, at most limit. */
ArrayType *bo_arguments_texts(FunctionCallInfo fcinfo, int n, const char *name, const char *example, int limit)
{
    ArrayType *values;
    Datum *elements;
    bool *nulls;
    int count;

    if (PG_ARGISNULL(n))
        bo_error_null_argument(name, example);
    values = PG_GETARG_ARRAYTYPE_P(n);
    deconstruct_array(values, TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &count);
    if (count == 0)
        bo_error_argument(name, "must not be empty", example);
    if (count > limit)
        bo_error_argument(name, psprintf("must not have more than %d elements", limit), example);
    for (int i = 0; i < count; i++)
    {
        if (nulls[i])
            bo_error_null_argument(psprintf("an element of %s", name), example);
        arguments_check_text(DatumGetTextPP(elements[i]), psprintf("an element of %s", name), example);
    }
    return values;
}

bool bo_arguments_same_text(const text *a, const text *b)
{
    return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
           memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

/* Compares byte by byte, which is how the columns of names are sorted. */
int bo_arguments_compare_texts(const text *a, const text *b)
{
    int order = memcmp(VARDATA_ANY(a), VARDATA_ANY(b), Min(VARSIZE_ANY_EXHDR(a), VARSIZE_ANY_EXHDR(b)));

    return order != 0 ? order : (int)VARSIZE_ANY_EXHDR(a) - (int)VARSIZE_ANY_EXHDR(b);
}

pg_uuid_t *bo_arguments_uuid(FunctionCallInfo fcinfo, int n, const char *name)
{
    if (PG_ARGISNULL(n))
        bo_error_null_argument(name, "'01932c07-3f1e-7b6a-8d52-0f4e6a1c9b3d'");
    return PG_GETARG_UUID_P(n);
}

int32 bo_arguments_positive(FunctionCallInfo fcinfo, int n, const char *name)
{
    if (PG_ARGISNULL(n))
        bo_error_null_argument(name, "1");
    if (PG_GETARG_INT32(n) < 1)
        bo_error_argument(name, "must be at least 1", "1");
    return PG_GETARG_INT32(n);
}

int32 bo_arguments_quantity(Datum value, bool is_null, const char *name)
{
    if (is_null)
        bo_error_null_argument(name, "1");
    if (DatumGetInt32(value) < 1)
        bo_error_argument(name, "must be at least 1", "1");
    if (DatumGetInt32(value) > BO_MAX_CAPACITY)
        bo_error_argument(name, psprintf("must not be above %d", BO_MAX_CAPACITY), "1");
    return DatumGetInt32(value);
}

int64 bo_arguments_bigint(FunctionCallInfo fcinfo, int n, const char *name, const char *example)
{
    if (PG_ARGISNULL(n))
        bo_error_null_argument(name, example);
    return PG_GETARG_INT64(n);
}

/*
 * Reads a length longer than zero; NULL stays NULL. '1 month -30 days' has no sign of its own, so the length is added
 * to the current time to find out.
 */
Interval *bo_arguments_length(FunctionCallInfo fcinfo, int n, const char *name)
{
    Interval *hold_for;
    TimestampTz now = GetCurrentTimestamp();
    TimestampTz end;

    if (PG_ARGISNULL(n))
        return NULL;
    hold_for = PG_GETARG_INTERVAL_P(n);
    if (hold_for->month > BO_MAX_LENGTH_DAYS / 30 || hold_for->day > BO_MAX_LENGTH_DAYS ||
        hold_for->time > BO_MAX_LENGTH_DAYS * USECS_PER_DAY)
        bo_error_argument(name, psprintf("must not be longer than %d days", BO_MAX_LENGTH_DAYS), "'10 minutes'");
    /* A part so far below zero would lead out of the calendar (22008), and the other parts cannot make up for it. */
    if (hold_for->month < -4 * BO_MAX_LENGTH_DAYS / 30 || hold_for->day < -4 * BO_MAX_LENGTH_DAYS ||
        hold_for->time < -4 * BO_MAX_LENGTH_DAYS * USECS_PER_DAY)
        bo_error_argument(name, "must be longer than zero", "'10 minutes'");
    end = DatumGetTimestampTz(
        DirectFunctionCall2(timestamptz_pl_interval, TimestampTzGetDatum(now), IntervalPGetDatum(hold_for)));
    if (end <= now)
        bo_error_argument(name, "must be longer than zero", "'10 minutes'");
    if (TIMESTAMP_NOT_FINITE(end))
        bo_error_argument(name, "must be finite", "'10 minutes'");
    return hold_for;
}

static int64 arguments_exact_length(const Interval *given, const char *name, int64 least, const char *example)
{
    int64 length;

    if (given->month != 0)
        bo_error_argument(name, "must not contain months or years", example);
    if (given->day > BO_MAX_LENGTH_DAYS || given->day < -BO_MAX_LENGTH_DAYS ||
        given->time > BO_MAX_LENGTH_DAYS * USECS_PER_DAY || given->time < -BO_MAX_LENGTH_DAYS * USECS_PER_DAY)
        bo_error_argument(name, psprintf("must not be longer than %d days", BO_MAX_LENGTH_DAYS), example);
    length = bo_value_microseconds(given);
    if (length < least)
        bo_error_argument(name, least == 0 ? "must not be negative" : "must be longer than zero", example);
    return length;
}

/* Reads an exact duration and returns microseconds. A day is 24 hours; a month has no exact duration and is refused. */
int64 bo_arguments_exact_length(FunctionCallInfo fcinfo, int n, const char *name, int64 least)
{
    return arguments_exact_length(PG_GETARG_INTERVAL_P(n), name, least, "'15 minutes'");
}

/* Reads how long a call may wait, in microseconds. 0: not at all. */
int64 bo_arguments_max_wait(FunctionCallInfo fcinfo, int n)
{
    return arguments_exact_length(PG_GETARG_INTERVAL_P(n), "max_wait", 0, "'2 seconds'");
}

/*
 * Reads a name that PostgreSQL knows as a time zone. Seven such names are also abbreviations. As such they mean a fixed
 * offset, without summer time, which a session can even change (timezone_abbreviations), so they are refused.
 */
text *bo_arguments_time_zone(FunctionCallInfo fcinfo, int n)
{
    static const char *const abbreviations[] = {"CET", "EET", "EST", "HST", "MET", "MST", "WET"};
    text *value = bo_arguments_text(fcinfo, n, "time_zone", "'Europe/Paris'");
    char *name = text_to_cstring(value);

    for (int i = 0; i < (int)lengthof(abbreviations); i++)
        if (pg_strcasecmp(name, abbreviations[i]) == 0)
            bo_error_argument("time_zone", "must not be an abbreviation", "'Europe/Paris'");
    if (pg_tzset(name) == NULL)
        bo_error_argument("time_zone", "is not known to PostgreSQL", "'Europe/Paris'");
    return value;
}

/*
 * Two centuries after the first day of the calendar: a buffer, the day before, or the wall clock of a zone must not
 * leave the calendar (22008).
 */
#define EARLIEST_START (MIN_TIMESTAMP + INT64CONST(2) * 36600 * USECS_PER_DAY)

/* The example for a caller who used other brackets: the same times as [start, end). */
static const char *arguments_half_open(const RangeBound *lower, const RangeBound *upper)
{
    if (lower->val == upper->val)
        return BO_DURING_EXAMPLE;
    return psprintf("'[%s, %s)'", DatumGetCString(DirectFunctionCall1(timestamptz_out, lower->val)),
                    DatumGetCString(DirectFunctionCall1(timestamptz_out, upper->val)));
}

/*
 * Reads the time of a booking. It lies between two known instants, because anything else could not be compared, and its
 * range is [start, end): with a closing ], which a driver or a habit may produce, it would take the first instant of
 * the next booking.
 */
RangeType *bo_arguments_checked_during(Datum value, bool is_null, const char *name)
{
    RangeType *during;
    RangeBound lower, upper;
    bool is_empty;

    if (is_null)
        bo_error_null_argument(name, BO_DURING_EXAMPLE);
    during = DatumGetRangeTypeP(value);
    range_deserialize(lookup_type_cache(RangeTypeGetOid(during), TYPECACHE_RANGE_INFO), during, &lower, &upper,
                      &is_empty);
    if (is_empty)
        bo_error_argument(name, "must not be empty", BO_DURING_EXAMPLE);
    if (lower.infinite || upper.infinite)
        bo_error_argument(name, "must not be unbounded", BO_DURING_EXAMPLE);
    if (TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(lower.val)) || TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(upper.val)))
        bo_error_argument(name, "must not be infinite", BO_DURING_EXAMPLE);
    if (DatumGetTimestampTz(lower.val) < EARLIEST_START)
        bo_error_argument(name, "must begin after the year 4513 BC", BO_DURING_EXAMPLE);
    if (DatumGetTimestampTz(upper.val) >= BO_TIME_LIMIT)
        bo_error_slot_key_time();
    if (!lower.inclusive || upper.inclusive)
        bo_error_argument(name, "must include its start and exclude its end: [start, end)",
                          arguments_half_open(&lower, &upper));
    return during;
}

/* Hashes one part of a call after another, to tell a repeated call from a different one under the same key. */
int64 bo_arguments_hash_bytes(int64 hash, const void *bytes, int size)
{
    return (int64)hash_bytes_extended(bytes, size, (uint64)hash);
}

int64 bo_arguments_hash_varlena(int64 hash, const void *value)
{
    return bo_arguments_hash_bytes(hash, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
}

/*
 * Returns the hash that tells a repeated call from a different one under the same key. The size of each part goes into
 * its hash, so ("a", "bc") and ("ab", "c") differ.
 */
int64 bo_arguments_hash(int64 seed, const BoSlotCall *call)
{
    int64 hash = bo_arguments_hash_varlena(seed, call->resource);
    unsigned char flags = (call->allow_overlap ? 1 : 0) | (call->hold_for != NULL ? 2 : 0) |
                          (call->details != NULL ? 4 : 0) | (call->kind != NULL ? 8 : 0);

    hash = bo_arguments_hash_varlena(hash, call->during);
    hash = bo_arguments_hash_varlena(hash, call->holder);
    hash = bo_arguments_hash_bytes(hash, &flags, 1);
    hash = bo_arguments_hash_bytes(hash, &call->quantity, sizeof(call->quantity));
    if (call->hold_for != NULL)
    {
        hash = bo_arguments_hash_bytes(hash, &call->hold_for->time, sizeof(call->hold_for->time));
        hash = bo_arguments_hash_bytes(hash, &call->hold_for->day, sizeof(call->hold_for->day));
        hash = bo_arguments_hash_bytes(hash, &call->hold_for->month, sizeof(call->hold_for->month));
    }
    if (call->details != NULL)
        hash = bo_arguments_hash_varlena(hash, call->details);
    if (call->kind != NULL)
        hash = bo_arguments_hash_varlena(hash, call->kind);
    return hash;
}

/*
 * book_slot(resource, during, holder, quantity, hold_for, allow_overlap, details, idempotency_key, valid_until, waive,
 * reason, kind, max_wait, tenant)
 */
void bo_arguments_slot(FunctionCallInfo fcinfo, BoSlotCall *call)
{
    bo_arguments_writable("book_slot");
    memset(call, 0, sizeof(*call));
    call->resource = bo_arguments_text(fcinfo, 0, "resource", "'room:1'");
    call->member = 1;
    call->during = bo_arguments_checked_during(PG_GETARG_DATUM(1), PG_ARGISNULL(1), "during");
    call->holder = bo_arguments_text(fcinfo, 2, "holder", "'user:42'");
    call->quantity = bo_arguments_quantity(PG_GETARG_DATUM(3), PG_ARGISNULL(3), "quantity");
    call->hold_for = bo_arguments_length(fcinfo, 4, "hold_for");
    if (PG_ARGISNULL(5))
        bo_error_null_argument("allow_overlap", "false");
    call->allow_overlap = PG_GETARG_BOOL(5);
    if (call->allow_overlap && call->quantity > 1)
        bo_error_argument("quantity", "must be 1 with allow_overlap, which takes no unit", "1");
    call->details = PG_ARGISNULL(6) ? NULL : PG_GETARG_JSONB_P(6);
    call->idempotency_key = bo_arguments_optional_text(fcinfo, 7, "idempotency_key", "'order:1001'");
    call->valid_until = PG_ARGISNULL(8) ? DT_NOEND : PG_GETARG_TIMESTAMPTZ(8);
    call->waives = bo_waiver_arguments(fcinfo, 9, &call->reason);
    call->kind = bo_arguments_kind(fcinfo, 11, 14);
    call->tenant = bo_arguments_tenant(fcinfo);
    call->request_hash = bo_arguments_hash(BO_HASH_SLOT, call);
}

/*
 * Reads the kind of booking: parameter n of a function with this many parameters. An older version of the function has
 * fewer, and no kinds.
 */
text *bo_arguments_kind(FunctionCallInfo fcinfo, int n, int parameters)
{
    return PG_NARGS() < parameters ? NULL : bo_arguments_optional_text(fcinfo, n, "kind", "'haircut'");
}

/* Raised before any work, with a way out: PostgreSQL's own message would name an INSERT that the caller never wrote. */
void bo_arguments_writable(const char *verb)
{
    if (XactReadOnly)
        bo_error_read_only(verb);
}
