/*
 * as_made.c
 *   Decides whether the tables are as setup() made them, so that the light path of book_slot() is exactly an INSERT.
 *
 * This is a list of what is known to be harmless, not of what is known to do harm: if an owner does anything else to
 * booking or resource, bookings are made by SQL. Of the owner's own objects, only those that an INSERT does not notice
 * are accepted: a column that it leaves NULL, an index that calls none of the owner's functions and refuses no row, a
 * trigger on another event. Row security does not apply to an owner who acts with SECURITY_NOFORCE_RLS.
 * (docs/operations.md tells owners.)
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/as_made.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_relation.h"
#include "parser/parser.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "store/as_made_column.h"

static const BoColumnAsMade booking_columns[BO_BOOKING_COLUMN_COUNT] = {
    [BO_BOOKING_ID] = NOT_NULL("booking_id", UUIDOID),
    [BO_BOOKING_GROUP_ID] = NULLABLE("group_id", UUIDOID),
    [BO_BOOKING_RESOURCE_ID] = NOT_NULL("resource_id", INT8OID),
    [BO_BOOKING_CREATED_AT] = NOT_NULL("created_at", TIMESTAMPTZOID),
    [BO_BOOKING_RELEASED_AT] = NULLABLE("released_at", TIMESTAMPTZOID),
    [BO_BOOKING_LAPSES_AT] = NULLABLE("lapses_at", TIMESTAMPTZOID),
    [BO_BOOKING_REQUEST_HASH] = NULLABLE("request_hash", INT8OID),
    [BO_BOOKING_UNIT] = NULLABLE("unit", INT4OID),
    [BO_BOOKING_MEMBER] = NOT_NULL("member", INT4OID),
    [BO_BOOKING_STATUS] = NOT_NULL("status", InvalidOid),
    [BO_BOOKING_TENANT] = TEXT("tenant", C_COLLATION_OID, true),
    [BO_BOOKING_DURING] = NOT_NULL("during", TSTZRANGEOID),
    [BO_BOOKING_BLOCKS] = NOT_NULL("blocks", TSTZRANGEOID),
    [BO_BOOKING_HOLDER] = TEXT("holder", C_COLLATION_OID, true),
    [BO_BOOKING_IDEMPOTENCY_KEY] = TEXT("idempotency_key", C_COLLATION_OID, false),
    [BO_BOOKING_REASON] = TEXT("reason", DEFAULT_COLLATION_OID, false),
    [BO_BOOKING_DETAILS] = NULLABLE("details", JSONBOID),
    [BO_BOOKING_KIND] = TEXT("kind", C_COLLATION_OID, false),
};

static const BoColumnAsMade resource_columns[] = {
    TEXT("tenant", C_COLLATION_OID, true),
    TEXT("resource", C_COLLATION_OID, true),
    NOT_NULL("resource_id", INT8OID),
    NOT_NULL("capacity", INT4OID),
    NOT_NULL("buffer_before", INTERVALOID),
    NOT_NULL("buffer_after", INTERVALOID),
    TEXT("time_zone", DEFAULT_COLLATION_OID, true),
    NULLABLE("min_notice", INTERVALOID),
    NULLABLE("max_ahead", INTERVALOID),
    NULLABLE("max_duration", INTERVALOID),
    NULLABLE("max_per_day", INT4OID),
    NULLABLE("max_per_week", INT4OID),
    NULLABLE("max_per_month", INT4OID),
    NULLABLE("max_per_year", INT4OID),
    NOT_NULL("keeps_hours", BOOLOID),
    NOT_NULL("has_closures", BOOLOID),
    NOT_NULL("keeps_days", BOOLOID),
    NULLABLE("calendar_id", INT8OID),
    NULLABLE("min_duration", INTERVALOID),
    NULLABLE("start_every", INTERVALOID),
    NULLABLE("starts", INT4ARRAYOID),
    NULLABLE("ends", INT4ARRAYOID),
    NOT_NULL("has_waiters", BOOLOID),
    NULLABLE("check_in_within", INTERVALOID),
    NOT_NULL("overdue_blocks", BOOLOID),
    NULLABLE("part_ids", INT8ARRAYOID),
    NULLABLE("counts", BOOLOID),
    NULLABLE("plain", BOOLOID),
    NULLABLE("holder_rules", InvalidOid), /* an array of holder_rule */
};

