/*
 * event_row.c
 *   Writes an event: a row of booking_event, and its place in the order of events.
 *
 * The place is (era, next_xid, number). next_xid is the server's next transaction id at this instant, while our own has
 * been assigned: so it is above our own, and above those of all transactions whose effects we may have seen. A
 * transaction that sees our effect comes later, and reads a next_xid that is not lower and a number that is higher: no
 * event comes before its cause. And as long as any transaction below an event's next_xid is in progress, readers stop
 * before that event (store_event.c): when an event is read, whatever can sort before it has ended. If events were
 * sorted by the transaction's own id, an effect would come before its cause if its transaction began first.
 *
 * A row is written as logical replication writes it: the owner's triggers fire, and the owner's constraints are
 * checked.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/event.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/async.h"
#include "commands/sequence.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/xid8.h"

#include "base/error.h"
#include "store/catalog.h"
#include "store/event_target.h"

#define EVENT_CHANNEL "bookonce_events"

/* The columns of booking_event, in the order in which setup() makes them. */
typedef enum EventColumn
{
    EVENT_NEXT_XID,
    EVENT_NUMBER,
    EVENT_AT,
    EVENT_BEFORE_LAPSES_AT,
    EVENT_AFTER_LAPSES_AT,
    EVENT_BOOKING_ID,
    EVENT_GROUP_ID,
    EVENT_ERA,
    EVENT_KIND,
    EVENT_BEFORE_UNIT,
    EVENT_AFTER_UNIT,
    EVENT_BEFORE_STATUS,
    EVENT_AFTER_STATUS,
    EVENT_TENANT,
    EVENT_BEFORE_RESOURCE,
    EVENT_AFTER_RESOURCE,
    EVENT_BEFORE_DURING,
    EVENT_AFTER_DURING,
    EVENT_BEFORE_HOLDER,
    EVENT_AFTER_HOLDER,
    EVENT_REASON,
    EVENT_SESSION_ROLE,
    EVENT_ACTOR,
    EVENT_BEFORE_DETAILS,
    EVENT_AFTER_DETAILS,
    EVENT_WAITER_ID,
    EVENT_COLUMN_COUNT
} EventColumn;

/* An enum's type is looked up. */
static const struct
{
    const char *name;
    Oid type;
} event_columns[EVENT_COLUMN_COUNT] = {
    [EVENT_NEXT_XID] = {"next_xid", XID8OID},
    [EVENT_NUMBER] = {"number", INT8OID},
    [EVENT_AT] = {"at", TIMESTAMPTZOID},
    [EVENT_BEFORE_LAPSES_AT] = {"before_lapses_at", TIMESTAMPTZOID},
    [EVENT_AFTER_LAPSES_AT] = {"after_lapses_at", TIMESTAMPTZOID},
    [EVENT_BOOKING_ID] = {"booking_id", UUIDOID},
    [EVENT_GROUP_ID] = {"group_id", UUIDOID},
    [EVENT_ERA] = {"era", INT4OID},
    [EVENT_KIND] = {"kind", InvalidOid},
    [EVENT_BEFORE_UNIT] = {"before_unit", INT4OID},
    [EVENT_AFTER_UNIT] = {"after_unit", INT4OID},
    [EVENT_BEFORE_STATUS] = {"before_status", InvalidOid},
    [EVENT_AFTER_STATUS] = {"after_status", InvalidOid},
    [EVENT_TENANT] = {"tenant", TEXTOID},
    [EVENT_BEFORE_RESOURCE] = {"before_resource", TEXTOID},
    [EVENT_AFTER_RESOURCE] = {"after_resource", TEXTOID},
    [EVENT_BEFORE_DURING] = {"before_during", TSTZRANGEOID},
    [EVENT_AFTER_DURING] = {"after_during", TSTZRANGEOID},
    [EVENT_BEFORE_HOLDER] = {"before_holder", TEXTOID},
    [EVENT_AFTER_HOLDER] = {"after_holder", TEXTOID},
    [EVENT_REASON] = {"reason", TEXTOID},
    [EVENT_SESSION_ROLE] = {"session_role", TEXTOID},
    [EVENT_ACTOR] = {"actor", TEXTOID},
    [EVENT_BEFORE_DETAILS] = {"before_details", JSONBOID},
    [EVENT_AFTER_DETAILS] = {"after_details", JSONBOID},
    [EVENT_WAITER_ID] = {"waiter_id", UUIDOID},
};

