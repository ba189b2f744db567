/*
 * answer.c
 *   What the caller hears: rows of the answer types.
 *
 * Labels and attributes are looked up by name and position in the type as it is
 * now, so an ALTER TYPE by an upgrade cannot mislead a running backend.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/answer.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "utils/lsyscache.h"

#include "base/label.h"
#include "base/value.h"

/* Every answer type begins with outcome and replayed; the caller fills in the rest. */
static void answer_begin_row(TupleDesc type, BoOutcome outcome, bool replayed, Datum *values, bool *nulls, int columns)
{
    Assert(outcome > BO_OUTCOME_INVALID && outcome < BO_OUTCOME_COUNT && type->natts == columns);
    memset(nulls, true, columns * sizeof(bool));
    values[0] = bo_label_outcome(TupleDescAttr(type, 0)->atttypid, outcome);
    values[1] = BoolGetDatum(replayed);
    nulls[0] = nulls[1] = false;
}

/* booking_answer: outcome, replayed, booking_id, group_id, resource, units, during, status, hold_expires_at, busy */
static HeapTuple answer_booking_row(TupleDesc type, const BoBookingAnswer *answer)
{
    Datum values[10] = {0};
    bool nulls[10];

    answer_begin_row(type, answer->outcome, answer->replayed, values, nulls, lengthof(values));
    values[4] = PointerGetDatum(answer->resource);
    values[6] = PointerGetDatum(answer->during);
    nulls[6] = false;
    nulls[4] = answer->resource == NULL; /* none of the many */
    if (answer->status != BO_STATUS_INVALID)
    {
        values[2] = UUIDPGetDatum(&answer->booking_id);
        nulls[2] = answer->unit_count > 1; /* a party is named by its group: one id would stand for one unit only */
        values[7] = bo_label_status(TupleDescAttr(type, 7)->atttypid, answer->status);
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
    if (answer->status == BO_STATUS_HELD)
    {
        values[8] = TimestampTzGetDatum(answer->hold_expires_at);
        nulls[8] = false;
    }
    if (answer->busy != 0)
    {
        values[9] = answer->busy;
        nulls[9] = false;
    }
    return heap_form_tuple(type, values, nulls);
}

Datum bo_answer_booking(FunctionCallInfo fcinfo, const BoBookingAnswer *answer)
{
    TupleDesc type = lookup_rowtype_tupdesc(get_func_rettype(fcinfo->flinfo->fn_oid), -1);
    HeapTuple row = answer_booking_row(type, answer);

    ReleaseTupleDesc(type);
    return HeapTupleGetDatum(row);
}

/* A row for each answer, in their order: what a verb that RETURNS SETOF leaves behind. */
void bo_answer_bookings(FunctionCallInfo fcinfo, const BoBookingAnswer *answers, int count)
{
    ReturnSetInfo *result = (ReturnSetInfo *)fcinfo->resultinfo;

    InitMaterializedSRF(fcinfo, 0);
    for (int i = 0; i < count; i++)
        tuplestore_puttuple(result->setResult, answer_booking_row(result->setDesc, &answers[i]));
}

/* An answer of one value: claim_answer and counter_answer. */
static Datum answer_short(FunctionCallInfo fcinfo, BoOutcome outcome, bool replayed, Datum value, bool is_null)
{
    TupleDesc type = lookup_rowtype_tupdesc(get_func_rettype(fcinfo->flinfo->fn_oid), -1);
    Datum values[3] = {0};
    bool nulls[3];
    HeapTuple row;

    answer_begin_row(type, outcome, replayed, values, nulls, lengthof(values));
    values[2] = value;
    nulls[2] = is_null;
    row = heap_form_tuple(type, values, nulls);
    ReleaseTupleDesc(type);
    return HeapTupleGetDatum(row);
}

/* claim_answer: outcome, replayed, claimant (NULL: not told) */
Datum bo_answer_claim(FunctionCallInfo fcinfo, BoOutcome outcome, bool replayed, text *claimant)
{
    return answer_short(fcinfo, outcome, replayed, PointerGetDatum(claimant), claimant == NULL);
}

/* counter_answer: outcome, replayed, value */
Datum bo_answer_counter(FunctionCallInfo fcinfo, BoOutcome outcome, bool replayed, int64 value)
{
    return answer_short(fcinfo, outcome, replayed, Int64GetDatum(value), false);
}
