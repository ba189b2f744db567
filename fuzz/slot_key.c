/*
 * slot_key.c
 *   libFuzzer's entry to the reader and writer of bookonce.slot_key, outside of the server.
 *
 * The first byte says what the others are: a text for slot_key_in(), bytes for slot_key_recv(), or a range for
 * slot_key(). What is accepted must read back equal, by text and by bytes, and overlap itself; what is refused must
 * be refused by one of the type's own errors. The server's part is played by a few functions below: errors jump out,
 * memory is freed after each input, so that the sanitizers see its true size.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "../extension/guard/slot_key.c"

#include <setjmp.h>

static jmp_buf refused;

_Noreturn void bo_error_slot_key_time(void)
{
    longjmp(refused, 1);
}
_Noreturn void bo_error_slot_key_text(const char *input)
{
    longjmp(refused, 1);
}
_Noreturn void bo_error_slot_key_binary(void)
{
    longjmp(refused, 1);
}

/* An internal error is a finding. */
bool errstart_cold(int level, const char *domain)
{
    abort();
}
bool errstart(int level, const char *domain)
{
    abort();
}
void errfinish(const char *file, int line, const char *function)
{
    abort();
}
int errmsg_internal(const char *format, ...)
{
    abort();
}

#if PG_VERSION_NUM >= 160000
void ExceptionalCondition(const char *condition, const char *file, int line)
#else
void ExceptionalCondition(const char *condition, const char *kind, const char *file, int line)
#endif
{
    fprintf(stderr, "%s:%d: %s does not hold\n", file, line, condition);
    abort();
}

/* ---- memory ---- */
static void *blocks[64];
static int block_count;

void *palloc(Size size)
{
    if (block_count == (int)lengthof(blocks))
        abort();
    return blocks[block_count++] = malloc(size);
}

void pfree(void *block)
{
    for (int i = 0; i < block_count; i++)
        if (blocks[i] == block)
            blocks[i] = NULL;
    free(block);
}

void *repalloc(void *block, Size size)
{
    for (int i = 0; i < block_count; i++)
        if (blocks[i] == block)
            return blocks[i] = realloc(block, size);
    abort();
}

struct varlena *pg_detoast_datum_packed(struct varlena *datum)
{
    return datum;
}

/* ---- messages, as in pqformat.c ---- */
void pq_begintypsend(StringInfo message)
{
    initStringInfo(message);
}

bytea *pq_endtypsend(StringInfo message)
{
    /* The message itself stands on the sender's stack. */
    StringInfo sent = palloc(sizeof(*sent));

    *sent = *message;
    return (bytea *)sent;
}

static uint64 get_bytes(StringInfo message, int count)
{
    uint64 value = 0;

    if (message->len - message->cursor < count)
        longjmp(refused, 1);
    for (int i = 0; i < count; i++)
        value = value << 8 | (uint8)message->data[message->cursor++];
    return value;
}

unsigned int pq_getmsgint(StringInfo message, int count)
{
    return (unsigned int)get_bytes(message, count);
}
int64 pq_getmsgint64(StringInfo message)
{
    return (int64)get_bytes(message, 8);
}

/* ---- the calendar, as in datetime.c and timestamp.c: proleptic Gregorian, days since 4714-11-24 BC ---- */
static int to_days(int year, int month, int day)
{
    int century, days;

    month += month > 2 ? 1 : 13;
    year += month > 13 ? 4799 : 4800;
    century = year / 100;
    days = year * 365 - 32167;
    days += year / 4 - century + century / 4;
    return days + 7834 * month / 256 + day;
}

static void from_days(int days, struct pg_tm *tm)
{
    unsigned int julian = (unsigned int)days + 32044, quad = julian / 146097;
    unsigned int extra = (julian - quad * 146097) * 4 + 3;
    int y;

    julian += 60 + quad * 3 + extra / 146097;
    quad = julian / 1461;
    julian -= quad * 1461;
    y = julian * 4 / 1461;
    julian = ((y != 0) ? ((julian + 305) % 365) : ((julian + 306) % 366)) + 123;
    tm->tm_year = y + quad * 4 - 4800;
    quad = julian * 2141 / 65536;
    tm->tm_mday = julian - 7834 * quad / 256;
    tm->tm_mon = (quad + 10) % MONTHS_PER_YEAR + 1;
}

int timestamp2tm(Timestamp time, int *zone, struct pg_tm *tm, fsec_t *microsecond, const char **name, pg_tz *session)
{
    int64 days = time / USECS_PER_DAY, rest = time % USECS_PER_DAY;

    if (rest < 0)
    {
        rest += USECS_PER_DAY;
        days--;
    }
    days += POSTGRES_EPOCH_JDATE;
    if (days < 0 || days > INT_MAX)
        return -1;
    from_days((int)days, tm);
    tm->tm_hour = (int)(rest / USECS_PER_HOUR);
    tm->tm_min = (int)(rest / USECS_PER_MINUTE % 60);
    tm->tm_sec = (int)(rest / USECS_PER_SEC % 60);
    *microsecond = (fsec_t)(rest % USECS_PER_SEC);
    return 0;
}

