/*
 * direct_dispatch.c
 *   Reads an offer with its request, and lets it take a position, as these statements of store_dispatch.c do:
 *   bo_sql_find_offer_request, bo_sql_find_offer, bo_sql_take_position, bo_sql_accept_offer.
 *
 * Most calls of accept_offer() are refused, because there are more offers than positions. For these the statements cost
 * several times what they read. An offer that was accepted before is left to SQL. Whatever is read is given back as a
 * row with the columns of the statement, so that there is one reader of it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "guard/direct_dispatch.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "executor/executor.h"
#include "utils/fmgroids.h"

#include "guard/direct.h"
#include "guard/direct_row.h"
#include "guard/index_scan.h"
#include "store/owner.h"
#include "store/store_dispatch.h"

/* Returns false if only SQL may read and write offers, as with an old snapshot. The caller has locked the tables. */
bool bo_direct_may_dispatch(void)
{
    const BoCatalog *tables;

    if (!bo_direct_is_on || IsolationUsesXactSnapshot() || bo_owner_others_check_permissions())
        return false;
    tables = bo_catalog_with_dispatch();
    return tables->inserts_as_made && tables->dispatch_as_made;
}

static TupleTableSlot *dispatch_find_in(BoDispatchTable table, const pg_uuid_t *id, const text *tenant, Relation *open)
{
    const BoCatalog *tables = bo_catalog_as_known();

    return bo_direct_find_id(tables->dispatch[table], tables->dispatch_key[table], id, tenant, open);
}

/* The columns of a row to be formed. */
typedef struct DispatchRow
{
    Datum values[BO_FIND_OFFER_COLUMNS];
    bool nulls[BO_FIND_OFFER_COLUMNS];
} DispatchRow;

static void dispatch_copy(DispatchRow *to, int column, TupleTableSlot *from, AttrNumber number)
{
    to->values[column - 1] = slot_getattr(from, number + 1, &to->nulls[column - 1]);
}

static void dispatch_set(DispatchRow *to, int column, Datum value)
{
    to->values[column - 1] = value;
    to->nulls[column - 1] = false;
}

/* The type of the rows of bo_sql_find_offer. */
static TupleDesc dispatch_row_type(void)
{
    const Oid types[BO_FIND_OFFER_COLUMNS] = {
        UUIDOID, TSTZRANGEOID,   INT4OID, INT8OID, INT4OID, TIMESTAMPTZOID, BOOLOID,
        TEXTOID, INT8OID,        UUIDOID, UUIDOID, TEXTOID, INT4OID,        bo_catalog_as_known()->offer_type,
        UUIDOID, TIMESTAMPTZOID, BOOLOID, INT4OID, BOOLOID};
    static TupleDesc type;

    return bo_direct_row_type(&type, types, lengthof(types));
}

/* Returns true for a booking that stands, and sets its resource. STANDS in store_dispatch.c is the same. */
static bool dispatch_stands(Relation booking, const pg_uuid_t *booking_id, const text *tenant, int64 *resource_id)
{
    ScanKeyData keys[2];
    TupleTableSlot *row;
    bool is_null, is_live;

    bo_direct_key_of_id(keys, booking_id, tenant);
    row = bo_direct_find_row(booking, bo_catalog_as_known()->booking_key, keys, lengthof(keys));
    if (row == NULL)
        return false;
    is_live = bo_direct_is_live(row, GetCurrentTimestamp());
    *resource_id = DatumGetInt64(bo_direct_column(row, BO_BOOKING_RESOURCE_ID, &is_null));
    ExecDropSingleTupleTableSlot(row);
    return is_live;
}

