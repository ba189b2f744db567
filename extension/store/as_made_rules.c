/*
 * as_made_rules.c
 *   Which columns of resource hold its rules.
 *
 * The light path judges the rules that it knows. All others are found by the expression of resource.plain, which names
 * every rule. So where a resource has a rule that the light path was never taught, SQL decides.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/as_made.h"

#include "access/sysattr.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_type.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"

static const char *const rule_columns[BO_RULE_COLUMN_COUNT] = {
    [BO_RULE_CAPACITY] = "capacity",           [BO_RULE_COUNTS] = "counts",
    [BO_RULE_BUFFER_BEFORE] = "buffer_before", [BO_RULE_BUFFER_AFTER] = "buffer_after",
    [BO_RULE_TIME_ZONE] = "time_zone",         [BO_RULE_MIN_NOTICE] = "min_notice",
    [BO_RULE_MAX_AHEAD] = "max_ahead",         [BO_RULE_MAX_DURATION] = "max_duration",
    [BO_RULE_MIN_DURATION] = "min_duration",   [BO_RULE_START_EVERY] = "start_every",
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

/* plain: the expression of resource.plain. The columns are as made, as far as setup() makes them. */
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
