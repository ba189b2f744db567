/*
 * owner.c
 *   Acts as the tables' owner, while none of the caller's objects can be found.
 *
 * A statement of ours runs the owner's triggers, CHECKs, defaults and index expressions. An unqualified name in them
 * must not lead to what the caller has put there: that would run as the owner, who may be a superuser. So search_path
 * is ours, and so are the settings that change what a statement means. Settings that only change how a value is written
 * (DateStyle, TimeZone, ..) stay the caller's, and so do those that need a privilege to set.
 *
 * The caller's temporary schema is always searched for tables and types, if only as the last one. So the hooks below
 * refuse a temporary table wherever a query names it, unless it is the acting role's own. A session that has a
 * temporary type that contains code, a domain, is refused as a whole, because PL/pgSQL calls no hook for the type of a
 * variable.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/owner.h"

#include "access/genam.h"
#include "access/gin.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/planner.h"
#include "parser/analyze.h"
#include "parser/parse_expr.h"
#include "parser/parser.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/syscache.h"

#include "base/error.h"

/*
 * A bit in the security context: a verb is acting. PostgreSQL uses the low bits. Everything that is called inherits the
 * bit, and an abort restores the old value.
 */
#define OWNER_ACTS 0x4000

#define OWNER_SEARCH_PATH "pg_catalog, pg_temp"

static planner_hook_type next_planner;
static post_parse_analyze_hook_type next_analyze;
static ExecutorCheckPerms_hook_type next_check_permissions;
static object_access_hook_type next_object_access;

/* Row security that the owner forced on himself does not hide rows from the guard. */
void bo_owner_begin(BoOwner *state, Oid owner)
{
    GetUserIdAndSecContext(&state->caller, &state->caller_context);
    SetUserIdAndSecContext(owner,
                           state->caller_context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS | OWNER_ACTS);
}

void bo_owner_end(const BoOwner *state)
{
    SetUserIdAndSecContext(state->caller, state->caller_context);
}

static bool owner_acts(void)
{
    Oid user;
    int context;

    GetUserIdAndSecContext(&user, &context);
    return (context & OWNER_ACTS) != 0;
}

/*
 * Returns true for a type whose values run code that is neither the acting role's nor a superuser's: a domain, or a
 * type that contains one.
 */
static bool owner_distrusts_type(Oid type)
{
    Oid element = get_element_type(type);
    char kind = get_typtype(OidIsValid(element) ? element : type);
    bool distrusts = false;

    check_stack_depth();
    if (OidIsValid(element))
        type = element;
    if (kind == TYPTYPE_DOMAIN)
    {
        HeapTuple row = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
        Oid owner = HeapTupleIsValid(row) ? ((Form_pg_type)GETSTRUCT(row))->typowner : InvalidOid;
        Oid base = HeapTupleIsValid(row) ? ((Form_pg_type)GETSTRUCT(row))->typbasetype : InvalidOid;

        if (HeapTupleIsValid(row))
            ReleaseSysCache(row);
        return (owner != GetUserId() && !superuser_arg(owner)) || owner_distrusts_type(base);
    }
    if (kind == TYPTYPE_COMPOSITE)
    {
        TupleDesc columns = lookup_rowtype_tupdesc_noerror(type, -1, true);

        for (int i = 0; columns != NULL && i < columns->natts && !distrusts; i++)
            distrusts =
                !TupleDescAttr(columns, i)->attisdropped && owner_distrusts_type(TupleDescAttr(columns, i)->atttypid);
        if (columns != NULL)
            ReleaseTupleDesc(columns);
    }
    return distrusts;
}

/*
 * Judges an object of the temporary schema: pg_depend lists these, because they depend on the schema. The acting role's
 * own objects are trusted.
 */
