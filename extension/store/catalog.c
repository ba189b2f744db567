/*
 * catalog.c
 *   What this backend knows of the tables, until the catalog says that one of them changed.
 *
 * Looking up names, owners, labels and indexes anew would cost each call more than the
 * slot it asks for.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/catalog.h"

#include "access/genam.h"
#include "access/gist.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "commands/extension.h"
#include "nodes/nodes.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/error.h"
#include "base/label.h"

static const char *const booking_columns[BO_BOOKING_COLUMN_COUNT] = {
    [BO_BOOKING_ID] = "booking_id",
    [BO_BOOKING_GROUP_ID] = "group_id",
    [BO_BOOKING_RESOURCE_ID] = "resource_id",
    [BO_BOOKING_CREATED_AT] = "created_at",
    [BO_BOOKING_RELEASED_AT] = "released_at",
    [BO_BOOKING_HOLD_EXPIRES_AT] = "hold_expires_at",
    [BO_BOOKING_REQUEST_HASH] = "request_hash",
    [BO_BOOKING_UNIT] = "unit",
    [BO_BOOKING_MEMBER] = "member",
    [BO_BOOKING_STATUS] = "status",
    [BO_BOOKING_TENANT] = "tenant",
    [BO_BOOKING_DURING] = "during",
    [BO_BOOKING_BLOCKS] = "blocks",
    [BO_BOOKING_HOLDER] = "holder",
    [BO_BOOKING_IDEMPOTENCY_KEY] = "idempotency_key",
    [BO_BOOKING_REASON] = "reason",
    [BO_BOOKING_DETAILS] = "details",
};

static BoCatalog known;
static bool is_known;
static uint64 changes; /* of any relation or schema, that were heard of */

static void catalog_relation_changed(Datum unused, Oid relation)
{
    changes++;
    if (relation == InvalidOid || relation == known.booking || relation == known.resource ||
        relation == known.no_overlap || relation == known.key || relation == known.resource_name)
        is_known = false;
}

static void catalog_schema_changed(Datum unused, int cache, uint32 hash)
{
    changes++;
    is_known = false;
}

static bool catalog_has_insert_triggers(const TriggerDesc *triggers)
{
    return triggers != NULL && (triggers->trig_insert_before_row || triggers->trig_insert_after_row ||
                                triggers->trig_insert_instead_row || triggers->trig_insert_before_statement ||
                                triggers->trig_insert_after_statement || triggers->trig_insert_new_table);
}

static bool catalog_is_function(Oid function, Oid schema, const char *name)
{
    return get_func_namespace(function) == schema && strcmp(get_func_name(function), name) == 0;
}

/* Is it this function of ours, of these columns? */
static bool catalog_is_call(const Node *node, Oid schema, const char *name, int count, const BoBookingColumn *columns)
{
    const FuncExpr *call = (const FuncExpr *)node;

    if (!IsA(node, FuncExpr) || !catalog_is_function(call->funcid, schema, name) || list_length(call->args) != count)
        return false;
    for (int i = 0; i < count; i++)
    {
        const Var *argument = list_nth(call->args, i);

        if (!IsA(argument, Var) || argument->varattno != columns[i] + 1)
            return false;
    }
    return true;
}

static bool catalog_inserts_as_made(Relation booking)
{
    static const BoBookingColumn sound[] = {BO_BOOKING_DURING,         BO_BOOKING_BLOCKS, BO_BOOKING_UNIT,
                                            BO_BOOKING_MEMBER,         BO_BOOKING_STATUS, BO_BOOKING_RELEASED_AT,
                                            BO_BOOKING_HOLD_EXPIRES_AT};
    TupleDesc row = RelationGetDescr(booking);

    if (booking->rd_rel->relkind != RELKIND_RELATION || booking->rd_rel->relispartition || booking->rd_rules != NULL ||
        catalog_has_insert_triggers(booking->trigdesc) || row->natts != BO_BOOKING_COLUMN_COUNT ||
        row->constr == NULL || row->constr->num_check != 1)
        return false;
    for (int i = 0; i < row->natts; i++)
        if (strcmp(NameStr(TupleDescAttr(row, i)->attname), booking_columns[i]) != 0)
            return false;
    if (!catalog_is_call(stringToNode(row->constr->check[0].ccbin), RelationGetNamespace(booking), "is_sound",
                         lengthof(sound), sound))
        return false;
    /* There a table's rows may live on other servers, and only SQL finds them. */
    return !OidIsValid(get_extension_oid("citus", true));
}

/* An index that guards the table, by its name, or InvalidOid when it is not there or not in force. */
static Oid catalog_guard_of(Relation table, const char *name)
{
    Oid found = get_relname_relid(name, RelationGetNamespace(table));
    Relation index;
    bool guards;

    if (!list_member_oid(RelationGetIndexList(table), found))
        return InvalidOid;
    index = index_open(found, AccessShareLock);
    guards = index->rd_index->indisvalid && (index->rd_index->indisunique || index->rd_index->indisexclusion);
    index_close(index, AccessShareLock);
    return guards ? found : InvalidOid;
}

