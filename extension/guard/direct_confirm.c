/*
 * direct_confirm.c
 *   Confirms a hold as bo_sql_confirm_booking of store_booking.c does, without the statement.
 *
 * Nothing is diagnosed here: whatever is not simply a hold that stands is left to SQL, and so is a resource whose
 * bookings must be checked in. No index has a column that changes, so that nearly always no index is written to.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "guard/direct_confirm.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "executor/executor.h"
#include "utils/fmgroids.h"

#include "guard/direct.h"
#include "guard/direct_dispatch.h"
#include "guard/direct_row.h"
#include "store/event.h"
#include "store/store_booking.h"

/* Returns false if only SQL may confirm or cancel a booking. */
bool bo_direct_may_change_booking(void)
{
    const BoCatalog *tables;

    if (!bo_direct_may_dispatch())
        return false;
    tables = bo_catalog_as_known();
    return tables->updates_as_made && tables->rules_as_made && OidIsValid(tables->resource_key) &&
           OidIsValid(tables->position_of_booking);
}

static bool confirm_is_held(TupleTableSlot *booking, TimestampTz now)
{
    bool is_null;
    Oid status = DatumGetObjectId(bo_direct_column(booking, BO_BOOKING_STATUS, &is_null));

    return status == bo_catalog_as_known()->status[BO_STATUS_HELD] && !bo_direct_has_lapsed(booking, now);
}

/* Returns true if it was booked alone and never got parts: only SQL knows the parts of a group's member. */
static bool confirm_is_alone(TupleTableSlot *booking)
{
    bool is_null;

    (void)bo_direct_column(booking, BO_BOOKING_GROUP_ID, &is_null);
    return is_null;
}

/* FILLS_NONE of sql.h */
static bool confirm_fills_none(const text *tenant, const pg_uuid_t *booking_id)
{
    const BoCatalog *tables = bo_catalog_as_known();
    Relation positions;
    TupleTableSlot *row = bo_direct_find_id(tables->dispatch[BO_DISPATCH_POSITION], tables->position_of_booking,
                                            booking_id, tenant, &positions);

    bo_direct_close_found(positions, row);
    return row == NULL;
}

/* LOCKED_FOR_CHANGE of store_booking.c, without the locks. */
bool bo_direct_stands_alone(const text *tenant, const pg_uuid_t *booking_id, TupleTableSlot *booking)
{
    return confirm_is_alone(booking) && confirm_fills_none(tenant, booking_id);
}

/* The booking's resource, or NULL. The table stays open until bo_direct_close_found(). */
TupleTableSlot *bo_direct_find_booked_resource(TupleTableSlot *booking, Relation *resources)
{
    const BoCatalog *tables = bo_catalog_as_known();
    ScanKeyData key;
    bool is_null;

    ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_INT8EQ, bo_direct_column(booking, BO_BOOKING_RESOURCE_ID, &is_null));
    *resources = table_open(tables->resource, NoLock);
    return bo_direct_find_row(*resources, tables->resource_key, &key, 1);
}

/* NULL if it has none, as the owner may have allowed. */
text *bo_direct_name_of(TupleTableSlot *resource)
{
    bool is_null;
    Datum name = slot_getattr(resource, bo_catalog_as_known()->resource_name_column, &is_null);

    return is_null ? NULL : DatumGetTextPCopy(name);
}

/* The name of the booking's resource, or NULL if it is gone or requires a check-in. */
static text *confirm_find_resource(TupleTableSlot *booking)
{
    Relation resources;
    TupleTableSlot *resource = bo_direct_find_booked_resource(booking, &resources);
    bool has_no_check_in = false;
    text *name;

    if (resource != NULL)
        (void)slot_getattr(resource, bo_catalog_as_known()->rule[BO_RULE_CHECK_IN_WITHIN], &has_no_check_in);
    name = has_no_check_in ? bo_direct_name_of(resource) : NULL;
    bo_direct_close_found(resources, resource);
    return name;
}