static bool owner_distrusts_object(const FormData_pg_depend *object)
{
    Oid type = object->objid;

    if (object->classid == RelationRelationId)
    {
        HeapTuple row = SearchSysCache1(RELOID, ObjectIdGetDatum(object->objid));
        bool is_own = HeapTupleIsValid(row) && ((Form_pg_class)GETSTRUCT(row))->relowner == GetUserId();

        type = HeapTupleIsValid(row) && !is_own ? ((Form_pg_class)GETSTRUCT(row))->reltype : InvalidOid;
        if (HeapTupleIsValid(row))
            ReleaseSysCache(row);
    }
    else if (object->classid != TypeRelationId)
        return false;
    return OidIsValid(type) && owner_distrusts_type(type);
}

static Oid types_checked_for; /* the acting role, if the session's temporary types are known to be harmless to it */

static void owner_type_changed(Datum unused, int cache, uint32 hash)
{
    types_checked_for = InvalidOid;
}

static void owner_check_types(void)
{
    Oid schema, toast_schema;
    Relation depend;
    ScanKeyData keys[2];
    SysScanDesc scan;
    HeapTuple row;

    GetTempNamespaceState(&schema, &toast_schema);
    if (!OidIsValid(schema) || types_checked_for == GetUserId())
        return;
    types_checked_for = GetUserId();
    depend = table_open(DependRelationId, AccessShareLock);
    ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
                ObjectIdGetDatum(NamespaceRelationId));
    ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(schema));
    scan = systable_beginscan(depend, DependReferenceIndexId, true, NULL, lengthof(keys), keys);
    while (HeapTupleIsValid(row = systable_getnext(scan)))
        if (owner_distrusts_object((Form_pg_depend)GETSTRUCT(row)))
        {
            types_checked_for = InvalidOid;
            bo_error_temporary_domain();
        }
    systable_endscan(scan);
    table_close(depend, AccessShareLock);
}

/*
 * Returns true if the caller has turned off PL/pgSQL's ASSERT. The value is NULL if PL/pgSQL was not loaded and nobody
 * has set it.
 */
static bool owner_misses_asserts(void)
{
    const char *value = GetConfigOption("plpgsql.check_asserts", true, false);
    bool checks;

    return value != NULL && (!parse_bool(value, &checks) || !checks);
}

/*
 * Applies the owner's settings. The caller ends them with bo_owner_end_settings(), in the same subtransaction. A
 * setting that is already right costs nothing. A plan of ours that is rebuilt meanwhile is also parsed under our
 * search_path.
 */
int bo_owner_begin_settings(void)
{
    const struct
    {
        bool differs;
        const char *name;
        const char *value;
    } settings[] = {
        {strcmp(namespace_search_path, OWNER_SEARCH_PATH) != 0, "search_path", OWNER_SEARCH_PATH},
        {!row_security, "row_security", "on"}, /* when off, queries that a policy would filter fail */
        {Transform_null_equals, "transform_null_equals", "off"},
#if PG_VERSION_NUM < 190000 /* later ones have no other way */
        {!standard_conforming_strings, "standard_conforming_strings", "on"},
#endif
        {!Array_nulls, "array_nulls", "on"},
        {GinFuzzySearchLimit != 0, "gin_fuzzy_search_limit", "0"}, /* otherwise a GIN index leaves out rows at random */
        {owner_misses_asserts(), "plpgsql.check_asserts", "on"},
    };
    int level = NewGUCNestLevel();

    for (int i = 0; i < lengthof(settings); i++)
        if (settings[i].differs)
            (void)set_config_option(settings[i].name, settings[i].value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
                                    true, 0, false);
    owner_check_types();
    return level;
}

void bo_owner_end_settings(int level)
{
    AtEOXact_GUC(true, level);
}

static void owner_check_relation(Oid relation)
{
    HeapTuple row = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
    Form_pg_class form;

    if (!HeapTupleIsValid(row))
        return;
    form = (Form_pg_class)GETSTRUCT(row);
    if (form->relpersistence == RELPERSISTENCE_TEMP && form->relowner != GetUserId())
        bo_error_callers_relation(NameStr(form->relname));
    ReleaseSysCache(row);
}

