/*
 * dispatch_answer.c
 *   What the caller of a dispatch verb hears: request_answer and offer_answer.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "utils/lsyscache.h"

#include "base/label.h"
#include "verbs/dispatch.h"

static const char *const request_labels[] = {
    [BO_REQUEST_STATE_OPEN] = "open",
    [BO_REQUEST_STATE_FILLED] = "filled",
    [BO_REQUEST_STATE_CLOSED] = "closed",
    [BO_REQUEST_STATE_CANCELLED] = "cancelled",
};

static const char *const offer_labels[] = {
    [BO_OFFER_STATE_PENDING] = "pending",   [BO_OFFER_STATE_ACCEPTED] = "accepted",
    [BO_OFFER_STATE_DECLINED] = "declined", [BO_OFFER_STATE_WITHDRAWN] = "withdrawn",
    [BO_OFFER_STATE_RELEASED] = "released", [BO_OFFER_STATE_EXPIRED] = "expired",
};

/* request_answer: outcome, replayed, request_id, during, positions, filled, status, closes_at */
Datum bo_answer_request(FunctionCallInfo fcinfo, const BoRequestAnswer *answer)
{
    const BoRequest *request = &answer->request;
    TupleDesc type = lookup_rowtype_tupdesc(get_func_rettype(fcinfo->flinfo->fn_oid), -1);
    bool nulls[8] = {false};
    Datum values[] = {bo_label_outcome(TupleDescAttr(type, 0)->atttypid, answer->outcome),
                      BoolGetDatum(answer->replayed),
                      UUIDPGetDatum(&request->request_id),
                      PointerGetDatum(request->during),
                      Int32GetDatum(request->positions),
                      Int32GetDatum(request->filled),
                      bo_label_of(TupleDescAttr(type, 6)->atttypid, request_labels[answer->state]),
                      TimestampTzGetDatum(request->closes_at)};
    HeapTuple tuple;

    Assert(answer->state != BO_REQUEST_STATE_INVALID && type->natts == lengthof(values));
    nulls[7] = request->closes_at == DT_NOEND;
    tuple = heap_form_tuple(type, values, nulls);
    ReleaseTupleDesc(type);
    return HeapTupleGetDatum(tuple);
}

/* offer_answer: outcome, replayed, offer_id, request_id, provider, wave, position, booking_id, status, expires_at */
static HeapTuple dispatch_offer_tuple(TupleDesc type, const BoOfferAnswer *answer)
{
    const BoOffer *offer = &answer->offer;
    bool holds = answer->state == BO_OFFER_STATE_ACCEPTED || answer->state == BO_OFFER_STATE_RELEASED;
    Datum values[10] = {0};
    bool nulls[10];

    Assert(type->natts == lengthof(values));
    memset(nulls, true, sizeof(nulls));
    values[0] = bo_label_outcome(TupleDescAttr(type, 0)->atttypid, answer->outcome);
    values[1] = BoolGetDatum(answer->replayed);
    values[3] = UUIDPGetDatum(&answer->request_id);
    values[4] = PointerGetDatum(offer->provider);
    nulls[0] = nulls[1] = nulls[3] = nulls[4] = false;
    if (answer->state != BO_OFFER_STATE_INVALID)
    {
        values[2] = UUIDPGetDatum(&offer->offer_id);
        values[5] = Int32GetDatum(offer->wave);
        values[8] = bo_label_of(TupleDescAttr(type, 8)->atttypid, offer_labels[answer->state]);
        values[9] = TimestampTzGetDatum(offer->expires_at);
        nulls[2] = nulls[5] = nulls[8] = false;
        nulls[9] = offer->expires_at == DT_NOEND;
    }
    values[6] = Int32GetDatum(offer->position);
    nulls[6] = !holds || offer->position == 0;
    values[7] = UUIDPGetDatum(&offer->booking_id);
    nulls[7] = !holds || !offer->has_booking;
    return heap_form_tuple(type, values, nulls);
}

Datum bo_answer_offer(FunctionCallInfo fcinfo, const BoOfferAnswer *answer)
{
    TupleDesc type = lookup_rowtype_tupdesc(get_func_rettype(fcinfo->flinfo->fn_oid), -1);
    HeapTuple tuple = dispatch_offer_tuple(type, answer);

    ReleaseTupleDesc(type);
    return HeapTupleGetDatum(tuple);
}

Datum bo_answer_offers(FunctionCallInfo fcinfo, const BoOfferAnswer *answers, int count)
{
    ReturnSetInfo *result = (ReturnSetInfo *)fcinfo->resultinfo;

    InitMaterializedSRF(fcinfo, 0);
    for (int i = 0; i < count; i++)
    {
        HeapTuple tuple = dispatch_offer_tuple(result->setDesc, &answers[i]);

        tuplestore_puttuple(result->setResult, tuple);
        heap_freetuple(tuple);
    }
    return (Datum)0;
}
