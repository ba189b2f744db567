/*
 * top_up_offers.c
 *   top_up_offers(): the requests that keep asking make offers to those who have become free.
 *
 * Nothing depends on it: nobody has time before accept_offer(), which decides. It never waits: a request that another
 * call has locked is left for the next time. One runs at a time in a tenant, so that each sees whom the one before has
 * asked; then a provider is asked for one request at a time, first for the one that was opened first.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/arguments.h"
#include "base/error.h"
#include "base/lock.h"
#include "base/subtransaction.h"
#include "base/wait.h"
#include "store/store_asking.h"
#include "verbs/need_offers.h"

BO_VERB_THAT_WAITS(top_up_offers, 3);

typedef struct TopUp
{
    text *tenant;
    pg_uuid_t request_id;
    int32 at_most;
    int32 made;
    BoAskedTimes asked;
} TopUp;

/* Returns true if it has made offers; otherwise the subtransaction is rolled back, which releases the lock. */
static bool top_up_request(void *argument)
{
    TopUp *it = argument;
    BoNeedOffers offers = {.invitation = {.tenant = it->tenant, .request_id = &it->request_id},
                           .at_most = it->at_most,
                           .asked = &it->asked};
    BoStore store;

    it->made = 0;
    if (!bo_lock_try_request(it->tenant, &it->request_id))
        return false;
    bo_store_open_for(&store, BO_TABLES_DISPATCH);
    if (!bo_need_offers_find(&store, &offers))
    {
        bo_store_close(&store);
        return false;
    }
    bo_invitation_begin(&store, &offers.invitation);
    bo_need_offers_choose(&store, &offers);
    if (offers.fresh_count == 0 ||
        bo_request_state(&offers.invitation.request, offers.invitation.now) != BO_REQUEST_STATE_OPEN)
        return false;
    bo_store_open_for(&store, BO_TABLES_DISPATCH);
    bo_invitation_make(&store, &offers.invitation);
    bo_store_close(&store);
    for (int i = 0; i < offers.fresh_count; i++)
        bo_asked_times_add(&it->asked, offers.fresh[i], offers.invitation.request.during);
    it->made = offers.fresh_count;
    return true;
}

/* What is wrong with the rows of the request that was tried last; NULL: nothing. */
static const char *top_up_broken;

/*
 * The errors of one request, which the others do not suffer from: its need can no longer be met, because a resource was
 * renamed or has other attributes; or it refers to a row that somebody has deleted by hand.
 */
static bool top_up_passes_over(const ErrorData *error)
{
    if (error->sqlerrcode == ERRCODE_DATA_CORRUPTED)
        top_up_broken = error->message;
    return top_up_broken != NULL || error->sqlerrcode == ERRCODE_INVALID_PARAMETER_VALUE ||
           error->sqlerrcode == ERRCODE_UNKNOWN_RESOURCE;
}

/* Reads the requests that keep asking, the one that was opened first before the others, and who is asked already. */
static pg_uuid_t *top_up_find(TopUp *it, int *count)
{
    TimestampTz now = GetCurrentTimestamp();
    pg_uuid_t *ids;
    BoStore store;

    bo_store_open_for(&store, BO_TABLES_DISPATCH);
    *count = (int)bo_store_run_latest(&store, &bo_sql_find_asking, bo_text(it->tenant), bo_instant(now));
    ids = MemoryContextAlloc(store.answer_context, sizeof(pg_uuid_t) * (*count + 1));
    for (int i = 0; i < *count; i++)
        ids[i] = bo_row_uuid(bo_store_row(i), BO_FIND_ASKING_REQUEST_ID);
    it->asked = bo_asked_times_read(&store, it->tenant, now);
    bo_store_close(&store);
    return ids;
}

/* top_up_offers(at_most, max_wait, tenant): returns how many offers it made. */
static Datum top_up_offers_call(FunctionCallInfo fcinfo)
{
    static const pg_uuid_t all_requests = {0};
    TopUp it = {0};
    pg_uuid_t *ids;
    int32 at_most, made = 0;
    int count;
    MemoryContext caller = CurrentMemoryContext, own;

    bo_arguments_writable("top_up_offers");
    at_most = bo_arguments_positive(fcinfo, 0, "at_most");
    it.tenant = bo_arguments_tenant(fcinfo);
    if (!bo_lock_try_request(it.tenant, &all_requests))
        PG_RETURN_INT32(0);

    ids = top_up_find(&it, &count);
    own = AllocSetContextCreate(caller, "request that asks", ALLOCSET_DEFAULT_SIZES);
    for (int i = 0; i < count && made < at_most; i++)
    {
        CHECK_FOR_INTERRUPTS();
        MemoryContextReset(own);
        MemoryContextSwitchTo(own);
        it.request_id = ids[i];
        it.at_most = at_most - made;
        top_up_broken = NULL;
        if (bo_subtransaction_run(top_up_request, &it, top_up_passes_over))
            made += it.made;
        if (top_up_broken != NULL)
            bo_warning_broken_request(&it.request_id, top_up_broken);
        MemoryContextSwitchTo(caller);
    }
    PG_RETURN_INT32(made);
}
