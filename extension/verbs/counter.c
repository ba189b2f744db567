/*
 * counter.c
 *   define_counter() and adjust_counter(): a bounded number, exact under any concurrency.
 *
 * No lock but the row's own, which READ COMMITTED waits for and then judges the
 * bounds again. An advisory lock in front of it was tried and left a third of a hot
 * counter's throughput: it goes to whoever has waited longest, who must first wake.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "access/xact.h"
#include "common/int.h"

#include "base/answer.h"
#include "base/arguments.h"
#include "base/error.h"
#include "base/label.h"
#include "base/round.h"
#include "store/statements.h"
#include "store/store.h"

PG_FUNCTION_INFO_V1(bookonce_define_counter);
PG_FUNCTION_INFO_V1(bookonce_adjust_counter);

typedef struct BoBounds
{
    bool has_minimum;
    bool has_maximum;
    int64 minimum; /* 0 when there is none */
    int64 maximum;
} BoBounds;

typedef struct BoCounter
{
    int64 value;
    int64 entries; /* grows with every delta */
    BoBounds bounds;
    bool key_used;
    int64 key_delta; /* what the key did, when it was used */
    int64 key_value;
} BoCounter;

static bool counter_allows(const BoBounds *bounds, int64 value)
{
    return (!bounds->has_minimum || value >= bounds->minimum) && (!bounds->has_maximum || value <= bounds->maximum);
}

static bool counter_same_bounds(const BoBounds *a, const BoBounds *b)
{
    return a->has_minimum == b->has_minimum && a->has_maximum == b->has_maximum && a->minimum == b->minimum &&
           a->maximum == b->maximum;
}

static int64 counter_read_bigint(int column, bool *there)
{
    bool is_null;
    Datum value = bo_store_column(column, &is_null);

    *there = !is_null;
    return is_null ? 0 : DatumGetInt64(value);
}

/* What a run of bo_sql_find_counter returned. False: nothing, there is no such counter. */
static bool counter_read(uint64 rows, BoCounter *found)
{
    bool there;

    if (rows == 0)
        return false;
    found->value = counter_read_bigint(1, &there);
    found->entries = counter_read_bigint(2, &there);
    found->bounds.minimum = counter_read_bigint(3, &found->bounds.has_minimum);
    found->bounds.maximum = counter_read_bigint(4, &found->bounds.has_maximum);
    found->key_delta = counter_read_bigint(5, &found->key_used);
    found->key_value = counter_read_bigint(6, &there);
    return true;
}

/*
 * The counter as it is, and what the key did. False: there is no such counter. What
 * an old snapshot shows of a counter that was changed since is no ground to refuse
 * anything: that raises 40001.
 */
static bool counter_find(BoStore *store, const text *tenant, const text *counter, const text *key, BoCounter *found)
{
    Datum values[] = {PointerGetDatum(tenant), PointerGetDatum(counter), PointerGetDatum(key)};
    const char *nulls = key == NULL ? "  n" : NULL;
    bool known = counter_read(bo_store_run(store, &bo_sql_find_counter, values, nulls), found);

    if (IsolationUsesXactSnapshot())
    {
        BoCounter latest;

        if (counter_read(bo_store_run_latest(store, &bo_sql_find_counter, values, nulls), &latest) &&
            (!known || latest.entries != found->entries || !counter_same_bounds(&latest.bounds, &found->bounds)))
            bo_error_old_snapshot();
    }
    return known;
}

static void counter_read_bounds(FunctionCallInfo fcinfo, BoBounds *bounds)
{
    bounds->has_minimum = !PG_ARGISNULL(2);
    bounds->has_maximum = !PG_ARGISNULL(3);
    bounds->minimum = bounds->has_minimum ? PG_GETARG_INT64(2) : 0;
    bounds->maximum = bounds->has_maximum ? PG_GETARG_INT64(3) : 0;
    if (bounds->has_minimum && bounds->has_maximum && bounds->minimum > bounds->maximum)
        bo_error_argument("minimum", "must not be above maximum", "minimum => 0, maximum => 100");
}

/*
 * define_counter(counter, value, minimum, maximum, tenant). The value is the initial
 * one: it is neither set nor looked at when the counter exists. Defining again what
 * is already so waits for nobody and writes nothing.
 */
