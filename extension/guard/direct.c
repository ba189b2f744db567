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
#include "access/sysattr.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "utils/fmgroids.h"
#include "utils/snapmgr.h"

#include "base/label.h"
#include "guard/index_scan.h"
#include "guard/slot_key.h"
#include "store/owner.h"

bool bo_direct_is_on = true;

/* A statement does this first: from here on it sees what this transaction has done and what others have committed. */
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
 * ExecOpenIndices(speculative), but without the indexes of reading verbs, which refuse nothing: a row with a unit has
 * no entry in one of them, and direct_insert_holder_key() adds the entry to the other once the row is written.
 */
static void direct_open_indexes(BoDirect *direct, bool with_unit)
{
    const BoCatalog *tables = direct->tables;
    List *indexes = RelationGetIndexList(direct->booking);
    ResultRelInfo *target = direct->target;
    ListCell *cell;

    target->ri_IndexRelationDescs = palloc(sizeof(Relation) * list_length(indexes));
    target->ri_IndexRelationInfo = palloc(sizeof(IndexInfo *) * list_length(indexes));
    target->ri_NumIndices = 0;
    foreach (cell, indexes)
    {
        Oid oid = lfirst_oid(cell);
        Relation index;
        IndexInfo *info;

        if (oid == tables->by_holder || (oid == tables->without_unit && with_unit))
            continue;
        index = index_open(oid, RowExclusiveLock);
        info = BuildIndexInfo(index);
        if (info->ii_Unique)
            BuildSpeculativeIndexInfo(index, info);
        target->ri_IndexRelationDescs[target->ri_NumIndices] = index;
        target->ri_IndexRelationInfo[target->ri_NumIndices++] = info;
    }
    list_free(indexes);
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

    direct->booking = table_open(direct->tables->booking, NoLock);
    direct->resource = table_open(direct->tables->resource, NoLock);
    direct->state = CreateExecutorState();
    direct->target = makeNode(ResultRelInfo);
    InitResultRelInfo(direct->target, direct->booking, 1, NULL, 0);
    direct_open_indexes(direct, with_unit);
    direct->row = MakeSingleTupleTableSlot(RelationGetDescr(direct->booking), &TTSOpsVirtual);
    return true;
}

void bo_direct_close(BoDirect *direct)
{
    ExecDropSingleTupleTableSlot(direct->row);
    ExecCloseIndices(direct->target);
    FreeExecutorState(direct->state);
    table_close(direct->resource, NoLock);
    table_close(direct->booking, NoLock);
}

/* The position of one of the indexes that are open with the table. */
int bo_direct_index_number(const BoDirect *direct, Oid index)
{
    int i = 0;

    while (RelationGetRelid(direct->target->ri_IndexRelationDescs[i]) != index)
        i++;
    return i;
}

Relation bo_direct_open_index(const BoDirect *direct, Oid index)
{
    return direct->target->ri_IndexRelationDescs[bo_direct_index_number(direct, index)];
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

bool bo_direct_has_lapsed(const BoDirect *direct, TupleTableSlot *row, TimestampTz now)
{
    bool is_null;

    return bo_direct_status_of(direct, row) == BO_STATUS_HELD &&
           DatumGetTimestampTz(bo_direct_column(row, BO_BOOKING_HOLD_EXPIRES_AT, &is_null)) <= now;
}

/*
 * Returns true if the row takes all of the time that is asked for. Then no other row does: bookings of a unit do not
 * overlap.
 */
bool bo_direct_blocks_all(BoDirect *direct, const BoSlotCall *call, TupleTableSlot *row, TimestampTz now)
{
    bool is_null, is_live, has_no_unit;
    int32 unit = DatumGetInt32(bo_direct_column(row, BO_BOOKING_UNIT, &has_no_unit));

    (void)bo_direct_column(row, BO_BOOKING_RELEASED_AT, &is_live);
    return is_live && !has_no_unit && unit == 1 &&
           DatumGetInt64(bo_direct_column(row, BO_BOOKING_RESOURCE_ID, &is_null)) == direct->resource_id &&
           !bo_direct_has_lapsed(direct, row, now) &&
           range_contains_internal(lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO),
                                   DatumGetRangeTypeP(bo_direct_column(row, BO_BOOKING_BLOCKS, &is_null)),
                                   call->during);
}

Datum bo_direct_slot_of(const BoDirect *direct, const BoSlotCall *call)
{
    return DirectFunctionCall3(bookonce_slot_key, Int64GetDatum(direct->resource_id), Int32GetDatum(1),
                               RangeTypePGetDatum(call->during));
}