/*
 * The columns of a booking that an event shows, before and after. If both are the same column, it shows the newer row.
 */
static const struct
{
    BoBookingColumn of;
    EventColumn before;
    EventColumn after;
} told[] = {
    {BO_BOOKING_LAPSES_AT, EVENT_BEFORE_LAPSES_AT, EVENT_AFTER_LAPSES_AT},
    {BO_BOOKING_UNIT, EVENT_BEFORE_UNIT, EVENT_AFTER_UNIT},
    {BO_BOOKING_STATUS, EVENT_BEFORE_STATUS, EVENT_AFTER_STATUS},
    {BO_BOOKING_DURING, EVENT_BEFORE_DURING, EVENT_AFTER_DURING},
    {BO_BOOKING_HOLDER, EVENT_BEFORE_HOLDER, EVENT_AFTER_HOLDER},
    {BO_BOOKING_DETAILS, EVENT_BEFORE_DETAILS, EVENT_AFTER_DETAILS},
    {BO_BOOKING_ID, EVENT_BOOKING_ID, EVENT_BOOKING_ID},
    {BO_BOOKING_GROUP_ID, EVENT_GROUP_ID, EVENT_GROUP_ID},
    {BO_BOOKING_TENANT, EVENT_TENANT, EVENT_TENANT},
};

/* A booking before or after its change, if it was there. */
typedef struct EventSide
{
    bool is_there;
    Datum *values;
    bool *nulls;
} EventSide;

/* Known while one verb's events are written. */
struct BoEventWriter
{
    Relation booking;
    BoEventTarget target;
    EventSide before, after;
    int32 era;
    FullTransactionId next_xid;
    TimestampTz at;
    int64 resource_id; /* the resource whose name was looked up last */
    text *resource;    /* its name; NULL: there is no such resource */
    bool knows_resource;
};

static Oid event_type(TupleDesc type, EventColumn column)
{
    return TupleDescAttr(type, column)->atttypid;
}

static void event_check_copy(const BoEventWriter *writer, BoBookingColumn from, EventColumn to)
{
    if (!IsBinaryCoercible(TupleDescAttr(RelationGetDescr(writer->booking), from)->atttypid,
                           event_type(RelationGetDescr(writer->target.event), to)))
        bo_error_event_column(event_columns[to].name);
}

/* A value written to a column of another type would be misread: a jsonb in place of a text crashes the server. */
static void event_check_columns(BoEventWriter *writer)
{
    TupleDesc type = RelationGetDescr(writer->target.event);

    for (int i = 0; i < EVENT_COLUMN_COUNT; i++)
    {
        if (i >= type->natts || TupleDescAttr(type, i)->attisdropped ||
            strcmp(NameStr(TupleDescAttr(type, i)->attname), event_columns[i].name) != 0)
            bo_error_lacks_column(event_columns[i].name);
        if (OidIsValid(event_columns[i].type) && event_type(type, i) != event_columns[i].type)
            bo_error_event_column(event_columns[i].name);
    }
    for (int i = 0; i < lengthof(told); i++)
    {
        event_check_copy(writer, told[i].of, told[i].before);
        event_check_copy(writer, told[i].of, told[i].after);
    }
    event_check_copy(writer, BO_BOOKING_REASON, EVENT_REASON);
    if (event_type(type, EVENT_KIND) != GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("event_kind"),
                                                        ObjectIdGetDatum(bo_catalog()->schema)))
        bo_error_event_column(event_columns[EVENT_KIND].name);
    writer->target.kinds = event_type(type, EVENT_KIND);
}

