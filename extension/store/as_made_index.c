/*
 * as_made_index.c
 *   The indexes of the tables: the guard, those that the light path searches, and the owner's.
 *
 * Indexes are recognized by what they are, not by their names: an owner may rename a constraint, or give its name to
 * another. The guard is an exclusion constraint on slot_key(resource_id, unit, blocks) by our &&, over all live rows.
 * The only other column it may have is the tenant, compared by equality. A distributed table needs that, and it does
 * not weaken the guard, because a resource has one tenant.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/as_made.h"

#include "access/genam.h"
#include "access/gist.h"
#include "access/transam.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_am.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_opfamily.h"
#include "nodes/primnodes.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#define GUARD_NAME "booking_no_overlap"

/* Returns an index of the table of which is_it() says so, which is given `what` as well; or InvalidOid. */
Oid bo_as_made_find_index(Relation table, bool (*is_it)(Relation index, const void *what), const void *what)
{
    Oid found = InvalidOid;
    ListCell *cell;

    foreach (cell, RelationGetIndexList(table))
    {
        Relation index = index_open(lfirst_oid(cell), AccessShareLock);

        if (is_it(index, what))
            found = RelationGetRelid(index);
        index_close(index, AccessShareLock);
    }
    return found;
}

static AttrNumber index_column(Relation booking, const char *name)
{
    return get_attnum(RelationGetRelid(booking), name);
}

/* WHERE (is_live(released_at)), and nothing else. */
static bool index_is_of_live_rows(BoCatalog *tables, Relation index, Relation booking)
{
    const AttrNumber released_at = index_column(booking, "released_at");
    List *conditions = RelationGetIndexPredicate(index);

    return list_length(conditions) == 1 &&
           bo_as_made_call(tables, linitial(conditions), "bookonce_is_live", &released_at, 1);
}

/* slot_key(resource_id, unit, blocks) WITH &&, and either tenant WITH = or no other column. */
static bool index_excludes_overlaps(BoCatalog *tables, Relation index, Relation booking)
{
    const AttrNumber columns[] = {index_column(booking, "resource_id"), index_column(booking, "unit"),
                                  index_column(booking, "blocks")};
    List *expressions = RelationGetIndexExpressions(index);
    Oid *operators, *functions;
    uint16 *strategies;
    int slot_keys = 0;

    RelationGetExclusionInfo(index, &operators, &functions, &strategies);
    for (int i = 0; i < index->rd_index->indnkeyatts; i++)
    {
        AttrNumber column = index->rd_index->indkey.values[i];

        if (column != 0)
        {
            if (column != index_column(booking, "tenant") || functions[i] != F_TEXTEQ ||
                !get_collation_isdeterministic(index->rd_indcollation[i]))
                return false;
            continue;
        }
        if (slot_keys == 1 ||
            !bo_as_made_call(tables, linitial(expressions), "bookonce_slot_key", columns, lengthof(columns)) ||
            !bo_as_made_function(tables, functions[i], "bookonce_slot_key_overlaps") ||
            !bo_as_made_function(tables, index_getprocid(index, i + 1, GIST_CONSISTENT_PROC),
                                 "bookonce_slot_key_consistent"))
            return false;
        tables->overlaps = functions[i];
        slot_keys++;
    }
    return slot_keys == 1;
}

/*
 * Returns whether this index is the guard, is the guard in a state in which it does not guard, is something else with
 * the guard's name, or is none of these.
 */
static BoGuard index_judge_guard(BoCatalog *tables, Relation index, Relation booking)
{
    if (!index->rd_index->indisexclusion || index->rd_rel->relam != GIST_AM_OID ||
        !index_excludes_overlaps(tables, index, booking) || !index_is_of_live_rows(tables, index, booking))
        return strcmp(RelationGetRelationName(index), GUARD_NAME) == 0 ? BO_GUARD_FOREIGN : BO_GUARD_MISSING;
    if (!index->rd_index->indisvalid || !index->rd_index->indisready || !index->rd_index->indislive)
        return BO_GUARD_INVALID;
    return index->rd_index->indimmediate ? BO_GUARD_STANDS : BO_GUARD_DEFERRABLE;
}

/* Finds the guard, or the index that comes closest to it. */
void bo_as_made_learn_guard(BoCatalog *tables, Relation booking)
{
    ListCell *cell;

    foreach (cell, RelationGetIndexList(booking))
    {
        Relation index = index_open(lfirst_oid(cell), AccessShareLock);
        BoGuard guard = index_judge_guard(tables, index, booking);

        if (guard > tables->guard)
        {
            tables->guard = guard;
            tables->no_overlap = RelationGetRelid(index);
        }
        index_close(index, AccessShareLock);
    }
    /* A constraint covers its own table only, while every query also reads the rows of tables that inherit from it. */
    if (tables->guard == BO_GUARD_STANDS && booking->rd_rel->relhassubclass &&
        find_inheritance_children(RelationGetRelid(booking), NoLock) != NIL)
        tables->guard = BO_GUARD_EVADED;
}

