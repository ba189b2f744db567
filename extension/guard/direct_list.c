/*
 * direct_list.c
 *   Lists what stands on many resources at a time, as the statement bo_sql_read_calendar does, at a fraction of its
 *   cost.
 *
 * It only reads, on the snapshot of the caller's query: each of the two indexes once for all the resources, then each
 * block of the table once. The statement begins a scan for each resource and visits the table row by row; for the day
 * of 500 resources that was most of its time. store/as_made.c decides whether the tables are as setup() made them; in
 * any doubt the statement reads.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "guard/direct_list.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/bufmgr.h"
#include "utils/snapmgr.h"

#include "guard/direct_insert.h"
#include "guard/slot_key.h"
#include "guard/slot_key_search.h"
#include "store/owner.h"

/* A list in the making. If there are more rows than asked for, the first ones are kept. */
typedef struct Listing
{
    const BoListCall *call;
    Relation booking;
    TypeCacheEntry *range;
    BoListedRow *rows;
    int count;
    int room;     /* at least twice what is asked for, once it is full */
    bool is_full; /* rows[at_most - 1] is the last row that is kept, and no row behind it is needed */
} Listing;

static int list_compare(const void *a, const void *b)
{
    const BoListedRow *left = a, *right = b;

    if (left->start != right->start)
        return left->start < right->start ? -1 : 1;
    return memcmp(left->id.data, right->id.data, UUID_LEN);
}

/* Sorts the rows, and drops those behind the first at_most. */
static void list_cut(Listing *listing)
{
    qsort(listing->rows, listing->count, sizeof(BoListedRow), list_compare);
    while (listing->count > listing->call->at_most)
        heap_freetuple(listing->rows[--listing->count].row);
    listing->is_full = listing->count == listing->call->at_most;
}

static void list_add(Listing *listing, const BoListedRow *row)
{
    if (listing->count == listing->room && listing->room >= 2 * listing->call->at_most)
        list_cut(listing);
    else if (listing->count == listing->room)
        listing->rows = repalloc(listing->rows, sizeof(BoListedRow) * (listing->room *= 2));
    listing->rows[listing->count] = *row;
    listing->rows[listing->count++].row = heap_copytuple(row->row);
}

static Datum list_column(const Listing *listing, HeapTuple row, BoBookingColumn which, bool *is_null)
{
    return heap_getattr(row, which + 1, RelationGetDescr(listing->booking), is_null);
}

/*
 * Returns true if the row is live and belongs to the resource, the time and the page; then fills in what it is sorted
 * by.
 */
static bool list_wants(const Listing *listing, HeapTuple row, BoListedRow *listed)
{
    const BoListCall *call = listing->call;
    bool is_null, is_live, never, is_empty;
    TimestampTz lapses_at = DatumGetTimestampTz(list_column(listing, row, BO_BOOKING_LAPSES_AT, &never));
    RangeType *during;
    RangeBound lower, upper;
    BoListedRow last = {.start = call->after_start, .id = call->after_id};

    (void)list_column(listing, row, BO_BOOKING_RELEASED_AT, &is_live);
    if (!is_live || (!never && lapses_at <= call->now) ||
        DatumGetInt64(list_column(listing, row, BO_BOOKING_RESOURCE_ID, &is_null)) != call->resource_ids[listed->which])
        return false;
    during = DatumGetRangeTypeP(list_column(listing, row, BO_BOOKING_DURING, &is_null));
    if (!range_overlaps_internal(listing->range, during, call->within))
        return false;
    range_deserialize(listing->range, during, &lower, &upper, &is_empty);
    listed->start = DatumGetTimestampTz(lower.val);
    listed->end = DatumGetTimestampTz(upper.val);
    listed->id = *DatumGetUUIDP(list_column(listing, row, BO_BOOKING_ID, &is_null));
    return list_compare(listed, &last) > 0 &&
           (!listing->is_full || list_compare(listed, &listing->rows[call->at_most - 1]) < 0);
}

