/*
 * make_offers_by_need.c
 *   make_offers_by_need(): offers of a request to as many providers as a need asks for, of those who fit it.
 *
 * Who is free is only read, as find_slots() reads it: an offer takes no time, and accept_offer() decides. Who has an
 * offer is known for certain, because the request is locked: so a repeated call, or two at once, ask nobody new as long
 * as enough have one.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "base/arguments.h"
#include "base/error.h"
#include "base/wait.h"
#include "verbs/dispatch_answer.h"
#include "verbs/invitation.h"
#include "verbs/needs.h"

BO_VERB_THAT_WAITS(make_offers_by_need, 6);

typedef struct NeedOffers
{
    BoInvitation invitation;
    BoNeeds needs; /* one */
    BoNeedsPick pick;
    BoWindow window; /* the request's time */
    TimestampTz start, end;
} NeedOffers;

/* make_offers_by_need(request_id, need, expires_in, pick, max_wait, tenant) */
static void by_need_arguments(FunctionCallInfo fcinfo, NeedOffers *call)
{
    bo_arguments_writable("make_offers_by_need");
    call->invitation.request_id = bo_arguments_uuid(fcinfo, 0, "request_id");
    bo_needs_read_one(PG_ARGISNULL(1) ? NULL : PG_GETARG_JSONB_P(1), &call->needs);
    call->invitation.expires_in = bo_arguments_length(fcinfo, 2, "expires_in");
    call->pick = bo_needs_pick_argument(bo_arguments_text(fcinfo, 3, "pick", "'first'"));
    call->invitation.tenant = bo_arguments_tenant(fcinfo);
    call->needs.candidates.tenant = call->invitation.tenant;
}

/* Tells what each candidate has already: the answers are in the order of the list of candidates. */
static void by_need_judge(BoStore *store, NeedOffers *call)
{
    const BoCandidates *candidates = &call->needs.candidates;
    text **names;

    bo_needs_find_candidates(store, &call->needs);
    names = palloc(sizeof(text *) * candidates->count);
    for (int i = 0; i < candidates->count; i++)
        names[i] = candidates->list[i].resource;
    bo_invitation_judge(store, &call->invitation, bo_texts(names, candidates->count));
    Assert(call->invitation.count == candidates->count);
}

static bool by_need_has(const BoOfferAnswer *answer)
{
    return answer->outcome == BO_OFFERED || answer->outcome == BO_OFFER_ACCEPTED;
}

/* Reads who is free at the request's time, and whom the need prefers. */
static void by_need_read(BoStore *store, NeedOffers *call)
{
    int64 around = call->pick == BO_NEEDS_PICK_TIGHTEST ? BO_CANDIDATE_AROUND : 0;

    bo_availability_within(call->invitation.request.during, "during", &call->window);
    call->start = DatumGetTimestampTz(call->window.lower.val);
    call->end = DatumGetTimestampTz(call->window.upper.val);
    bo_candidates_read(store, &call->needs.candidates, call->start - around, call->end + around);
    bo_needs_pick_order(store, &call->needs, call->pick, call->window.range, call->start, call->end);
}

/*
 * Nobody who has declined, has left or let an offer lapse is asked again, nor one whose offer was withdrawn. A resource
 * with parts could not accept: accept_offer() takes no parts along.
 */
static bool by_need_can_ask(const NeedOffers *call, int candidate)
{
    const BoCandidates *candidates = &call->needs.candidates;
    const BoOfferAnswer *answer = &call->invitation.answers[candidate];

    if (answer->outcome != BO_OUTCOME_INVALID) /* the request is filled or closed */
        return !by_need_has(answer);
    return answer->state == BO_OFFER_STATE_INVALID && !candidates->list[candidate].has_parts &&
           bo_candidate_refusal(candidates, candidate, call->start, call->end) == BO_OUTCOME_INVALID;
}

/* Leaves only the answers to those who have an offer or a position, and to those who are asked so that enough have. */
static void by_need_choose(NeedOffers *call)
{
    BoInvitation *invitation = &call->invitation;
    const BoNeed *need = &call->needs.needs[0];
    BoOfferAnswer *chosen = palloc(sizeof(BoOfferAnswer) * invitation->count);
    int count = 0;

    for (int i = 0; i < need->choices.count; i++)
        if (by_need_has(&invitation->answers[need->choices.candidates[i]]))
            chosen[count++] = invitation->answers[need->choices.candidates[i]];
    for (int i = 0; i < need->choices.count && count < need->count; i++)
        if (by_need_can_ask(call, need->choices.candidates[i]))
            chosen[count++] = invitation->answers[need->choices.candidates[i]];
    invitation->answers = chosen;
    invitation->count = count;
}

static Datum make_offers_by_need_call(FunctionCallInfo fcinfo)
{
    NeedOffers call = {0};
    BoStore store;

    by_need_arguments(fcinfo, &call);

    bo_store_open_for(&store, BO_TABLES_DISPATCH);
    bo_invitation_begin(&store, &call.invitation);
    by_need_judge(&store, &call);
    by_need_read(&store, &call);
    bo_store_close(&store);
    bo_candidates_read_lines(&call.needs.candidates, &call.window);
    by_need_choose(&call);

    bo_store_open_for(&store, BO_TABLES_DISPATCH);
    bo_invitation_make(&store, &call.invitation);
    bo_store_close(&store);

    return bo_answer_offers(fcinfo, call.invitation.answers, call.invitation.count);
}
