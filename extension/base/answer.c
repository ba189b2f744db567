/*
 * answer.c
 *   Answers: forms rows of the answer types.
 *
 * row_type.c checks that a type is the one that this library knows, and label.c that an enum has the label.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/answer.h"

#include "access/transam.h"
#include "catalog/pg_type.h"

#include "base/durable.h"
#include "base/label.h"
#include "base/row_type.h"
#include "base/statistics.h"
#include "base/value.h"

static const BoAttribute booking_attributes[] = {
    {"outcome", InvalidOid},    {"replayed", BOOLOID},  {"booking_id", UUIDOID},
    {"group_id", UUIDOID},      {"resource", TEXTOID},  {"units", INT4ARRAYOID},
    {"during", TSTZRANGEOID},   {"status", InvalidOid}, {"lapses_at", TIMESTAMPTZOID, "hold_expires_at"},
    {"busy", TSTZMULTIRANGEOID}};
static const BoAttribute claim_attributes[] = {{"outcome", InvalidOid}, {"replayed", BOOLOID}, {"claimant", TEXTOID}};
static const BoAttribute counter_attributes[] = {{"outcome", InvalidOid}, {"replayed", BOOLOID}, {"value", INT8OID}};

static BoRowType booking_answer = {"booking_answer", lengthof(booking_attributes), booking_attributes};
static BoRowType claim_answer = {"claim_answer", lengthof(claim_attributes), claim_attributes};
static BoRowType counter_answer = {"counter_answer", lengthof(counter_attributes), counter_attributes};

/* Every answer type begins with outcome and replayed; the caller fills in the rest. */
static void answer_begin_row(const BoRowType *known, BoOutcome outcome, bool replayed, Datum *values, bool *nulls)
{
    Assert(outcome > BO_OUTCOME_INVALID && outcome < BO_OUTCOME_COUNT);
    memset(nulls, true, known->count * sizeof(bool));
    bo_statistics_count(outcome, replayed);
    values[0] = bo_label_outcome(known->types[0], outcome);
    values[1] = BoolGetDatum(replayed);
    nulls[0] = nulls[1] = false;
}

/* booking_answer: outcome, replayed, booking_id, group_id, resource, units, during, status, lapses_at, busy */
static HeapTuple answer_booking_row(TupleDesc type, const void *booking)
{
    const BoBookingAnswer *answer = booking;
    Datum values[lengthof(booking_attributes)] = {0};
    bool nulls[lengthof(booking_attributes)];

    if (answer->replayed) /* several units are in several rows */
        bo_durable_rest_on(answer->unit_count > 1 ? InvalidTransactionId : answer->writer);
    answer_begin_row(&booking_answer, answer->outcome, answer->replayed, values, nulls);
    values[4] = PointerGetDatum(answer->resource);
    values[6] = PointerGetDatum(answer->during);
    nulls[6] = false;
    nulls[4] = answer->resource == NULL; /* NULL if none of several resources was chosen */
    if (answer->status != BO_STATUS_INVALID)
    {
        values[2] = UUIDPGetDatum(&answer->booking_id);
        /* A party is named by its group: a booking id would stand for only one of its units. */
        nulls[2] = answer->unit_count > 1 && answer->has_group;
        values[7] = bo_label_status(booking_answer.types[7], answer->status);
        nulls[7] = false;
    }
    if (answer->has_group)
    {
        values[3] = UUIDPGetDatum(&answer->group_id);
        nulls[3] = false;
    }
    if (answer->unit_count > 0)
    {
        values[5] = bo_value_units(answer->units, answer->unit_count);
        nulls[5] = false;
    }
    if (bo_answer_stands(answer) && answer->lapses_at != DT_NOEND)
    {
        values[8] = TimestampTzGetDatum(answer->lapses_at);
        nulls[8] = false;
    }
    if (answer->busy != 0)
    {
        values[9] = answer->busy;
        nulls[9] = false;
    }
    return bo_row_type_form(&booking_answer, type, values, nulls);
}

Datum bo_answer_booking(FunctionCallInfo fcinfo, const BoBookingAnswer *answer)
{
    return bo_row_type_answer(fcinfo, &booking_answer, answer_booking_row, answer);
}

void bo_answer_bookings(FunctionCallInfo fcinfo, const BoBookingAnswer *answers, int count)
{
    bo_row_type_answers(fcinfo, &booking_answer, answer_booking_row, answers, sizeof(BoBookingAnswer), count);
}

/* An answer of one value: claim_answer and counter_answer. */
typedef struct ShortAnswer
{
    BoRowType *known;
    BoOutcome outcome;
    bool replayed;
    Datum value;
    bool is_null;
    TransactionId writer;
} ShortAnswer;

static HeapTuple answer_short_row(TupleDesc type, const void *short_answer)
{
    const ShortAnswer *answer = short_answer;
    Datum values[3] = {0};
    bool nulls[3];

    Assert(answer->known->count == lengthof(values));
    if (answer->replayed)
        bo_durable_rest_on(answer->writer);
    answer_begin_row(answer->known, answer->outcome, answer->replayed, values, nulls);
    values[2] = answer->value;
    nulls[2] = answer->is_null;
    return bo_row_type_form(answer->known, type, values, nulls);
}

/* claim_answer: outcome, replayed, claimant (NULL: not shown to this caller) */
Datum bo_answer_claim(FunctionCallInfo fcinfo, BoOutcome outcome, bool replayed, text *claimant, TransactionId writer)
{
    ShortAnswer answer = {&claim_answer, outcome, replayed, PointerGetDatum(claimant), claimant == NULL, writer};

    return bo_row_type_answer(fcinfo, &claim_answer, answer_short_row, &answer);
}

/* counter_answer: outcome, replayed, value */
Datum bo_answer_counter(FunctionCallInfo fcinfo, BoOutcome outcome, bool replayed, int64 value, TransactionId writer)
{
    ShortAnswer answer = {&counter_answer, outcome, replayed, Int64GetDatum(value), false, writer};

    return bo_row_type_answer(fcinfo, &counter_answer, answer_short_row, &answer);
}
