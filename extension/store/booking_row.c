/*
 * booking_row.c
 *   A booking as a row of the store: reads BOOKING_COLUMNS, in their order.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/booking_row.h"

#include "access/xact.h"

#include "base/error.h"
#include "store/row_checked.h"
#include "store/store_booking.h"

/* {NULL} and {} both mean no unit: booked with allow_overlap. */
static void booking_row_read_units(BoStore *store, BoBookingAnswer *answer, ArrayType *units)
{
    answer->unit_count = array_contains_nulls(units) ? 0 : ArrayGetNItems(ARR_NDIM(units), ARR_DIMS(units));
    answer->units = MemoryContextAlloc(store->answer_context, sizeof(int32) * Max(answer->unit_count, 1));
    memcpy(answer->units, ARR_DATA_PTR(units), sizeof(int32) * answer->unit_count);
}

static BoStatus booking_row_status(BoRow row)
{
    BoStatus status = bo_label_read_status(DatumGetObjectId(bo_row_own(row, BO_BOOKING_ROW_STATUS)));

    if (status == BO_STATUS_INVALID)
        bo_error_unknown_status("a booking");
    return status;
}

/*
 * Raises 40001 if the row has no resource only because the transaction's snapshot is older than the resource: RETURNING
 * looks with that snapshot. A resource that the latest snapshot does not show either is missing for good.
 */
static void booking_row_check_snapshot(BoStore *store, BoRow row, const pg_uuid_t *booking_id)
{
    if (IsolationUsesXactSnapshot() && bo_row_is_null(row, BO_BOOKING_ROW_RESOURCE) &&
        bo_store_run_latest(store, &bo_sql_find_resource_of_booking, bo_uuid(booking_id)) > 0)
        bo_error_old_snapshot();
}

/*
 * Reads the booking in a row of the store. Its status is by the clock: a hold that has lapsed is expired, whatever its
 * row says.
 */
void bo_booking_row_read(BoStore *store, BoRow row, TimestampTz now, BoBookingAnswer *answer)
{
    answer->booking_id = bo_row_uuid(row, BO_BOOKING_ROW_BOOKING_ID);
    answer->has_group = !bo_row_is_null(row, BO_BOOKING_ROW_GROUP_ID);
    if (answer->has_group)
        answer->group_id = bo_row_uuid(row, BO_BOOKING_ROW_GROUP_ID);
    booking_row_read_units(store, answer, bo_row_array(row, BO_BOOKING_ROW_UNITS, INT4ARRAYOID));
    answer->during = bo_store_keep(store, bo_row_slot(row, BO_BOOKING_ROW_DURING));
    answer->lapses_at = bo_row_instant_or(row, BO_BOOKING_ROW_LAPSES_AT, DT_NOEND);
    answer->status = booking_row_status(row);
    booking_row_check_snapshot(store, row, &answer->booking_id);
    answer->resource = bo_store_keep(store, bo_row_text(row, BO_BOOKING_ROW_RESOURCE));
    answer->kind =
        bo_row_is_null(row, BO_BOOKING_ROW_KIND) ? NULL : bo_store_keep(store, bo_row_text(row, BO_BOOKING_ROW_KIND));
    answer->writer = bo_row_xid(row, BO_BOOKING_ROW_WRITER);
    if (bo_answer_has_lapsed(answer, now))
        answer->status = BO_STATUS_EXPIRED;
}

/*
 * Reads what the last statement inserted: a row for each unit of one booking. The first row has the key, and stands for
 * all of them.
 */
void bo_booking_row_read_units(BoStore *store, int count, TimestampTz now, BoBookingAnswer *answer)
{
    int32 *units = MemoryContextAlloc(store->answer_context, sizeof(int32) * count);
    int found = 0;

    for (int i = 0; i < count; i++)
    {
        const ArrayType *unit = bo_row_array(bo_store_row(i), BO_BOOKING_ROW_UNITS, INT4ARRAYOID);

        if (!array_contains_nulls((ArrayType *)unit))
            units[found++] = *(const int32 *)ARR_DATA_PTR(unit);
    }
    bo_booking_row_read(store, bo_store_row(0), now, answer);
    answer->unit_count =
        answer->has_group ? found : Min(found, 1); /* without a group nothing says that the rows belong together */
    answer->units = units;
}

/*
 * Reads the booking on the latest snapshot, for a caller who holds its lock. An id of another tenant is as unknown as
 * an id that never existed.
 */
void bo_booking_row_find_latest(BoStore *store, const text *tenant, const pg_uuid_t *booking_id, TimestampTz now,
                                BoBookingAnswer *answer)
{
    if (bo_store_run_latest(store, &bo_sql_find_booking, bo_text(tenant), bo_uuid(booking_id)) == 0)
        bo_error_unknown_booking(booking_id);
    bo_booking_row_read(store, bo_store_row(0), now, answer);
}

/*
 * Reads the booking as the transaction's snapshot shows it, for a caller whose UPDATE found nothing on that snapshot: a
 * newer row must not explain what an older one decided. A booking that is merely too new for the snapshot is not
 * unknown.
 */
void bo_booking_row_find(BoStore *store, const text *tenant, const pg_uuid_t *booking_id, TimestampTz now,
                         BoBookingAnswer *answer)
{
    if (bo_store_run(store, &bo_sql_find_booking, bo_text(tenant), bo_uuid(booking_id)) == 0)
    {
        bo_booking_row_find_latest(store, tenant, booking_id, now, answer);
        bo_error_old_snapshot();
    }
    bo_booking_row_read(store, bo_store_row(0), now, answer);
}

/*
 * Raises OB003 unless the booking is the holder's; NULL means any holder. A verb calls this before it takes the
 * booking's lock, because a wait would tell a stranger that the booking exists, and again once the booking is locked,
 * because change_booking() may have come first.
 */
void bo_booking_row_check_holder(BoStore *store, const text *tenant, const pg_uuid_t *booking_id, const text *holder)
{
    if (holder != NULL && bo_store_run_latest(store, &bo_sql_find_holders_booking, bo_text(tenant), bo_uuid(booking_id),
                                              bo_text(holder)) == 0)
        bo_error_unknown_booking(booking_id);
}