/*
 * Reads the rows that a search found. The search only tells where rows are; the table tells whether our snapshot sees a
 * row there.
 */
static void list_read(Listing *listing, const BoSlotEntries *found)
{
    Buffer buffer = InvalidBuffer;

    for (int i = 0; i < found->count; i++)
    {
        const uint64 entry = found->entries[i];
        const BlockNumber block = BO_SLOT_ENTRY_BLOCK(entry);
        BoListedRow listed = {.which = BO_SLOT_ENTRY_WHICH(entry)};
        ItemPointerData place;
        HeapTupleData row;

        if (!BufferIsValid(buffer) || BufferGetBlockNumber(buffer) != block)
        {
            if (BufferIsValid(buffer))
                UnlockReleaseBuffer(buffer);
            CHECK_FOR_INTERRUPTS();
            buffer = ReadBuffer(listing->booking, block);
            LockBuffer(buffer, BUFFER_LOCK_SHARE);
        }
        ItemPointerSet(&place, block, BO_SLOT_ENTRY_OFFSET(entry));
        listed.row = &row;
        if (heap_hot_search_buffer(&place, listing->booking, buffer, GetActiveSnapshot(), &row, NULL, true) &&
            list_wants(listing, &row, &listed))
            list_add(listing, &listed);
    }
    if (BufferIsValid(buffer))
        UnlockReleaseBuffer(buffer);
}

/*
 * Returns false for an index that the planner would not use either: a snapshot from before it was built may see rows
 * that it does not have.
 */
static bool list_may_use(Relation index)
{
    return !index->rd_index->indcheckxmin ||
           TransactionIdPrecedes(HeapTupleHeaderGetXmin(index->rd_indextuple->t_data), TransactionXmin);
}

static bool list_read_index(Listing *listing, Oid oid, const BoSlotKey *times)
{
    Relation index = index_open(oid, AccessShareLock);
    bool may_use = list_may_use(index);
    BoSlotEntries found = {.with_slots = false};

    if (may_use)
    {
        pgstat_count_index_scan(index);
        bo_slot_key_gather(index, listing->call->resource_ids, listing->call->resource_count, times, &found);
        list_read(listing, &found);
        pfree(found.entries);
    }
    index_close(index, AccessShareLock);
    return may_use;
}

/*
 * Not under SERIALIZABLE, which must note what was read of an index, nor with old_snapshot_threshold, which checks each
 * of its pages.
 */
static bool list_may_read(const BoCatalog *tables)
{
#if PG_VERSION_NUM < 170000
    if (old_snapshot_threshold >= 0)
        return false;
#endif
    return bo_direct_is_on && !bo_owner_others_check_permissions() && tables->inserts_as_made &&
           OidIsValid(tables->without_unit) && !IsolationIsSerializable();
}

/*
 * Returns false if a statement must do the work; otherwise the rows are in the order of their starts and ids, and the
 * caller ends with bo_direct_list_close(). Called while a store is open to read.
 */
bool bo_direct_list(const BoListCall *call, BoList *list)
{
    const BoCatalog *tables = bo_catalog();
    Datum key =
        DirectFunctionCall3(bookonce_slot_key, Int64GetDatum(0), Int32GetDatum(1), RangeTypePGetDatum(call->touched));
    Listing listing = {.call = call, .room = 16};

    if (!list_may_read(tables))
        return false;
    listing.booking = table_open(tables->booking, AccessShareLock);
    listing.range = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);
    listing.rows = palloc(sizeof(BoListedRow) * listing.room);
    if (!list_read_index(&listing, tables->no_overlap, DatumGetSlotKeyP(key)) ||
        !list_read_index(&listing, tables->without_unit, DatumGetSlotKeyP(key)))
    {
        table_close(listing.booking, AccessShareLock);
        return false;
    }
    list_cut(&listing);
    *list = (BoList){.booking = listing.booking, .rows = listing.rows, .count = listing.count};
    return true;
}

void bo_direct_list_close(BoList *list)
{
    table_close(list->booking, AccessShareLock);
}
