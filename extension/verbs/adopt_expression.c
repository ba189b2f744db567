/*
 * adopt_expression.c
 *   Reads expressions over the columns of the caller's own table.
 *
 * Know first: what the caller wrote never gets into a statement. It is parsed as PostgreSQL parses the expression of an
 * index, which allows no subquery and no second statement, and is then spelled again from the tree, with every name
 * qualified. So even a column name that contains SQL stays a name, and nothing that the caller wrote can end the
 * statement that it is put into.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/adopt_expression.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_relation.h"
#include "parser/parser.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

#include "base/error.h"

PG_FUNCTION_INFO_V1(bookonce_adopted_rule);

/* The position that an error reports is one in the parameter's text, not in the caller's statement. */
static void adopt_show_parameter(void *written)
{
    int position = geterrposition();

    if (position > 0)
    {
        errposition(0);
        internalerrposition(position);
        internalerrquery(written);
    }
}

/* Parses 'a, b' as the list of what a SELECT returns, and allows nothing else. */
static List *adopt_parse(const char *written, const char *parameter, const char *example)
{
    List *statements = raw_parser(written, RAW_PARSE_PLPGSQL_EXPR);
    SelectStmt *select = castNode(SelectStmt, linitial_node(RawStmt, statements)->stmt);
    ListCell *cell;

    if (list_length(statements) != 1 || select->targetList == NIL || select->distinctClause != NIL ||
        select->intoClause != NULL || select->fromClause != NIL || select->whereClause != NULL ||
        select->groupClause != NIL || select->havingClause != NULL || select->windowClause != NIL ||
        select->valuesLists != NIL || select->sortClause != NIL || select->limitOffset != NULL ||
        select->limitCount != NULL || select->lockingClause != NIL || select->op != SETOP_NONE)
        bo_error_argument(parameter, "must be an expression over the columns of the table", example);
    foreach (cell, select->targetList)
    {
        ResTarget *target = lfirst_node(ResTarget, cell);

        /* `*` is not an expression, and PostgreSQL's transformation assumes that it never meets one. */
        if (target->name != NULL ||
            (IsA(target->val, ColumnRef) && IsA(llast(castNode(ColumnRef, target->val)->fields), A_Star)))
            bo_error_argument(parameter, "must be an expression over the columns of the table", example);
    }
    return select->targetList;
}

static void adopt_refuse_unsteady(Relation table, Node *expression, const char *parameter, const char *example)
{
    Bitmapset *columns = NULL;
    int column = -1;

    if (contain_volatile_functions((Node *)expression_planner((Expr *)expression)))
        bo_error_argument(parameter, "must not call a volatile function", example);
    pull_varattnos(expression, 1, &columns);
    while ((column = bms_next_member(columns, column)) >= 0)
        if (column + FirstLowInvalidHeapAttributeNumber <= 0)
            bo_error_argument(parameter, "must not use a system column or the row as a whole", example);
}

List *bo_adopt_read(Relation table, const char *written, const char *parameter, const char *example)
{
    ErrorContextCallback context = {error_context_stack, adopt_show_parameter, unconstify(char *, written)};
    ParseState *state = make_parsestate(NULL);
    List *expressions = NIL;
    ListCell *cell;

    error_context_stack = &context;
    state->p_sourcetext = written;
    addNSItemToQuery(state, addRangeTableEntryForRelation(state, table, AccessShareLock, NULL, false, true), false,
                     true, true);
    foreach (cell, adopt_parse(written, parameter, example))
    {
        Node *raw = lfirst_node(ResTarget, cell)->val;
        Node *expression = transformExpr(state, raw, EXPR_KIND_INDEX_EXPRESSION);

        if (exprType(expression) == UNKNOWNOID)
            expression = coerce_to_common_type(state, expression, TEXTOID, "bookonce");
        assign_expr_collations(state, expression);
        adopt_refuse_unsteady(table, expression, parameter, example);
        expressions = lappend(expressions, expression);
    }
    error_context_stack = context.previous;
    return expressions;
}

/* Reads a single expression. The caller checks its type. */
static Node *adopt_read_one(Relation table, const char *written, const char *parameter, const char *example)
{
    List *expressions = bo_adopt_read(table, written, parameter, example);

    if (list_length(expressions) != 1)
        bo_error_argument(parameter, "must be one expression", example);
    return linitial(expressions);
}