/* Returns true if one of the resources is the provider. */
static bool dispatch_has_provider(const text *tenant, const text *provider, const int64 *resource_ids, int count)
{
    const BoCatalog *tables = bo_catalog_as_known();
    Relation resource = table_open(tables->resource, NoLock);
    TupleTableSlot *row;
    ScanKeyData keys[2];
    bool is_null, is_there = false;

    for (int i = 0; i < 2; i++)
        ScanKeyEntryInitialize(&keys[i], 0, i + 1, BTEqualStrategyNumber, InvalidOid, C_COLLATION_OID, F_TEXTEQ,
                               PointerGetDatum(i == 0 ? tenant : provider));
    row = bo_direct_find_row(resource, tables->resource_name, keys, lengthof(keys));
    for (int i = 0; row != NULL && i < count; i++)
        is_there |= DatumGetInt64(slot_getattr(row, tables->resource_id, &is_null)) == resource_ids[i] && !is_null;
    bo_direct_close_found(resource, row);
    return is_there;
}

/* The positions of a request, in their order. */
typedef struct DispatchPositions
{
    int filled;
    int room;
    int64 *resource_ids; /* of the bookings that fill them */
    bool has_free;
    int32 free; /* the first that is not filled, */
    bool was_taken;
    pg_uuid_t last_booking_id; /* and the booking that filled it last */
} DispatchPositions;

static void dispatch_judge_position(DispatchPositions *all, Relation booking, TupleTableSlot *position,
                                    const text *tenant)
{
    bool is_null, was_never_taken;
    Datum booking_id = slot_getattr(position, BO_POSITION_BOOKING_ID + 1, &was_never_taken);
    int64 resource_id;

    if (!was_never_taken && dispatch_stands(booking, DatumGetUUIDP(booking_id), tenant, &resource_id))
    {
        if (all->filled == all->room)
            all->resource_ids = repalloc(all->resource_ids, sizeof(int64) * (all->room *= 2));
        all->resource_ids[all->filled++] = resource_id;
    }
    else if (!all->has_free)
    {
        all->has_free = true;
        all->free = DatumGetInt32(slot_getattr(position, BO_POSITION_POSITION + 1, &is_null));
        all->was_taken = !was_never_taken;
        if (all->was_taken)
            all->last_booking_id = *DatumGetUUIDP(booking_id);
    }
}

static void dispatch_read_positions(const text *tenant, const pg_uuid_t *request_id, DispatchPositions *all)
{
    const BoCatalog *tables = bo_catalog_as_known();
    Relation table = table_open(tables->dispatch[BO_DISPATCH_POSITION], NoLock);
    Relation key = index_open(tables->dispatch_key[BO_DISPATCH_POSITION], AccessShareLock);
    Relation booking = table_open(tables->booking, NoLock);
    TupleTableSlot *position = table_slot_create(table, NULL);
    IndexScanDesc scan;
    ScanKeyData keys[2];

    all->room = 4;
    all->resource_ids = palloc(sizeof(int64) * all->room);
    bo_direct_key_of_id(keys, request_id, tenant);
    scan = bo_index_scan_begin(table, key, keys, lengthof(keys));
    while (index_getnext_slot(scan, ForwardScanDirection, position))
        dispatch_judge_position(all, booking, position, tenant);
    index_endscan(scan);
    ExecDropSingleTupleTableSlot(position);
    table_close(booking, NoLock);
    index_close(key, NoLock);
    table_close(table, NoLock);
}

/* PLACES and PROVIDER_FILLS of store_dispatch.c. */
static void dispatch_fill_positions(DispatchRow *row, const text *tenant, const pg_uuid_t *request_id,
                                    const text *provider)
{
    DispatchPositions all = {0};

    dispatch_read_positions(tenant, request_id, &all);
    dispatch_set(row, BO_REQUEST_ROW_FILLED, Int64GetDatum(all.filled));
    if (all.has_free)
        dispatch_set(row, BO_REQUEST_ROW_FREE_POSITION, Int32GetDatum(all.free));
    if (all.was_taken)
        dispatch_set(row, BO_REQUEST_ROW_LAST_BOOKING_ID,
                     UUIDPGetDatum(memcpy(palloc(UUID_LEN), &all.last_booking_id, UUID_LEN)));
    dispatch_set(row, BO_FIND_OFFER_PROVIDER_FILLS,
                 BoolGetDatum(all.has_free && all.filled > 0 &&
                              dispatch_has_provider(tenant, provider, all.resource_ids, all.filled)));
}