static void event_make_side(const BoEventWriter *writer, EventSide *side)
{
    int columns = RelationGetDescr(writer->booking)->natts;

    side->values = palloc(sizeof(Datum) * columns);
    side->nulls = palloc(sizeof(bool) * columns);
}

/* All columns at once: to read each by itself took longer than to write the event into the table. */
static void event_read_side(const BoEventWriter *writer, HeapTuple row, EventSide *side)
{
    side->is_there = row != NULL;
    if (row != NULL)
        heap_deform_tuple(row, RelationGetDescr(writer->booking), side->values, side->nulls);
}

BoEventWriter *bo_event_writer_begin(Relation booking)
{
    BoEventWriter *writer = palloc0(sizeof(BoEventWriter));

    writer->booking = booking;
    event_make_side(writer, &writer->before);
    event_make_side(writer, &writer->after);
    writer->era = bo_event_era_to_write();
    bo_event_target_open(&writer->target);
    if (!OidIsValid(writer->target.kinds))
        event_check_columns(writer);
    (void)GetTopTransactionId();
    writer->next_xid = ReadNextFullTransactionId();
    writer->at = GetCurrentTimestamp();
    return writer;
}

static text *event_find_resource(int64 resource_id)
{
    const BoCatalog *tables = bo_catalog();
    Relation resource = table_open(tables->resource, AccessShareLock);
    AttrNumber id = get_attnum(tables->resource, "resource_id"), name = get_attnum(tables->resource, "resource");
    Oid index = get_relname_relid("resource_resource_id_key", tables->schema);
    Snapshot snapshot = RegisterSnapshot(GetLatestSnapshot());
    text *found = NULL;
    ScanKeyData key;
    SysScanDesc scan;
    HeapTuple row;
    bool is_null;

    if (id <= 0 || name <= 0)
        bo_error_lacks_column(id <= 0 ? "resource_id" : "resource");
    ScanKeyInit(&key, id, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(resource_id));
    scan = systable_beginscan(resource, index, OidIsValid(index), snapshot, 1, &key);
    if (HeapTupleIsValid(row = systable_getnext(scan)))
    {
        Datum value = heap_getattr(row, name, RelationGetDescr(resource), &is_null);

        found = is_null ? NULL : DatumGetTextPCopy(value);
    }
    systable_endscan(scan);
    UnregisterSnapshot(snapshot);
    table_close(resource, AccessShareLock);
    return found;
}

/* The name of the resource of a booking, or NULL. */
static text *event_resource_of(BoEventWriter *writer, const EventSide *side)
{
    int64 id = DatumGetInt64(side->values[BO_BOOKING_RESOURCE_ID]);

    if (!writer->knows_resource || writer->resource_id != id)
    {
        writer->resource_id = id;
        writer->resource = event_find_resource(id);
        writer->knows_resource = true;
    }
    return writer->resource;
}

static void event_set(BoEventWriter *writer, EventColumn column, Datum value)
{
    writer->target.row->tts_values[column] = value;
    writer->target.row->tts_isnull[column] = false;
}

static void event_set_text_or_null(BoEventWriter *writer, EventColumn column, const text *value)
{
    if (value != NULL)
        event_set(writer, column, PointerGetDatum(value));
}

/* Copies a column of the booking, if there is a row and the column is not NULL. */
static void event_copy(BoEventWriter *writer, const EventSide *side, BoBookingColumn from, EventColumn to)
{
    if (side->is_there && !side->nulls[from])
        event_set(writer, to, side->values[from]);
}

