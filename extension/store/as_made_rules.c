/*
 * as_made_rules.c
 *   Which columns of resource hold its rules, and how opening hours and kinds of booking are found.
 *
 * The light path judges the rules that it knows. All others are found by the expression of resource.plain, which names
 * every rule. So where a resource has a rule that the light path was never taught, SQL decides.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/as_made.h"

#include "access/genam.h"
#include "access/sysattr.h"
#include "access/transam.h"
#include "catalog/pg_am.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_type.h"
#include "nodes/primnodes.h"
#include "optimizer/optimizer.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

static const char *const rule_columns[BO_RULE_COLUMN_COUNT] = {
    [BO_RULE_CAPACITY] = "capacity",
    [BO_RULE_COUNTS] = "counts",
    [BO_RULE_BUFFER_BEFORE] = "buffer_before",
    [BO_RULE_BUFFER_AFTER] = "buffer_after",
    [BO_RULE_TIME_ZONE] = "time_zone",
    [BO_RULE_MIN_NOTICE] = "min_notice",
    [BO_RULE_MAX_AHEAD] = "max_ahead",
    [BO_RULE_MAX_DURATION] = "max_duration",
    [BO_RULE_MIN_DURATION] = "min_duration",
    [BO_RULE_START_EVERY] = "start_every",
    [BO_RULE_KEEPS_HOURS] = "keeps_hours",
    [BO_RULE_KEEPS_DAYS] = "keeps_days",
    [BO_RULE_CALENDAR_ID] = "calendar_id",
    [BO_RULE_STARTS] = "starts",
    [BO_RULE_ENDS] = "ends",
    [BO_RULE_CHECK_IN_WITHIN] = "check_in_within",
    [BO_RULE_HAS_CLOSURES] = "has_closures",
    [BO_RULE_OVERDUE_BLOCKS] = "overdue_blocks",
};

/* Returns true if the row has the column's value. A virtual column, which PostgreSQL 18 has, is NULL there. */
static bool rules_is_stored(Form_pg_attribute column)
{
    return column->attgenerated == '\0' || column->attgenerated == ATTRIBUTE_GENERATED_STORED;
}

static bool rules_are_judged(const BoCatalog *tables, AttrNumber column)
{
    for (int i = 0; i < BO_RULE_COLUMN_COUNT; i++)
        if (tables->rule[i] == column)
            return true;
    return false;
}

/* plain: the expression of resource.plain. Called when the columns that setup() makes are known to be as made. */
void bo_as_made_learn_rules(BoCatalog *tables, Relation resource, Node *plain)
{
    TupleDesc row = RelationGetDescr(resource);
    Bitmapset *named = NULL;

    tables->rules_as_made = true;
    for (int i = 0; i < BO_RULE_COLUMN_COUNT; i++)
    {
        tables->rule[i] = get_attnum(tables->resource, rule_columns[i]);
        tables->rules_as_made &= rules_is_stored(TupleDescAttr(row, tables->rule[i] - 1));
    }
    pull_varattnos(plain, 1, &named);
    for (int n = bms_next_member(named, -1); n >= 0; n = bms_next_member(named, n))
    {
        AttrNumber column = n + FirstLowInvalidHeapAttributeNumber;

        if (column > 0 && rules_are_judged(tables, column))
            continue;
        if (column <= 0 || tables->other_rule_count == lengthof(tables->other_rules) ||
            !rules_is_stored(TupleDescAttr(row, column - 1)))
            tables->rules_as_made = false;
        else
            tables->other_rules[tables->other_rule_count++] =
                (BoOtherRule){column, TupleDescAttr(row, column - 1)->atttypid == BOOLOID};
    }
}

/* Returns true if the index finds every row, under any snapshot. */
bool bo_as_made_index_is_whole(Relation index)
{
    Form_pg_index form = index->rd_index;

    return index->rd_rel->relam == BTREE_AM_OID && form->indislive && form->indisready && form->indisvalid &&
           !form->indcheckxmin && RelationGetIndexPredicate(index) == NIL;
}

