/*
 * direct_cancel.c
 *   Cancels a booking as bo_sql_find_booked_on and bo_sql_cancel_on do, without the statements.
 *
 * Only where nobody can wait in line. Nothing is diagnosed here: a booking that is not live, or whose resource has got
 * another name or such a rule since, is left to SQL.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "guard/direct_cancel.h"

#include "access/tableam.h"
#include "executor/executor.h"

#include "base/arguments.h"
#include "guard/direct.h"
#include "guard/direct_confirm.h"
#include "guard/direct_row.h"
#include "store/event.h"
#include "store/store_booking.h"
#include "store/store_line.h"

/* The name of the booking's resource; NULL if it is gone, or has a line or another rule that SQL reads. */
static text *cancel_find_resource(TupleTableSlot *booking, bool *is_plain, bool *counts)
{
    const BoCatalog *tables = bo_catalog_as_known();
    Relation resources;
    TupleTableSlot *resource = bo_direct_find_booked_resource(booking, &resources);
    text *name = NULL;

    if (resource != NULL)
    {
        bool is_unknown, is_null;

        *counts = DatumGetBool(slot_getattr(resource, tables->rule[BO_RULE_COUNTS], &is_null));
        *is_plain = DatumGetBool(slot_getattr(resource, tables->resource_plain, &is_unknown));
        if (!is_unknown && !is_null && (*is_plain || !bo_direct_has_other_rules(tables, resource)))
            name = bo_direct_name_of(resource);
    }
    bo_direct_close_found(resources, resource);
    return name;
}

/* As the statement of this name, for a resource of those. Returns false if SQL must look. */
bool bo_direct_find_booked_on(const text *tenant, const pg_uuid_t *booking_id, BoRow *found)
{
    const Oid types[BO_FIND_BOOKED_ON_COLUMNS] = {TEXTOID, BOOLOID, BOOLOID, BOOLOID, BOOLOID};
    static TupleDesc type;
    Datum values[BO_FIND_BOOKED_ON_COLUMNS] = {0}; /* no rule on holders, and no line */
    bool nulls[BO_FIND_BOOKED_ON_COLUMNS] = {false};
    const BoCatalog *tables;
    TupleTableSlot *booking;
    Relation table;
    text *name = NULL;
    bool is_plain, counts;

    if (!bo_direct_may_change_booking())
        return false;
    tables = bo_catalog_as_known();
    bo_direct_begin_statement();
    booking = bo_direct_find_id(tables->booking, tables->booking_key, booking_id, tenant, &table);
    if (booking != NULL)
        name = cancel_find_resource(booking, &is_plain, &counts);
    bo_direct_close_found(table, booking);
    bo_direct_end_statement();
    if (name == NULL)
        return false;
    values[BO_FIND_BOOKED_ON_RESOURCE - 1] = PointerGetDatum(name);
    values[BO_FIND_BOOKED_ON_PLAIN - 1] = BoolGetDatum(is_plain);
    values[BO_FIND_BOOKED_ON_COUNTS - 1] = BoolGetDatum(counts);
    found->type = bo_direct_row_type(&type, types, lengthof(types));
    found->tuple = heap_form_tuple(found->type, values, nulls);
    return true;
}

static bool cancel_update(Relation table, TupleTableSlot *booking, TimestampTz now, const text *reason, text *resource,
                          BoRow *cancelled)
{
    static TupleDesc type;
    const BoCatalog *tables = bo_catalog_as_known();
    const BoNewValue values[] = {{BO_BOOKING_STATUS + 1, ObjectIdGetDatum(tables->status[BO_STATUS_CANCELLED]), false},
                                 {BO_BOOKING_REASON + 1, PointerGetDatum(reason), reason == NULL},
                                 {BO_BOOKING_RELEASED_AT + 1, TimestampTzGetDatum(now), false}};
    TupleTableSlot *changed = bo_direct_update_row(table, booking, values, lengthof(values), false);

    if (changed == NULL)
        return false;
    bo_direct_form_booking(changed, resource, &type, BOOLOID, BoolGetDatum(false), false, cancelled);
    if (OidIsValid(tables->event))
        bo_event_updated(table, booking, changed, resource);
    ExecDropSingleTupleTableSlot(changed);
    return true;
}

/*
 * As bo_sql_cancel_on. resource: its name, locked, exclusively or not. Returns false, with nothing written, if SQL must
 * decide.
 */
bool bo_direct_cancel(const text *tenant, const pg_uuid_t *booking_id, TimestampTz now, bool needs_no_lock,
                      const text *reason, const text *resource, bool exclusive, BoRow *cancelled)
{
    const BoCatalog *tables;
    Relation table;
    TupleTableSlot *booking;
    text *name = NULL;
    bool is_plain, counts, is_cancelled;

    if (!bo_direct_may_change_booking())
        return false;
    tables = bo_catalog_as_known();
    bo_direct_begin_statement();
    booking = bo_direct_find_id(tables->booking, tables->booking_key, booking_id, tenant, &table);
    is_cancelled = booking != NULL && bo_direct_is_live(booking, now) &&
                   (needs_no_lock || bo_direct_stands_alone(tenant, booking_id, booking)) &&
                   (name = cancel_find_resource(booking, &is_plain, &counts)) != NULL && (exclusive || !counts) &&
                   bo_arguments_same_text(name, resource) &&
                   cancel_update(table, booking, now, reason, name, cancelled);
    bo_direct_close_found(table, booking);
    bo_direct_end_statement();
    return is_cancelled;
}