static void dispatch_fill_request(DispatchRow *row, TupleTableSlot *request)
{
    bool is_open;

    dispatch_copy(row, BO_REQUEST_ROW_REQUEST_ID, request, BO_REQUEST_ID);
    dispatch_copy(row, BO_REQUEST_ROW_DURING, request, BO_REQUEST_DURING);
    dispatch_copy(row, BO_REQUEST_ROW_POSITIONS, request, BO_REQUEST_POSITIONS);
    dispatch_copy(row, BO_REQUEST_ROW_CLOSES_AT, request, BO_REQUEST_CLOSES_AT);
    (void)slot_getattr(request, BO_REQUEST_CANCELLED_AT + 1, &is_open);
    dispatch_set(row, BO_REQUEST_ROW_IS_CANCELLED, BoolGetDatum(!is_open));
    dispatch_copy(row, BO_REQUEST_ROW_REQUESTER, request, BO_REQUEST_REQUESTER);
    dispatch_copy(row, BO_REQUEST_ROW_REQUEST_HASH, request, BO_REQUEST_HASH);
}

/* The offer made no booking. */
static void dispatch_fill_offer(DispatchRow *row, TupleTableSlot *offer)
{
    const int before = BO_REQUEST_ROW_COLUMNS;

    dispatch_copy(row, before + BO_OFFER_ROW_OFFER_ID, offer, BO_OFFER_ID);
    dispatch_copy(row, before + BO_OFFER_ROW_PROVIDER, offer, BO_OFFER_PROVIDER);
    dispatch_copy(row, before + BO_OFFER_ROW_WAVE, offer, BO_OFFER_WAVE);
    dispatch_copy(row, before + BO_OFFER_ROW_STATUS, offer, BO_OFFER_STATUS);
    dispatch_copy(row, before + BO_OFFER_ROW_EXPIRES_AT, offer, BO_OFFER_EXPIRES_AT);
    dispatch_set(row, before + BO_OFFER_ROW_IS_LIVE, BoolGetDatum(false));
}

/* Finds the request of an offer. Returns false if there is no such offer. */
bool bo_direct_find_offer_request(const text *tenant, const pg_uuid_t *offer_id, pg_uuid_t *request_id, text **provider)
{
    Relation offers;
    TupleTableSlot *offer;
    bool is_null, is_found;

    bo_direct_begin_statement();
    offer = dispatch_find_in(BO_DISPATCH_OFFER, offer_id, tenant, &offers);
    is_found = offer != NULL;
    if (is_found)
    {
        *request_id = *DatumGetUUIDP(slot_getattr(offer, BO_OFFER_REQUEST_ID + 1, &is_null));
        *provider = DatumGetTextPCopy(slot_getattr(offer, BO_OFFER_PROVIDER + 1, &is_null));
    }
    bo_direct_close_found(offers, offer);
    bo_direct_end_statement();
    return is_found;
}

/* Forms the row of an offer that made no booking. Returns NULL if its request is gone. */
static HeapTuple dispatch_form_offer(TupleTableSlot *offer, const text *tenant, TupleDesc type)
{
    bool is_null;
    const pg_uuid_t *request_id = DatumGetUUIDP(slot_getattr(offer, BO_OFFER_REQUEST_ID + 1, &is_null));
    const text *provider = DatumGetTextPP(slot_getattr(offer, BO_OFFER_PROVIDER + 1, &is_null));
    Relation requests;
    TupleTableSlot *request = dispatch_find_in(BO_DISPATCH_REQUEST, request_id, tenant, &requests);
    HeapTuple tuple = NULL;
    DispatchRow row;

    memset(row.nulls, true, sizeof(row.nulls));
    if (request != NULL)
    {
        dispatch_fill_request(&row, request);
        dispatch_fill_offer(&row, offer);
        dispatch_fill_positions(&row, tenant, request_id, provider);
        tuple = heap_form_tuple(type, row.values, row.nulls);
    }
    bo_direct_close_found(requests, request);
    return tuple;
}