/* slot_key(resource_id, unit, blocks) .. WHERE (is_live(released_at)), and nothing else. */
static bool catalog_guards_as_made(Relation index)
{
    static const BoBookingColumn key[] = {BO_BOOKING_RESOURCE_ID, BO_BOOKING_UNIT, BO_BOOKING_BLOCKS};
    static const BoBookingColumn condition[] = {BO_BOOKING_RELEASED_AT};
    List *keys = RelationGetIndexExpressions(index);
    List *conditions = RelationGetIndexPredicate(index);
    Oid schema = RelationGetNamespace(index);

    return list_length(keys) == 1 && catalog_is_call(linitial(keys), schema, "slot_key", lengthof(key), key) &&
           list_length(conditions) == 1 &&
           catalog_is_call(linitial(conditions), schema, "is_live", lengthof(condition), condition);
}

/* The function that the guard asks, if it is the guard of setup(): who reads and writes the index without SQL must know
 * what is in it. Else InvalidOid. */
static Oid catalog_guard_function(Oid index_oid)
{
    Relation index = index_open(index_oid, AccessShareLock);
    Oid schema = RelationGetNamespace(index), found = InvalidOid;

    if (index->rd_index->indisexclusion && index->rd_rel->relam == GIST_AM_OID && RelationGetDescr(index)->natts == 1 &&
        catalog_is_function(index_getprocid(index, 1, GIST_CONSISTENT_PROC), schema, "slot_key_consistent") &&
        catalog_guards_as_made(index))
    {
        Oid *operators, *functions;
        uint16 *strategies;

        RelationGetExclusionInfo(index, &operators, &functions, &strategies);
        if (catalog_is_function(functions[0], schema, "slot_key_overlaps"))
            found = functions[0];
    }
    index_close(index, AccessShareLock);
    return found;
}

/* An insert writes the indexes in the order of the list, and waits at those that constrain. At the primary key and the
 * keys' index it does not: there nobody has the same id, and a key that is met ends it. */
static bool catalog_guard_comes_first(const BoCatalog *tables, Relation booking)
{
    List *indexes = RelationGetIndexList(booking);
    bool is_first = true;

    for (int i = 0; is_first && list_nth_oid(indexes, i) != tables->no_overlap; i++)
    {
        Relation index = index_open(list_nth_oid(indexes, i), AccessShareLock);

        is_first = !index->rd_index->indisunique && !index->rd_index->indisexclusion;
        is_first = is_first || index->rd_index->indisprimary || RelationGetRelid(index) == tables->key;
        index_close(index, AccessShareLock);
    }
    return is_first;
}

static void catalog_learn_guards(BoCatalog *tables, Relation booking, Relation resource)
{
    tables->no_overlap = catalog_guard_of(booking, "booking_no_overlap");
    tables->key = catalog_guard_of(booking, "booking_idempotency_key");
    tables->resource_name = catalog_guard_of(resource, "resource_pkey");
    tables->resource_id = get_attnum(tables->resource, "resource_id");
    tables->resource_plain = get_attnum(tables->resource, "plain");
    tables->overlaps = OidIsValid(tables->no_overlap) ? catalog_guard_function(tables->no_overlap) : InvalidOid;
    tables->inserts_as_made = catalog_inserts_as_made(booking) && OidIsValid(tables->overlaps) &&
                              OidIsValid(tables->key) && OidIsValid(tables->resource_name);
    tables->guard_comes_first = tables->inserts_as_made && catalog_guard_comes_first(tables, booking);
    if (tables->inserts_as_made)
    {
        Oid status = TupleDescAttr(RelationGetDescr(booking), BO_BOOKING_STATUS)->atttypid;

        for (BoStatus i = BO_STATUS_HELD; i <= BO_STATUS_EXPIRED; i++)
            tables->status[i] = DatumGetObjectId(bo_label_status(status, i));
    }
}

static void catalog_learn(void)
{
    Oid schema = get_namespace_oid("bookonce", false);
    uint64 heard = changes;
    BoCatalog tables = {0};
    Relation booking, resource;

    tables.booking = get_relname_relid("booking", schema);
    tables.resource = get_relname_relid("resource", schema);
    if (!OidIsValid(tables.booking) || !OidIsValid(tables.resource))
        bo_error_not_set_up();
    booking = table_open(tables.booking, AccessShareLock);
    resource = table_open(tables.resource, AccessShareLock);
    tables.owner = booking->rd_rel->relowner;
    catalog_learn_guards(&tables, booking, resource);
    table_close(resource, AccessShareLock);
    table_close(booking, AccessShareLock);
    known = tables;
    is_known = heard == changes; /* else something changed while we looked, and we look again */
}

/* OB004 when there are none. Lasting only for a caller who has the tables locked. */
const BoCatalog *bo_catalog(void)
{
    static bool listens = false;

    if (!listens)
    {
        CacheRegisterRelcacheCallback(catalog_relation_changed, (Datum)0);
        CacheRegisterSyscacheCallback(NAMESPACEOID, catalog_schema_changed, (Datum)0);
        listens = true;
    }
    while (!is_known)
        catalog_learn();
    return &known;
}
