/*
 * table_lock.c
 *   Locks the tables that a call may touch, before anything else.
 *
 * A call that first read and then wrote would wait for REINDEX, which has locked the table against writing and waits
 * for the index that was read: 40P01 for a single call. So a verb that writes first takes the lock that its writing
 * needs on all of its tables, including those that it only reads: REINDEX TABLE goes from index to index, and would
 * wait at one while holding another. A verb that only reads may run during CREATE INDEX; it takes the weak locks of
 * tables and indexes, the indexes in the order of REINDEX TABLE.
 *
 * Table locks come before the advisory locks. Otherwise a call could wait for a table behind ALTER TABLE while it holds
 * a resource; ALTER TABLE could wait for another caller that has the table; and that caller could wait for the
 * resource.
 *
 * The order: a table that refers to another comes first, as in ALTER TABLE .. ADD FOREIGN KEY. setup() locks in this
 * order too.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/table_lock.h"

#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/error.h"
#include "base/error_wall.h"
#include "base/listen.h"
#include "base/round.h"

typedef struct LockedTable
{
    const char *name;
    BoTables for_calls[4];
    Oid oid;
    bool forces_row_security;
} LockedTable;

static LockedTable tables[] = {
    {.name = "booking", .for_calls = {BO_TABLES_DISPATCH, BO_TABLES_BOOKING, BO_TABLES_CALENDAR, BO_TABLES_KIND}},
    {.name = "closure", .for_calls = {BO_TABLES_DISPATCH, BO_TABLES_BOOKING, BO_TABLES_CALENDAR}},
    {.name = "waiter", .for_calls = {BO_TABLES_DISPATCH, BO_TABLES_BOOKING, BO_TABLES_CALENDAR}},
    {.name = "opening_hours", .for_calls = {BO_TABLES_DISPATCH, BO_TABLES_BOOKING, BO_TABLES_CALENDAR}},
    {.name = "resource", .for_calls = {BO_TABLES_DISPATCH, BO_TABLES_BOOKING, BO_TABLES_CALENDAR}},
    {.name = "calendar", .for_calls = {BO_TABLES_CALENDAR}},
    {.name = "booking_kind", .for_calls = {BO_TABLES_KIND, BO_TABLES_KIND_NAMED}},
    {.name = "offer", .for_calls = {BO_TABLES_DISPATCH}},
    {.name = "position", .for_calls = {BO_TABLES_DISPATCH}},
    {.name = "request", .for_calls = {BO_TABLES_DISPATCH}},
    {.name = "claim", .for_calls = {BO_TABLES_CLAIM}},
    {.name = "counter_entry", .for_calls = {BO_TABLES_COUNTER}},
    {.name = "counter", .for_calls = {BO_TABLES_COUNTER}},
    {.name = "booking_event", .for_calls = {BO_TABLES_EVENT}},
    {.name = "event_reader", .for_calls = {BO_TABLES_EVENT}},
};

static bool are_known; /* the oids are those of the names */
static bool any_forces_row_security;
static uint64 changes; /* counts the reported changes of a table or a schema */

/* While one of the tables does not exist, any change may be its creation. */
static void table_lock_relation_changed(Datum unused, Oid relation)
{
    for (int i = 0; i < lengthof(tables); i++)
        if (!OidIsValid(relation) || !OidIsValid(tables[i].oid) || relation == tables[i].oid)
        {
            are_known = false;
            changes++;
            return;
        }
}

static void table_lock_schema_changed(Datum unused, int cache, uint32 hash)
{
    are_known = false;
    changes++;
}

static bool table_lock_forces_row_security(Oid table)
{
    HeapTuple row = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
    bool forces = HeapTupleIsValid(row) && ((Form_pg_class)GETSTRUCT(row))->relforcerowsecurity;

    if (HeapTupleIsValid(row))
        ReleaseSysCache(row);
    return forces;
}

/* A table that does not exist is no error here: the statement that names it reports it. */
static void table_lock_learn(void)
{
    static bool listens = false;
    uint64 heard = changes;
    Oid schema;

    if (!listens)
    {
        bo_listen_to_relations(table_lock_relation_changed);
        CacheRegisterSyscacheCallback(NAMESPACEOID, table_lock_schema_changed, (Datum)0);
        listens = true;
    }
    schema = get_namespace_oid("bookonce", false);
    any_forces_row_security = false;
    for (int i = 0; i < lengthof(tables); i++)
    {
        tables[i].oid = get_relname_relid(tables[i].name, schema);
        tables[i].forces_row_security = table_lock_forces_row_security(tables[i].oid);
        any_forces_row_security = any_forces_row_security || tables[i].forces_row_security;
    }
    are_known = heard == changes;
}

