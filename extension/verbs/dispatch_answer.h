/*
 * dispatch_answer.h
 *   What the verbs of dispatch answer.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_DISPATCH_ANSWER_H
#define BOOKONCE_DISPATCH_ANSWER_H

#include "base/label.h"
#include "verbs/offer.h"
#include "verbs/request.h"

typedef struct BoRequestAnswer
{
    BoOutcome outcome;
    bool replayed;
    BoRequest request;
    BoRequestState state;
} BoRequestAnswer;

typedef struct BoOfferAnswer
{
    BoOutcome outcome;
    bool replayed;
    pg_uuid_t request_id;
    BoOffer offer; /* if state is invalid, only its provider is set, and the position that the provider has without an
                    * offer */
    BoOfferState state;
} BoOfferAnswer;

typedef struct BoRescheduleAnswer
{
    BoRequestAnswer request; /* its outcome too */
    text *provider;          /* the one in the way; or NULL */
    BoOutcome refusal;       /* what book_slot() would answer for that provider */
    MultirangeType *busy;    /* the times, if that is taken; or NULL */
} BoRescheduleAnswer;

extern Datum bo_answer_request(FunctionCallInfo fcinfo, const BoRequestAnswer *answer);
extern Datum bo_answer_reschedule(FunctionCallInfo fcinfo, const BoRescheduleAnswer *answer);
extern Datum bo_answer_offer(FunctionCallInfo fcinfo, const BoOfferAnswer *answer);
extern Datum bo_answer_offers(FunctionCallInfo fcinfo, const BoOfferAnswer *answers, int count);

#endif
