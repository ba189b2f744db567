/*
 * direct.c
 *   What the two parts of the light path, direct_insert.c and direct_diagnose.c, share: the tables, open for one call,
 *   and the reading of a row of booking.
 *
 * Rows and indexes are those of the relation cache. The tables are locked and known to be as setup() made them, so
 * columns are read by number.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "guard/direct.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "base/label.h"
#include "base/listen.h"
#include "guard/index_scan.h"
#include "guard/slot_key.h"
#include "store/owner.h"

bool bo_direct_is_on = true;

/*
 * What a statement does first: from here on, what this transaction has done and what others have committed is visible.
 */
void bo_direct_begin_statement(void)
{
    CommandCounterIncrement();
    PushActiveSnapshot(GetTransactionSnapshot());
}

void bo_direct_end_statement(void)
{
    PopActiveSnapshot();
}

/*
 * What the last call has left: what is known of the indexes, and their compiled expressions, whose making cost a tenth
 * of a booking. The next call uses it if nothing has changed since. It takes it out of here, so that an error frees it.
 */
static BoDirect idle;
static bool has_idle;

/* The indexes in `idle`. Changes of the table itself, and of what else setup() made, are noticed by bo_catalog(). */
static Oid watched[16];
static int watched_count;
static uint64 changes;

static void direct_relation_changed(Datum unused, Oid relation)
{
    bool concerns_us = !OidIsValid(relation);

    for (int i = 0; i < watched_count && !concerns_us; i++)
        concerns_us = watched[i] == relation;
    if (concerns_us)
        changes++;
}

static bool direct_is_current(const BoDirect *direct)
{
    return direct->made_after == changes && direct->target->ri_NumIndices <= lengthof(watched);
}

/*
 * Like ExecOpenIndices(speculative), but without the two indexes of reading verbs, which refuse nothing: a row with a
 * unit has no entry in one of them, and direct_insert_holder_key() adds the entry to the other once the row is written.
 */
static void direct_find_indexes(BoDirect *direct)
{
    const BoCatalog *tables = direct->tables;
    List *all = RelationGetIndexList(direct->booking);
    ResultRelInfo *target = direct->target;
    ListCell *cell;

    direct->indexes = palloc(sizeof(Oid) * list_length(all));
    target->ri_IndexRelationDescs = palloc0(sizeof(Relation) * list_length(all));
    target->ri_IndexRelationInfo = palloc0(sizeof(IndexInfo *) * list_length(all));
    target->ri_NumIndices = 0;
    foreach (cell, all)
        if (lfirst_oid(cell) != tables->by_holder && !(lfirst_oid(cell) == tables->without_unit && direct->with_unit))
            direct->indexes[target->ri_NumIndices++] = lfirst_oid(cell);
    list_free(all);
    watched_count = Min(target->ri_NumIndices, (int)lengthof(watched));
    memcpy(watched, direct->indexes, sizeof(Oid) * watched_count);
}

/*
 * Opens an index as it is now. What the access method keeps in the IndexInfo points into the relation cache, so it does
 * not outlive the call.
 */
static void direct_open_index(BoDirect *direct, int i)
{
    ResultRelInfo *target = direct->target;
    Relation index = index_open(direct->indexes[i], RowExclusiveLock);
    MemoryContext caller = MemoryContextSwitchTo(direct->memory);

    target->ri_IndexRelationDescs[i] = index;
    if (target->ri_IndexRelationInfo[i] == NULL || !direct_is_current(direct))
    {
        target->ri_IndexRelationInfo[i] = BuildIndexInfo(index);
        if (target->ri_IndexRelationInfo[i]->ii_Unique)
            BuildSpeculativeIndexInfo(index, target->ri_IndexRelationInfo[i]);
    }
    MemoryContextSwitchTo(caller);
    target->ri_IndexRelationInfo[i]->ii_AmCache = NULL;
    target->ri_IndexRelationInfo[i]->ii_Context = direct->of_call;
}