char *bo_adopt_spell(Relation table, Node *expression)
{
    List *context = deparse_context_for(RelationGetRelationName(table), RelationGetRelid(table));
    int level = NewGUCNestLevel();
    char *spelled;

    (void)set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
                            false);
    spelled = deparse_expression(expression, context, false, false);
    AtEOXact_GUC(true, level);
    return spelled;
}

static bool adopt_is_time(Oid type)
{
    return type == TIMESTAMPTZOID || type == TIMESTAMPOID || type == DATEOID;
}

static bool adopt_is_range(Oid type)
{
    return type == TSTZRANGEOID || type == TSRANGEOID || type == DATERANGEOID;
}

#define RESOURCE_EXAMPLE "'room_id'"
#define STARTS_EXAMPLE "starts => 'starts_at', ends => 'ends_at'"
#define DURING_EXAMPLE "during => 'tstzrange(starts_at, ends_at)'"
#define LIVE_EXAMPLE "'status = ''accepted'''"

/* Fills in the time of the rule. Returns the expressions that it is made of. */
static List *adopt_read_time(Relation table, const BoAdoptCall *call, BoAdoptRule *rule)
{
    Node *starts, *ends;
    Oid type;

    if ((call->during != NULL) == (call->starts != NULL || call->ends != NULL) ||
        (call->starts == NULL) != (call->ends == NULL))
        bo_error_argument("the time", "must be given as starts and ends, or as during", STARTS_EXAMPLE);
    if (call->during != NULL)
    {
        Node *during = adopt_read_one(table, call->during, "during", DURING_EXAMPLE);
        char *spelled = bo_adopt_spell(table, during);

        type = getBaseType(exprType(during));
        if (!adopt_is_range(type))
            bo_error_argument("during", "must be a tstzrange, a tsrange or a daterange", DURING_EXAMPLE);
        rule->wall_clock = type != TSTZRANGEOID;
        rule->during = psprintf("bookonce.slot_time(%s)", spelled);
        rule->has_time = psprintf("((%s) IS NOT NULL)", spelled);
        return list_make1(during);
    }
    starts = adopt_read_one(table, call->starts, "starts", STARTS_EXAMPLE);
    ends = adopt_read_one(table, call->ends, "ends", STARTS_EXAMPLE);
    type = getBaseType(exprType(starts));
    if (!adopt_is_time(type) || getBaseType(exprType(ends)) != type)
        bo_error_argument("the time", "must be two of one type: timestamptz, timestamp or date", STARTS_EXAMPLE);
    rule->wall_clock = type != TIMESTAMPTZOID;
    rule->during = psprintf("bookonce.slot_time(%s, %s)", bo_adopt_spell(table, starts), bo_adopt_spell(table, ends));
    rule->has_time =
        psprintf("((%s) IS NOT NULL AND (%s) IS NOT NULL)", bo_adopt_spell(table, starts), bo_adopt_spell(table, ends));
    return list_make2(starts, ends);
}

static List *adopt_read_resource(Relation table, const BoAdoptCall *call, BoAdoptRule *rule)
{
    List *expressions = bo_adopt_read(table, call->resource, "resource", RESOURCE_EXAMPLE);
    StringInfoData all;
    ListCell *cell;

    initStringInfo(&all);
    foreach (cell, expressions)
    {
        if (!OidIsValid(lookup_type_cache(getBaseType(exprType(lfirst(cell))), TYPECACHE_HASH_EXTENDED_PROC)
                            ->hash_extended_proc))
            bo_error_argument("resource", "must be of types that can be hashed, as numbers, texts and uuids can",
                              RESOURCE_EXAMPLE);
        appendStringInfo(&all, "%s%s", all.len == 0 ? "" : ", ", bo_adopt_spell(table, lfirst(cell)));
    }
    rule->resource = list_length(expressions) == 1 ? all.data : psprintf("ROW(%s)", all.data);
    rule->key = psprintf("bookonce.resource_key(%s)", rule->resource);
    return expressions;
}

/*
 * Returns true if a column is in the expression in such a way that the planner cannot replace it by a constant: from
 * PostgreSQL 19 on it does that with IS NULL and IS NOT NULL of a column that is NOT NULL, now or later.
 */
static bool adopt_depends_on_row(Node *node, void *unused)
{
    if (node == NULL || IsA(node, NullTest))
        return false;
    return IsA(node, Var) || expression_tree_walker(node, adopt_depends_on_row, unused);
}

/*
 * The column that the guard's condition mentions if live_when does not depend on the row; bookonce.counts() in
 * sql/adopt.sql says why.
 */
static Node *adopt_first_column(List *expressions)
{
    List *columns = pull_var_clause((Node *)expressions, 0);

    return columns == NIL ? NULL : linitial(columns);
}

