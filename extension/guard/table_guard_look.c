/*
 * table_guard_look.c
 *   What is in the way of a row of a guarded table: free, taken, or being decided by another transaction.
 *
 * A look sees what has been written, committed or not, as PostgreSQL's own check of a constraint does. It never waits:
 * the caller does, after it has released its lock.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "guard/table_guard.h"

#include "access/tableam.h"
#include "storage/lmgr.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "guard/index_scan.h"
#include "guard/slot_key_search.h"

/*
 * The slot for a row that is in the way, with a description of its own, so that it holds no reference to the table's.
 */
static TupleTableSlot *look_slot(BoTableGuard *guard, Relation table)
{
    MemoryContext caller;

    if (guard->met != NULL)
        return guard->met;
    caller = MemoryContextSwitchTo(guard->executor->es_query_cxt);
    guard->met = MakeSingleTupleTableSlot(CreateTupleDescCopy(table->rd_att), table_slot_callbacks(table));
    MemoryContextSwitchTo(caller);
    return guard->met;
}

/*
 * Looks by a scan of the index at the rows that are in the way, and at who wrote them and whether they still live. If
 * there are several, a committed one decides; guard->met then holds it.
 */
void bo_table_guard_scan(BoTableGuard *guard, Relation table, Relation index, ScanKey conditions, int count,
                         ItemPointer own, BoWayFound *found)
{
    TupleTableSlot *row = look_slot(guard, table);
    SnapshotData dirty;
    IndexScanDesc scan;

    InitDirtySnapshot(dirty);
    scan = bo_index_scan_begin_as(table, index, &dirty, conditions, count);
    while (found->way != BO_WAY_TAKEN && index_getnext_slot(scan, ForwardScanDirection, row))
    {
        TransactionId writer = TransactionIdIsValid(dirty.xmin) ? dirty.xmin : dirty.xmax;

        if (own != NULL && ItemPointerEquals(own, &row->tts_tid))
            continue;
        if (!TransactionIdIsValid(writer))
            found->way = BO_WAY_TAKEN;
        else if (found->way == BO_WAY_FREE)
            *found = (BoWayFound){BO_WAY_UNDECIDED, writer, dirty.speculativeToken, row->tts_tid};
    }
    index_endscan(scan);
    if (found->way != BO_WAY_TAKEN)
        ExecClearTuple(row);
}

/* own: the row's own place, which is not in its way, or NULL. */
void bo_table_guard_look(BoTableGuard *guard, Relation table, const BoSlotKey *key, ItemPointer own, BoWayFound *found)
{
    Relation index = index_open(guard->index, RowExclusiveLock);
    ItemPointerData any;

    found->way = BO_WAY_FREE;
    /* Usually there is nothing at all, and the index's pages alone say so. */
    if (bo_slot_key_look(index, key, own, &any))
    {
        Oid type = index->rd_opcintype[0];
        Oid overlaps = get_opfamily_member(index->rd_opfamily[0], type, type, BO_SLOT_STRATEGY_OVERLAPS);
        ScanKeyData condition;

        ScanKeyInit(&condition, 1, BO_SLOT_STRATEGY_OVERLAPS, get_opcode(overlaps), PointerGetDatum(key));
        bo_table_guard_scan(guard, table, index, &condition, 1, own, found);
    }
    index_close(index, NoLock);
}

/* Waits until the transaction that wrote the undecided row has ended. */
void bo_table_guard_wait(Relation table, const BoWayFound *found)
{
    ItemPointerData place = found->place;

    Assert(found->way == BO_WAY_UNDECIDED);
    if (found->token != 0)
        SpeculativeInsertionWait(found->writer, found->token);
    else
        XactLockTableWait(found->writer, table, &place, XLTW_RecheckExclusionConstr);
}
