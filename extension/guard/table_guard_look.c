/*
 * table_guard_look.c
 *   What is in the way of a row of a guarded table: free, taken, or being decided by another transaction.
 *
 * A look sees what has been written, committed or not, as PostgreSQL's own check of a constraint does. It never waits:
 * that is for the caller, who gives its lock back first.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "guard/table_guard.h"

#include "access/table.h"
#include "access/tableam.h"
#include "catalog/index.h"
#include "storage/lmgr.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "guard/index_scan.h"

/* By way of the index's own scan, and the rows: who wrote them, and do they still stand? */
static void look_at_rows(Relation table, Relation index, const BoSlotKey *key, ItemPointer own, BoWayFound *found)
{
    SnapshotData dirty;
    ScanKeyData condition;
    IndexScanDesc scan;
    Oid overlaps = get_opfamily_member(index->rd_opfamily[0], index->rd_opcintype[0], index->rd_opcintype[0],
                                       BO_SLOT_STRATEGY_OVERLAPS);

    InitDirtySnapshot(dirty);
    ScanKeyInit(&condition, 1, BO_SLOT_STRATEGY_OVERLAPS, get_opcode(overlaps), PointerGetDatum(key));
    scan = bo_index_scan_begin_as(table, index, &dirty, &condition, 1);
    while (found->way != BO_WAY_TAKEN && index_getnext_slot(scan, ForwardScanDirection, found->row))
    {
        TransactionId writer = TransactionIdIsValid(dirty.xmin) ? dirty.xmin : dirty.xmax;

        if (own != NULL && ItemPointerEquals(own, &found->row->tts_tid))
            continue;
        if (!TransactionIdIsValid(writer))
            found->way = BO_WAY_TAKEN;
        else if (found->way == BO_WAY_FREE)
        {
            found->way = BO_WAY_UNDECIDED;
            found->writer = writer;
            found->token = dirty.speculativeToken;
            found->place = found->row->tts_tid;
        }
    }
    index_endscan(scan);
}

/* Of several in the way, one that is committed says most. own: the row's own place, which is not in its way, or NULL.
 */
void bo_table_guard_look(BoTableGuard *guard, Relation table, const BoSlotKey *key, ItemPointer own, BoWayFound *found)
{
    Relation index = index_open(guard->index, RowExclusiveLock);
    ItemPointerData any;

    found->way = BO_WAY_FREE;
    /* Mostly nothing at all is there, and the index's pages alone say so. */
    if (bo_slot_key_look(index, key, own, &any))
    {
        if (found->row == NULL)
            found->row = table_slot_create(table, NULL);
        look_at_rows(table, index, key, own, found);
    }
    index_close(index, NoLock);
}

/* Until the transaction that wrote the undecided row has ended. */
void bo_table_guard_wait(Relation table, const BoWayFound *found)
{
    ItemPointerData place = found->place;

    Assert(found->way == BO_WAY_UNDECIDED);
    if (found->token != 0)
        SpeculativeInsertionWait(found->writer, found->token);
    else
        XactLockTableWait(found->writer, table, &place, XLTW_RecheckExclusionConstr);
}

/* Have the two rows the same key in this unique index? */
static bool look_is_same_key(BoTableGuard *guard, Relation index, TupleTableSlot *row, TupleTableSlot *other)
{
    IndexInfo *definition = BuildIndexInfo(index);
    ExprContext *context = GetPerTupleExprContext(guard->executor);
    ExprState *condition = ExecPrepareQual(definition->ii_Predicate, guard->executor);
    Datum values[2][INDEX_MAX_KEYS];
    bool nulls[2][INDEX_MAX_KEYS];

    for (int i = 0; i < 2; i++)
    {
        context->ecxt_scantuple = i == 0 ? row : other;
        if (!ExecQual(condition, context))
            return false;
        FormIndexDatum(definition, context->ecxt_scantuple, guard->executor, values[i], nulls[i]);
    }
    for (int i = 0; i < definition->ii_NumIndexKeyAttrs; i++)
    {
        Oid type = index->rd_opcintype[i];
        Oid equals = get_opfamily_member(index->rd_opfamily[i], type, type, BTEqualStrategyNumber);

        if (nulls[0][i] || nulls[1][i])
        {
            if (nulls[0][i] && nulls[1][i] && index->rd_index->indnullsnotdistinct)
                continue;
            return false;
        }
        if (!DatumGetBool(
                OidFunctionCall2Coll(get_opcode(equals), index->rd_indcollation[i], values[0][i], values[1][i])))
            return false;
    }
    return true;
}

/*
 * Has the new row a key of a unique index in common with the one in its way? Then it is not to come beside that one: ON
 * CONFLICT changes the other or does nothing, or the unique index refuses.
 */
bool bo_table_guard_shares_key(BoTableGuard *guard, Relation table, TupleTableSlot *row, TupleTableSlot *other)
{
    List *indexes = RelationGetIndexList(table);
    bool shares = false;
    ListCell *cell;

    foreach (cell, indexes)
    {
        Relation index = index_open(lfirst_oid(cell), RowExclusiveLock);

        if (!shares && index->rd_index->indisunique && index->rd_index->indimmediate && index->rd_index->indisvalid)
            shares = look_is_same_key(guard, index, row, other);
        index_close(index, NoLock);
    }
    return shares;
}