static void event_fill_waiter(BoEventWriter *writer, const BoWaiterChange *change)
{
    bool joins = change->kind == BO_EVENT_JOINED;

    event_set(writer, EVENT_TENANT, PointerGetDatum(change->tenant));
    event_set(writer, EVENT_WAITER_ID, UUIDPGetDatum(&change->waiter_id));
    event_set(writer, joins ? EVENT_AFTER_RESOURCE : EVENT_BEFORE_RESOURCE, PointerGetDatum(change->resource));
    event_set(writer, joins ? EVENT_AFTER_DURING : EVENT_BEFORE_DURING, PointerGetDatum(change->during));
    event_set(writer, joins ? EVENT_AFTER_HOLDER : EVENT_BEFORE_HOLDER, PointerGetDatum(change->holder));
}

static void event_fill_booking(BoEventWriter *writer, const BoChange *change, BoEventKind kind)
{
    EventSide *before = &writer->before, *after = &writer->after, *last = change->after != NULL ? after : before;

    event_read_side(writer, change->before, before);
    event_read_side(writer, change->after, after);
    for (int i = 0; i < lengthof(told); i++)
    {
        if (told[i].before != told[i].after)
            event_copy(writer, before, told[i].of, told[i].before);
        event_copy(writer, told[i].before == told[i].after ? last : after, told[i].of, told[i].after);
    }
    if (before->is_there)
        event_set_text_or_null(writer, EVENT_BEFORE_RESOURCE, event_resource_of(writer, before));
    if (change->resource != NULL)
        event_set_text_or_null(writer, EVENT_AFTER_RESOURCE, change->resource);
    else if (after->is_there)
        event_set_text_or_null(writer, EVENT_AFTER_RESOURCE, event_resource_of(writer, after));
    if (kind == BO_EVENT_CANCELLED || kind == BO_EVENT_NO_SHOW)
        event_copy(writer, after, BO_BOOKING_REASON, EVENT_REASON);
    event_set_text_or_null(writer, EVENT_REASON, change->because);
    if (kind == BO_EVENT_OFFERED)
        event_set(writer, EVENT_WAITER_ID, UUIDPGetDatum(&change->waiter_id));
}

static void event_fill(BoEventWriter *writer, const BoChange *change, BoEventKind kind)
{
    event_set(writer, EVENT_ERA, Int32GetDatum(writer->era));
    event_set(writer, EVENT_NEXT_XID, FullTransactionIdGetDatum(writer->next_xid));
    event_set(writer, EVENT_NUMBER, Int64GetDatum(nextval_internal(writer->target.sequence, false)));
    event_set(writer, EVENT_AT, TimestampTzGetDatum(writer->at));
    event_set(writer, EVENT_KIND, bo_label_event_kind(writer->target.kinds, kind));
    if (change->waiter != NULL)
        event_fill_waiter(writer, change->waiter);
    else
        event_fill_booking(writer, change, kind);
    if (writer->target.session_role != (Datum)0)
        event_set(writer, EVENT_SESSION_ROLE, writer->target.session_role);
    if (bo_event_actor != NULL && bo_event_actor[0] != '\0')
        event_set(writer, EVENT_ACTOR, CStringGetTextDatum(bo_event_actor));
}

/* rings: notifies sessions that listen, once for all events of the transaction. */
void bo_event_writer_add(BoEventWriter *writer, const BoChange *change, BoEventKind kind, bool rings)
{
    TupleTableSlot *row = writer->target.row;

    ExecClearTuple(row);
    memset(row->tts_isnull, true, sizeof(bool) * row->tts_tupleDescriptor->natts);
    event_fill(writer, change, kind);
    ExecStoreVirtualTuple(row);
    ExecSimpleRelationInsert(writer->target.result, writer->target.state, row);
    ResetPerTupleExprContext(writer->target.state);
    if (rings)
        Async_Notify(EVENT_CHANNEL, "");
}

void bo_event_writer_end(BoEventWriter *writer)
{
    bo_event_target_close(&writer->target);
}