/* The indexes that tell whether the slot and the key are free: a refusal needs no others. */
static void direct_open_arbiters(BoDirect *direct)
{
    for (int i = 0; i < direct->target->ri_NumIndices; i++)
        if (direct->indexes[i] == direct->tables->no_overlap || direct->indexes[i] == direct->tables->key)
            direct_open_index(direct, i);
}

/* For a call that writes, or that looks at another index. The executor leaves out an index that is not open. */
void bo_direct_open_all_indexes(BoDirect *direct)
{
    for (int i = 0; i < direct->target->ri_NumIndices && !direct->has_opened_all; i++)
        if (direct->target->ri_IndexRelationDescs[i] == NULL)
            direct_open_index(direct, i);
    direct->has_opened_all = true;
}

static void direct_make(BoDirect *direct)
{
    MemoryContext caller;

    direct->made_after = changes;
    direct->memory = AllocSetContextCreate(CurrentMemoryContext, "bookonce direct insert", ALLOCSET_DEFAULT_SIZES);
    caller = MemoryContextSwitchTo(direct->memory);
    direct->state = CreateExecutorState();
    direct->target = makeNode(ResultRelInfo);
    InitResultRelInfo(direct->target, direct->booking, 1, NULL, 0);
    direct_find_indexes(direct);
    /* A description of its own, so that it holds no reference to the table's. */
    direct->row = MakeSingleTupleTableSlot(CreateTupleDescCopy(RelationGetDescr(direct->booking)), &TTSOpsVirtual);
    MemoryContextSwitchTo(caller);
}

static void direct_take_or_make(BoDirect *direct)
{
    static bool listens = false;

    if (!listens)
        bo_listen_to_relations(direct_relation_changed);
    listens = true;
    if (has_idle && idle.learned == direct->learned && idle.with_unit == direct->with_unit && direct_is_current(&idle))
    {
        has_idle = false;
        direct->made_after = idle.made_after;
        direct->memory = idle.memory;
        direct->state = idle.state;
        direct->target = idle.target;
        direct->row = idle.row;
        direct->indexes = idle.indexes;
        MemoryContextSetParent(direct->memory, CurrentMemoryContext);
        direct->target->ri_RelationDesc = direct->booking;
    }
    else
        direct_make(direct);
}

/*
 * with_unit: any row to be inserted has a unit. Returns false if a statement must do the work; otherwise the caller
 * ends with bo_direct_close().
 */
bool bo_direct_open(BoDirect *direct, bool with_unit)
{
    if (!bo_direct_is_on || bo_owner_others_check_permissions())
        return false;
    /*
     * bo_store_open() has locked the tables: a concurrent ALTER TABLE has either committed before, and we have seen its
     * invalidation, or it waits for us.
     */
    direct->tables = bo_catalog();
    if (!direct->tables->inserts_as_made)
        return false;

    direct->learned = direct->tables->learned;
    direct->with_unit = with_unit;
    direct->may_count = false;
    direct->booking = table_open(direct->tables->booking, NoLock);
    direct->resource = table_open(direct->tables->resource, NoLock);
    direct->of_call = CurrentMemoryContext;
    direct->has_opened_all = false;
    direct->by_holder = NULL;
    direct->found = table_slot_create(direct->resource, NULL);
    direct_take_or_make(direct);
    direct_open_arbiters(direct);
    return true;
}

/* Leaves in `idle` what the next call may use. */
void bo_direct_close(BoDirect *direct)
{
    for (int i = 0; i < direct->target->ri_NumIndices; i++)
    {
        if (direct->target->ri_IndexRelationDescs[i] == NULL)
            continue;
#if PG_VERSION_NUM >= 170000 /* a BRIN index keeps a page */
        index_insert_cleanup(direct->target->ri_IndexRelationDescs[i], direct->target->ri_IndexRelationInfo[i]);
#endif
        index_close(direct->target->ri_IndexRelationDescs[i], RowExclusiveLock);
        direct->target->ri_IndexRelationDescs[i] = NULL;
    }
    if (direct->by_holder != NULL)
        index_close(direct->by_holder, RowExclusiveLock);
    ExecDropSingleTupleTableSlot(direct->found);
    table_close(direct->resource, NoLock);
    table_close(direct->booking, NoLock);

    if (!direct_is_current(direct))
    {
        MemoryContextDelete(direct->memory);
        return;
    }
    ExecClearTuple(direct->row);
    ResetPerTupleExprContext(direct->state);
    if (has_idle)
        MemoryContextDelete(idle.memory);
    MemoryContextSetParent(direct->memory, CacheMemoryContext);
    idle = *direct;
    has_idle = true;
}