/* PRIMARY KEY (tenant, resource_id, weekday, from_day, ..), in whose order the light path reads. */
static bool rules_index_finds_hours(Relation index, const void *what)
{
    const BoCatalog *tables = what;
    static const char *const columns[] = {"tenant", "resource_id", "weekday", "from_day"};
    Form_pg_index form = index->rd_index;

    if (!bo_as_made_index_is_whole(index) || form->indnkeyatts < lengthof(columns))
        return false;
    for (int i = 0; i < lengthof(columns); i++)
        if (form->indkey.values[i] != get_attnum(tables->opening_hours, columns[i]) ||
            index->rd_opfamily[i] >= FirstUnpinnedObjectId || index->rd_indoption[i] != 0)
            return false;
    return index->rd_opfamily[0] == TEXT_BTREE_FAM_OID && index->rd_indcollation[0] == C_COLLATION_OID;
}

/* Finds the columns of these names. Returns false if one of them is not read as it is stored. */
static bool rules_find_columns(Relation table, const char *const *names, int count, AttrNumber *columns)
{
    bool are_stored = true;

    for (int i = 0; i < count; i++)
    {
        columns[i] = get_attnum(RelationGetRelid(table), names[i]);
        are_stored &= rules_is_stored(TupleDescAttr(RelationGetDescr(table), columns[i] - 1));
    }
    return are_stored;
}

/* Called when the columns of the hours are known to be as made. If no index finds the rows, SQL reads them. */
void bo_as_made_learn_hours(BoCatalog *tables, Relation hours)
{
    static const char *const columns[BO_HOURS_COLUMN_COUNT] = {
        [BO_HOURS_FROM_DAY] = "from_day", [BO_HOURS_OPENS] = "opens", [BO_HOURS_CLOSES] = "closes"};

    if (rules_find_columns(hours, columns, BO_HOURS_COLUMN_COUNT, tables->hours_columns))
        tables->hours_index = bo_as_made_find_index(hours, rules_index_finds_hours, tables);
}

/* PRIMARY KEY (tenant, kind) */
static bool rules_index_finds_kinds(Relation index, const void *what)
{
    const BoCatalog *tables = what;

    return bo_as_made_index_is_unique_on(index, get_attnum(tables->kind, "tenant"), get_attnum(tables->kind, "kind")) &&
           bo_as_made_index_is_whole(index);
}

/* The same for kinds of booking. */
void bo_as_made_find_kinds(BoCatalog *tables, Relation kinds)
{
    static const char *const columns[BO_KIND_RULE_COUNT] = {[BO_KIND_RULE_BEFORE] = "buffer_before",
                                                            [BO_KIND_RULE_AFTER] = "buffer_after",
                                                            [BO_KIND_RULE_LENGTHS] = "durations"};

    if (rules_find_columns(kinds, columns, BO_KIND_RULE_COUNT, tables->kind_rules))
        tables->kind_name = bo_as_made_find_index(kinds, rules_index_finds_kinds, tables);
}

/* CREATE INDEX .. (resource_id, (coalesce(upper(during), 'infinity'))), by PostgreSQL's own operator classes. */
static bool rules_index_is_by_end(Relation index, const void *what)
{
    const BoCatalog *tables = what;
    Form_pg_index form = index->rd_index;
    const CoalesceExpr *end;
    const FuncExpr *upper;
    const Const *never;

    if (!bo_as_made_index_is_whole(index) || form->indnatts != 2 || form->indnkeyatts != 2 ||
        form->indkey.values[0] != get_attnum(tables->closure, "resource_id") || form->indkey.values[1] != 0 ||
        index->rd_opfamily[0] >= FirstUnpinnedObjectId || index->rd_opfamily[1] >= FirstUnpinnedObjectId)
        return false;
    end = linitial(RelationGetIndexExpressions(index));
    if (!IsA(end, CoalesceExpr) || list_length(end->args) != 2)
        return false;
    upper = linitial(end->args);
    never = lsecond(end->args);
    return IsA(upper, FuncExpr) && upper->funcid == F_UPPER_ANYRANGE && IsA(linitial(upper->args), Var) &&
           linitial_node(Var, upper->args)->varattno == tables->closure_during && IsA(never, Const) &&
           never->consttype == TIMESTAMPTZOID && !never->constisnull &&
           TIMESTAMP_IS_NOEND(DatumGetTimestampTz(never->constvalue));
}

/* The same for closures. */
void bo_as_made_find_closures(BoCatalog *tables, Relation closures)
{
    static const char *const columns[] = {"during"};

    if (rules_find_columns(closures, columns, lengthof(columns), &tables->closure_during))
        tables->closure_ends = bo_as_made_find_index(closures, rules_index_is_by_end, tables);
}
