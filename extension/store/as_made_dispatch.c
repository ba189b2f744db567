/*
 * as_made_dispatch.c
 *   Decides whether offers, requests and positions are as setup() made them, so that the light path can read them by
 *   their primary keys, and update offers and positions.
 *
 * Anything that the owner has added to one of these tables leaves the work to SQL.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/as_made_column.h"

#include "access/genam.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_type.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

static const BoColumnAsMade offer_columns[] = {
    [BO_OFFER_ID] = NOT_NULL("offer_id", UUIDOID),
    [BO_OFFER_REQUEST_ID] = NOT_NULL("request_id", UUIDOID),
    [BO_OFFER_BOOKING_ID] = NULLABLE("booking_id", UUIDOID),
    [BO_OFFER_CREATED_AT] = NOT_NULL("created_at", TIMESTAMPTZOID),
    [BO_OFFER_EXPIRES_AT] = NULLABLE("expires_at", TIMESTAMPTZOID),
    [BO_OFFER_DECIDED_AT] = NULLABLE("decided_at", TIMESTAMPTZOID),
    [BO_OFFER_WAVE] = NOT_NULL("wave", INT4OID),
    [BO_OFFER_STATUS] = NOT_NULL("status", InvalidOid),
    [BO_OFFER_TENANT] = TEXT("tenant", C_COLLATION_OID, true),
    [BO_OFFER_PROVIDER] = TEXT("provider", C_COLLATION_OID, true),
};

static const BoColumnAsMade request_columns[] = {
    [BO_REQUEST_ID] = NOT_NULL("request_id", UUIDOID),
    [BO_REQUEST_CREATED_AT] = NOT_NULL("created_at", TIMESTAMPTZOID),
    [BO_REQUEST_CLOSES_AT] = NULLABLE("closes_at", TIMESTAMPTZOID),
    [BO_REQUEST_CANCELLED_AT] = NULLABLE("cancelled_at", TIMESTAMPTZOID),
    [BO_REQUEST_HASH] = NULLABLE("request_hash", INT8OID),
    [BO_REQUEST_POSITIONS] = NOT_NULL("positions", INT4OID),
    [BO_REQUEST_WAVES] = NOT_NULL("waves", INT4OID),
    [BO_REQUEST_TENANT] = TEXT("tenant", C_COLLATION_OID, true),
    [BO_REQUEST_DURING] = NOT_NULL("during", TSTZRANGEOID),
    [BO_REQUEST_REQUESTER] = TEXT("requester", C_COLLATION_OID, true),
};

static const BoColumnAsMade position_columns[] = {
    [BO_POSITION_REQUEST_ID] = NOT_NULL("request_id", UUIDOID),
    [BO_POSITION_BOOKING_ID] = NULLABLE("booking_id", UUIDOID),
    [BO_POSITION_POSITION] = NOT_NULL("position", INT4OID),
    [BO_POSITION_TENANT] = TEXT("tenant", C_COLLATION_OID, true),
};

#define KEY_ROOM 3

typedef struct TableAsMade
{
    const char *name;
    const BoColumnAsMade *columns;
    int column_count;
    bool is_updated;
    AttrNumber key[KEY_ROOM]; /* the columns of the primary key, 0 after the last */
    const char *checks[3];
} TableAsMade;

static const TableAsMade dispatch_tables[BO_DISPATCH_TABLE_COUNT] = {
    [BO_DISPATCH_OFFER] = {.name = "offer",
                           .columns = offer_columns,
                           .column_count = lengthof(offer_columns),
                           .is_updated = true,
                           .key = {BO_OFFER_ID + 1, BO_OFFER_TENANT + 1},
                           .checks = {"wave OPERATOR(pg_catalog.>=) 1",
                                      "status OPERATOR(pg_catalog.=) ANY (ARRAY['pending'::bookonce.offer_state, "
                                      "'accepted'::bookonce.offer_state, 'declined'::bookonce.offer_state, "
                                      "'withdrawn'::bookonce.offer_state])",
                                      "(status OPERATOR(pg_catalog.=) 'accepted') OPERATOR(pg_catalog.=) "
                                      "(booking_id IS NOT NULL)"}},
    [BO_DISPATCH_REQUEST] = {.name = "request",
                             .columns = request_columns,
                             .column_count = lengthof(request_columns),
                             .key = {BO_REQUEST_ID + 1, BO_REQUEST_TENANT + 1}},
    [BO_DISPATCH_POSITION] = {.name = "position",
                              .columns = position_columns,
                              .column_count = lengthof(position_columns),
                              .is_updated = true,
                              .key = {BO_POSITION_REQUEST_ID + 1, BO_POSITION_TENANT + 1, BO_POSITION_POSITION + 1},
                              .checks = {"\"position\" OPERATOR(pg_catalog.>=) 1"}},
};

/* Returns true if each column is read as it is stored. An updated table must have no other ones. */
static bool dispatch_columns(Relation table, const TableAsMade *made, Oid status_type)
{
    TupleDesc row = RelationGetDescr(table);

    if (made->is_updated ? row->natts != made->column_count : row->natts < made->column_count)
        return false;
    for (int i = 0; i < made->column_count; i++)
        if (!bo_as_made_column(TupleDescAttr(row, i), &made->columns[i], status_type) ||
            !bo_as_made_nulls(row, i, &made->columns[i]) || TupleDescAttr(row, i)->attgenerated != '\0')
            return false;
    return true;
}