/* The position of one of the indexes. */
int bo_direct_index_number(const BoDirect *direct, Oid index)
{
    int i = 0;

    while (direct->indexes[i] != index)
        i++;
    return i;
}

/* For those of direct_open_arbiters(); the others are open only once something is to be written. */
Relation bo_direct_open_index(const BoDirect *direct, Oid index)
{
    Relation open = direct->target->ri_IndexRelationDescs[bo_direct_index_number(direct, index)];

    Assert(open != NULL);
    return open;
}

/* Begins a scan by (text, text), which is how names and keys are looked up. */
IndexScanDesc bo_direct_begin_text_scan(Relation table, Relation index, const text *first, const text *second)
{
    ScanKeyData keys[2];

    for (int i = 0; i < 2; i++)
        ScanKeyEntryInitialize(&keys[i], 0, i + 1, BTEqualStrategyNumber, InvalidOid, C_COLLATION_OID, F_TEXTEQ,
                               PointerGetDatum(i == 0 ? first : second));
    return bo_index_scan_begin(table, index, keys, lengthof(keys));
}

Datum bo_direct_column(TupleTableSlot *row, BoBookingColumn which, bool *is_null)
{
    return slot_getattr(row, which + 1, is_null);
}

BoStatus bo_direct_status_of(const BoDirect *direct, TupleTableSlot *row)
{
    bool is_null;
    Oid label = DatumGetObjectId(bo_direct_column(row, BO_BOOKING_STATUS, &is_null));
    BoStatus status = BO_STATUS_HELD;

    while (status < BO_STATUS_EXPIRED && direct->tables->status[status] != label)
        status++;
    return status;
}

bool bo_direct_has_lapsed(TupleTableSlot *row, TimestampTz now)
{
    bool never;
    TimestampTz lapses_at = DatumGetTimestampTz(bo_direct_column(row, BO_BOOKING_LAPSES_AT, &never));

    return !never && lapses_at <= now;
}

/* Returns true if it was not released and has not lapsed. */
bool bo_direct_is_live(TupleTableSlot *row, TimestampTz now)
{
    bool is_live;

    (void)bo_direct_column(row, BO_BOOKING_RELEASED_AT, &is_live);
    return is_live && !bo_direct_has_lapsed(row, now);
}

/*
 * Returns true if the row takes all of the time that the slot would block. Then no other row does: bookings of a unit
 * do not overlap.
 */
bool bo_direct_blocks_all(BoDirect *direct, TupleTableSlot *row, TimestampTz now)
{
    bool is_null, has_no_unit;
    int32 unit = DatumGetInt32(bo_direct_column(row, BO_BOOKING_UNIT, &has_no_unit));

    return !has_no_unit && unit == direct->unit && bo_direct_is_live(row, now) &&
           DatumGetInt64(bo_direct_column(row, BO_BOOKING_RESOURCE_ID, &is_null)) == direct->resource_id &&
           range_contains_internal(lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO),
                                   DatumGetRangeTypeP(bo_direct_column(row, BO_BOOKING_BLOCKS, &is_null)),
                                   direct->blocks);
}

/* The slot of the call as a key of the guard's index. */
Datum bo_direct_slot_of(const BoDirect *direct)
{
    return DirectFunctionCall3(bookonce_slot_key, Int64GetDatum(direct->resource_id), Int32GetDatum(direct->unit),
                               RangeTypePGetDatum(direct->blocks));
}
