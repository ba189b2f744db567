/*
 * make_offers_by_need.c
 *   make_offers_by_need(): offers of a request to as many providers as a need asks for, of those who fit it.
 *
 * need_offers.c says who is asked.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "base/arguments.h"
#include "base/error.h"
#include "base/wait.h"
#include "verbs/need_offers.h"

BO_VERB_THAT_WAITS(make_offers_by_need, 7);

/* make_offers_by_need(request_id, need, expires_in, pick, keep_asking, max_wait, tenant) */
static Datum make_offers_by_need_call(FunctionCallInfo fcinfo)
{
    BoNeedOffers offers = {0};
    BoInvitation *invitation = &offers.invitation;
    BoStore store;

    bo_arguments_writable("make_offers_by_need");
    invitation->request_id = bo_arguments_uuid(fcinfo, 0, "request_id");
    offers.need = PG_ARGISNULL(1) ? NULL : PG_GETARG_JSONB_P(1);
    bo_needs_read_one(offers.need, &offers.needs);
    invitation->expires_in = bo_arguments_length(fcinfo, 2, "expires_in");
    offers.label = bo_arguments_text(fcinfo, 3, "pick", "'first'");
    offers.pick = bo_needs_pick_argument(offers.label);
    if (PG_ARGISNULL(4))
        bo_error_null_argument("keep_asking", "true");
    invitation->tenant = bo_arguments_tenant(fcinfo);

    bo_store_open_for(&store, BO_TABLES_DISPATCH);
    bo_invitation_begin(&store, invitation);
    bo_need_offers_choose(&store, &offers);

    bo_store_open_for(&store, BO_TABLES_DISPATCH);
    bo_need_offers_keep(&store, &offers, PG_GETARG_BOOL(4));
    bo_invitation_make(&store, invitation);
    bo_store_close(&store);

    return bo_answer_offers(fcinfo, invitation->answers, invitation->count);
}
