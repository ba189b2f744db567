/*
 * claim.c
 *   claim() and release_claim(): a value that is owned once per scope.
 *
 * No lock but the primary key's own: an insert waits for another transaction's row in progress, and that transaction's
 * end decides. No answer tells a caller who owns a value that is not theirs.
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
#include "base/wait.h"
#include "store/store_claim.h"

BO_VERB_THAT_WAITS(claim, 6);
BO_VERB_THAT_WAITS(release_claim, 5);

typedef struct ClaimCall
{
    text *tenant;
    text *scope;
    text *value;
    text *claimant;
} ClaimCall;

static void claim_arguments(FunctionCallInfo fcinfo, ClaimCall *call)
{
    call->scope = bo_arguments_text(fcinfo, 0, "scope", "'email'");
    call->value = bo_arguments_text(fcinfo, 1, "value", "'ann@example.org'");
    call->claimant = bo_arguments_text(fcinfo, 2, "claimant", "'user:42'");
    call->tenant = bo_arguments_tenant(fcinfo);
}

/* The parameters that the statements on a claim begin with. */
#define CLAIM_PARAMETERS(call) \
    bo_text((call)->tenant), bo_text((call)->scope), bo_text((call)->value), bo_text((call)->claimant)

/* Returns claimed or claimed_by_other. Sets replayed if the value was the claimant's before. */
static BoOutcome claim_decide(BoStore *store, ClaimCall *call, const Jsonb *details, bool *replayed,
                              TransactionId *writer)
{
    /*
     * Raises 40001 if the value had an owner when the transaction began and has been released since: the insert does
     * not tell.
     */
    if (IsolationIsSerializable())
        (void)bo_store_run_latest(store, &bo_sql_find_claim, CLAIM_PARAMETERS(call));
    for (int round = 0;; bo_round_next(&round))
    {
        if (bo_store_run(store, &bo_sql_insert_claim, CLAIM_PARAMETERS(call), bo_jsonb_or_null(details)) > 0)
        {
            call->claimant = bo_store_keep(store, bo_row_text(bo_store_row(0), BO_INSERT_CLAIM_CLAIMANT));
            return BO_CLAIMED;
        }
        /* If there is no row here either, the claim was released in between: another try. */
        if (bo_store_run(store, &bo_sql_find_claim, CLAIM_PARAMETERS(call)) > 0)
        {
            *replayed = bo_row_bool(bo_store_row(0), BO_FIND_CLAIM_IS_OWN);
            *writer = bo_row_xid(bo_store_row(0), BO_FIND_CLAIM_WRITER);
            return *replayed ? BO_CLAIMED : BO_CLAIMED_BY_OTHER;
        }
    }
}

/*
 * claim(scope, value, claimant, details, max_wait, tenant). A claim that the claimant already has is a replay; the
 * first details stay.
 */
static Datum claim_call(FunctionCallInfo fcinfo)
{
    ClaimCall call;
    Jsonb *details;
    BoOutcome outcome;
    bool replayed = false;
    TransactionId writer = InvalidTransactionId;
    BoStore store;

    bo_arguments_writable("claim");
    claim_arguments(fcinfo, &call);
    details = PG_ARGISNULL(3) ? NULL : PG_GETARG_JSONB_P(3);

    bo_store_open_for(&store, BO_TABLES_CLAIM);
    outcome = claim_decide(&store, &call, details, &replayed, &writer);
    bo_store_close(&store);

    return bo_answer_claim(fcinfo, outcome, replayed, outcome == BO_CLAIMED ? call.claimant : NULL, writer);
}

/*
 * Called when nothing was deleted. An old snapshot can hide the claimant's own claim, and then released would be wrong;
 * another's claim is not the caller's business.
 */
static void claim_check_snapshot(BoStore *store, const ClaimCall *call)
{
    if (IsolationUsesXactSnapshot() && bo_store_run_latest(store, &bo_sql_find_claim, CLAIM_PARAMETERS(call)) > 0 &&
        bo_row_bool(bo_store_row(0), BO_FIND_CLAIM_IS_OWN))
        bo_error_old_snapshot();
}

/*
 * release_claim(scope, value, claimant, max_wait, tenant). Afterwards the claimant does not own the value, which is all
 * that it promises: whether the value was never claimed, was released before or belongs to another gives the same
 * answer, so a repeat is safe and nobody learns what others own.
 */
static Datum release_claim_call(FunctionCallInfo fcinfo)
{
    ClaimCall call;
    bool replayed;
    BoStore store;

    bo_arguments_writable("release_claim");
    claim_arguments(fcinfo, &call);

    bo_store_open_for(&store, BO_TABLES_CLAIM);
    replayed = bo_store_run(&store, &bo_sql_delete_claim, CLAIM_PARAMETERS(&call)) == 0;
    if (replayed)
        claim_check_snapshot(&store, &call);
    bo_store_close(&store);

    /* No row is left that could say which transaction released it. */
    return bo_answer_claim(fcinfo, BO_RELEASED, replayed, call.claimant, InvalidTransactionId);
}
