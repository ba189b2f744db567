/*
 * guarded_overlaps.c
 *   guarded_overlaps(): the rows of a guarded table that have overlapped since before the guard.
 *
 * The rule is read from the guard's index, taken apart as bo_adopt_read_rule() put it together.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "access/genam.h"
#include "access/relation.h"
#include "nodes/primnodes.h"
#include "utils/lsyscache.h"

#include "base/error.h"
#include "guard/table_guard_index.h"
#include "verbs/find_double_bookings.h"

PG_FUNCTION_INFO_V1(bookonce_guarded_overlaps);

/*
 * Returns the arguments of a function call in the guard. A guard that somebody made by hand from other expressions has
 * no rule that we can read.
 */
static List *overlaps_arguments(Relation table, Node *call, int count)
{
    if (!IsA(call, FuncExpr) || list_length(castNode(FuncExpr, call)->args) < count)
        bo_error_guard_index_missing(table);
    return castNode(FuncExpr, call)->args;
}

/* slot_key(resource_key(..), 1, slot_time(..)) where counts(..) */
static void overlaps_read_rule(Relation table, Relation index, BoAdoptRule *rule)
{
    Node *slot = linitial(RelationGetIndexExpressions(index));
    List *parts = overlaps_arguments(table, slot, 3);
    Node *during = lthird(parts);
    Node *condition = linitial(RelationGetIndexPredicate(index));
    List *times = overlaps_arguments(table, during, 1);

    rule->slot = bo_adopt_spell(table, slot);
    rule->key = bo_adopt_spell(table, linitial(parts));
    rule->resource = bo_adopt_spell(table, linitial(overlaps_arguments(table, linitial(parts), 1)));
    rule->during = bo_adopt_spell(table, during);
    rule->has_time = psprintf("((%s) IS NOT NULL AND (%s) IS NOT NULL)", bo_adopt_spell(table, linitial(times)),
                              bo_adopt_spell(table, llast(times)));
    rule->condition = bo_adopt_spell(table, condition);
    /* Without counts(), so that it reads the table and not the index. */
    rule->live = bo_adopt_spell(table, linitial(overlaps_arguments(table, condition, 1)));
    rule->wall_clock = bo_table_guard_is_wall_clock(index);
}

/* guarded_overlaps(relation, at_most): a row for each pair. */
Datum bookonce_guarded_overlaps(PG_FUNCTION_ARGS)
{
    BoAdoptRule rule;
    Relation table, index;
    Oid guard;

    if (PG_ARGISNULL(0))
        bo_error_null_argument("relation", "'bookings'");
    if (!PG_ARGISNULL(1) && PG_GETARG_INT64(1) < 1)
        bo_error_argument("at_most", "must be 1 or more, or null for all", "100");
    table = bo_find_open_table(PG_GETARG_OID(0));
    guard = bo_table_guard_find_index(table, get_func_namespace(fcinfo->flinfo->fn_oid));
    if (!OidIsValid(guard))
        bo_error_not_guarded(table);
    index = index_open(guard, AccessShareLock);
    overlaps_read_rule(table, index, &rule);
    bo_find_pairs(fcinfo, table, &rule, PG_ARGISNULL(1) ? PG_UINT64_MAX : (uint64)PG_GETARG_INT64(1));
    index_close(index, AccessShareLock);
    relation_close(table, AccessShareLock);
    return (Datum)0;
}
