/*
 * invitation.c
 *   Which providers have an offer or a position of a request, and offers to those who can be invited.
 *
 * All of it happens under the lock of the request, so two calls at once invite nobody twice.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/invitation.h"

#include "base/arguments.h"
#include "base/error.h"
#include "base/lock.h"
#include "base/value.h"
#include "store/store_dispatch.h"

/* Locks the request, and reads it. */
void bo_invitation_begin(BoStore *store, BoInvitation *invitation)
{
    bo_lock_request(invitation->tenant, invitation->request_id);
    invitation->now = GetCurrentTimestamp();
    invitation->expires_at =
        invitation->expires_in == NULL ? DT_NOEND : bo_value_later(invitation->now, invitation->expires_in);
    bo_request_find(store, invitation->tenant, invitation->request_id, &invitation->request);
}

static int invitation_compare_filler(const void *provider, const void *filler)
{
    return bo_arguments_compare_texts(provider, ((const BoFiller *)filler)->provider);
}

/*
 * Returns true if the provider has a position, and so needs no offer. It may have the position without an offer: its
 * booking was another provider's, and was moved.
 */
static bool invitation_judge_filler(const BoFiller *fillers, int count, BoOfferAnswer *answer)
{
    const BoFiller *filler =
        bsearch(answer->offer.provider, fillers, count, sizeof(BoFiller), invitation_compare_filler);

    if (filler == NULL)
        return false;
    if (answer->state != BO_OFFER_STATE_ACCEPTED)
        answer->state = BO_OFFER_STATE_INVALID;
    answer->offer.position = filler->position;
    answer->offer.has_booking = true;
    answer->offer.booking_id = filler->booking_id;
    answer->outcome = BO_OFFER_ACCEPTED;
    return true;
}

/* The answer to one provider in a row of bo_sql_find_invited. It has no outcome yet if an offer can be made. */
static void invitation_judge_row(BoStore *store, const BoInvitation *invitation, BoRow row, const BoFiller *fillers,
                                 int filler_count, BoOfferAnswer *answer)
{
    const BoRequest *request = &invitation->request;
    bool can_be_accepted = false;

    answer->request_id = request->request_id;
    answer->offer.provider = bo_store_keep(store, bo_row_text(row, BO_FIND_INVITED_PROVIDER));
    if (bo_row_is_null(row, BO_FIND_INVITED_IS_RESOURCE))
        bo_error_unknown_resource(answer->offer.provider);

    if (!bo_row_is_null(row, BO_FIND_INVITED_BEFORE_OFFER + BO_OFFER_ROW_OFFER_ID))
    {
        bo_offer_read(store, row, BO_FIND_INVITED_BEFORE_OFFER, request, &answer->offer);
        can_be_accepted = bo_offer_refusal(&answer->offer, request, invitation->now) == BO_OUTCOME_INVALID;
        answer->state = bo_offer_state(&answer->offer, request, invitation->now);
    }
    if (invitation_judge_filler(fillers, filler_count, answer))
        return;
    answer->replayed = can_be_accepted && request->free_position > 0;
    answer->outcome = answer->replayed                               ? BO_OFFERED
                      : bo_request_is_over(request, invitation->now) ? BO_REQUEST_CLOSED
                      : request->free_position == 0                  ? BO_FILLED
                                                                     : BO_OUTCOME_INVALID;
}

/* Tells what each of the providers has already: an array of names, of which each counts once. */
void bo_invitation_judge(BoStore *store, BoInvitation *invitation, BoParameter providers)
{
    int filler_count;
    BoFiller *fillers = bo_request_fillers(store, invitation->tenant, invitation->request_id, &filler_count);

    invitation->count = (int)bo_store_run_latest(store, &bo_sql_find_invited, bo_text(invitation->tenant),
                                                 bo_uuid(invitation->request_id), providers);
    invitation->answers =
        MemoryContextAllocZero(store->answer_context, (invitation->count + 1) * sizeof(BoOfferAnswer));
    for (int i = 0; i < invitation->count; i++)
        invitation_judge_row(store, invitation, bo_store_row(i), fillers, filler_count, &invitation->answers[i]);
}

/* Makes the offers of those answers that have no outcome yet. */
void bo_invitation_make(BoStore *store, BoInvitation *invitation)
{
    BoOffer **fresh = palloc((invitation->count + 1) * sizeof(BoOffer *));
    int fresh_count = 0;

    for (int i = 0; i < invitation->count; i++)
    {
        BoOfferAnswer *answer = &invitation->answers[i];

        if (answer->outcome != BO_OUTCOME_INVALID)
            continue;
        answer->outcome = BO_OFFERED;
        answer->state = BO_OFFER_STATE_PENDING;
        fresh[fresh_count++] = &answer->offer;
    }
    if (fresh_count > 0)
        bo_offer_make(store, invitation->tenant, &invitation->request, fresh, fresh_count, invitation->expires_at,
                      invitation->now);
}