/* Returns true if the CHECKs are those of setup(), and all rows are known to satisfy them. */
static bool dispatch_checks(Relation table, const TableAsMade *made)
{
    const TupleConstr *constraints = RelationGetDescr(table)->constr;
    int count = 0, found = 0;

    while (count < lengthof(made->checks) && made->checks[count] != NULL)
        count++;
    if (constraints == NULL || constraints->num_check != count)
        return false;
    for (int i = 0; i < count; i++)
    {
        const Node *check = bo_as_made_expression(table, made->checks[i], BOOLOID);
        bool is_there = false;

        for (int k = 0; k < count; k++)
            is_there |= constraints->check[k].ccvalid && equal(stringToNode(constraints->check[k].ccbin), check);
        found += is_there;
    }
    return found == count;
}

/* Returns true unless an entry is made of columns as they are stored, and nothing of the owner's runs for it. */
static bool dispatch_index_is_special(Relation index, const void *unused)
{
    return index->rd_rel->relam != BTREE_AM_OID || index->rd_index->indisexclusion || !index->rd_index->indimmediate ||
           !index->rd_index->indislive || !index->rd_index->indisready || RelationGetIndexPredicate(index) != NIL ||
           !bo_as_made_index_runs_nothing(index);
}

/* Returns true if the index finds the one row that has given values in these columns, 0 after the last. */
static bool dispatch_is_key(Relation index, const void *what)
{
    const AttrNumber *columns = what;
    int count = 0;

    while (count < KEY_ROOM && columns[count] != 0)
        count++;
    if (!index->rd_index->indisunique || !bo_as_made_index_is_whole(index) || index->rd_index->indnkeyatts != count)
        return false;
    for (int i = 0; i < count; i++)
    {
        bool is_text = index->rd_opcintype[i] == TEXTOID;

        if (index->rd_index->indkey.values[i] != columns[i] || index->rd_opfamily[i] >= FirstUnpinnedObjectId ||
            index->rd_indoption[i] != 0 ||
            (is_text && (index->rd_opfamily[i] != TEXT_BTREE_FAM_OID || index->rd_indcollation[i] != C_COLLATION_OID)))
            return false;
    }
    return true;
}

static bool dispatch_learn_table(BoCatalog *tables, BoDispatchTable which)
{
    const TableAsMade *made = &dispatch_tables[which];
    Oid oid = get_relname_relid(made->name, tables->schema);
    AclMode needs = made->is_updated ? ACL_SELECT | ACL_UPDATE : ACL_SELECT;
    Relation table;
    bool as_made;

    tables->dispatch[which] = oid;
    if (!OidIsValid(oid))
        return false;
    table = relation_open(oid, AccessShareLock);
    as_made = bo_as_made_ordinary(tables, table) && bo_as_made_may(oid, tables->owner, needs) &&
              dispatch_columns(table, made, tables->offer_type);
    if (as_made)
        tables->dispatch_key[which] = bo_as_made_find_index(table, dispatch_is_key, made->key);
    if (as_made && made->is_updated)
        as_made = !OidIsValid(bo_as_made_find_index(table, dispatch_index_is_special, NULL)) &&
                  table->trigdesc == NULL && table->rd_rules == NULL && dispatch_checks(table, made);
    relation_close(table, AccessShareLock);
    return as_made && OidIsValid(tables->dispatch_key[which]);
}

static Oid dispatch_open_and_find_key(Oid table, const AttrNumber *columns)
{
    Relation relation = table_open(table, AccessShareLock);
    Oid key = bo_as_made_find_index(relation, dispatch_is_key, columns);

    table_close(relation, AccessShareLock);
    return key;
}

/* The keys by which a booking, its resource and its position are found. */
static void dispatch_find_keys(BoCatalog *tables)
{
    const AttrNumber of_booking[KEY_ROOM] = {BO_BOOKING_ID + 1, BO_BOOKING_TENANT + 1};
    const AttrNumber of_resource[KEY_ROOM] = {tables->resource_id};
    const AttrNumber of_position[KEY_ROOM] = {BO_POSITION_BOOKING_ID + 1, BO_POSITION_TENANT + 1};

    tables->booking_key = dispatch_open_and_find_key(tables->booking, of_booking);
    tables->resource_key = dispatch_open_and_find_key(tables->resource, of_resource);
    tables->position_of_booking = dispatch_open_and_find_key(tables->dispatch[BO_DISPATCH_POSITION], of_position);
}

/* The CHECKs name these labels; without one of them, SQL says what is wrong. */
static bool dispatch_has_labels(const BoCatalog *tables)
{
    static const char *const labels[] = {"pending", "accepted", "declined", "withdrawn"};

    for (int i = 0; i < lengthof(labels); i++)
        if (!SearchSysCacheExists2(ENUMTYPOIDNAME, ObjectIdGetDatum(tables->offer_type), CStringGetDatum(labels[i])))
            return false;
    return true;
}

/* Called when booking and resource are known to be as made. The caller has locked the tables. */
void bo_as_made_learn_dispatch(BoCatalog *tables)
{
    bool as_made = true;

    tables->offer_type = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("offer_state"),
                                         ObjectIdGetDatum(tables->schema));
    tables->watches_all |= !OidIsValid(tables->offer_type); /* any change of a type may bring it back */
    if (!OidIsValid(tables->offer_type) || !dispatch_has_labels(tables))
        return;
    bo_as_made_watch(tables, TYPEOID, tables->offer_type);
    for (BoDispatchTable i = 0; i < BO_DISPATCH_TABLE_COUNT; i++)
        as_made &= dispatch_learn_table(tables, i);
    if (as_made)
        dispatch_find_keys(tables);
    tables->dispatch_as_made = as_made && OidIsValid(tables->booking_key);
}