Datum bookonce_define_counter(PG_FUNCTION_ARGS)
{
    text *counter, *tenant;
    int64 value;
    BoBounds bounds;
    BoCounter found;
    BoStore store;
    bool done;
    int round = 0;

    bo_arguments_writable("define_counter");
    counter = bo_arguments_text(fcinfo, 0, "counter", "'stock:42'");
    value = bo_arguments_bigint(fcinfo, 1, "value", "0");
    counter_read_bounds(fcinfo, &bounds);
    tenant = bo_arguments_text(fcinfo, 4, "tenant", "'default'");

    bo_store_open(&store);
    do
    {
        Datum values[] = {PointerGetDatum(tenant), PointerGetDatum(counter), Int64GetDatum(value),
                          Int64GetDatum(bounds.minimum), Int64GetDatum(bounds.maximum)};
        char nulls[] = {' ', ' ', ' ', bounds.has_minimum ? ' ' : 'n', bounds.has_maximum ? ' ' : 'n', '\0'};

        bo_round_next(&round);
        if (!counter_find(&store, tenant, counter, NULL, &found))
        {
            if (!counter_allows(&bounds, value))
                bo_error_argument("value", "must lie between minimum and maximum",
                                  "value => 10, minimum => 0, maximum => 100");
            done = bo_store_run(&store, &bo_sql_insert_counter, values, nulls) > 0;
        }
        else if (counter_same_bounds(&bounds, &found.bounds))
            done = true;
        else
        {
            Datum rebound[] = {values[0], values[1], values[3], values[4]};
            char rebound_nulls[] = {' ', ' ', nulls[3], nulls[4], '\0'};

            done = bo_store_run(&store, &bo_sql_rebound_counter, rebound, rebound_nulls) > 0;
            if (!done && counter_find(&store, tenant, counter, NULL, &found) && !counter_allows(&bounds, found.value))
                bo_error_bounds_exclude_value(counter, found.value);
        }
    } while (!done);
    bo_store_close(&store);

    PG_RETURN_VOID();
}

/* One delta for one counter, and its answer. */
typedef struct BoAdjustment
{
    text *tenant;
    text *counter;
    int64 delta;
    text *idempotency_key; /* or NULL */
    BoOutcome outcome;
    bool replayed;
    int64 value;
} BoAdjustment;

/*
 * True: the delta is in, and its entry is written. The key's own row can come as a
 * surprise to a call that waited for the counter: the statement began before that
 * row was committed. The delta is then in twice, seen by nobody, and taken back.
 */
static bool counter_adjust(BoStore *store, BoAdjustment *request)
{
    int64 delta = request->delta;
    Datum values[] = {PointerGetDatum(request->tenant),
                      PointerGetDatum(request->counter),
                      Int64GetDatum(delta),
                      PointerGetDatum(request->idempotency_key),
                      Int64GetDatum(delta < 0 ? PG_INT64_MIN - delta : PG_INT64_MIN),
                      Int64GetDatum(delta > 0 ? PG_INT64_MAX - delta : PG_INT64_MAX)};
    bool there;

    if (bo_store_run(store, &bo_sql_adjust_counter, values, request->idempotency_key == NULL ? "   n  " : NULL) == 0)
        return false;
    request->outcome = BO_APPLIED;
    request->value = counter_read_bigint(1, &there);
    if (DatumGetBool(bo_store_column(2, &there)))
        return true;
    bo_store_run(store, &bo_sql_put_back_delta, values, NULL);
    return false;
}

/* Why the delta is not wanted: the key was used, or the bounds forbid it. False: nothing stands in its way. */
static bool counter_is_settled(BoStore *store, BoAdjustment *request)
{
    BoCounter found;
    int64 sum;

    if (!counter_find(store, request->tenant, request->counter, request->idempotency_key, &found))
        bo_error_unknown_counter(request->counter);
    if (found.key_used && found.key_delta != request->delta)
        bo_error_key_reused(request->idempotency_key);
    request->replayed = found.key_used;
    request->outcome = found.key_used ? BO_APPLIED : BO_OUT_OF_BOUNDS;
    request->value = found.key_used ? found.key_value : found.value;
    return found.key_used || pg_add_s64_overflow(found.value, request->delta, &sum) ||
           !counter_allows(&found.bounds, sum);
}

/* adjust_counter(counter, delta, idempotency_key, tenant) */
Datum bookonce_adjust_counter(PG_FUNCTION_ARGS)
{
    BoAdjustment request = {0};
    BoStore store;
    int round = 0;

    bo_arguments_writable("adjust_counter");
    request.counter = bo_arguments_text(fcinfo, 0, "counter", "'stock:42'");
    request.delta = bo_arguments_bigint(fcinfo, 1, "delta", "-1");
    if (request.delta == 0)
        bo_error_argument("delta", "must not be zero", "-1");
    request.idempotency_key = bo_arguments_optional_text(fcinfo, 2, "idempotency_key", "'order:1001'");
    request.tenant = bo_arguments_text(fcinfo, 3, "tenant", "'default'");

    bo_store_open(&store);
    while (!counter_adjust(&store, &request) && !counter_is_settled(&store, &request))
        bo_round_next(&round);
    bo_store_close(&store);

    return bo_answer_counter(fcinfo, request.outcome, request.replayed, request.value);
}