int tm2timestamp(struct pg_tm *tm, fsec_t microsecond, int *zone, Timestamp *result)
{
    int64 date;

    if (!IS_VALID_JULIAN(tm->tm_year, tm->tm_mon, tm->tm_mday))
        return -1;
    date = to_days(tm->tm_year, tm->tm_mon, tm->tm_mday) - POSTGRES_EPOCH_JDATE;
    if (__builtin_mul_overflow(date, USECS_PER_DAY, result) ||
        __builtin_add_overflow(*result,
                               tm->tm_hour * USECS_PER_HOUR + tm->tm_min * USECS_PER_MINUTE +
                                   tm->tm_sec * USECS_PER_SEC + microsecond,
                               result))
        return -1;
    return IS_VALID_TIMESTAMP(*result) ? 0 : -1;
}

/* ---- calls ---- */
static Datum call(PGFunction function, Datum a, Datum b, Datum c, bool *is_null)
{
    LOCAL_FCINFO(fcinfo, 3);
    Datum result;

    memset(fcinfo, 0, SizeForFunctionCallInfo(3));
    fcinfo->nargs = 3;
    fcinfo->args[0].value = a;
    fcinfo->args[1].value = b;
    fcinfo->args[2].value = c;
    result = function(fcinfo);
    *is_null = fcinfo->isnull;
    return result;
}

static void must(bool truth, const char *what)
{
    if (truth)
        return;
    fprintf(stderr, "does not hold: %s\n", what);
    abort();
}

/* An accepted key, back by text and by bytes. */
static void check_key(const BoSlotKey *key)
{
    bool is_null;
    const char *text = DatumGetCString(call(bookonce_slot_key_out, PointerGetDatum(key), 0, 0, &is_null));
    StringInfo sent = (StringInfo)DatumGetPointer(call(bookonce_slot_key_send, PointerGetDatum(key), 0, 0, &is_null));
    StringInfoData message = *sent;
    Datum again;

    must(key->start < key->end, "a slot starts before it ends");
    must(key->unit_low == key->unit_high, "a value is no box");
    again = call(bookonce_slot_key_in, CStringGetDatum(text), 0, 0, &is_null);
    must(memcmp(DatumGetPointer(again), key, sizeof(*key)) == 0, "text reads back equal");
    message.cursor = 0;
    again = call(bookonce_slot_key_recv, PointerGetDatum(&message), 0, 0, &is_null);
    must(memcmp(DatumGetPointer(again), key, sizeof(*key)) == 0, "bytes read back equal");
    must(DatumGetBool(call(bookonce_slot_key_overlaps, PointerGetDatum(key), again, 0, &is_null)),
         "a slot overlaps itself");
}

static void try_text(const uint8 *data, size_t size)
{
    char *text = palloc(size + 1);
    bool is_null;
    BoSlotKey *key;

    memcpy(text, data, size);
    text[size] = '\0';
    key = DatumGetSlotKeyP(call(bookonce_slot_key_in, CStringGetDatum(text), 0, 0, &is_null));
    must(strcmp(text, DatumGetCString(call(bookonce_slot_key_out, PointerGetDatum(key), 0, 0, &is_null))) == 0,
         "what is accepted is what output writes");
    check_key(key);
}

static void try_bytes(const uint8 *data, size_t size)
{
    StringInfoData message;
    bool is_null;

    initStringInfo(&message);
    appendBinaryStringInfo(&message, (const char *)data, (int)size);
    check_key(DatumGetSlotKeyP(call(bookonce_slot_key_recv, PointerGetDatum(&message), 0, 0, &is_null)));
}

/* A tstzrange on disk: its type, the bounds that exist, the flags. Only what the server could have made. */
static void try_range(const uint8 *data, size_t size)
{
    int64 number[3];
    uint8 flags;
    TimestampTz lower, upper;
    char *range = palloc(VARHDRSZ + sizeof(Oid) + 2 * sizeof(TimestampTz) + 1);
    char *at = range + VARHDRSZ + sizeof(Oid);
    bool is_null;
    Datum key;

    if (size < sizeof(number) + 1)
        return;
    memcpy(number, data, sizeof(number));
    flags = data[sizeof(number)] & (RANGE_EMPTY | RANGE_LB_INC | RANGE_UB_INC | RANGE_LB_INF | RANGE_UB_INF);
    lower = number[1], upper = number[2];
    if ((!IS_VALID_TIMESTAMP(lower) && !TIMESTAMP_NOT_FINITE(lower)) ||
        (!IS_VALID_TIMESTAMP(upper) && !TIMESTAMP_NOT_FINITE(upper)) || lower > upper)
        return;
    if (lower == upper && (flags & (RANGE_LB_INC | RANGE_UB_INC)) != (RANGE_LB_INC | RANGE_UB_INC))
        return;
    memset(range, 0, VARHDRSZ + sizeof(Oid));
    if (RANGE_HAS_LBOUND(flags))
        memcpy(at, &lower, sizeof(lower)), at += sizeof(lower);
    if (RANGE_HAS_UBOUND(flags))
        memcpy(at, &upper, sizeof(upper)), at += sizeof(upper);
    *at++ = (char)flags;
    SET_VARSIZE(range, at - range);
    key = call(bookonce_slot_key, Int64GetDatum(number[0]), Int32GetDatum((int32)number[0]), PointerGetDatum(range),
               &is_null);
    must(is_null == ((flags & RANGE_EMPTY) != 0), "only an empty range has no key");
    if (!is_null)
        check_key(DatumGetSlotKeyP(key));
}

int LLVMFuzzerTestOneInput(const uint8 *data, size_t size)
{
    if (size > 0 && setjmp(refused) == 0)
        (data[0] % 3 == 0 ? try_text : data[0] % 3 == 1 ? try_bytes : try_range)(data + 1, size - 1);
    while (block_count > 0)
        free(blocks[--block_count]);
    return 0;
}
