/*
 * dispatch_answer.c
 *   What the caller of a dispatch verb hears: request_answer, reschedule_answer and offer_answer.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/lsyscache.h"

#include "base/durable.h"
#include "base/label.h"
#include "base/row_type.h"
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

/* request_answer: outcome, replayed, request_id, during, positions, filled, status, closes_at */
Datum bo_answer_request(FunctionCallInfo fcinfo, const BoRequestAnswer *answer)
{
    const BoRequest *request = &answer->request;
    TupleDesc type = bo_row_type_open(&request_answer, get_func_rettype(fcinfo->flinfo->fn_oid));
    bool nulls[lengthof(request_attributes)] = {false};
    Datum values[] = {bo_label_outcome(request_answer.types[0], answer->outcome),
                      BoolGetDatum(answer->replayed),
                      UUIDPGetDatum(&request->request_id),
                      PointerGetDatum(request->during),
                      Int32GetDatum(request->positions),
                      Int32GetDatum(request->filled),
                      bo_label_request_state(request_answer.types[6], answer->state),
                      TimestampTzGetDatum(request->closes_at)};
    HeapTuple tuple;

    StaticAssertStmt(lengthof(values) == lengthof(request_attributes), "a value for each attribute");
    if (answer->replayed)
        bo_durable_rest_on(InvalidTransactionId); /* the request, its positions and their bookings */
    nulls[7] = request->closes_at == DT_NOEND;
    tuple = bo_row_type_form(&request_answer, type, values, nulls);
    ReleaseTupleDesc(type);
    return HeapTupleGetDatum(tuple);
}

/* reschedule_answer: as request_answer, and provider, refusal, busy */
Datum bo_answer_reschedule(FunctionCallInfo fcinfo, const BoRescheduleAnswer *answer)
{
    const BoRequest *request = &answer->request.request;
    TupleDesc type = bo_row_type_open(&reschedule_answer, get_func_rettype(fcinfo->flinfo->fn_oid));
    bool nulls[lengthof(reschedule_attributes)] = {false};
    Datum values[] = {bo_label_outcome(reschedule_answer.types[0], answer->request.outcome),
                      BoolGetDatum(answer->request.replayed),
                      UUIDPGetDatum(&request->request_id),
                      PointerGetDatum(request->during),
                      Int32GetDatum(request->positions),
                      Int32GetDatum(request->filled),
                      bo_label_request_state(reschedule_answer.types[6], answer->request.state),
                      TimestampTzGetDatum(request->closes_at),
                      PointerGetDatum(answer->provider),
                      (Datum)0,
                      PointerGetDatum(answer->busy)};
    HeapTuple tuple;

    StaticAssertStmt(lengthof(values) == lengthof(reschedule_attributes), "a value for each attribute");
    if (answer->request.replayed)
        bo_durable_rest_on(InvalidTransactionId); /* the request and the bookings of its positions */
    nulls[7] = request->closes_at == DT_NOEND;
    nulls[8] = nulls[9] = answer->provider == NULL;
    nulls[10] = answer->busy == NULL;
    if (!nulls[9])
        values[9] = bo_label_outcome(reschedule_answer.types[9], answer->refusal);
    tuple = bo_row_type_form(&reschedule_answer, type, values, nulls);
    ReleaseTupleDesc(type);
    return HeapTupleGetDatum(tuple);
}

/* offer_answer: outcome, replayed, offer_id, request_id, provider, wave, position, booking_id, status, expires_at */
static HeapTuple dispatch_offer_tuple(TupleDesc type, const BoOfferAnswer *answer)
{
    const BoOffer *offer = &answer->offer;
    Datum values[lengthof(offer_attributes)] = {0};
    bool nulls[lengthof(offer_attributes)];

    if (answer->replayed)
        bo_durable_rest_on(InvalidTransactionId); /* the offer, a position and its booking */
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
    TupleDesc type = bo_row_type_open(&offer_answer, get_func_rettype(fcinfo->flinfo->fn_oid));
    HeapTuple tuple = dispatch_offer_tuple(type, answer);

    ReleaseTupleDesc(type);
    return HeapTupleGetDatum(tuple);
}

Datum bo_answer_offers(FunctionCallInfo fcinfo, const BoOfferAnswer *answers, int count)
{
    ReturnSetInfo *result = (ReturnSetInfo *)fcinfo->resultinfo;

    InitMaterializedSRF(fcinfo, 0);
    bo_row_type_check(&offer_answer, result->setDesc);
    for (int i = 0; i < count; i++)
    {
        HeapTuple tuple = dispatch_offer_tuple(result->setDesc, &answers[i]);

        tuplestore_puttuple(result->setResult, tuple);
        heap_freetuple(tuple);
    }
    return (Datum)0;
}
