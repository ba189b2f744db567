/*
 * table_guard_rule.c
 *   The rule of a guarded table: which index is the guard's, and the key that a row has in it.
 *
 * The rule is stored in the index alone, so that nothing can disagree with it. The trigger recognizes the index by what
 * it is, an index of slot keys with the condition counts(..), so a rename does no harm.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "guard/table_guard.h"

#include "catalog/index.h"
#include "catalog/pg_trigger.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteHandler.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/error.h"
#include "guard/table_guard_index.h"

typedef struct GeneratedColumn
{
    AttrNumber number;
    ExprState *value;
} GeneratedColumn;

/*
 * Finds the generated columns that the rule uses. They get their values only after the last BEFORE trigger, so we
 * compute them in the same way.
 */
static List *rule_find_generated(Relation table, IndexInfo *definition, EState *executor)
{
    Bitmapset *used = NULL;
    List *generated = NIL;
    int column = -1;

    if (table->rd_att->constr == NULL || !table->rd_att->constr->has_generated_stored)
        return NIL;
    pull_varattnos((Node *)definition->ii_Expressions, 1, &used);
    pull_varattnos((Node *)definition->ii_Predicate, 1, &used);
    while ((column = bms_next_member(used, column)) >= 0)
    {
        AttrNumber number = column + FirstLowInvalidHeapAttributeNumber;
        GeneratedColumn *it;

        if (TupleDescAttr(table->rd_att, number - 1)->attgenerated != ATTRIBUTE_GENERATED_STORED)
            continue;
        it = palloc(sizeof(GeneratedColumn));
        it->number = number;
        it->value = ExecPrepareExpr((Expr *)build_column_default(table, number), executor);
        generated = lappend(generated, it);
    }
    return generated;
}

/* Returns true if a trigger fires for the row after this one, which may change it once more. */
static bool rule_is_changed_later(const TriggerData *trigger)
{
    const TriggerDesc *all = trigger->tg_relation->trigdesc;
    bool is_later = false;

    for (int i = 0; i < all->numtriggers; i++)
    {
        const Trigger *other = &all->triggers[i];

        if (is_later && TRIGGER_FOR_ROW(other->tgtype) && TRIGGER_FOR_BEFORE(other->tgtype) &&
            (other->tgtype & (TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE)) != 0)
            return true;
        is_later = is_later || other->tgoid == trigger->tg_trigger->tgoid;
    }
    return false;
}

/* Runs once for each statement, on its first row. */
BoTableGuard *bo_table_guard_learn(FmgrInfo *function, const TriggerData *trigger)
{
    Relation table = trigger->tg_relation;
    MemoryContext caller = MemoryContextSwitchTo(function->fn_mcxt);
    BoTableGuard *guard = palloc0(sizeof(BoTableGuard));
    Relation index;

    guard->index = bo_table_guard_find_index(table, get_func_namespace(function->fn_oid));
    if (!OidIsValid(guard->index))
        bo_error_guard_index_missing(table);
    index = index_open(guard->index, RowExclusiveLock);
    guard->executor = CreateExecutorState();
    MemoryContextSwitchTo(guard->executor->es_query_cxt);
    guard->definition = BuildIndexInfo(index);
    guard->condition = ExecPrepareQual(guard->definition->ii_Predicate, guard->executor);
    guard->generated = rule_find_generated(table, guard->definition, guard->executor);
    if (guard->generated != NIL)
        guard->completed = MakeSingleTupleTableSlot(CreateTupleDescCopy(table->rd_att), &TTSOpsVirtual);
    guard->is_changed_later = rule_is_changed_later(trigger);
    index_close(index, NoLock);
    MemoryContextSwitchTo(caller);
    function->fn_extra = guard;
    return guard;
}

static TupleTableSlot *rule_complete(BoTableGuard *guard, TupleTableSlot *row, ExprContext *context)
{
    ListCell *cell;

    if (guard->completed == NULL)
        return row;
    ExecCopySlot(guard->completed, row);
    context->ecxt_scantuple = row;
    foreach (cell, guard->generated)
    {
        GeneratedColumn *it = lfirst(cell);

        guard->completed->tts_values[it->number - 1] =
            ExecEvalExpr(it->value, context, &guard->completed->tts_isnull[it->number - 1]);
    }
    return guard->completed;
}

/* Reads the row's key. Returns false if the row does not count, or has no resource or no time. */
bool bo_table_guard_key(BoTableGuard *guard, TupleTableSlot *row, BoSlotKey *key)
{
    ExprContext *context = GetPerTupleExprContext(guard->executor);
    Datum values[INDEX_MAX_KEYS];
    bool nulls[INDEX_MAX_KEYS];
    MemoryContext caller;
    bool has_key = false;

    ResetExprContext(context);
    caller = MemoryContextSwitchTo(context->ecxt_per_tuple_memory);
    context->ecxt_scantuple = rule_complete(guard, row, context);
    if (ExecQual(guard->condition, context))
    {
        FormIndexDatum(guard->definition, context->ecxt_scantuple, guard->executor, values, nulls);
        has_key = !nulls[0];
        if (has_key)
            *key = *DatumGetSlotKeyP(values[0]);
    }
    MemoryContextSwitchTo(caller);
    return has_key;
}