/* Reads the offer; found->tuple is NULL if there is no such offer. Returns false if SQL must read it. */
bool bo_direct_find_offer(const text *tenant, const pg_uuid_t *offer_id, BoRow *found)
{
    Relation offers;
    TupleTableSlot *offer;
    bool made_none = true;

    *found = (BoRow){.type = dispatch_row_type()};
    bo_direct_begin_statement();
    offer = dispatch_find_in(BO_DISPATCH_OFFER, offer_id, tenant, &offers);
    if (offer != NULL)
        (void)slot_getattr(offer, BO_OFFER_BOOKING_ID + 1, &made_none);
    if (offer != NULL && made_none)
        found->tuple = dispatch_form_offer(offer, tenant, found->type);
    bo_direct_close_found(offers, offer);
    bo_direct_end_statement();
    return made_none;
}

static bool dispatch_has_uuid(TupleTableSlot *row, AttrNumber column, const pg_uuid_t *id)
{
    bool is_null;
    Datum value = slot_getattr(row, column + 1, &is_null);

    return is_null ? id == NULL : id != NULL && memcmp(DatumGetUUIDP(value), id, UUID_LEN) == 0;
}

static bool dispatch_update(Relation table, TupleTableSlot *row, const BoNewValue *values, int count)
{
    TupleTableSlot *changed = bo_direct_update_row(table, row, values, count, true);

    if (changed != NULL)
        ExecDropSingleTupleTableSlot(changed);
    return changed != NULL;
}

/* Gives the position to a booking. Returns false if SQL must look why it could not. */
bool bo_direct_take_position(const text *tenant, const pg_uuid_t *request_id, int position, const pg_uuid_t *booking_id,
                             const pg_uuid_t *last_booking_id)
{
    const BoCatalog *tables = bo_catalog_as_known();
    BoNewValue value = {BO_POSITION_BOOKING_ID + 1, UUIDPGetDatum(booking_id), false};
    Relation table = table_open(tables->dispatch[BO_DISPATCH_POSITION], NoLock);
    TupleTableSlot *row;
    ScanKeyData keys[3];
    bool is_taken;

    bo_direct_key_of_id(keys, request_id, tenant);
    ScanKeyInit(&keys[2], 3, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(position));
    bo_direct_begin_statement();
    row = bo_direct_find_row(table, tables->dispatch_key[BO_DISPATCH_POSITION], keys, lengthof(keys));
    is_taken = row != NULL && dispatch_has_uuid(row, BO_POSITION_BOOKING_ID, last_booking_id) &&
               dispatch_update(table, row, &value, 1);
    bo_direct_close_found(table, row);
    bo_direct_end_statement();
    return is_taken;
}

/* Marks the offer as accepted. Returns false if SQL must look why it could not. */
bool bo_direct_accept_offer(const text *tenant, const pg_uuid_t *offer_id, const pg_uuid_t *booking_id, TimestampTz now)
{
    Oid type = bo_catalog_as_known()->offer_type;
    Oid pending = DatumGetObjectId(bo_label_offer_state(type, BO_OFFER_STATE_PENDING));
    BoNewValue values[] = {{BO_OFFER_STATUS + 1, bo_label_offer_state(type, BO_OFFER_STATE_ACCEPTED), false},
                           {BO_OFFER_BOOKING_ID + 1, UUIDPGetDatum(booking_id), false},
                           {BO_OFFER_DECIDED_AT + 1, TimestampTzGetDatum(now), false}};
    Relation offers;
    TupleTableSlot *offer;
    bool is_null, is_accepted;

    bo_direct_begin_statement();
    offer = dispatch_find_in(BO_DISPATCH_OFFER, offer_id, tenant, &offers);
    is_accepted = offer != NULL && DatumGetObjectId(slot_getattr(offer, BO_OFFER_STATUS + 1, &is_null)) == pending &&
                  dispatch_update(offers, offer, values, lengthof(values));
    bo_direct_close_found(offers, offer);
    bo_direct_end_statement();
    return is_accepted;
}
