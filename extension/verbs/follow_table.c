/*
 * follow_table.c
 *   follow_table() and unfollow_table(): the rows of a table of the application's become bookings, or no longer are.
 *
 * The caller owns the table, and is a member of the role that owns our tables, so nothing is run here that the caller
 * could not run itself. The table is locked as CREATE TRIGGER locks it, so nobody writes to it until all is done.
 * Following a table again recreates the triggers and the view, and the bookings that differ from their rows: so it
 * repairs what was dropped, disabled or written in the meantime.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/follow_table.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/catalog.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/arguments.h"
#include "base/error.h"
#include "base/error_follow.h"
#include "base/followed_id.h"
#include "guard/table_guard_index.h"
#include "store/catalog.h"
#include "store/store_follow.h"
#include "verbs/adopt_expression.h"

PG_FUNCTION_INFO_V1(bookonce_follow_table);
PG_FUNCTION_INFO_V1(bookonce_unfollow_table);

static bool follow_owns(Oid relation)
{
#if PG_VERSION_NUM >= 160000
    return object_ownercheck(RelationRelationId, relation, GetUserId());
#else
    return pg_class_ownercheck(relation, GetUserId());
#endif
}

static char *follow_name(Relation relation)
{
    return quote_qualified_identifier(get_namespace_name(RelationGetNamespace(relation)),
                                      RelationGetRelationName(relation));
}

/*
 * Returns true if any part of a guard of guard_table() is there. A guard judges each row by itself, as it is written.
 */
static bool follow_has_guard(Relation relation)
{
    const TriggerDesc *triggers = relation->trigdesc;

    for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
    {
        Oid function = triggers->triggers[i].tgfoid;

        if (get_func_namespace(function) == bo_catalog()->schema && strcmp(get_func_name(function), "guard_row") == 0)
            return true;
    }
    return OidIsValid(bo_table_guard_find_index(relation, bo_catalog()->schema));
}

/* Refuses tables whose statement triggers do not see every row, and tables that do not last as long as a booking. */
static void follow_check_kind(Relation relation)
{
    const char *name = RelationGetRelationName(relation);
    static const char *const instead = "Follow an ordinary table, or guard it with bookonce.guard_table().";

    if (relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE || relation->rd_rel->relispartition)
        bo_error_cannot_follow(name, "is partitioned, and what is written to a partition is not seen at its parent",
                               instead);
    if (relation->rd_rel->relkind != RELKIND_RELATION)
        bo_error_cannot_follow(name, "is not a table", instead);
    if (relation->rd_rel->relpersistence == RELPERSISTENCE_TEMP)
        bo_error_cannot_follow(name, "is temporary, and bookings are not", instead);
    if (relation->rd_rel->relpersistence == RELPERSISTENCE_UNLOGGED)
        bo_error_cannot_follow(name, "is unlogged, so a crash would empty it and leave the bookings",
                               "Run ALTER TABLE .. SET LOGGED first.");
    /* has_subclass() is also true of a table that once had a child. */
    if (find_inheritance_children(RelationGetRelid(relation), NoLock) != NIL ||
        has_superclass(RelationGetRelid(relation)))
        bo_error_cannot_follow(name, "inherits or is inherited from, and rows of one are read as those of the other",
                               instead);
    if (IsCatalogRelation(relation) || RelationGetNamespace(relation) == bo_catalog()->schema)
        bo_error_cannot_follow(name, "is no table of an application", instead);
    if (follow_has_guard(relation))
        bo_error_cannot_follow(
            name, "is guarded, and a guard refuses rows that bookings allow, as when a statement shifts a day",
            psprintf("End the guard in the same transaction: SELECT bookonce.unguard_table(%s).",
                     quote_literal_cstr(follow_name(relation))));
}

static void follow_check_rights(Relation relation)
{
    if (!follow_owns(RelationGetRelid(relation)))
        aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_TABLE, RelationGetRelationName(relation));
    if (!has_privs_of_role(GetUserId(), bo_catalog()->owner))
        bo_error_follow_rights(GetUserNameFromId(bo_catalog()->owner, false));
}

/*
 * Returns true if the primary key is deferrable. It depends on the version of PostgreSQL whether rd_pkindex has such a
 * key, so the constraint is asked.
 */
static bool follow_has_deferrable_key(Relation relation)
{
    Oid constraint;
    Oid relation_id = RelationGetRelid(relation);

    return get_primary_key_attnos(relation_id, true, &constraint) != NULL &&
           get_primary_key_attnos(relation_id, false, &constraint) == NULL;
}

