/*
 * direct_row.c
 *   Finds one row by a unique key, and updates it, as these statements would:
 *
 *     SELECT .. FROM ONLY table WHERE key = ..          UPDATE ONLY table SET .. WHERE key = ..
 *
 * Starting such an UPDATE costs more than running it. The table is as setup() made it (store/as_made_dispatch.c): no
 * trigger or rule notices the UPDATE, its CHECKs hold for what is written, and all indexes are B-trees of plain
 * columns.
 *
 * What is mirrored of the executor, in PostgreSQL 15 to 19:
 *
 *   here                      there                                       differs by version
 *   bo_direct_find_row()      IndexNext()                                 18: index_beginscan() has another argument
 *   bo_direct_update_row()    CheckValidResultRel(), ExecUpdateAct()      16: which indexes need an entry; 19: options
 *   direct_row_insert_keys()  ExecInsertIndexTuples()                     16 and 19: other arguments
 *   (holds by construction)   ExecConstraints()
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "guard/direct_row.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "executor/executor.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "guard/index_scan.h"

/* The keys of a search by (uuid, text). */
void bo_direct_key_of_id(ScanKey keys, const pg_uuid_t *id, const text *tenant)
{
    ScanKeyInit(&keys[0], 1, BTEqualStrategyNumber, F_UUID_EQ, UUIDPGetDatum(id));
    ScanKeyEntryInitialize(&keys[1], 0, 2, BTEqualStrategyNumber, InvalidOid, C_COLLATION_OID, F_TEXTEQ,
                           PointerGetDatum(tenant));
}

/*
 * The row that the active snapshot shows, or NULL. The caller drops it with ExecDropSingleTupleTableSlot().
 */
TupleTableSlot *bo_direct_find_row(Relation table, Oid index_id, ScanKey keys, int count)
{
    Relation index = index_open(index_id, AccessShareLock);
    IndexScanDesc scan = bo_index_scan_begin(table, index, keys, count);
    TupleTableSlot *row = table_slot_create(table, NULL);
    bool is_found = index_getnext_slot(scan, ForwardScanDirection, row);

    if (is_found)
        ExecMaterializeSlot(row);
    else
        ExecDropSingleTupleTableSlot(row);
    index_endscan(scan);
    index_close(index, NoLock);
    return is_found ? row : NULL;
}

/* The same by (uuid, text). The table, which is locked, stays open until bo_direct_close_found(). */
TupleTableSlot *bo_direct_find_id(Oid table, Oid key, const pg_uuid_t *id, const text *tenant, Relation *open)
{
    ScanKeyData keys[2];

    bo_direct_key_of_id(keys, id, tenant);
    *open = table_open(table, NoLock);
    return bo_direct_find_row(*open, key, keys, lengthof(keys));
}

/* row: what was found, or NULL */
void bo_direct_close_found(Relation table, TupleTableSlot *row)
{
    if (row != NULL)
        ExecDropSingleTupleTableSlot(row);
    table_close(table, NoLock);
}

/* Returns true if the update leaves all columns of the index as they were. */
static bool direct_row_keeps_key(const Form_pg_index index, const BoNewValue *values, int count)
{
    for (int i = 0; i < index->indnkeyatts; i++)
        for (int k = 0; k < count; k++)
            if (index->indkey.values[i] == values[k].column)
                return false;
    return true;
}

/* For indexes of any kind. The update changes none of their columns, as in a range table without this relation. */
static void direct_row_insert_all_keys(Relation table, TupleTableSlot *row, bool only_summarizing)
{
    EState *state = CreateExecutorState();
    ResultRelInfo *target = makeNode(ResultRelInfo);

    InitResultRelInfo(target, table, 0, NULL, 0);
    ExecOpenIndices(target, false);
#if PG_VERSION_NUM >= 190000
    ExecInsertIndexTuples(target, state, EIIT_IS_UPDATE | (only_summarizing ? EIIT_ONLY_SUMMARIZING : 0), row, NIL,
                          NULL);
#elif PG_VERSION_NUM >= 160000
    ExecInsertIndexTuples(target, row, state, true, false, NULL, NIL, only_summarizing);
#else
    ExecInsertIndexTuples(target, row, state, true, false, NULL, NIL);
#endif
    ExecCloseIndices(target);
    FreeExecutorState(state);
}