static const BoColumnAsMade opening_hours_columns[] = {
    TEXT("tenant", C_COLLATION_OID, true), NOT_NULL("resource_id", INT8OID),
    NOT_NULL("weekday", INT4OID),          NOT_NULL("opens", TIMEOID),
    NOT_NULL("closes", TIMEOID),           NOT_NULL("from_day", DATEOID),
};

static const BoColumnAsMade kind_columns[] = {
    TEXT("tenant", C_COLLATION_OID, true),   TEXT("kind", C_COLLATION_OID, true),
    NULLABLE("buffer_before", INTERVALOID),  NULLABLE("buffer_after", INTERVALOID),
    NULLABLE("durations", INTERVALARRAYOID),
};

static const BoColumnAsMade closure_columns[] = {
    NOT_NULL("resource_id", INT8OID),
    NOT_NULL("during", TSTZRANGEOID),
    NULLABLE("units", INT4OID),
    NULLABLE("booking_id", UUIDOID),
};

/* The expression of resource.plain as setup() makes it; the owner may have put another one in its place. */
static const char plain_as_made[] =
    "capacity OPERATOR(pg_catalog.=) 1 "
    "AND coalesce(max_per_day, max_per_week, max_per_month, max_per_year) IS NULL "
    "AND NOT keeps_hours AND NOT has_closures AND buffer_before OPERATOR(pg_catalog.=) "
    "'0' AND buffer_after OPERATOR(pg_catalog.=) '0' "
    "AND coalesce(min_notice, max_ahead, max_duration, min_duration, start_every, check_in_within) IS "
    "NULL AND coalesce(starts, ends) IS NULL "
    "AND holder_rules IS NULL AND NOT keeps_days AND calendar_id IS NULL AND NOT has_waiters "
    "AND NOT overdue_blocks AND part_ids IS NULL";

/* Makes a change of the object count as a change of the tables. */
void bo_as_made_watch(BoCatalog *tables, int cache, Oid object)
{
    uint32 hash = GetSysCacheHashValue1(cache, ObjectIdGetDatum(object));

    for (int i = 0; i < tables->watched_count; i++)
        if (tables->watched[i].cache == cache && tables->watched[i].hash == hash)
            return;
    if (tables->watched_count < lengthof(tables->watched))
        tables->watched[tables->watched_count++] = (BoWatched){cache, hash};
    else
        tables->watches_all = true;
}

/* Returns true if the function is this one of the library. CREATE OR REPLACE may have replaced it. */
bool bo_as_made_function(BoCatalog *tables, Oid function, const char *symbol)
{
    HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
    bool is_null, is_ours;

    if (!HeapTupleIsValid(tuple))
        return false;
    is_ours = ((Form_pg_proc)GETSTRUCT(tuple))->prolang == ClanguageId &&
              strcmp(TextDatumGetCString(SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosrc, &is_null)), symbol) == 0;
    ReleaseSysCache(tuple);
    bo_as_made_watch(tables, PROCOID, function);
    return is_ours;
}

/* Returns false if ALTER FUNCTION has made the function run as another role, or with settings of its own. */
bool bo_as_made_runs_plainly(Oid function)
{
    HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
    bool plainly;

    if (!HeapTupleIsValid(tuple))
        return false;
    plainly = !((Form_pg_proc)GETSTRUCT(tuple))->prosecdef && heap_attisnull(tuple, Anum_pg_proc_proconfig, NULL);
    ReleaseSysCache(tuple);
    return plainly;
}

/* Returns true for a call of this function of ours on these columns. */
bool bo_as_made_call(BoCatalog *tables, const Node *node, const char *symbol, const AttrNumber *columns, int count)
{
    const FuncExpr *call = (const FuncExpr *)node;

    if (!IsA(node, FuncExpr) || !bo_as_made_function(tables, call->funcid, symbol) || list_length(call->args) != count)
        return false;
    for (int i = 0; i < count; i++)
    {
        const Var *argument = list_nth(call->args, i);

        if (!IsA(argument, Var) || argument->varattno != columns[i])
            return false;
    }
    return true;
}

bool bo_as_made_column(Form_pg_attribute column, const BoColumnAsMade *made, Oid our_type)
{
    return !column->attisdropped && strcmp(NameStr(column->attname), made->name) == 0 &&
           column->atttypid == (OidIsValid(made->type) ? made->type : our_type) && column->atttypmod == -1 &&
           column->attcollation == made->collation;
}

