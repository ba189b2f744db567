/*
 * offer.c
 *   make_offers(), decline_offer(), withdraw_offer(): invitations, and how they end without an acceptance.
 *
 * An offer that ends because its request does is not written to: its state is derived when it is read, by
 * bo_offer_state() here and by the view offer_status in SQL. The two must agree.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "base/arguments.h"
#include "base/error.h"
#include "base/identifier.h"
#include "base/label.h"
#include "base/lock.h"
#include "base/wait.h"
#include "store/store_dispatch.h"
#include "guard/direct_dispatch.h"
#include "verbs/dispatch_answer.h"
#include "verbs/invitation.h"
#include "verbs/offer.h"
#include "verbs/request.h"

BO_VERB_THAT_WAITS(make_offers, 5);
BO_VERB_THAT_WAITS(decline_offer, 4);
BO_VERB_THAT_WAITS(withdraw_offer, 3);

/* Reads the offer of a request from a row of the store that has this many columns before OFFER_COLUMNS. */
void bo_offer_read(BoStore *store, BoRow row, int before, const BoRequest *request, BoOffer *offer)
{
    offer->offer_id = bo_row_uuid(row, before + BO_OFFER_ROW_OFFER_ID);
    offer->provider = bo_store_keep(store, bo_row_text(row, before + BO_OFFER_ROW_PROVIDER));
    offer->wave = bo_row_int4(row, before + BO_OFFER_ROW_WAVE);
    offer->said = bo_label_read_offer_state(DatumGetObjectId(bo_row_own(row, before + BO_OFFER_ROW_STATUS)));
    if (offer->said == BO_OFFER_STATE_INVALID)
        bo_error_unknown_status("an offer");
    offer->has_booking = !bo_row_is_null(row, before + BO_OFFER_ROW_BOOKING_ID);
    if (offer->has_booking)
        offer->booking_id = bo_row_uuid(row, before + BO_OFFER_ROW_BOOKING_ID);
    offer->expires_at =
        Min(bo_row_instant_or(row, before + BO_OFFER_ROW_EXPIRES_AT, request->closes_at), request->closes_at);
    offer->is_live = bo_row_bool(row, before + BO_OFFER_ROW_IS_LIVE);
    offer->position = bo_row_int4_or(row, before + BO_OFFER_ROW_POSITION, 0);
    Assert(offer->said == BO_OFFER_STATE_ACCEPTED || !offer->has_booking);
}

static bool offer_find_request(BoStore *store, const text *tenant, const pg_uuid_t *offer_id, pg_uuid_t *request_id,
                               text **provider)
{
    if (bo_direct_may_dispatch())
        return bo_direct_find_offer_request(tenant, offer_id, request_id, provider);
    if (bo_store_run_latest(store, &bo_sql_find_offer_request, bo_text(tenant), bo_uuid(offer_id)) == 0)
        return false;
    *request_id = bo_row_uuid(bo_store_row(0), BO_FIND_OFFER_REQUEST_REQUEST_ID);
    *provider = bo_row_text(bo_store_row(0), BO_FIND_OFFER_REQUEST_PROVIDER);
    return true;
}

/*
 * Locks the request of an offer. A provider to whom the offer was not made learns nothing, not even by waiting.
 * provider is NULL for a caller that is no provider.
 */
void bo_offer_lock(BoStore *store, const text *tenant, const pg_uuid_t *offer_id, const text *provider,
                   pg_uuid_t *request_id)
{
    text *offered_to;

    if (!offer_find_request(store, tenant, offer_id, request_id, &offered_to) ||
        (provider != NULL && !bo_arguments_same_text(provider, offered_to)))
        bo_error_unknown_offer(offer_id);
    bo_lock_request(tenant, request_id);
}