/* For B-trees of plain columns. */
static void direct_row_insert_keys(Relation table, TupleTableSlot *row, const BoNewValue *changed, int count)
{
    List *indexes = RelationGetIndexList(table);
    ListCell *cell;

    foreach (cell, indexes)
    {
        Relation index = index_open(lfirst_oid(cell), RowExclusiveLock);
        Form_pg_index form = index->rd_index;
        Datum values[INDEX_MAX_KEYS];
        bool nulls[INDEX_MAX_KEYS];

        if (!form->indisready) /* CREATE INDEX CONCURRENTLY has begun since the table was judged */
        {
            index_close(index, RowExclusiveLock);
            continue;
        }
        for (int i = 0; i < form->indnatts; i++)
            values[i] = slot_getattr(row, form->indkey.values[i], &nulls[i]);
        index_insert(index, values, nulls, &row->tts_tid, table, form->indisunique ? UNIQUE_CHECK_YES : UNIQUE_CHECK_NO,
                     direct_row_keeps_key(form, changed, count), NULL); /* a B-tree needs no IndexInfo */
        index_close(index, RowExclusiveLock);
    }
    list_free(indexes);
}

/* table_tuple_update(), which says since PostgreSQL 16 which indexes need an entry. */
static TM_Result direct_row_write(Relation table, ItemPointer place, TupleTableSlot *row, bool *needs_keys,
                                  bool *only_summarizing)
{
    TM_FailureData failure;
    LockTupleMode mode;
#if PG_VERSION_NUM >= 160000
    TU_UpdateIndexes indexes;
#if PG_VERSION_NUM >= 190000
    TM_Result result = table_tuple_update(table, place, row, GetCurrentCommandId(true), 0, GetActiveSnapshot(),
                                          InvalidSnapshot, true, &failure, &mode, &indexes);
#else
    TM_Result result = table_tuple_update(table, place, row, GetCurrentCommandId(true), GetActiveSnapshot(),
                                          InvalidSnapshot, true, &failure, &mode, &indexes);
#endif

    *needs_keys = result == TM_Ok && indexes != TU_None;
    *only_summarizing = *needs_keys && indexes == TU_Summarizing;
#else
    TM_Result result = table_tuple_update(table, place, row, GetCurrentCommandId(true), GetActiveSnapshot(),
                                          InvalidSnapshot, true, &failure, &mode, needs_keys);
#endif
    return result;
}

/*
 * Updates a row that the active snapshot shows. Returns the new row, which the caller drops, or NULL, with nothing
 * written, if somebody has changed the row since: then SQL, which looks at it again, decides.
 */
TupleTableSlot *bo_direct_update_row(Relation table, TupleTableSlot *row, const BoNewValue *values, int count,
                                     bool indexes_are_plain)
{
    TupleTableSlot *changed = MakeSingleTupleTableSlot(RelationGetDescr(table), &TTSOpsVirtual);
    int columns = RelationGetDescr(table)->natts;
    bool needs_keys = false, only_summarizing = false;

    CheckCmdReplicaIdentity(table, CMD_UPDATE);
    slot_getallattrs(row);
    memcpy(changed->tts_values, row->tts_values, sizeof(Datum) * columns);
    for (int i = 0; i < columns; i++) /* as in any UPDATE, what a dropped column had goes */
        changed->tts_isnull[i] = row->tts_isnull[i] || TupleDescAttr(RelationGetDescr(table), i)->attisdropped;
    for (int i = 0; i < count; i++)
    {
        changed->tts_values[values[i].column - 1] = values[i].value;
        changed->tts_isnull[values[i].column - 1] = values[i].is_null;
    }
    ExecStoreVirtualTuple(changed);
    if (direct_row_write(table, &row->tts_tid, changed, &needs_keys, &only_summarizing) != TM_Ok)
    {
        ExecDropSingleTupleTableSlot(changed);
        return NULL;
    }
    if (needs_keys && indexes_are_plain)
        direct_row_insert_keys(table, changed, values, count);
    else if (needs_keys)
        direct_row_insert_all_keys(table, changed, only_summarizing);
    return changed;
}

/* The type of rows with these columns, made once. */
TupleDesc bo_direct_row_type(TupleDesc *known, const Oid *types, int count)
{
    bool is_known = *known != NULL;
    MemoryContext caller;

    for (int i = 0; is_known && i < count; i++)
        is_known = TupleDescAttr(*known, i)->atttypid == types[i];
    if (is_known)
        return *known;
    caller = MemoryContextSwitchTo(TopMemoryContext);
    *known = CreateTemplateTupleDesc(count); /* an enum's type has another id after CREATE EXTENSION only */
    for (int i = 0; i < count; i++)
        TupleDescInitEntry(*known, i + 1, "column", types[i], -1, 0);
    TupleDescFinalize(*known);
    MemoryContextSwitchTo(caller);
    return *known;
}
