/*
 * table_guard_key.c
 *   Finds out, before a new row of a guarded table is written, whether another row has one of its unique keys.
 *
 * Know first: if so, the row will not be written as it is. ON CONFLICT changes the other row or does nothing, or the
 * unique index refuses; so bookings at the new row's time decide nothing yet. And while the other row is undecided,
 * PostgreSQL would wait for it when the new row is inserted into the index. We would then hold the lock of the
 * resource, which everybody else wants. So we wait first, before we lock.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "guard/table_guard.h"

#include "catalog/index.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "guard/index_scan.h"

struct BoUniqueKey
{
    Oid index;
    IndexInfo *definition;
    ExprState *condition;
    Oid equals[INDEX_MAX_KEYS]; /* functions */
};

/*
 * Returns what is needed to search the index, or NULL unless it is a unique index that is checked at once. Deferred
 * ones are not checked before the statement ends.
 */
static BoUniqueKey *key_learn(BoTableGuard *guard, Relation index)
{
    BoUniqueKey *it;

    if (!index->rd_index->indisunique || !index->rd_index->indimmediate || !index->rd_index->indisvalid)
        return NULL;
    it = palloc(sizeof(BoUniqueKey));
    it->index = RelationGetRelid(index);
    it->definition = BuildIndexInfo(index);
    it->condition = ExecPrepareQual(it->definition->ii_Predicate, guard->executor);
    for (int i = 0; i < it->definition->ii_NumIndexKeyAttrs; i++)
    {
        Oid type = index->rd_opcintype[i];

        it->equals[i] = get_opcode(get_opfamily_member(index->rd_opfamily[i], type, type, BTEqualStrategyNumber));
    }
    return it;
}

static void key_learn_all(BoTableGuard *guard, Relation table)
{
    List *indexes = RelationGetIndexList(table);
    MemoryContext caller = MemoryContextSwitchTo(guard->executor->es_query_cxt);
    ListCell *cell;

    foreach (cell, indexes)
    {
        Relation index = index_open(lfirst_oid(cell), RowExclusiveLock);
        BoUniqueKey *it = key_learn(guard, index);

        if (it != NULL)
            guard->keys = lappend(guard->keys, it);
        index_close(index, NoLock);
    }
    guard->knows_keys = true;
    MemoryContextSwitchTo(caller);
}

/* Prepares the search for rows with the same values. Returns false if the row has no key there: it is not in the index,
 * or has a NULL.
 */
static bool key_make_conditions(BoTableGuard *guard, const BoUniqueKey *key, Relation index, TupleTableSlot *row,
                                ScanKey conditions)
{
    ExprContext *context = GetPerTupleExprContext(guard->executor);
    Datum values[INDEX_MAX_KEYS];
    bool nulls[INDEX_MAX_KEYS];

    context->ecxt_scantuple = row;
    if (!ExecQual(key->condition, context))
        return false;
    FormIndexDatum(key->definition, row, guard->executor, values, nulls);
    for (int i = 0; i < key->definition->ii_NumIndexKeyAttrs; i++)
    {
        if (nulls[i])
            return false;
        ScanKeyEntryInitialize(&conditions[i], 0, i + 1, BTEqualStrategyNumber, InvalidOid, index->rd_indcollation[i],
                               key->equals[i], values[i]);
    }
    return true;
}

/* Looks for another row with one of the new row's keys. */
void bo_table_guard_look_at_keys(BoTableGuard *guard, Relation table, TupleTableSlot *row, BoWayFound *found)
{
    ScanKeyData conditions[INDEX_MAX_KEYS];
    ListCell *cell;

    if (!guard->knows_keys)
        key_learn_all(guard, table);
    found->way = BO_WAY_FREE;
    foreach (cell, guard->keys)
    {
        const BoUniqueKey *key = lfirst(cell);
        Relation index = index_open(key->index, RowExclusiveLock);

        if (found->way == BO_WAY_FREE && key_make_conditions(guard, key, index, row, conditions))
            bo_table_guard_scan(guard, table, index, conditions, key->definition->ii_NumIndexKeyAttrs, NULL, found);
        index_close(index, NoLock);
    }
}