/* Reads the offer and its request as they are. */
void bo_offer_find(BoStore *store, const text *tenant, const pg_uuid_t *offer_id, BoRequest *request, BoOffer *offer)
{
    BoRow row = {0};

    if ((!bo_direct_may_dispatch() || !bo_direct_find_offer(tenant, offer_id, &row)) &&
        bo_store_run_latest(store, &bo_sql_find_offer, bo_text(tenant), bo_uuid(offer_id)) > 0)
        row = bo_store_row(0);
    if (row.tuple == NULL)
        bo_error_unknown_offer(offer_id);
    bo_request_read(store, row, request);
    bo_offer_read(store, row, BO_REQUEST_ROW_COLUMNS, request, offer);
    offer->provider_fills = bo_row_bool(row, BO_FIND_OFFER_PROVIDER_FILLS);
}

/* Why nothing can be done with the offer any more; BO_OUTCOME_INVALID if something can. */
BoOutcome bo_offer_refusal(const BoOffer *offer, const BoRequest *request, TimestampTz now)
{
    return offer->is_live                            ? BO_OFFER_ACCEPTED
           : offer->said == BO_OFFER_STATE_DECLINED  ? BO_OFFER_DECLINED
           : offer->said == BO_OFFER_STATE_WITHDRAWN ? BO_OFFER_WITHDRAWN
           : bo_request_is_over(request, now)        ? BO_REQUEST_CLOSED
           : offer->said == BO_OFFER_STATE_ACCEPTED  ? BO_OFFER_RELEASED
           : offer->expires_at <= now                ? BO_OFFER_EXPIRED
                                                     : BO_OUTCOME_INVALID;
}

/* The state of the offer. The view offer_status says the same in SQL. */
BoOfferState bo_offer_state(const BoOffer *offer, const BoRequest *request, TimestampTz now)
{
    if (offer->said == BO_OFFER_STATE_ACCEPTED)
        return offer->is_live ? BO_OFFER_STATE_ACCEPTED : BO_OFFER_STATE_RELEASED;
    if (offer->said != BO_OFFER_STATE_PENDING)
        return offer->said;
    return offer->expires_at <= now || bo_request_is_over(request, now) || request->free_position == 0
               ? BO_OFFER_STATE_EXPIRED
               : BO_OFFER_STATE_PENDING;
}

/* Makes offers to the providers named in them, as one wave. */
void bo_offer_make(BoStore *store, const text *tenant, const BoRequest *request, BoOffer **offers, int count,
                   TimestampTz expires_at, TimestampTz now)
{
    pg_uuid_t *ids = palloc(count * sizeof(pg_uuid_t));
    text **providers = palloc(count * sizeof(text *));
    int wave;

    if (bo_store_run_latest(store, &bo_sql_begin_wave, bo_text(tenant), bo_uuid(&request->request_id)) == 0)
        bo_error_old_snapshot();
    wave = bo_row_int4(bo_store_row(0), BO_BEGIN_WAVE_WAVE);
    for (int i = 0; i < count; i++)
    {
        bo_identifier_new(&ids[i], now);
        providers[i] = offers[i]->provider;
    }
    if (bo_store_run_latest(store, &bo_sql_insert_offers, bo_text(tenant), bo_uuid(&request->request_id),
                            bo_uuids(ids, count), bo_texts(providers, count), bo_int4(wave), bo_end_or_null(expires_at),
                            bo_instant(now)) != count)
        bo_error_owners_constraint();
    for (int i = 0; i < count; i++)
    {
        BoRow row = bo_store_row(i);

        offers[i]->offer_id = bo_row_uuid(row, BO_INSERT_OFFERS_OFFER_ID);
        offers[i]->provider = bo_store_keep(store, bo_row_text(row, BO_INSERT_OFFERS_PROVIDER));
        offers[i]->wave = bo_row_int4(row, BO_INSERT_OFFERS_WAVE);
        offers[i]->expires_at = Min(bo_row_instant_or(row, BO_INSERT_OFFERS_EXPIRES_AT, DT_NOEND), request->closes_at);
    }
}