/* A view that was expanded is a subquery; before PostgreSQL 16 its range table entry is in that subquery. */
static void owner_check_relations(List *range_table)
{
    ListCell *cell;

    foreach (cell, range_table)
    {
        const RangeTblEntry *entry = lfirst(cell);

        if (entry->rtekind == RTE_RELATION || (entry->rtekind == RTE_SUBQUERY && OidIsValid(entry->relid)))
            owner_check_relation(entry->relid);
    }
}

static bool owner_check_node(Node *node, void *context)
{
    if (node == NULL)
        return false;
    if (!IsA(node, Query))
        return expression_tree_walker(node, owner_check_node, context);
    owner_check_relations(((Query *)node)->rtable);
    return query_tree_walker((Query *)node, owner_check_node, context, 0);
}

/* Refuses a query before it is rewritten and planned: planning runs functions that are declared immutable. */
#if PG_VERSION_NUM >= 190000
static void owner_analyze(ParseState *state, Query *query, const JumbleState *jumble)
#else
static void owner_analyze(ParseState *state, Query *query, JumbleState *jumble)
#endif
{
    if (owner_acts())
        (void)owner_check_node((Node *)query, NULL);
    if (next_analyze != NULL)
        next_analyze(state, query, jumble);
}

/* A query that was analyzed while no verb was acting is checked when it is planned, */
#if PG_VERSION_NUM >= 190000
static PlannedStmt *owner_plan(Query *query, const char *text, int options, ParamListInfo parameters,
                               struct ExplainState *explain)
#define EXPLAIN , explain
#else
static PlannedStmt *owner_plan(Query *query, const char *text, int options, ParamListInfo parameters)
#define EXPLAIN
#endif
{
    if (owner_acts())
        (void)owner_check_node((Node *)query, NULL);
    return next_planner != NULL ? next_planner(query, text, options, parameters EXPLAIN)
                                : standard_planner(query, text, options, parameters EXPLAIN);
}

/* and a query that was planned while no verb was acting, when it is executed. So is COPY. */
#if PG_VERSION_NUM >= 160000
static bool owner_check_permissions(List *range_table, List *permissions, bool raise)
{
    if (owner_acts())
        owner_check_relations(range_table);
    return next_check_permissions == NULL || next_check_permissions(range_table, permissions, raise);
}
#else
static bool owner_check_permissions(List *range_table, bool raise)
{
    if (owner_acts())
        owner_check_relations(range_table);
    return next_check_permissions == NULL || next_check_permissions(range_table, raise);
}
#endif

/* Returns true if another extension checks permissions too: only a statement calls all of these hooks. */
bool bo_owner_others_check_permissions(void)
{
    return ExecutorCheckPerms_hook != owner_check_permissions || next_check_permissions != NULL;
}

/* TRUNCATE, which fires triggers, and ALTER TABLE, which may compute all rows again, are not queries. */
static void owner_access_object(ObjectAccessType access, Oid class, Oid object, int part, void *argument)
{
    if ((access == OAT_TRUNCATE || access == OAT_POST_ALTER) && class == RelationRelationId && owner_acts())
        owner_check_relation(object);
    if (next_object_access != NULL)
        next_object_access(access, class, object, part, argument);
}

void bo_owner_install_hooks(void)
{
    CacheRegisterSyscacheCallback(TYPEOID, owner_type_changed, (Datum)0);
    next_analyze = post_parse_analyze_hook;
    post_parse_analyze_hook = owner_analyze;
    next_planner = planner_hook;
    planner_hook = owner_plan;
    next_check_permissions = ExecutorCheckPerms_hook;
    ExecutorCheckPerms_hook = owner_check_permissions;
    next_object_access = object_access_hook;
    object_access_hook = owner_access_object;
}
