/*
 * claim.c
 *   claim() and release_claim(): a value that is owned once per scope.
 *
 * No lock but the primary key's own: whoever inserts while another's row is under
 * way waits for that transaction, and its end decides. Nothing an answer says tells
 * a caller who owns what is not theirs.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "access/xact.h"

#include "base/answer.h"
#include "base/arguments.h"
#include "base/error.h"
#include "base/label.h"
#include "base/round.h"
#include "store/statements.h"
#include "store/store.h"

PG_FUNCTION_INFO_V1(bookonce_claim);
PG_FUNCTION_INFO_V1(bookonce_release_claim);

/* tenant, scope, value, claimant: in the order of the statements' parameters */
static void claim_read_arguments(FunctionCallInfo fcinfo, int tenant, Datum *values)
{
    values[1] = PointerGetDatum(bo_arguments_text(fcinfo, 0, "scope", "'email'"));
    values[2] = PointerGetDatum(bo_arguments_text(fcinfo, 1, "value", "'ann@example.org'"));
    values[3] = PointerGetDatum(bo_arguments_text(fcinfo, 2, "claimant", "'user:42'"));
    values[0] = PointerGetDatum(bo_arguments_text(fcinfo, tenant, "tenant", "'default'"));
}

/* Claimed (replayed: it was the claimant's before), or claimed by another. */
static BoOutcome claim_decide(BoStore *store, const Datum *values, const char *nulls, bool *replayed)
{
    for (int round = 0;; bo_round_next(&round))
    {
        bool is_null;

        if (bo_store_run(store, &bo_sql_insert_claim, values, nulls) > 0)
            return BO_CLAIMED;
        /* No row here either: it was released in between, and is free for another try. */
        if (bo_store_run(store, &bo_sql_find_claim, values, NULL) > 0)
        {
            *replayed = DatumGetBool(bo_store_column(1, &is_null));
            return *replayed ? BO_CLAIMED : BO_CLAIMED_BY_OTHER;
        }
    }
}

/* claim(scope, value, claimant, details, tenant). The claimant again is a replay; the first details stay. */
Datum bookonce_claim(PG_FUNCTION_ARGS)
{
    Datum values[5];
    BoOutcome outcome;
    bool replayed = false;
    BoStore store;

    bo_arguments_writable("claim");
    claim_read_arguments(fcinfo, 4, values);
    values[4] = PG_GETARG_DATUM(3);

    bo_store_open(&store);
    outcome = claim_decide(&store, values, PG_ARGISNULL(3) ? "    n" : NULL, &replayed);
    bo_store_close(&store);

    return bo_answer_claim(fcinfo, outcome, replayed, outcome == BO_CLAIMED ? DatumGetTextPP(values[3]) : NULL);
}

/*
 * Nothing was deleted. An old snapshot can hide the claimant's own claim, which is
 * no reason to say that it is released; another's is none of the caller's business.
 */
static void claim_check_snapshot(BoStore *store, const Datum *values)
{
    bool is_null;

    if (IsolationUsesXactSnapshot() && bo_store_run_latest(store, &bo_sql_find_claim, values, NULL) > 0 &&
        DatumGetBool(bo_store_column(1, &is_null)))
        bo_error_old_snapshot();
}

/*
 * release_claim(scope, value, claimant, tenant). Afterwards the claimant does not
 * own the value, which is all it promises: whether it was never claimed, released
 * before or is another's is the same answer, so a repeat is safe and nobody learns
 * what others own.
 */
Datum bookonce_release_claim(PG_FUNCTION_ARGS)
{
    Datum values[4];
    bool replayed;
    BoStore store;

    bo_arguments_writable("release_claim");
    claim_read_arguments(fcinfo, 3, values);

    bo_store_open(&store);
    replayed = bo_store_run(&store, &bo_sql_delete_claim, values, NULL) == 0;
    if (replayed)
        claim_check_snapshot(&store, values);
    bo_store_close(&store);

    return bo_answer_claim(fcinfo, BO_RELEASED, replayed, DatumGetTextPP(values[3]));
}