static void table_lock_indexes(Oid oid)
{
    Relation table = table_open(oid, NoLock);
    List *indexes = RelationGetIndexList(table);
    ListCell *cell;

    foreach (cell, indexes)
        LockRelationOid(lfirst_oid(cell), AccessShareLock);
    list_free(indexes);
    table_close(table, NoLock);
}

static bool table_lock_is_for(const LockedTable *table, BoTables which)
{
    bool is_for = which == BO_TABLES_ALL;

    Assert(which != BO_TABLES_INVALID);
    for (int i = 0; i < lengthof(table->for_calls); i++)
        is_for |= table->for_calls[i] == which;
    return is_for;
}

static void table_lock_all(BoTables which, LOCKMODE mode)
{
    for (int i = 0; i < lengthof(tables); i++)
    {
        Oid oid = tables[i].oid;

        if (!OidIsValid(oid) || !table_lock_is_for(&tables[i], which))
            continue;
        LockRelationOid(oid, mode);
        if (mode == AccessShareLock && SearchSysCacheExists1(RELOID, ObjectIdGetDatum(oid)))
            table_lock_indexes(oid);
    }
}

/*
 * An owner who forces row security on their own tables expects it to apply to the verbs too. It does not, so an error
 * is better than an answer.
 */
static void table_lock_refuse_row_security(BoTables which)
{
    for (int i = 0; i < lengthof(tables); i++)
        if (tables[i].forces_row_security && table_lock_is_for(&tables[i], which))
            bo_error_forced_row_security(tables[i].name);
}

/*
 * Locks the tables by name. After a wait, a lock may be on a table that no longer exists: then the names are looked up
 * again.
 */
static void table_lock_as_named(BoTables which, LOCKMODE mode)
{
    for (int round = 0;; bo_round_next(&round))
    {
        uint64 heard;

        if (!are_known)
            table_lock_learn();
        heard = changes;
        table_lock_all(which, mode);
        if (heard == changes && are_known)
            break;
    }
    if (any_forces_row_security)
        table_lock_refuse_row_security(which);
}

/* For a verb that writes. */
void bo_table_lock(BoTables which)
{
    table_lock_as_named(which, RowExclusiveLock);
}

void bo_table_lock_to_read(BoTables which)
{
    table_lock_as_named(which, AccessShareLock);
}

/* Since PostgreSQL 18, a deferred trigger runs as the role that was in force when its event was queued. */
#ifndef DEFERRED_TRIGGERS_RUN_AS_QUEUED
#define DEFERRED_TRIGGERS_RUN_AS_QUEUED (PG_VERSION_NUM >= 180000)
#endif

static bool table_lock_has_own_path(Oid function)
{
    HeapTuple row = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
    bool is_null = true, found = false;
    Datum settings, *each;
    int count;

    if (!HeapTupleIsValid(row))
        return false;
    settings = SysCacheGetAttr(PROCOID, row, Anum_pg_proc_proconfig, &is_null);
    if (!is_null)
    {
        deconstruct_array(DatumGetArrayTypeP(settings), TEXTOID, -1, false, TYPALIGN_INT, &each, NULL, &count);
        for (int i = 0; i < count && !found; i++)
            found = strncmp(TextDatumGetCString(each[i]), "search_path=", strlen("search_path=")) == 0;
    }
    ReleaseSysCache(row);
    return found;
}

static void table_lock_check_triggers_of(Relation table)
{
    const TriggerDesc *triggers = CopyTriggerDesc(table->trigdesc); /* a look into the catalog may free them */

    for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
    {
        const Trigger *trigger = &triggers->triggers[i];

        if (trigger->tgdeferrable && !trigger->tgisinternal && !table_lock_has_own_path(trigger->tgfoid))
            bo_error_deferrable_trigger(trigger->tgname, get_func_name(trigger->tgfoid));
    }
}

/*
 * A deferred trigger of the owner's would run at the end of the transaction, as the owner but with the caller's
 * search_path. The caller can defer everything that is deferrable. So if there is a deferrable trigger whose function
 * does not set a search_path of its own, the call is refused. Before PostgreSQL 18 the trigger runs as the caller, who
 * gains nothing by that.
 */
void bo_table_check_triggers(BoTables which)
{
    for (int i = 0; DEFERRED_TRIGGERS_RUN_AS_QUEUED && i < lengthof(tables); i++)
        if (OidIsValid(tables[i].oid) && table_lock_is_for(&tables[i], which))
        {
            Relation table = table_open(tables[i].oid, NoLock);

            table_lock_check_triggers_of(table);
            table_close(table, NoLock);
        }
}
