/*
 * statistics.c
 *   Counts how often each verb gave which answer, in this database.
 *
 * An answer is counted when it is given. A later rollback does not take that back, as with PostgreSQL's own n_tup_ins:
 * the work was done, and the caller was told. A call that ends with an error is counted when its transaction or
 * subtransaction is aborted, because only then is it certain that the call has ended.
 *
 * A verb may be called within another, by a trigger of the owner's, so the calls under way are a stack.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/statistics.h"

#include "access/xact.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "base/binding.h"
#include "base/counters.h"

PG_FUNCTION_INFO_V1(bookonce_count_answers);
PG_FUNCTION_INFO_V1(bookonce_counted_since);
PG_FUNCTION_INFO_V1(bookonce_reset_statistics);

/* Calls that are nested deeper than this are not counted. */
#define DEPTH 16

typedef struct Call
{
    BoCounted *counted;
    int transaction_nest;
    bool answered;
} Call;

static Call calls[DEPTH];
static int depth; /* of calls under way; it may be more than DEPTH */

static void statistics_add(BoCounted *counted, int kind)
{
    if (counted->places[kind] == 0)
        counted->places[kind] = bo_counters_place(counted->verb, kind);
    pg_atomic_fetch_add_u64(&bo_counters_at(counted->places[kind])->count, 1);
}

/* The calls that were begun in an aborted (sub)transaction have failed. */
static void statistics_fail(int transaction_nest)
{
    depth = Min(depth, DEPTH);
    while (depth > 0 && calls[depth - 1].transaction_nest >= transaction_nest)
        statistics_add(calls[--depth].counted, BO_COUNTED_ERROR);
}

static void statistics_transaction_ends(XactEvent event, void *unused)
{
    if (event == XACT_EVENT_ABORT)
        statistics_fail(0);
}

static void statistics_subtransaction_ends(SubXactEvent event, SubTransactionId own, SubTransactionId parent,
                                           void *unused)
{
    if (event == SUBXACT_EVENT_ABORT_SUB && depth > 0)
        statistics_fail(GetCurrentTransactionNestLevel());
}

/* Notes when counting began in this database, unless it is noted already. */
static void statistics_begin_database(void)
{
    BoCounter *since = bo_counters_since();
    uint64 none = 0;

    if (since != NULL)
        (void)pg_atomic_compare_exchange_u64(&since->count, &none, (uint64)GetCurrentTimestamp());
}

static bool statistics_attach(void)
{
    static bool is_ready = false;

    if (is_ready)
        return true;
    if (!bo_counters_attach())
        return false;
    RegisterXactCallback(statistics_transaction_ends, NULL);
    RegisterSubXactCallback(statistics_subtransaction_ends, NULL);
    statistics_begin_database();
    is_ready = true;
    return true;
}

/* Called when a call begins. Returns what bo_statistics_leave() must be given. */
int bo_statistics_enter(FunctionCallInfo fcinfo, BoCounted *counted)
{
    int outer = depth;
    Oid verb = fcinfo->flinfo == NULL ? InvalidOid : fcinfo->flinfo->fn_oid;

    if (!statistics_attach())
        return outer;
    if (counted->verb != verb)
    {
        /* The extension was dropped and created again, or this is another version's function. */
        memset(counted, 0, sizeof(*counted));
        counted->verb = verb;
    }
    if (depth < DEPTH)
        calls[depth] = (Call){.counted = counted, .transaction_nest = GetCurrentTransactionNestLevel()};
    depth++;
    return outer;
}

/* Called when the call has answered. */
void bo_statistics_leave(int outer)
{
    if (depth > outer && outer < DEPTH && !calls[outer].answered)
        statistics_add(calls[outer].counted, BO_COUNTED_DONE);
    depth = outer;
}

/* Counts an answer of the call under way; a verb that returns many rows counts each. Does nothing outside of a call. */
void bo_statistics_count(BoOutcome outcome, bool replayed)
{
    Assert(outcome > BO_OUTCOME_INVALID && outcome < BO_OUTCOME_COUNT);
    if (depth == 0 || depth > DEPTH)
        return;
    calls[depth - 1].answered = true;
    statistics_add(calls[depth - 1].counted, replayed ? outcome + BO_COUNTED_REPLAYED : outcome);
}

/* The name of a kind of answer. */
static const char *statistics_name(uint32 kind)
{
    if (kind == BO_COUNTED_ERROR)
        return "error";
    if (kind == BO_COUNTED_DONE)
        return "done";
    return bo_label_outcome_name(kind % BO_OUTCOME_COUNT);
}

static void statistics_row(ReturnSetInfo *result, const BoCounter *counter, uint64 count)
{
    bool replayed = counter->kind >= BO_COUNTED_REPLAYED && counter->kind < BO_COUNTED_ERROR;
    Datum values[] = {ObjectIdGetDatum(counter->verb), CStringGetTextDatum(statistics_name(counter->kind)),
                      BoolGetDatum(replayed), Int64GetDatum((int64)count)};
    bool nulls[lengthof(values)] = {false};

    tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* The row for answers that found no counter. Their number is NULL if there is no shared memory, so nothing is known. */
static void statistics_left_out(ReturnSetInfo *result, bool is_known, uint64 count)
{
    Datum values[] = {ObjectIdGetDatum(InvalidOid), CStringGetTextDatum("not_counted"), BoolGetDatum(false),
                      Int64GetDatum((int64)count)};
    bool nulls[lengthof(values)] = {true, false, true, !is_known};

    tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* count_answers() -> verb, outcome, replayed, answers. The counts are of all tenants, so a bound role is shown none. */
Datum bookonce_count_answers(PG_FUNCTION_ARGS)
{
    ReturnSetInfo *result = (ReturnSetInfo *)fcinfo->resultinfo;
    int end;

    InitMaterializedSRF(fcinfo, 0);
    if (bo_binding()->is_bound)
        return (Datum)0;
    if (!statistics_attach())
    {
        statistics_left_out(result, false, 0);
        return (Datum)0;
    }
    if (bo_counters_left_out() > 0)
        statistics_left_out(result, true, bo_counters_left_out());
    end = bo_counters_count();
    for (int place = 1; place < end; place++)
    {
        BoCounter *counter = bo_counters_at(place);
        uint64 count = pg_atomic_read_u64(&counter->count);

        if (counter->database == MyDatabaseId && OidIsValid(counter->verb) && count > 0)
            statistics_row(result, counter, count);
    }
    return (Datum)0;
}

/* counted_since() -> timestamptz, or NULL where nothing is counted. */
Datum bookonce_counted_since(PG_FUNCTION_ARGS)
{
    BoCounter *since = statistics_attach() ? bo_counters_since() : NULL;

    if (since == NULL)
        PG_RETURN_NULL();
    PG_RETURN_TIMESTAMPTZ((TimestampTz)pg_atomic_read_u64(&since->count));
}

/* reset_statistics(), for the owner of the tables and those to whom the owner grants it. */
Datum bookonce_reset_statistics(PG_FUNCTION_ARGS)
{
    BoCounter *since;
    int end;

    if (!statistics_attach())
        PG_RETURN_VOID();
    end = bo_counters_count();
    for (int place = 1; place < end; place++)
    {
        BoCounter *counter = bo_counters_at(place);

        if (counter->database == MyDatabaseId && OidIsValid(counter->verb))
            pg_atomic_write_u64(&counter->count, 0);
    }
    since = bo_counters_since();
    if (since != NULL)
        pg_atomic_write_u64(&since->count, (uint64)GetCurrentTimestamp());
    PG_RETURN_VOID();
}
