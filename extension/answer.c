/*
 * answer.c
 *   What the caller hears: rows of the answer types.
 *
 * Labels and attributes are looked up by name and position in the type as it is
 * now, so an ALTER TYPE by an upgrade cannot mislead a running backend.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "access/htup_details.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

static const char *const outcome_labels[BO_OUTCOME_COUNT] = {
    [BO_BOOKED] = "booked",
    [BO_TAKEN] = "taken",
    [BO_CLOSED] = "closed",
    [BO_TOO_SOON] = "too_soon",
    [BO_TOO_FAR] = "too_far",
    [BO_TOO_LONG] = "too_long",
    [BO_LIMIT_REACHED] = "limit_reached",
    [BO_TOO_LATE] = "too_late",
    [BO_ABORTED] = "aborted",
    [BO_CONFIRMED] = "confirmed",
    [BO_EXTENDED] = "extended",
    [BO_CANCELLED] = "cancelled",
    [BO_RESCHEDULED] = "rescheduled",
    [BO_SWAPPED] = "swapped",
    [BO_HOLD_EXPIRED] = "hold_expired",
    [BO_NOT_LIVE] = "not_live",
    [BO_CLAIMED] = "claimed",
    [BO_CLAIMED_BY_OTHER] = "claimed_by_other",
    [BO_RELEASED] = "released",
    [BO_APPLIED] = "applied",
    [BO_OUT_OF_BOUNDS] = "out_of_bounds",
    [BO_OPENED] = "opened",
    [BO_OFFERED] = "offered",
    [BO_ACCEPTED] = "accepted",
    [BO_DECLINED] = "declined",
    [BO_WITHDRAWN] = "withdrawn",
    [BO_REASSIGNED] = "reassigned",
    [BO_FILLED] = "filled",
    [BO_PROVIDER_BUSY] = "provider_busy",
    [BO_OFFER_ACCEPTED] = "offer_accepted",
    [BO_OFFER_DECLINED] = "offer_declined",
    [BO_OFFER_WITHDRAWN] = "offer_withdrawn",
    [BO_OFFER_RELEASED] = "offer_released",
    [BO_OFFER_EXPIRED] = "offer_expired",
    [BO_REQUEST_CLOSED] = "request_closed",
};

static const char *const status_labels[] = {
    [BO_STATUS_HELD] = "held",
    [BO_STATUS_CONFIRMED] = "confirmed",
    [BO_STATUS_CANCELLED] = "cancelled",
    [BO_STATUS_EXPIRED] = "expired",
};

Datum bo_answer_label(Oid type, const char *label)
{
    Oid value = GetSysCacheOid2(ENUMTYPOIDNAME, Anum_pg_enum_oid, ObjectIdGetDatum(type), CStringGetDatum(label));

    bo_assert(OidIsValid(value));
    return ObjectIdGetDatum(value);
}

Datum bo_answer_outcome(Oid type, BoOutcome outcome)
{
    bo_assert(outcome > BO_OUTCOME_INVALID && outcome < BO_OUTCOME_COUNT);
    return bo_answer_label(type, outcome_labels[outcome]);
}

Datum bo_answer_status(Oid type, BoStatus status)
{
    bo_assert(status > BO_STATUS_INVALID && status <= BO_STATUS_EXPIRED);
    return bo_answer_label(type, status_labels[status]);
}

/* BO_STATUS_INVALID: a label that somebody added. */
BoStatus bo_answer_read_status(Oid value)
{
    HeapTuple label = SearchSysCache1(ENUMOID, ObjectIdGetDatum(value));
    BoStatus status = BO_STATUS_EXPIRED;

    if (!HeapTupleIsValid(label))
        return BO_STATUS_INVALID;
    while (status != BO_STATUS_INVALID &&
           strcmp(status_labels[status], NameStr(((Form_pg_enum)GETSTRUCT(label))->enumlabel)) != 0)
        status--;
    ReleaseSysCache(label);
    return status;
}

/* Every answer type begins with outcome and replayed; the caller fills in the rest. */
static void begin_row(TupleDesc type, BoOutcome outcome, bool replayed, Datum *values, bool *nulls, int columns)
{
    bo_assert(outcome > BO_OUTCOME_INVALID && outcome < BO_OUTCOME_COUNT && type->natts == columns);
    memset(nulls, true, columns * sizeof(bool));
    values[0] = bo_answer_outcome(TupleDescAttr(type, 0)->atttypid, outcome);
    values[1] = BoolGetDatum(replayed);
    nulls[0] = nulls[1] = false;
}