/* Returns true for a column that is NULL after an INSERT that does not name it. */
static bool as_made_stays_null(Form_pg_attribute column)
{
    return column->attisdropped || (!column->attnotnull && !column->atthasdef && column->attgenerated == '\0' &&
                                    column->attidentity == '\0' && get_typtype(column->atttypid) != TYPTYPE_DOMAIN);
}

/* Returns true if an INSERT stores in each column what it is given, or NULL. */
static bool as_made_booking_columns(Relation booking, Oid status_type)
{
    TupleDesc row = RelationGetDescr(booking);

    if (row->natts < BO_BOOKING_COLUMN_COUNT)
        return false;
    for (int i = 0; i < row->natts; i++)
    {
        Form_pg_attribute column = TupleDescAttr(row, i);
        bool is_named = i != BO_BOOKING_RELEASED_AT && i != BO_BOOKING_REASON && i != BO_BOOKING_KIND &&
                        i < BO_BOOKING_COLUMN_COUNT;

        if (i < BO_BOOKING_COLUMN_COUNT && (!bo_as_made_column(column, &booking_columns[i], status_type) ||
                                            !bo_as_made_nulls(row, i, &booking_columns[i])))
            return false;
        if (is_named ? column->attgenerated != '\0' || column->attidentity != '\0' : !as_made_stays_null(column))
            return false;
    }
    return true;
}

/* Returns true if a SELECT finds each column under its name, holding what setup() would have there. */
static bool as_made_columns(Relation table, const BoColumnAsMade *made, int count, Oid our_type)
{
    for (int i = 0; i < count; i++)
    {
        AttrNumber number = get_attnum(RelationGetRelid(table), made[i].name);

        if (number <= 0 || !bo_as_made_column(TupleDescAttr(RelationGetDescr(table), number - 1), &made[i], our_type))
            return false;
    }
    return true;
}

/* Parses the expression of a generated column as the server would store it. */
Node *bo_as_made_expression(Relation table, const char *text, Oid type)
{
    ParseState *state = make_parsestate(NULL);
    RawStmt *statement = linitial_node(RawStmt, raw_parser(text, RAW_PARSE_PLPGSQL_EXPR));
    ResTarget *target = linitial_node(ResTarget, castNode(SelectStmt, statement->stmt)->targetList);
    Node *expression;

    state->p_sourcetext = text;
    addNSItemToQuery(state, addRangeTableEntryForRelation(state, table, AccessShareLock, NULL, false, true), true, true,
                     true);
    expression = transformExpr(state, target->val, EXPR_KIND_GENERATED_COLUMN);
    expression = coerce_to_target_type(state, expression, exprType(expression), type, -1, COERCION_ASSIGNMENT,
                                       COERCE_IMPLICIT_CAST, -1);
    assign_expr_collations(state, expression);
    free_parsestate(state);
    return expression;
}

/* Returns true if a resource is plain for the reasons that setup() gives. Its columns must be as made. */
static bool as_made_plain(BoCatalog *tables, Relation resource)
{
    TupleDesc row = RelationGetDescr(resource);

    tables->resource_id = get_attnum(tables->resource, "resource_id");
    tables->resource_plain = get_attnum(tables->resource, "plain");
    tables->resource_tenant = get_attnum(tables->resource, "tenant");
    tables->resource_name_column = get_attnum(tables->resource, "resource");
    if (TupleDescAttr(row, tables->resource_id - 1)->attgenerated != '\0' ||
        TupleDescAttr(row, tables->resource_plain - 1)->attgenerated != ATTRIBUTE_GENERATED_STORED)
        return false;
    for (int i = 0; i < row->constr->num_defval; i++)
        if (row->constr->defval[i].adnum == tables->resource_plain)
        {
            Node *plain = stringToNode(row->constr->defval[i].adbin);

            bo_as_made_learn_rules(tables, resource, plain);
            return equal(plain, bo_as_made_expression(resource, plain_as_made, BOOLOID));
        }
    return false;
}

/* Returns true for an ordinary table that holds all of its rows itself, and no others. */
bool bo_as_made_ordinary(const BoCatalog *tables, Relation table)
{
    Form_pg_class form = table->rd_rel;

    return form->relkind == RELKIND_RELATION && form->relam == HEAP_TABLE_AM_OID && !form->relispartition &&
           !form->relhassubclass && !OidIsValid(form->reloftype) && form->relowner == tables->owner;
}

