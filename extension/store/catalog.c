/*
 * catalog.c
 *   What this backend knows of the tables, until the catalog reports that one of them changed.
 *
 * Looking up names, owners, labels and indexes again would cost each call more than the slot that it asks for. Which
 * invalidation reports which change:
 *
 *   columns, CHECKs, defaults, triggers, rules, owner, rights on a table   relcache, of the table
 *   indexes that come, go, or begin and end to be valid                    relcache, of the table or the index
 *   the schema's name and rights                                           NAMESPACEOID
 *   the library's functions: replaced, altered, rights                     PROCOID
 *   booking_status: its name; its labels                                   TYPEOID; ENUMOID
 *   what the owner may as a superuser, or as a member of another role      AUTHOID, AUTHMEMROLEMEM
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/catalog.h"

#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/error.h"
#include "base/label.h"
#include "base/listen.h"
#include "store/as_made.h"

static BoCatalog known;
static bool is_known;
static uint64 changes; /* counts the reported changes that may concern what is known */

static bool catalog_is_of_dispatch(Oid relation)
{
    bool is_of_dispatch =
        relation == known.booking_key || relation == known.resource_key || relation == known.position_of_booking;

    for (int i = 0; i < BO_DISPATCH_TABLE_COUNT; i++)
        is_of_dispatch |= relation == known.dispatch[i] || relation == known.dispatch_key[i];
    return is_of_dispatch;
}

static void catalog_relation_changed(Datum unused, Oid relation)
{
    changes++;
    if (relation == InvalidOid || relation == known.booking || relation == known.resource ||
        relation == known.opening_hours || relation == known.hours_index || relation == known.kind ||
        relation == known.kind_name || relation == known.closure || relation == known.closure_ends ||
        relation == known.no_overlap || relation == known.key || relation == known.by_holder ||
        relation == known.without_unit || relation == known.event || relation == known.resource_name ||
        catalog_is_of_dispatch(relation) || (OidIsValid(known.event_function) && !OidIsValid(known.event)))
        is_known = false; /* the last: the table of events was missing, and this may be it */
}

/* Only those functions, types and schemas count that the knowledge rests upon: even a temporary table makes types. */
static void catalog_object_changed(Datum unused, int cache, uint32 hash)
{
    bool concerns_us = hash == 0 || known.watches_all;

    changes++;
    for (int i = 0; i < known.watched_count && !concerns_us; i++)
        concerns_us = known.watched[i].cache == cache && known.watched[i].hash == hash;
    if (concerns_us)
        is_known = false;
}

/* Any change counts: roles, on which the owner's rights depend, and labels of enums change rarely. */
static void catalog_role_or_label_changed(Datum unused, int cache, uint32 hash)
{
    changes++;
    is_known = false;
}

static void catalog_listen(void)
{
    bo_listen_to_relations(catalog_relation_changed);
    CacheRegisterSyscacheCallback(NAMESPACEOID, catalog_object_changed, (Datum)0);
    CacheRegisterSyscacheCallback(TYPEOID, catalog_object_changed, (Datum)0);
    CacheRegisterSyscacheCallback(PROCOID, catalog_object_changed, (Datum)0);
    CacheRegisterSyscacheCallback(ENUMOID, catalog_role_or_label_changed, (Datum)0);
    CacheRegisterSyscacheCallback(AUTHOID, catalog_role_or_label_changed, (Datum)0);
    CacheRegisterSyscacheCallback(AUTHMEMROLEMEM, catalog_role_or_label_changed, (Datum)0);
}

static void catalog_find_tables(BoCatalog *tables)
{
    tables->schema = get_namespace_oid("bookonce", false);
    bo_as_made_watch(tables, NAMESPACEOID, tables->schema);
    tables->booking = get_relname_relid("booking", tables->schema);
    tables->resource = get_relname_relid("resource", tables->schema);
    tables->opening_hours = get_relname_relid("opening_hours", tables->schema);
    tables->kind = get_relname_relid("booking_kind", tables->schema);
    tables->closure = get_relname_relid("closure", tables->schema);
    if (!OidIsValid(tables->booking) || !OidIsValid(tables->resource))
        bo_error_not_set_up();
}