/* BOOKING_COLUMNS of sql.h, and one more column. Its type is made once, and kept in *type. */
void bo_direct_form_booking(TupleTableSlot *booking, text *resource, TupleDesc *type, Oid last_type, Datum last,
                            bool last_is_null, BoRow *formed)
{
    static const int columns[][2] = {{BO_BOOKING_ROW_BOOKING_ID, BO_BOOKING_ID},
                                     {BO_BOOKING_ROW_GROUP_ID, BO_BOOKING_GROUP_ID},
                                     {BO_BOOKING_ROW_DURING, BO_BOOKING_DURING},
                                     {BO_BOOKING_ROW_LAPSES_AT, BO_BOOKING_LAPSES_AT},
                                     {BO_BOOKING_ROW_REQUEST_HASH, BO_BOOKING_REQUEST_HASH},
                                     {BO_BOOKING_ROW_STATUS, BO_BOOKING_STATUS},
                                     {BO_BOOKING_ROW_KIND, BO_BOOKING_KIND}};
    const Oid types[BO_BOOKING_ROW_COLUMNS + 1] = {
        UUIDOID, UUIDOID, INT4ARRAYOID, TSTZRANGEOID, TIMESTAMPTZOID, INT8OID, bo_catalog_as_known()->status_type,
        TEXTOID, XIDOID,  TEXTOID,      last_type};
    Datum values[BO_BOOKING_ROW_COLUMNS + 1];
    bool nulls[BO_BOOKING_ROW_COLUMNS + 1] = {false};
    bool has_no_unit;
    Datum unit = bo_direct_column(booking, BO_BOOKING_UNIT, &has_no_unit);
    int one = 1;

    for (int i = 0; i < lengthof(columns); i++)
        values[columns[i][0] - 1] = bo_direct_column(booking, columns[i][1], &nulls[columns[i][0] - 1]);
    values[BO_BOOKING_ROW_UNITS - 1] = PointerGetDatum(
        construct_md_array(&unit, &has_no_unit, 1, &one, &one, INT4OID, sizeof(int32), true, TYPALIGN_INT));
    values[BO_BOOKING_ROW_RESOURCE - 1] = PointerGetDatum(resource);
    values[BO_BOOKING_ROW_WRITER - 1] = TransactionIdGetDatum(GetCurrentTransactionId());
    values[BO_BOOKING_ROW_COLUMNS] = last;
    nulls[BO_BOOKING_ROW_COLUMNS] = last_is_null;
    formed->type = bo_direct_row_type(type, types, lengthof(types));
    formed->tuple = heap_form_tuple(formed->type, values, nulls);
}

static bool confirm_update(Relation table, TupleTableSlot *booking, text *resource, BoRow *confirmed)
{
    const BoCatalog *tables = bo_catalog_as_known();
    const BoNewValue values[] = {{BO_BOOKING_STATUS + 1, ObjectIdGetDatum(tables->status[BO_STATUS_CONFIRMED]), false},
                                 {BO_BOOKING_LAPSES_AT + 1, 0, true}};
    TupleTableSlot *changed = bo_direct_update_row(table, booking, values, lengthof(values), false);
    static TupleDesc type;
    bool never_lapsed;
    Datum was_to_lapse_at;

    if (changed == NULL)
        return false;
    was_to_lapse_at = bo_direct_column(booking, BO_BOOKING_LAPSES_AT, &never_lapsed);
    bo_direct_form_booking(changed, resource, &type, TIMESTAMPTZOID, was_to_lapse_at, never_lapsed, confirmed);
    if (OidIsValid(tables->event))
        bo_event_updated(table, booking, changed, resource);
    ExecDropSingleTupleTableSlot(changed);
    return true;
}

/*
 * Returns false, with nothing written, if SQL must decide. needs_no_lock: no lock is missing, even if the booking fills
 * a position or has parts.
 */
bool bo_direct_confirm(const text *tenant, const pg_uuid_t *booking_id, TimestampTz now, bool needs_no_lock,
                       BoRow *confirmed)
{
    const BoCatalog *tables;
    Relation table;
    TupleTableSlot *booking;
    text *resource = NULL;
    bool is_confirmed;

    if (!bo_direct_may_change_booking())
        return false;
    tables = bo_catalog_as_known();
    bo_direct_begin_statement();
    booking = bo_direct_find_id(tables->booking, tables->booking_key, booking_id, tenant, &table);
    is_confirmed = booking != NULL && confirm_is_held(booking, now) &&
                   (needs_no_lock || bo_direct_stands_alone(tenant, booking_id, booking)) &&
                   (resource = confirm_find_resource(booking)) != NULL &&
                   confirm_update(table, booking, resource, confirmed);
    bo_direct_close_found(table, booking);
    bo_direct_end_statement();
    return is_confirmed;
}