/* Returns true for a valid unique index on two columns of text, compared byte by byte by PostgreSQL's own functions. */
bool bo_as_made_index_is_unique_on(Relation index, AttrNumber first, AttrNumber second)
{
    const AttrNumber columns[] = {first, second};

    if (index->rd_rel->relam != BTREE_AM_OID || !index->rd_index->indisunique || !index->rd_index->indimmediate ||
        !index->rd_index->indisvalid || !index->rd_index->indisready || index->rd_index->indnatts != 2 ||
        index->rd_index->indnkeyatts != 2)
        return false;
    for (int i = 0; i < 2; i++)
        if (index->rd_index->indkey.values[i] != columns[i] || index->rd_opfamily[i] != TEXT_BTREE_FAM_OID ||
            index->rd_indcollation[i] != C_COLLATION_OID)
            return false;
    return true;
}

/* Returns true for WHERE column IS NOT NULL, or IS NULL: conditions that call no function. */
static bool index_tests_for_null(const Node *condition)
{
    const NullTest *test = (const NullTest *)condition;

    return IsA(condition, NullTest) && !test->argisrow && IsA(test->arg, Var);
}

/* CREATE UNIQUE INDEX .. (idempotency_key, tenant) WHERE idempotency_key IS NOT NULL */
static bool index_is_key(Relation index)
{
    List *conditions = RelationGetIndexPredicate(index);
    const NullTest *test;

    if (!bo_as_made_index_is_unique_on(index, BO_BOOKING_IDEMPOTENCY_KEY + 1, BO_BOOKING_TENANT + 1) ||
        list_length(conditions) != 1 || !index_tests_for_null(linitial(conditions)))
        return false;
    test = linitial_node(NullTest, conditions);
    return test->nulltesttype == IS_NOT_NULL && ((Var *)test->arg)->varattno == BO_BOOKING_IDEMPOTENCY_KEY + 1;
}

/*
 * PRIMARY KEY (booking_id, tenant), or the other way round as in 0.1.0. Ids are new, so an insert cannot conflict here.
 */
static bool index_is_primary_key(Relation index)
{
    const AttrNumber *columns = index->rd_index->indkey.values;

    return index->rd_index->indisprimary && index->rd_index->indimmediate && index->rd_index->indnkeyatts == 2 &&
           columns[0] + columns[1] == BO_BOOKING_TENANT + 1 + BO_BOOKING_ID + 1 &&
           (columns[0] == BO_BOOKING_ID + 1 || columns[1] == BO_BOOKING_ID + 1);
}

static bool index_is_in_use(Relation index)
{
    return index->rd_index->indislive && index->rd_index->indisready && index->rd_index->indisvalid;
}

/* CREATE INDEX .. (holder, tenant, lower(during), booking_id), by PostgreSQL's own operator classes. */
static bool index_is_by_holder(Relation index)
{
    static const AttrNumber columns[] = {BO_BOOKING_HOLDER + 1, BO_BOOKING_TENANT + 1, 0, BO_BOOKING_ID + 1};
    const FuncExpr *lower;

    if (index->rd_rel->relam != BTREE_AM_OID || index->rd_index->indisunique || index->rd_index->indnatts != 4 ||
        index->rd_index->indnkeyatts != 4 || RelationGetIndexPredicate(index) != NIL)
        return false;
    for (int i = 0; i < lengthof(columns); i++)
        if (index->rd_index->indkey.values[i] != columns[i] || index->rd_opfamily[i] >= FirstUnpinnedObjectId)
            return false;
    lower = linitial(RelationGetIndexExpressions(index));
    return IsA(lower, FuncExpr) && lower->funcid == F_LOWER_ANYRANGE && IsA(linitial(lower->args), Var) &&
           linitial_node(Var, lower->args)->varattno == BO_BOOKING_DURING + 1;
}

/* slot_key(resource_id, 1, blocks) */
static bool index_is_key_of_unit_1(BoCatalog *tables, Node *node)
{
    const AttrNumber columns[] = {BO_BOOKING_RESOURCE_ID + 1, 0, BO_BOOKING_BLOCKS + 1};
    const FuncExpr *call = (const FuncExpr *)node;

    if (!IsA(node, FuncExpr) || !bo_as_made_function(tables, call->funcid, "bookonce_slot_key") ||
        list_length(call->args) != lengthof(columns))
        return false;
    for (int i = 0; i < lengthof(columns); i++)
    {
        const Node *argument = list_nth(call->args, i);

        if (columns[i] == 0 ? !IsA(argument, Const) || ((const Const *)argument)->constisnull
                            : !IsA(argument, Var) || ((const Var *)argument)->varattno != columns[i])
            return false;
    }
    return true;
}