/* booking_answer: outcome, replayed, booking_id, group_id, resource, units, during, status, hold_expires_at, busy */
static HeapTuple booking_row(TupleDesc type, const BoBookingAnswer *answer)
{
    Datum values[10] = {0};
    bool nulls[10];

    begin_row(type, answer->outcome, answer->replayed, values, nulls, lengthof(values));
    values[4] = PointerGetDatum(answer->resource);
    values[6] = PointerGetDatum(answer->during);
    nulls[6] = false;
    nulls[4] = answer->resource == NULL; /* none of the many */
    if (answer->status != BO_STATUS_INVALID)
    {
        values[2] = UUIDPGetDatum(&answer->booking_id);
        nulls[2] = answer->unit_count > 1; /* a party is named by its group: one id would stand for one unit only */
        values[7] = bo_answer_status(TupleDescAttr(type, 7)->atttypid, answer->status);
        nulls[7] = false;
    }
    if (answer->has_group)
    {
        values[3] = UUIDPGetDatum(&answer->group_id);
        nulls[3] = false;
    }
    if (answer->unit_count > 0)
    {
        values[5] = bo_unit_array(answer->units, answer->unit_count);
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
    HeapTuple row = booking_row(type, answer);

    ReleaseTupleDesc(type);
    return HeapTupleGetDatum(row);
}

/* A row for each answer, in their order: what a verb that RETURNS SETOF leaves behind. */
void bo_answer_bookings(FunctionCallInfo fcinfo, const BoBookingAnswer *answers, int count)
{
    ReturnSetInfo *result = (ReturnSetInfo *)fcinfo->resultinfo;

    InitMaterializedSRF(fcinfo, 0);
    for (int i = 0; i < count; i++)
        tuplestore_puttuple(result->setResult, booking_row(result->setDesc, &answers[i]));
}

/* An answer of one value: claim_answer and counter_answer. */
static Datum short_answer(FunctionCallInfo fcinfo, BoOutcome outcome, bool replayed, Datum value, bool is_null)
{
    TupleDesc type = lookup_rowtype_tupdesc(get_func_rettype(fcinfo->flinfo->fn_oid), -1);
    Datum values[3] = {0};
    bool nulls[3];
    HeapTuple row;

    begin_row(type, outcome, replayed, values, nulls, lengthof(values));
    values[2] = value;
    nulls[2] = is_null;
    row = heap_form_tuple(type, values, nulls);
    ReleaseTupleDesc(type);
    return HeapTupleGetDatum(row);
}

/* claim_answer: outcome, replayed, claimant (NULL: not told) */
Datum bo_answer_claim(FunctionCallInfo fcinfo, BoOutcome outcome, bool replayed, text *claimant)
{
    return short_answer(fcinfo, outcome, replayed, PointerGetDatum(claimant), claimant == NULL);
}

/* counter_answer: outcome, replayed, value */
Datum bo_answer_counter(FunctionCallInfo fcinfo, BoOutcome outcome, bool replayed, int64 value)
{
    return short_answer(fcinfo, outcome, replayed, Int64GetDatum(value), false);
}

/* A copy that outlives bo_store_close(). */
void *bo_answer_copy(BoStore *store, Datum varlena)
{
    MemoryContext spi = MemoryContextSwitchTo(store->answer_context);
    void *copy = PG_DETOAST_DATUM_COPY(varlena);

    MemoryContextSwitchTo(spi);
    return copy;
}

/* {NULL} and {}: no unit, booked with allow_overlap. */
static void read_units(BoStore *store, BoBookingAnswer *answer, ArrayType *units)
{
    answer->unit_count = array_contains_nulls(units) ? 0 : ArrayGetNItems(ARR_NDIM(units), ARR_DIMS(units));
    answer->units = MemoryContextAlloc(store->answer_context, sizeof(int32) * Max(answer->unit_count, 1));
    memcpy(answer->units, ARR_DATA_PTR(units), sizeof(int32) * answer->unit_count);
}

/* The booking in a row of the store, its status by the clock: a hold that has lapsed is expired, whatever its row says.
 */
void bo_answer_read_booking(BoStore *store, BoBookingAnswer *answer, uint64 row, TimestampTz now)
{
    bool is_null;
    Datum value;

    answer->booking_id = *DatumGetUUIDP(bo_store_cell(row, 1, &is_null));
    value = bo_store_cell(row, 2, &is_null);
    answer->has_group = !is_null;
    if (!is_null)
        answer->group_id = *DatumGetUUIDP(value);
    value = bo_store_cell(row, 3, &is_null);
    read_units(store, answer, DatumGetArrayTypeP(value));
    answer->during = bo_answer_copy(store, bo_store_cell(row, 4, &is_null));
    answer->hold_expires_at = DatumGetTimestampTz(bo_store_cell(row, 5, &is_null));
    answer->status = (BoStatus)DatumGetInt32(bo_store_cell(row, 7, &is_null));
    answer->resource = bo_answer_copy(store, bo_store_cell(row, 8, &is_null));
    if (answer->status == BO_STATUS_HELD && answer->hold_expires_at <= now)
        answer->status = BO_STATUS_EXPIRED;
    bo_assert(answer->status >= BO_STATUS_HELD && answer->status <= BO_STATUS_EXPIRED);
}