static void adopt_refuse_mutable(List *expressions, const char *parameter)
{
    ListCell *cell;

    foreach (cell, expressions)
        if (contain_mutable_functions((Node *)expression_planner(lfirst(cell))))
            bo_error_adopt_mutable(parameter);
}

/* for_index: the rule becomes an index, so nothing in it may depend on settings or on other tables. */
void bo_adopt_read_rule(Relation table, const BoAdoptCall *call, bool for_index, BoAdoptRule *rule)
{
    List *resource, *time, *live = NIL;
    Node *column;

    if (call->resource == NULL)
        bo_error_null_argument("resource", RESOURCE_EXAMPLE);
    resource = adopt_read_resource(table, call, rule);
    time = adopt_read_time(table, call, rule);
    if (call->live_when != NULL)
    {
        Node *condition = adopt_read_one(table, call->live_when, "live_when", LIVE_EXAMPLE);

        if (getBaseType(exprType(condition)) != BOOLOID)
            bo_error_argument("live_when", "must be a condition", LIVE_EXAMPLE);
        live = list_make1(condition);
    }
    if (for_index)
    {
        adopt_refuse_mutable(resource, "resource");
        adopt_refuse_mutable(time, call->during != NULL ? "during" : "starts or ends");
        adopt_refuse_mutable(live, "live_when");
    }
    rule->slot = psprintf("bookonce.slot_key(%s, 1, %s)", rule->key, rule->during);
    rule->live = live == NIL ? "true" : bo_adopt_spell(table, linitial(live));
    rule->condition = psprintf("bookonce.counts(%s)", rule->live);
    if (adopt_depends_on_row((Node *)live, NULL))
        return;
    column = adopt_first_column(list_concat_copy(resource, time));
    if (column == NULL)
        bo_error_argument("resource", "and the time must be expressions over the columns of the table",
                          RESOURCE_EXAMPLE);
    rule->condition =
        psprintf("bookonce.counts(%s%spg_catalog.num_nulls(%s) OPERATOR(pg_catalog.=) 0)",
                 live == NIL ? "" : rule->live, live == NIL ? "" : " AND ", bo_adopt_spell(table, column));
}

static const char *adopt_argument(FunctionCallInfo fcinfo, int n)
{
    return PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

/* From argument n on: resource, starts, ends, during, live_when. */
void bo_adopt_arguments(FunctionCallInfo fcinfo, int n, BoAdoptCall *call)
{
    call->resource = adopt_argument(fcinfo, n);
    call->starts = adopt_argument(fcinfo, n + 1);
    call->ends = adopt_argument(fcinfo, n + 2);
    call->during = adopt_argument(fcinfo, n + 3);
    call->live_when = adopt_argument(fcinfo, n + 4);
}

/* Spells a part of the rule as PostgreSQL shows the expression of an index, so that the two can be compared. */
static char *adopt_spell_again(Relation table, const char *spelled)
{
    return bo_adopt_spell(table, adopt_read_one(table, spelled, "the rule", RESOURCE_EXAMPLE));
}

Relation bo_adopt_open(Oid relation, LOCKMODE mode)
{
    Relation table = try_relation_open(relation, mode);

    if (table == NULL)
        bo_error_adopt_unknown(relation);
    return table;
}

/* adopted_rule(relation, resource, starts, ends, during, live_when) -> the rule as text. */
Datum bookonce_adopted_rule(PG_FUNCTION_ARGS)
{
    BoAdoptCall call;
    BoAdoptRule rule;
    Relation table;
    TupleDesc columns;
    bool nulls[6] = {false};

    if (PG_ARGISNULL(0))
        bo_error_null_argument("relation", "'bookings'");
    bo_adopt_arguments(fcinfo, 1, &call);
    table = bo_adopt_open(PG_GETARG_OID(0), AccessShareLock);
    bo_adopt_read_rule(table, &call, true, &rule);
    rule.slot = adopt_spell_again(table, rule.slot);
    rule.condition = adopt_spell_again(table, rule.condition);
    relation_close(table, AccessShareLock);
    (void)get_call_result_type(fcinfo, NULL, &columns);
    PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(
        BlessTupleDesc(columns),
        (Datum[]){CStringGetTextDatum(rule.resource), CStringGetTextDatum(rule.during), CStringGetTextDatum(rule.slot),
                  CStringGetTextDatum(rule.live), CStringGetTextDatum(rule.condition), BoolGetDatum(rule.wall_clock)},
        nulls)));
}
