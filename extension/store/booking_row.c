/*
 * booking_row.c
 *   A booking as a row of the store: reads BOOKING_COLUMNS, in their order.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/booking_row.h"

#include "base/answer.h"
#include "base/label.h"
#include "store/store.h"

/* {NULL} and {}: no unit, booked with allow_overlap. */
static void booking_row_read_units(BoStore *store, BoBookingAnswer *answer, ArrayType *units)
{
    answer->unit_count = array_contains_nulls(units) ? 0 : ArrayGetNItems(ARR_NDIM(units), ARR_DIMS(units));
    answer->units = MemoryContextAlloc(store->answer_context, sizeof(int32) * Max(answer->unit_count, 1));
    memcpy(answer->units, ARR_DATA_PTR(units), sizeof(int32) * answer->unit_count);
}

/* The booking in a row of the store, its status by the clock: a hold that has lapsed is expired, whatever its row says.
 */
void bo_booking_row_read(BoStore *store, BoBookingAnswer *answer, uint64 row, TimestampTz now)
{
    bool is_null;
    Datum value;

    answer->booking_id = *DatumGetUUIDP(bo_store_cell(row, 1, &is_null));
    value = bo_store_cell(row, 2, &is_null);
    answer->has_group = !is_null;
    if (!is_null)
        answer->group_id = *DatumGetUUIDP(value);
    value = bo_store_cell(row, 3, &is_null);
    booking_row_read_units(store, answer, DatumGetArrayTypeP(value));
    answer->during = bo_store_copy(store, bo_store_cell(row, 4, &is_null));
    answer->hold_expires_at = DatumGetTimestampTz(bo_store_cell(row, 5, &is_null));
    answer->status = (BoStatus)DatumGetInt32(bo_store_cell(row, 7, &is_null));
    answer->resource = bo_store_copy(store, bo_store_cell(row, 8, &is_null));
    if (answer->status == BO_STATUS_HELD && answer->hold_expires_at <= now)
        answer->status = BO_STATUS_EXPIRED;
    Assert(answer->status >= BO_STATUS_HELD && answer->status <= BO_STATUS_EXPIRED);
}