/* The columns of the primary key, quoted and in its order. */
static char *follow_key_of(Relation relation)
{
    StringInfoData columns;
    Oid key;
    Relation index;

    if (follow_has_deferrable_key(relation))
        bo_error_cannot_follow(RelationGetRelationName(relation),
                               "has a deferrable primary key, so two rows may have one key until the commit",
                               "Make it one that is not: ALTER TABLE .. DROP CONSTRAINT .., ADD PRIMARY KEY (id).");
    (void)RelationGetIndexList(relation); /* learns which is the primary key */
    key = relation->rd_pkindex;
    if (!OidIsValid(key))
        bo_error_cannot_follow(RelationGetRelationName(relation), "has no primary key",
                               "Give it one: ALTER TABLE .. ADD PRIMARY KEY (id).");
    initStringInfo(&columns);
    index = index_open(key, AccessShareLock);
    for (int i = 0; i < IndexRelationGetNumberOfKeyAttributes(index); i++)
        appendStringInfo(
            &columns, "%s%s", i == 0 ? "" : ", ",
            quote_identifier(get_attname(RelationGetRelid(relation), index->rd_index->indkey.values[i], false)));
    index_close(index, AccessShareLock);
    return columns.data;
}

/* Reads one expression of the caller's, and casts it to a type. */
static char *follow_read_one(Relation relation, const char *written, const char *parameter, const char *example,
                             const char *type, bool of_row_alone)
{
    List *expressions = bo_adopt_read(relation, written, parameter, example);

    if (list_length(expressions) != 1)
        bo_error_argument(parameter, "must be one expression", example);
    if (of_row_alone && contain_mutable_functions((Node *)expression_planner(linitial(expressions))))
        bo_error_adopt_mutable(parameter);
    return psprintf("(%s)::pg_catalog.%s", bo_adopt_spell(relation, linitial(expressions)), type);
}

#define RESOURCE_EXAMPLE "'room_id'"
#define HOLDER_EXAMPLE "'customer_id'"
#define QUANTITY_EXAMPLE "'party_size'"

static BoFollowTexts follow_texts(Relation relation, const BoFollowCall *call)
{
    BoFollowTexts texts = {.table = follow_name(relation), .key = follow_key_of(relation)};
    char *default_holder =
        psprintf("pg_catalog.concat_ws(':', %s, %s)", quote_literal_cstr(RelationGetRelationName(relation)), texts.key);
    BoAdoptRule rule;

    bo_adopt_read_rule(relation, &call->rule, true, &rule);
    texts.resource = follow_read_one(relation, call->rule.resource, "resource", RESOURCE_EXAMPLE, "text", true);
    texts.during = call->rule.during == NULL ? rule.during : psprintf("bookonce.booked_time(%s)", rule.during);
    texts.live_when = rule.live;
    texts.holder = call->holder == NULL
                       ? default_holder
                       : psprintf("COALESCE(%s, %s)",
                                  follow_read_one(relation, call->holder, "holder", HOLDER_EXAMPLE, "text", false),
                                  default_holder);
    texts.quantity = call->quantity == NULL
                         ? "1"
                         : follow_read_one(relation, call->quantity, "quantity", QUANTITY_EXAMPLE, "int4", true);
    return texts;
}

static BoParameter follow_written(const char *value)
{
    return bo_text_or_null(value == NULL ? NULL : cstring_to_text(value));
}

/*
 * Returns the table's number, which it keeps when it is followed again in the same tenant. In another tenant it gets a
 * new one.
 */
static int32 follow_register(Relation relation, const BoFollowCall *call)
{
    BoParameter oid = {.value = ObjectIdGetDatum(RelationGetRelid(relation)), .type = REGCLASSOID};
    pg_uuid_t first, last;
    BoStore store;
    int32 number;

    bo_store_open(&store);
    if (bo_store_run(&store, &bo_sql_find_followed_table, oid) > 0)
    {
        text *tenant = bo_row_text(bo_store_row(0), BO_FIND_FOLLOWED_TENANT);

        bo_followed_id_range(bo_row_int4(bo_store_row(0), BO_FIND_FOLLOWED_ID), &first, &last);
        if (!bo_arguments_same_text(tenant, call->tenant))
            bo_store_run(&store, &bo_sql_delete_all_followed, bo_text(tenant), bo_uuid(&first), bo_uuid(&last));
    }
    bo_store_run(&store, &bo_sql_put_followed_table, oid, bo_text(call->tenant), follow_written(call->rule.resource),
                 follow_written(call->rule.starts), follow_written(call->rule.ends), follow_written(call->rule.during),
                 follow_written(call->rule.live_when), follow_written(call->holder), follow_written(call->quantity),
                 bo_bool(call->rules), bo_bool(call->defines));
    number = bo_row_int4(bo_store_row(0), BO_FIND_FOLLOWED_ID);
    bo_store_close(&store);
    return number;
}