static void catalog_learn_labels(BoCatalog *tables)
{
    tables->status_type = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("booking_status"),
                                          ObjectIdGetDatum(tables->schema));
    if (!OidIsValid(tables->status_type))
        bo_error_other_version("booking_status", "There is no such type.");
    bo_as_made_watch(tables, TYPEOID, tables->status_type);
    for (BoStatus i = BO_STATUS_HELD; i <= BO_STATUS_EXPIRED; i++)
        tables->status[i] = DatumGetObjectId(bo_label_status(tables->status_type, i));
}

static void catalog_learn(void)
{
    uint64 heard = changes;
    BoCatalog tables = {.learned = known.learned + 1};
    Relation booking, resource;
    bool indexes_as_made;

    catalog_find_tables(&tables);
    catalog_learn_labels(&tables);
    booking = table_open(tables.booking, AccessShareLock);
    resource = table_open(tables.resource, AccessShareLock);
    tables.owner = booking->rd_rel->relowner;
    tables.is_older = get_attnum(tables.booking, "hold_expires_at") != InvalidAttrNumber;
    bo_as_made_learn_guard(&tables, booking);
    bo_as_made_learn_history(&tables, booking);
    indexes_as_made = bo_as_made_indexes(&tables, booking, resource);
    tables.inserts_as_made =
        bo_as_made_tables(&tables, booking, resource) && indexes_as_made && tables.guard == BO_GUARD_STANDS;
    tables.updates_as_made = tables.inserts_as_made && bo_as_made_updates(&tables, booking);
    table_close(resource, AccessShareLock);
    table_close(booking, AccessShareLock);
    known = tables;
    is_known = heard == changes; /* otherwise something changed while we looked, and we look again */
}

/* Raises OB004 if there are no tables. The result stays valid only while the caller holds locks on the tables. */
const BoCatalog *bo_catalog(void)
{
    static bool listens = false;

    if (!listens)
        catalog_listen();
    listens = true;
    for (int round = 0; !is_known && round < BO_MAX_CATALOG_ROUNDS; round++)
    {
        CHECK_FOR_INTERRUPTS();
        catalog_learn();
    }
    return &known;
}

/*
 * The same with what is needed to read kinds, for a caller that has locked their table, too. Other calls do not touch
 * that table: a call that opened it while holding locks on the others could wait for an owner who is changing it and
 * who may be waiting for one of those.
 */
const BoCatalog *bo_catalog_with_kinds(void)
{
    for (int round = 0; bo_catalog()->inserts_as_made && !known.knows_kinds && round < BO_MAX_CATALOG_ROUNDS; round++)
    {
        uint64 heard = changes;

        CHECK_FOR_INTERRUPTS();
        known.kind_name = InvalidOid;
        bo_as_made_learn_kinds(&known);
        known.knows_kinds = heard == changes;
    }
    return bo_catalog();
}

/* The same with what is needed to read and write offers, for a caller that has locked the tables of dispatch, too. */
const BoCatalog *bo_catalog_with_dispatch(void)
{
    for (int round = 0; bo_catalog()->inserts_as_made && !known.knows_dispatch && round < BO_MAX_CATALOG_ROUNDS;
         round++)
    {
        uint64 heard = changes;

        CHECK_FOR_INTERRUPTS();
        known.dispatch_as_made = false;
        bo_as_made_learn_dispatch(&known);
        known.knows_dispatch = heard == changes;
    }
    return bo_catalog();
}

/*
 * For a caller in the middle of a call, which has locked the table of closures, too. Returns false if closures are not
 * found by an index as made, or anything has changed since the call asked for the catalog.
 */
bool bo_catalog_learn_closures(void)
{
    if (is_known && !known.knows_closures)
    {
        uint64 heard = changes;

        known.closure_ends = InvalidOid;
        bo_as_made_learn_closures(&known);
        known.knows_closures = heard == changes;
    }
    return is_known && known.knows_closures && OidIsValid(known.closure_ends);
}

/*
 * What bo_catalog() returned last, for a caller in the middle of its work with it: opening an index may bring reports
 * of changes, and bo_catalog() would then learn again, without what only bo_catalog_with_dispatch() learns. The tables
 * are locked, so what is known of them holds.
 */
const BoCatalog *bo_catalog_as_known(void)
{
    return &known;
}

/* Makes the next call learn again, for a change that PostgreSQL does not report: that no table inherits any more. */
void bo_catalog_forget(void)
{
    is_known = false;
}
