/*
 * counter.c
 *   define_counter() and adjust_counter(): a bounded number, exact under any concurrency.
 *
 * The only lock is the row's own: READ COMMITTED waits for it and then checks the bounds again. With an advisory lock
 * in front of it, a hot counter had only a third of the throughput: the lock goes to the session that has waited
 * longest, which must first wake up.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "access/xact.h"
#include "common/int.h"

#include "base/answer.h"
#include "base/arguments.h"
#include "base/durable.h"
#include "base/error.h"
#include "base/label.h"
#include "base/round.h"
#include "base/wait.h"
#include "store/store_claim.h"

BO_VERB_THAT_WAITS(define_counter, 6);
BO_VERB_THAT_WAITS(adjust_counter, 5);

typedef struct BoBounds
{
    bool has_minimum;
    bool has_maximum;
    int64 minimum; /* 0 if there is none */
    int64 maximum;
} BoBounds;

typedef struct BoCounter
{
    int64 value;
    int64 entries; /* grows with every delta */
    BoBounds bounds;
    bool key_used;
    int64 key_delta; /* what the key did, if it was used */
    int64 key_value;
    TransactionId key_writer;
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

/* Reads the result of bo_sql_find_counter. Returns false if there is no such counter. */
static bool counter_read(uint64 rows, BoCounter *found)
{
    BoRow row;

    if (rows == 0)
        return false;
    row = bo_store_row(0);
    found->value = bo_row_int8(row, BO_FIND_COUNTER_VALUE);
    found->entries = bo_row_int8(row, BO_FIND_COUNTER_ENTRIES);
    found->bounds = (BoBounds){.has_minimum = !bo_row_is_null(row, BO_FIND_COUNTER_MINIMUM),
                               .has_maximum = !bo_row_is_null(row, BO_FIND_COUNTER_MAXIMUM),
                               .minimum = bo_row_int8_or(row, BO_FIND_COUNTER_MINIMUM, 0),
                               .maximum = bo_row_int8_or(row, BO_FIND_COUNTER_MAXIMUM, 0)};
    found->key_used = !bo_row_is_null(row, BO_FIND_COUNTER_KEY_DELTA);
    if (found->key_used)
    {
        found->key_delta = bo_row_int8(row, BO_FIND_COUNTER_KEY_DELTA);
        found->key_value = bo_row_int8(row, BO_FIND_COUNTER_KEY_VALUE);
        found->key_writer = bo_row_xid(row, BO_FIND_COUNTER_KEY_WRITER);
    }
    return true;
}

/*
 * Reads the counter as it is, and what the key did. Returns false if there is no such counter. Raises 40001 if the
 * counter has changed since an old snapshot: what that shows is no reason to refuse anything.
 */
static bool counter_find(BoStore *store, const text *tenant, const text *counter, const text *key, BoCounter *found)
{
    BoParameter parameters[] = {bo_text(tenant), bo_text(counter), bo_text_or_null(key)};
    int count = lengthof(parameters);
    bool known = counter_read(bo_store_run_list(store, &bo_sql_find_counter, parameters, count), found);

    if (IsolationUsesXactSnapshot())
    {
        BoCounter latest;

        if (counter_read(bo_store_run_list_latest(store, &bo_sql_find_counter, parameters, count), &latest) &&
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

static BoParameter counter_bound(bool is_there, int64 bound)
{
    return bo_nullable(bo_int8(bound), !is_there);
}

/*
 * define_counter(counter, value, minimum, maximum, max_wait, tenant). The value is the initial one: it is neither set
 * nor compared if the counter exists. Defining a counter again with the same bounds waits for nobody and writes
 * nothing.
 */
static Datum define_counter_call(FunctionCallInfo fcinfo)
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
    tenant = bo_arguments_tenant(fcinfo);

    bo_store_open_for(&store, BO_TABLES_COUNTER);
    do
    {
        bo_round_next(&round);
        if (!counter_find(&store, tenant, counter, NULL, &found))
        {
            if (!counter_allows(&bounds, value))
                bo_error_argument("value", "must lie between minimum and maximum",
                                  "value => 10, minimum => 0, maximum => 100");
            done = bo_store_run(&store, &bo_sql_insert_counter, bo_text(tenant), bo_text(counter), bo_int8(value),
                                counter_bound(bounds.has_minimum, bounds.minimum),
                                counter_bound(bounds.has_maximum, bounds.maximum)) > 0;
        }
        else if (counter_same_bounds(&bounds, &found.bounds))
            done = true;
        else
        {
            done = bo_store_run(&store, &bo_sql_rebound_counter, bo_text(tenant), bo_text(counter),
                                counter_bound(bounds.has_minimum, bounds.minimum),
                                counter_bound(bounds.has_maximum, bounds.maximum)) > 0;
            if (!done && counter_find(&store, tenant, counter, NULL, &found) && !counter_allows(&bounds, found.value))
                bo_error_bounds_exclude_value(counter, found.value);
        }
    } while (!done);
    bo_store_close(&store);
    bo_durable_rest_on(InvalidTransactionId);

    PG_RETURN_VOID();
}

/* One delta for one counter, and its answer. */
typedef struct BoDeltaCall
{
    text *tenant;
    text *counter;
    int64 delta;
    text *idempotency_key; /* or NULL */
    BoOutcome outcome;
    bool replayed;
    int64 value;
    TransactionId writer; /* of the key's entry, when replayed */
} BoDeltaCall;

/*
 * Returns true if the delta was applied and its entry written. A call that waited for the counter may find the key's
 * own row only now, because its statement began before that row was committed. The delta has then been applied twice,
 * which nobody has seen, and it is undone.
 */
static bool counter_adjust(BoStore *store, BoDeltaCall *call)
{
    int64 delta = call->delta;
    int64 lowest = delta < 0 ? PG_INT64_MIN - delta : PG_INT64_MIN;
    int64 highest = delta > 0 ? PG_INT64_MAX - delta : PG_INT64_MAX;
    BoRow row;

    if (bo_store_run(store, &bo_sql_adjust_counter, bo_text(call->tenant), bo_text(call->counter), bo_int8(delta),
                     bo_text_or_null(call->idempotency_key), bo_int8(lowest), bo_int8(highest)) == 0)
        return false;
    row = bo_store_row(0);
    call->outcome = BO_APPLIED;
    call->value = bo_row_int8(row, BO_ADJUST_COUNTER_VALUE);
    if (bo_row_bool(row, BO_ADJUST_COUNTER_IS_ENTERED))
        return true;
    bo_store_run(store, &bo_sql_put_back_delta, bo_text(call->tenant), bo_text(call->counter), bo_int8(delta));
    return false;
}

/*
 * Finds out why the delta does not apply: the key was used, or the bounds forbid it. Returns false if nothing is
 * against it.
 */
static bool counter_is_settled(BoStore *store, BoDeltaCall *call)
{
    BoCounter found;
    int64 sum;

    if (!counter_find(store, call->tenant, call->counter, call->idempotency_key, &found))
        bo_error_unknown_counter(call->counter);
    if (found.key_used && found.key_delta != call->delta)
        bo_error_key_reused(call->idempotency_key);
    call->replayed = found.key_used;
    call->writer = found.key_used ? found.key_writer : InvalidTransactionId;
    call->outcome = found.key_used ? BO_APPLIED : BO_OUT_OF_BOUNDS;
    call->value = found.key_used ? found.key_value : found.value;
    return found.key_used || pg_add_s64_overflow(found.value, call->delta, &sum) || !counter_allows(&found.bounds, sum);
}

/* adjust_counter(counter, delta, idempotency_key, max_wait, tenant) */
static Datum adjust_counter_call(FunctionCallInfo fcinfo)
{
    BoDeltaCall call = {0};
    BoStore store;
    int round = 0;

    bo_arguments_writable("adjust_counter");
    call.counter = bo_arguments_text(fcinfo, 0, "counter", "'stock:42'");
    call.delta = bo_arguments_bigint(fcinfo, 1, "delta", "-1");
    if (call.delta == 0)
        bo_error_argument("delta", "must not be zero", "-1");
    call.idempotency_key = bo_arguments_optional_text(fcinfo, 2, "idempotency_key", "'order:1001'");
    call.tenant = bo_arguments_tenant(fcinfo);

    bo_store_open_for(&store, BO_TABLES_COUNTER);
    while (!counter_adjust(&store, &call) && !counter_is_settled(&store, &call))
        bo_round_next(&round);
    bo_store_close(&store);

    return bo_answer_counter(fcinfo, call.outcome, call.replayed, call.value, call.writer);
}