/* Returns true if the only CHECK is is_sound(), which the rows of the light path satisfy. */
static bool as_made_checks(BoCatalog *tables, Relation booking)
{
    static const AttrNumber sound[] = {BO_BOOKING_DURING + 1,   BO_BOOKING_BLOCKS + 1, BO_BOOKING_UNIT + 1,
                                       BO_BOOKING_MEMBER + 1,   BO_BOOKING_STATUS + 1, BO_BOOKING_RELEASED_AT + 1,
                                       BO_BOOKING_LAPSES_AT + 1};
    TupleConstr *constraints = RelationGetDescr(booking)->constr;

    return constraints != NULL && constraints->num_check == 1 &&
           bo_as_made_call(tables, stringToNode(constraints->check[0].ccbin), "bookonce_is_sound", sound,
                           lengthof(sound));
}

/*
 * Checked because SQL reads the opening hours of any resource, although the light path does not always need them: where
 * SQL would fail, the light path should fail too.
 */
static bool as_made_hours(BoCatalog *tables)
{
    Relation hours;
    bool as_made;

    if (!OidIsValid(tables->opening_hours))
        return false;
    hours = table_open(tables->opening_hours, AccessShareLock);
    as_made = bo_as_made_ordinary(tables, hours) &&
              as_made_columns(hours, opening_hours_columns, lengthof(opening_hours_columns), InvalidOid);
    if (as_made)
        bo_as_made_learn_hours(tables, hours);
    table_close(hours, AccessShareLock);
    return as_made;
}

/*
 * Opens the relation, whatever it is, and lets find() learn it if it is as made. The caller has locked it, and knows
 * the other tables to be as made.
 */
static void as_made_learn(BoCatalog *tables, Oid table, const BoColumnAsMade *columns, int count,
                          void (*find)(BoCatalog *tables, Relation relation))
{
    Relation relation;

    if (!OidIsValid(table))
        return;
    relation = relation_open(table, AccessShareLock);
    if (bo_as_made_ordinary(tables, relation) && bo_as_made_may(table, tables->owner, ACL_SELECT) &&
        as_made_columns(relation, columns, count, InvalidOid))
        find(tables, relation);
    relation_close(relation, AccessShareLock);
}

void bo_as_made_learn_kinds(BoCatalog *tables)
{
    as_made_learn(tables, tables->kind, kind_columns, lengthof(kind_columns), bo_as_made_find_kinds);
}

void bo_as_made_learn_closures(BoCatalog *tables)
{
    as_made_learn(tables, tables->closure, closure_columns, lengthof(closure_columns), bo_as_made_find_closures);
}

/* The same for an UPDATE that changes neither the time nor the unit. All rows are known to satisfy is_sound(). */
bool bo_as_made_updates(BoCatalog *tables, Relation booking)
{
    return RelationGetDescr(booking)->constr->check[0].ccvalid &&
           bo_as_made_is_unseen(tables, booking, TRIGGER_TYPE_UPDATE) &&
           bo_as_made_may(tables->booking, tables->owner, ACL_UPDATE);
}

/* Returns false if anything is not as setup() made it, or cannot be known to be. */
bool bo_as_made_tables(BoCatalog *tables, Relation booking, Relation resource)
{
    Oid slot_key_type =
        GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("slot_key"), ObjectIdGetDatum(tables->schema));
    Oid rules_type = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("_holder_rule"),
                                     ObjectIdGetDatum(tables->schema));

    tables->owner_constrains |= booking->trigdesc != NULL && booking->trigdesc->trig_insert_before_row;
    return bo_as_made_ordinary(tables, booking) && bo_as_made_ordinary(tables, resource) && booking->rd_rules == NULL &&
           bo_as_made_is_unseen(tables, booking, TRIGGER_TYPE_INSERT) &&
           as_made_booking_columns(booking, tables->status_type) &&
           as_made_columns(resource, resource_columns, lengthof(resource_columns), rules_type) &&
           as_made_hours(tables) && as_made_checks(tables, booking) && as_made_plain(tables, resource) &&
           bo_as_made_rights(tables, slot_key_type) &&
           /* With citus, a table's rows may live on other servers, where only SQL finds them. */
           !OidIsValid(get_extension_oid("citus", true));
}
