/*
 * table_guard_index.c
 *   Recognizes the guard's index on a table that is not ours: an expression index of slot keys with the condition
 *   counts(..), both of the schema that the trigger's function is in.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "guard/table_guard_index.h"

#include "access/genam.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "nodes/primnodes.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

static bool index_is_call_of(Node *expression, Oid schema, const char *name)
{
    Oid function;

    if (expression == NULL || !IsA(expression, FuncExpr))
        return false;
    function = castNode(FuncExpr, expression)->funcid;
    return get_func_namespace(function) == schema && strcmp(get_func_name(function), name) == 0;
}

static bool index_is_guard(Relation index, Oid schema)
{
    List *condition;

    if (index->rd_index->indkey.values[0] != InvalidAttrNumber ||
        index->rd_opcintype[0] !=
            GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("slot_key"), ObjectIdGetDatum(schema)))
        return false;
    condition = RelationGetIndexPredicate(index);
    return list_length(condition) == 1 && index_is_call_of(linitial(condition), schema, "counts");
}

Oid bo_table_guard_find_index(Relation table, Oid schema)
{
    List *indexes = RelationGetIndexList(table);
    Oid found = InvalidOid;
    ListCell *cell;

    foreach (cell, indexes)
    {
        Relation index = index_open(lfirst_oid(cell), AccessShareLock);

        if (index->rd_index->indisvalid && index->rd_index->indisready && index_is_guard(index, schema))
            found = lfirst_oid(cell);
        index_close(index, NoLock);
    }
    list_free(indexes);
    return found;
}

/* slot_key(resource_key(..), 1, slot_time(starts, ..)) */
bool bo_table_guard_is_wall_clock(Relation index)
{
    List *expressions = RelationGetIndexExpressions(index);
    Node *call = expressions == NIL ? NULL : linitial(expressions);
    Oid type;

    if (call == NULL || !IsA(call, FuncExpr) || list_length(castNode(FuncExpr, call)->args) != 3)
        return false;
    call = lthird(castNode(FuncExpr, call)->args);
    if (!IsA(call, FuncExpr) || castNode(FuncExpr, call)->args == NIL)
        return false;
    type = getBaseType(exprType(linitial(castNode(FuncExpr, call)->args)));
    return type != TIMESTAMPTZOID && type != TSTZRANGEOID;
}