static char *follow_argument(FunctionCallInfo fcinfo, int n)
{
    return PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

static bool follow_flag(FunctionCallInfo fcinfo, int n, const char *name, const char *example)
{
    if (PG_ARGISNULL(n))
        bo_error_null_argument(name, example);
    return PG_GETARG_BOOL(n);
}

static void follow_arguments(FunctionCallInfo fcinfo, BoFollowCall *call)
{
    if (PG_ARGISNULL(0))
        bo_error_null_argument("relation", "'bookings'");
    call->relation = PG_GETARG_OID(0);
    bo_adopt_arguments(fcinfo, 1, &call->rule);
    call->holder = follow_argument(fcinfo, 6);
    call->quantity = follow_argument(fcinfo, 7);
    call->rules = follow_flag(fcinfo, 8, "rules", "true");
    call->keeps_overlaps = follow_flag(fcinfo, 9, "keep_overlaps", "false");
    call->defines = follow_flag(fcinfo, 10, "define_resources", "true");
    call->tenant = bo_arguments_tenant(fcinfo);
}

static Datum follow_answer(FunctionCallInfo fcinfo, const BoTakenOver *taken)
{
    TupleDesc columns;
    bool nulls[4] = {false};

    (void)get_call_result_type(fcinfo, NULL, &columns);
    return HeapTupleGetDatum(
        heap_form_tuple(BlessTupleDesc(columns),
                        (Datum[]){Int64GetDatum(taken->booked), Int64GetDatum(taken->overlapping),
                                  Int64GetDatum(taken->not_live), Int64GetDatum(taken->without_time)},
                        nulls));
}

/* follow_table(relation, resource, starts, ends, during, live_when, holder, quantity, rules, keep_overlaps,
 * define_resources, tenant) */
Datum bookonce_follow_table(PG_FUNCTION_ARGS)
{
    BoFollowCall call = {0};
    BoFollowed followed;
    BoFollowTexts texts;
    BoTakenOver taken;
    Relation relation;

    bo_arguments_writable("follow_table");
    follow_arguments(fcinfo, &call);
    relation = bo_adopt_open(call.relation, ShareRowExclusiveLock);
    follow_check_kind(relation);
    follow_check_rights(relation);
    texts = follow_texts(relation, &call);

    followed = (BoFollowed){.tenant = call.tenant, .rules = call.rules, .defines = call.defines};
    followed.number = follow_register(relation, &call);
    bo_follow_sql_drop(followed.number, texts.table);
    bo_follow_sql_make(followed.number, &texts,
                       psprintf("%d, %s, %s, %s", followed.number, quote_literal_cstr(text_to_cstring(call.tenant)),
                                call.rules ? "'true'" : "'false'", call.defines ? "'true'" : "'false'"));
    bo_follow_sql_delete_stale(followed.number, call.tenant);
    taken = bo_follow_take_over(&followed, relation, call.keeps_overlaps);
    table_close(relation, NoLock);
    return follow_answer(fcinfo, &taken);
}

/* Returns the table's name, or NULL if it was dropped. */
static char *follow_locked_name(Oid oid)
{
    Relation relation = try_table_open(oid, ShareRowExclusiveLock);
    char *name;

    if (relation == NULL)
        return NULL;
    follow_check_rights(relation);
    name = follow_name(relation);
    table_close(relation, NoLock);
    return name;
}

/* unfollow_table(relation, keep_bookings): with keep_bookings they stay, as if verbs had made them */
Datum bookonce_unfollow_table(PG_FUNCTION_ARGS)
{
    BoParameter oid = {.type = REGCLASSOID};
    char *name;
    bool keeps;
    pg_uuid_t first, last;
    BoStore store;
    int32 number;

    bo_arguments_writable("unfollow_table");
    if (PG_ARGISNULL(0))
        bo_error_null_argument("relation", "'bookings'");
    oid.value = PG_GETARG_DATUM(0);
    keeps = follow_flag(fcinfo, 1, "keep_bookings", "false");
    name = follow_locked_name(PG_GETARG_OID(0));
    if (!has_privs_of_role(GetUserId(), bo_catalog()->owner))
        bo_error_follow_rights(GetUserNameFromId(bo_catalog()->owner, false));

    bo_store_open(&store);
    if (bo_store_run(&store, &bo_sql_find_followed_table, oid) == 0)
        bo_error_not_followed(name == NULL ? psprintf("%u", PG_GETARG_OID(0)) : name);
    number = bo_row_int4(bo_store_row(0), BO_FIND_FOLLOWED_ID);
    bo_followed_id_range(number, &first, &last);
    if (!keeps)
        bo_store_run(&store, &bo_sql_delete_all_followed,
                     bo_text(bo_row_text(bo_store_row(0), BO_FIND_FOLLOWED_TENANT)), bo_uuid(&first), bo_uuid(&last));
    bo_store_run(&store, &bo_sql_delete_followed_table, oid);
    bo_store_close(&store);
    bo_follow_sql_drop(number, name);
    PG_RETURN_VOID();
}
