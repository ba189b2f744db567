/*
 * need_offers.c
 *   Whom a request asks by a need, and the need that it keeps to go on asking.
 *
 * Who is free is only read, as find_slots() reads it: an offer takes no time, and accept_offer() decides. Who has an
 * offer is known for certain, because the request is locked: so a repeated call, or two at once, ask nobody new as long
 * as enough have one.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/need_offers.h"

#include "base/arguments.h"
#include "base/error.h"
#include "store/store_asking.h"

/* The candidates' names, as a parameter. */
static BoParameter offers_names(const BoCandidates *candidates)
{
    text **names = palloc(sizeof(text *) * candidates->count);

    for (int i = 0; i < candidates->count; i++)
        names[i] = candidates->list[i].resource;
    return bo_texts(names, candidates->count);
}

static bool offers_has_one(const BoOfferAnswer *answer)
{
    return answer->outcome == BO_OFFERED || answer->outcome == BO_OFFER_ACCEPTED;
}

/* Returns true if enough have an offer or a position. */
static bool offers_are_enough(const BoNeedOffers *offers)
{
    int have = 0;

    for (int i = 0; i < offers->invitation.count; i++)
        have += offers_has_one(&offers->invitation.answers[i]);
    return have >= offers->needs.needs[0].count;
}

/* Reads who is free at the request's time, and whom the need prefers. */
static void offers_read_free(BoStore *store, BoNeedOffers *offers)
{
    int64 around = offers->pick == BO_NEEDS_PICK_TIGHTEST ? BO_CANDIDATE_AROUND : 0;

    bo_availability_within(offers->invitation.request.during, "during", &offers->window);
    offers->start = DatumGetTimestampTz(offers->window.lower.val);
    offers->end = DatumGetTimestampTz(offers->window.upper.val);
    bo_candidates_read(store, &offers->needs.candidates, offers->start - around, offers->end + around);
    bo_needs_pick_order(store, &offers->needs, offers->pick, offers->window.range, offers->start, offers->end);
}

/* Nobody who has declined, has left or let an offer lapse is asked again, nor one whose offer was withdrawn. */
static bool offers_can_ask(const BoNeedOffers *offers, int candidate)
{
    const BoCandidates *candidates = &offers->needs.candidates;
    const BoOfferAnswer *answer = &offers->invitation.answers[candidate];

    if (answer->outcome != BO_OUTCOME_INVALID) /* the request is filled or closed */
        return !offers_has_one(answer);
    return answer->state == BO_OFFER_STATE_INVALID &&
           !(offers->asked != NULL && bo_asked_times_meet(offers->asked, candidates->list[candidate].resource_id,
                                                          offers->invitation.request.during)) &&
           bo_candidate_refusal(candidates, candidate, offers->start, offers->end) == BO_OUTCOME_INVALID;
}

/* Leaves only the answers to those who have an offer or a position, and to those who are asked so that enough have. */
static void offers_leave(BoNeedOffers *offers)
{
    BoInvitation *invitation = &offers->invitation;
    const BoNeed *need = &offers->needs.needs[0];
    BoOfferAnswer *chosen = palloc(sizeof(BoOfferAnswer) * invitation->count);
    int enough, count = 0;

    for (int i = 0; i < need->choices.count; i++)
        if (offers_has_one(&invitation->answers[need->choices.candidates[i]]))
            chosen[count++] = invitation->answers[need->choices.candidates[i]];
    enough = offers->at_most > 0 ? Min(need->count, count + offers->at_most) : need->count;
    offers->fresh = palloc(sizeof(int64) * invitation->count);
    for (int i = 0; i < need->choices.count && count < enough; i++)
    {
        int candidate = need->choices.candidates[i];

        if (!offers_can_ask(offers, candidate))
            continue;
        offers->fresh[offers->fresh_count++] = offers->needs.candidates.list[candidate].resource_id;
        chosen[count++] = invitation->answers[candidate];
    }
    invitation->answers = chosen;
    invitation->count = count;
}

/*
 * Chooses who is asked, once the request is locked. Afterwards the invitation has only the answers that the call gives;
 * to make the offers is left to the caller, who must open the store again: the line of a resource is read without it.
 * Where only the fresh ones matter, because others are asked in turn, no more is read if enough have an offer.
 */