/* CREATE INDEX .. USING gist (slot_key(resource_id, 1, blocks)) WHERE unit IS NULL AND is_live(released_at) */
static bool index_is_without_unit(BoCatalog *tables, Relation index)
{
    const AttrNumber released_at = BO_BOOKING_RELEASED_AT + 1;
    List *conditions = RelationGetIndexPredicate(index);
    const NullTest *test;

    if (index->rd_rel->relam != GIST_AM_OID || index->rd_index->indisexclusion || index->rd_index->indnatts != 1 ||
        index->rd_index->indkey.values[0] != 0 || list_length(conditions) != 2 || !IsA(linitial(conditions), NullTest))
        return false;
    test = linitial_node(NullTest, conditions);
    return test->nulltesttype == IS_NULL && IsA(test->arg, Var) &&
           ((Var *)test->arg)->varattno == BO_BOOKING_UNIT + 1 &&
           bo_as_made_call(tables, lsecond(conditions), "bookonce_is_live", &released_at, 1) &&
           index_is_key_of_unit_1(tables, linitial(RelationGetIndexExpressions(index))) &&
           bo_as_made_function(tables, index_getprocid(index, 1, GIST_CONSISTENT_PROC), "bookonce_slot_key_consistent");
}

/*
 * Returns true for an index that reading verbs use, and notes the first usable one of each kind, because the light path
 * must write an entry into it.
 */
static bool index_is_for_reading(BoCatalog *tables, Relation index)
{
    bool is_by_holder = index_is_by_holder(index);

    if (!is_by_holder && !index_is_without_unit(tables, index))
        return false;
    if (!index_is_in_use(index))
        return true;
    if (is_by_holder && !OidIsValid(tables->by_holder))
        tables->by_holder = RelationGetRelid(index);
    else if (!is_by_holder && !OidIsValid(tables->without_unit))
        tables->without_unit = RelationGetRelid(index);
    return true;
}

static bool index_constrains(Relation index)
{
    return index->rd_index->indisunique || index->rd_index->indisexclusion;
}

/* Returns true if an insert into the index runs only PostgreSQL's own functions, none of the owner's. */
bool bo_as_made_index_runs_nothing(Relation index)
{
    ListCell *cell;

    if (RelationGetIndexExpressions(index) != NIL || index->rd_rel->relam >= FirstUnpinnedObjectId)
        return false;
    for (int i = 0; i < index->rd_index->indnkeyatts; i++)
        if (index->rd_opfamily[i] >= FirstUnpinnedObjectId)
            return false;
    foreach (cell, RelationGetIndexPredicate(index))
        if (!index_tests_for_null(lfirst(cell)))
            return false;
    return true;
}

/* Returns true if in addition the insert cannot be refused. */
static bool index_is_harmless(Relation index)
{
    return (!index_constrains(index) || index_is_primary_key(index)) && bo_as_made_index_runs_nothing(index);
}

/*
 * Returns false if inserting a booking takes more than writing the indexes of setup(), or if resources are not found by
 * their names.
 */
bool bo_as_made_indexes(BoCatalog *tables, Relation booking, Relation resource)
{
    bool has_guard = false, all_known = true;
    ListCell *cell;

    foreach (cell, RelationGetIndexList(booking))
    {
        Relation index = index_open(lfirst_oid(cell), AccessShareLock);

        if (RelationGetRelid(index) == tables->no_overlap)
            has_guard = index->rd_index->indnatts == 1; /* the light path reads and writes it itself */
        else if (!OidIsValid(tables->key) && index_is_key(index))
            tables->key = RelationGetRelid(index);
        else
        {
            all_known = all_known && (index_is_for_reading(tables, index) || index_is_harmless(index));
            tables->owner_constrains |= index_constrains(index) && !index_is_primary_key(index);
        }
        index_close(index, AccessShareLock);
    }
    foreach (cell, RelationGetIndexList(resource))
    {
        Relation index = index_open(lfirst_oid(cell), AccessShareLock);

        if (bo_as_made_index_is_unique_on(index, get_attnum(tables->resource, "tenant"),
                                          get_attnum(tables->resource, "resource")) &&
            RelationGetIndexPredicate(index) == NIL)
            tables->resource_name = RelationGetRelid(index);
        index_close(index, AccessShareLock);
    }
    return has_guard && all_known && OidIsValid(tables->key) && OidIsValid(tables->resource_name);
}
