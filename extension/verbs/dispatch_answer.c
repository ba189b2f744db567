/*
 * dispatch_answer.c
 *   The answers of dispatch verbs: request_answer, reschedule_answer and offer_answer.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "access/transam.h"
#include "catalog/pg_type.h"

#include "base/durable.h"
#include "base/label.h"
#include "base/row_type.h"
#include "base/statistics.h"
#include "verbs/dispatch_answer.h"
#include "verbs/offer.h"
#include "verbs/request.h"

static const BoAttribute request_attributes[] = {
    {"outcome", InvalidOid}, {"replayed", BOOLOID}, {"request_id", UUIDOID}, {"during", TSTZRANGEOID},
    {"positions", INT4OID},  {"filled", INT4OID},   {"status", InvalidOid},  {"closes_at", TIMESTAMPTZOID}};
static const BoAttribute offer_attributes[] = {{"outcome", InvalidOid}, {"replayed", BOOLOID},
                                               {"offer_id", UUIDOID},   {"request_id", UUIDOID},
                                               {"provider", TEXTOID},   {"wave", INT4OID},
                                               {"position", INT4OID},   {"booking_id", UUIDOID},
                                               {"status", InvalidOid},  {"expires_at", TIMESTAMPTZOID}};

static const BoAttribute reschedule_attributes[] = {
    {"outcome", InvalidOid}, {"replayed", BOOLOID},   {"request_id", UUIDOID},    {"during", TSTZRANGEOID},
    {"positions", INT4OID},  {"filled", INT4OID},     {"status", InvalidOid},     {"closes_at", TIMESTAMPTZOID},
    {"provider", TEXTOID},   {"refusal", InvalidOid}, {"busy", TSTZMULTIRANGEOID}};

static BoRowType request_answer = {"request_answer", lengthof(request_attributes), request_attributes};
static BoRowType reschedule_answer = {"reschedule_answer", lengthof(reschedule_attributes), reschedule_attributes};
static BoRowType offer_answer = {"offer_answer", lengthof(offer_attributes), offer_attributes};

/* The attributes that request_answer and reschedule_answer have in common, which come first. */
static void dispatch_fill_request(const BoRowType *known, const BoRequestAnswer *answer, Datum *values, bool *nulls)
{
    const BoRequest *request = &answer->request;

    if (answer->replayed)
        bo_durable_rest_on(InvalidTransactionId); /* the request, its positions and their bookings */
    bo_statistics_count(answer->outcome, answer->replayed);
    values[0] = bo_label_outcome(known->types[0], answer->outcome);
    values[1] = BoolGetDatum(answer->replayed);
    values[2] = UUIDPGetDatum(&request->request_id);
    values[3] = PointerGetDatum(request->during);
    values[4] = Int32GetDatum(request->positions);
    values[5] = Int32GetDatum(request->filled);
    values[6] = bo_label_request_state(known->types[6], answer->state);
    values[7] = TimestampTzGetDatum(request->closes_at);
    nulls[7] = request->closes_at == DT_NOEND;
}

/* request_answer: outcome, replayed, request_id, during, positions, filled, status, closes_at */
static HeapTuple dispatch_request_row(TupleDesc type, const void *answer)
{
    Datum values[lengthof(request_attributes)] = {0};
    bool nulls[lengthof(request_attributes)] = {false};

    dispatch_fill_request(&request_answer, answer, values, nulls);
    return bo_row_type_form(&request_answer, type, values, nulls);
}

Datum bo_answer_request(FunctionCallInfo fcinfo, const BoRequestAnswer *answer)
{
    return bo_row_type_answer(fcinfo, &request_answer, dispatch_request_row, answer);
}

/* reschedule_answer: as request_answer, and provider, refusal, busy */
static HeapTuple dispatch_reschedule_row(TupleDesc type, const void *reschedule)
{
    const BoRescheduleAnswer *answer = reschedule;
    Datum values[lengthof(reschedule_attributes)] = {0};
    bool nulls[lengthof(reschedule_attributes)] = {false};

    dispatch_fill_request(&reschedule_answer, &answer->request, values, nulls);
    values[8] = PointerGetDatum(answer->provider);
    values[10] = PointerGetDatum(answer->busy);
    nulls[8] = nulls[9] = answer->provider == NULL;
    nulls[10] = answer->busy == NULL;
    if (!nulls[9])
        values[9] = bo_label_outcome(reschedule_answer.types[9], answer->refusal);
    return bo_row_type_form(&reschedule_answer, type, values, nulls);
}

Datum bo_answer_reschedule(FunctionCallInfo fcinfo, const BoRescheduleAnswer *answer)
{
    return bo_row_type_answer(fcinfo, &reschedule_answer, dispatch_reschedule_row, answer);
}

/* offer_answer: outcome, replayed, offer_id, request_id, provider, wave, position, booking_id, status, expires_at */
static HeapTuple dispatch_offer_row(TupleDesc type, const void *said)
{
    const BoOfferAnswer *answer = said;
    const BoOffer *offer = &answer->offer;
    Datum values[lengthof(offer_attributes)] = {0};
    bool nulls[lengthof(offer_attributes)];

    if (answer->replayed)
        bo_durable_rest_on(InvalidTransactionId); /* the offer, a position and its booking */
    bo_statistics_count(answer->outcome, answer->replayed);
    memset(nulls, true, sizeof(nulls));
    values[0] = bo_label_outcome(offer_answer.types[0], answer->outcome);
    values[1] = BoolGetDatum(answer->replayed);
    values[3] = UUIDPGetDatum(&answer->request_id);
    values[4] = PointerGetDatum(offer->provider);
    nulls[0] = nulls[1] = nulls[3] = nulls[4] = false;
    if (answer->state != BO_OFFER_STATE_INVALID)
    {
        values[2] = UUIDPGetDatum(&offer->offer_id);
        values[5] = Int32GetDatum(offer->wave);
        values[8] = bo_label_offer_state(offer_answer.types[8], answer->state);
        values[9] = TimestampTzGetDatum(offer->expires_at);
        nulls[2] = nulls[5] = nulls[8] = false;
        nulls[9] = offer->expires_at == DT_NOEND;
    }
    values[6] = Int32GetDatum(offer->position);
    nulls[6] = offer->position == 0;
    values[7] = UUIDPGetDatum(&offer->booking_id);
    nulls[7] = !offer->has_booking;
    return bo_row_type_form(&offer_answer, type, values, nulls);
}

Datum bo_answer_offer(FunctionCallInfo fcinfo, const BoOfferAnswer *answer)
{
    return bo_row_type_answer(fcinfo, &offer_answer, dispatch_offer_row, answer);
}

Datum bo_answer_offers(FunctionCallInfo fcinfo, const BoOfferAnswer *answers, int count)
{
    bo_row_type_answers(fcinfo, &offer_answer, dispatch_offer_row, answers, sizeof(BoOfferAnswer), count);
    return (Datum)0;
}