void bo_need_offers_choose(BoStore *store, BoNeedOffers *offers)
{
    offers->needs.candidates.tenant = offers->invitation.tenant;
    bo_needs_find_candidates(store, &offers->needs);
    bo_invitation_judge(store, &offers->invitation, offers_names(&offers->needs.candidates));
    Assert(offers->invitation.count == offers->needs.candidates.count);
    if (offers->asked != NULL && offers_are_enough(offers))
    {
        bo_store_close(store);
        return;
    }
    offers_read_free(store, offers);
    bo_store_close(store);
    bo_candidates_read_lines(&offers->needs.candidates, &offers->window);
    offers_leave(offers);
}

static bool offers_are_kept(BoRow row, const BoNeedOffers *offers)
{
    const Jsonb *need = bo_row_jsonb_or_null(row, BO_FIND_KEPT_NEED_NEED);
    const Interval *expires_in = offers->invitation.expires_in;
    Interval kept = {0};

    if (need == NULL || VARSIZE(need) != VARSIZE(offers->need) || memcmp(need, offers->need, VARSIZE(need)) != 0 ||
        !bo_arguments_same_text(bo_row_text(row, BO_FIND_KEPT_NEED_PICK), offers->label) ||
        bo_row_is_null(row, BO_FIND_KEPT_NEED_EXPIRES_IN) != (expires_in == NULL))
        return false;
    if (expires_in != NULL)
        kept = bo_row_interval(row, BO_FIND_KEPT_NEED_EXPIRES_IN);
    return expires_in == NULL ||
           (kept.time == expires_in->time && kept.day == expires_in->day && kept.month == expires_in->month);
}

/* The request goes on asking by this need, or by none any more. What is so already is not written again. */
void bo_need_offers_keep(BoStore *store, const BoNeedOffers *offers, bool keep)
{
    const BoInvitation *invitation = &offers->invitation;
    BoRow row;

    if (bo_store_run_latest(store, &bo_sql_find_kept_need, bo_text(invitation->tenant),
                            bo_uuid(invitation->request_id)) == 0)
        bo_error_unknown_request(invitation->request_id);
    row = bo_store_row(0);
    if (keep ? offers_are_kept(row, offers) : bo_row_is_null(row, BO_FIND_KEPT_NEED_NEED))
        return;
    if (bo_store_run_latest(store, &bo_sql_keep_need, bo_text(invitation->tenant), bo_uuid(invitation->request_id),
                            bo_jsonb_or_null(keep ? offers->need : NULL), bo_text_or_null(keep ? offers->label : NULL),
                            bo_interval_or_null(keep ? invitation->expires_in : NULL)) == 0)
        bo_error_old_snapshot();
}

/* Reads the need that the locked request keeps. Returns false if it keeps none, or takes no offers. */
bool bo_need_offers_find(BoStore *store, BoNeedOffers *offers)
{
    BoInvitation *invitation = &offers->invitation;
    MemoryContext spi;
    BoRow row;

    if (bo_store_run_latest(store, &bo_sql_find_kept_need, bo_text(invitation->tenant),
                            bo_uuid(invitation->request_id)) == 0 ||
        bo_row_is_null(bo_store_row(0), BO_FIND_KEPT_NEED_NEED))
        return false;
    row = bo_store_row(0);
    spi = MemoryContextSwitchTo(store->answer_context);
    offers->need = bo_store_keep(store, bo_row_jsonb_or_null(row, BO_FIND_KEPT_NEED_NEED));
    offers->label = bo_store_keep(store, bo_row_text(row, BO_FIND_KEPT_NEED_PICK));
    if (!bo_row_is_null(row, BO_FIND_KEPT_NEED_EXPIRES_IN))
    {
        invitation->expires_in = palloc(sizeof(Interval));
        *invitation->expires_in = bo_row_interval(row, BO_FIND_KEPT_NEED_EXPIRES_IN);
    }
    offers->pick = bo_needs_pick_argument(offers->label);
    bo_needs_read_one(offers->need, &offers->needs);
    MemoryContextSwitchTo(spi);
    return true;
}