/* make_offers(request_id, providers, expires_in, max_wait, tenant) */
static Datum make_offers_call(FunctionCallInfo fcinfo)
{
    BoInvitation invitation = {0};
    ArrayType *providers;
    BoStore store;

    bo_arguments_writable("make_offers");
    invitation.request_id = bo_arguments_uuid(fcinfo, 0, "request_id");
    providers = bo_arguments_texts(fcinfo, 1, "providers", "ARRAY['user:1', 'user:2']", BO_MAX_PROVIDERS);
    invitation.expires_in = bo_arguments_length(fcinfo, 2, "expires_in");
    invitation.tenant = bo_arguments_tenant(fcinfo);

    bo_store_open_for(&store, BO_TABLES_DISPATCH);
    bo_invitation_begin(&store, &invitation);
    bo_invitation_judge(&store, &invitation, bo_array(TEXTARRAYOID, providers));
    bo_invitation_make(&store, &invitation);
    bo_store_close(&store);

    return bo_answer_offers(fcinfo, invitation.answers, invitation.count);
}

/* How an offer ends without an acceptance. */
typedef struct BoEnding
{
    BoStatement *statement;
    BoOutcome done;    /* the outcome of the call that ends it */
    BoOutcome already; /* the refusal that means that it had already ended this way */
    BoOfferState state;
} BoEnding;

static Datum offer_end(FunctionCallInfo fcinfo, const BoEnding *ending, const pg_uuid_t *offer_id, const text *provider,
                       const text *tenant)
{
    BoOfferAnswer answer = {0};
    BoRequest request;
    TimestampTz now;
    BoStore store;

    bo_store_open_for(&store, BO_TABLES_DISPATCH);
    bo_offer_lock(&store, tenant, offer_id, provider, &answer.request_id);
    now = GetCurrentTimestamp();
    bo_offer_find(&store, tenant, offer_id, &request, &answer.offer);
    answer.outcome = bo_offer_refusal(&answer.offer, &request, now);
    answer.state = bo_offer_state(&answer.offer, &request, now);
    if (answer.outcome == BO_OFFER_RELEASED)
        bo_request_check_fillers(&store, tenant, &request.request_id);
    if (answer.outcome == ending->already)
    {
        answer.outcome = ending->done;
        answer.replayed = true;
    }
    else if (answer.outcome == BO_OUTCOME_INVALID)
    {
        if (bo_store_run_latest(&store, ending->statement, bo_text(tenant), bo_uuid(offer_id), bo_instant(now)) == 0)
            bo_error_old_snapshot();
        answer.outcome = ending->done;
        answer.state = ending->state;
    }
    bo_store_close(&store);

    return bo_answer_offer(fcinfo, &answer);
}

/* decline_offer(offer_id, provider, max_wait, tenant) */
static Datum decline_offer_call(FunctionCallInfo fcinfo)
{
    static const BoEnding declined = {&bo_sql_decline_offer, BO_DECLINED, BO_OFFER_DECLINED, BO_OFFER_STATE_DECLINED};
    pg_uuid_t *offer_id;
    text *provider, *tenant;

    bo_arguments_writable("decline_offer");
    offer_id = bo_arguments_uuid(fcinfo, 0, "offer_id");
    provider = bo_arguments_text(fcinfo, 1, "provider", "'user:42'");
    tenant = bo_arguments_tenant(fcinfo);
    return offer_end(fcinfo, &declined, offer_id, provider, tenant);
}

/* withdraw_offer(offer_id, max_wait, tenant) */
static Datum withdraw_offer_call(FunctionCallInfo fcinfo)
{
    static const BoEnding withdrawn = {&bo_sql_withdraw_offer, BO_WITHDRAWN, BO_OFFER_WITHDRAWN,
                                       BO_OFFER_STATE_WITHDRAWN};
    pg_uuid_t *offer_id;
    text *tenant;

    bo_arguments_writable("withdraw_offer");
    offer_id = bo_arguments_uuid(fcinfo, 0, "offer_id");
    tenant = bo_arguments_tenant(fcinfo);
    return offer_end(fcinfo, &withdrawn, offer_id, NULL, tenant);
}
