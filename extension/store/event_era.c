/*
 * event_era.c
 *   The era of an event: each cluster that the data has been in begins a new one.
 *
 * Transaction ids can only be compared within one cluster. If the tables came by a dump, or by pg_upgrade, the system
 * identifier is a different one, and the ids may be lower than before: a new era begins, whose events come after all
 * others.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/listen.h"
#include "store/event.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

#include "base/error.h"
#include "store/catalog.h"

#define ERA_COLUMNS 3 /* era, system_identifier, since */

/* The era of this cluster, as committed; 0: to be looked up. */
static int32 known_era;
static Oid known_table;

static void era_relation_changed(Datum unused, Oid relation)
{
    if (!OidIsValid(relation) || relation == known_table)
        known_era = 0;
}

/* Returns false in a database of an older version until setup() is run again. */
bool bo_event_tables_exist(void)
{
    return OidIsValid(get_relname_relid("event_era", bo_catalog()->schema));
}

static Relation era_open(LOCKMODE mode)
{
    Oid oid = get_relname_relid("event_era", bo_catalog()->schema);

    if (!OidIsValid(oid))
        bo_error_not_set_up();
    return table_open(oid, mode);
}

/* era, system_identifier and since, as setup() makes them */
static void era_check_columns(Relation eras)
{
    static const struct
    {
        const char *name;
        Oid type;
    } columns[ERA_COLUMNS] = {{"era", INT4OID}, {"system_identifier", INT8OID}, {"since", TIMESTAMPTZOID}};

    for (int i = 0; i < ERA_COLUMNS; i++)
    {
        Form_pg_attribute column = TupleDescAttr(RelationGetDescr(eras), i);

        if (column->attisdropped || strcmp(NameStr(column->attname), columns[i].name) != 0 ||
            column->atttypid != columns[i].type || !column->attnotnull)
            bo_error_lacks_column(columns[i].name);
    }
}

/*
 * Returns the last era, or 0 if there is none yet. Sets is_this if it is this cluster's, and is_committed if others see
 * it, too. More than one row may have the last era.
 */
static int32 era_last(Relation eras, bool *is_this, bool *is_committed)
{
    Snapshot snapshot = RegisterSnapshot(GetLatestSnapshot());
    SysScanDesc scan = systable_beginscan(eras, InvalidOid, false, snapshot, 0, NULL);
    int32 last = 0;
    HeapTuple row;

    era_check_columns(eras);
    *is_this = *is_committed = false;
    while (HeapTupleIsValid(row = systable_getnext(scan)))
    {
        bool is_null;
        int32 era = DatumGetInt32(heap_getattr(row, 1, RelationGetDescr(eras), &is_null));
        int64 identifier = DatumGetInt64(heap_getattr(row, 2, RelationGetDescr(eras), &is_null));

        if (era > last)
            *is_committed = false;
        if (era < last)
            continue;
        last = era;
        *is_this = (uint64)identifier == GetSystemIdentifier();
        if (!TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetXmin(row->t_data)))
            *is_committed = true;
    }
    systable_endscan(scan);
    UnregisterSnapshot(snapshot);
    return last;
}

static void era_insert(Relation eras, int32 era)
{
    EState *state = CreateExecutorState();
    ResultRelInfo *target = makeNode(ResultRelInfo);
    TupleTableSlot *row = MakeSingleTupleTableSlot(RelationGetDescr(eras), &TTSOpsVirtual);

    InitResultRelInfo(target, eras, 0, NULL, 0);
    ExecOpenIndices(target, false);
    ExecClearTuple(row);
    memset(row->tts_isnull, true, sizeof(bool) * row->tts_tupleDescriptor->natts);
    memset(row->tts_isnull, false, sizeof(bool) * ERA_COLUMNS);
    row->tts_values[0] = Int32GetDatum(era);
    row->tts_values[1] = Int64GetDatum((int64)GetSystemIdentifier());
    row->tts_values[2] = TimestampTzGetDatum(GetCurrentTimestamp());
    ExecStoreVirtualTuple(row);
    ExecSimpleRelationInsert(target, state, row);
    ExecDropSingleTupleTableSlot(row);
    ExecCloseIndices(target);
    FreeExecutorState(state);
    CommandCounterIncrement();
}

/* The era that the events of this cluster have, whether there are any yet or not. */
int32 bo_event_era(void)
{
    Relation eras = era_open(AccessShareLock);
    bool is_this, is_committed;
    int32 last = era_last(eras, &is_this, &is_committed);

    table_close(eras, AccessShareLock);
    return is_this ? last : last + 1;
}

/*
 * The same for a transaction that writes: the era's row exists when this returns. The first transaction in the life of
 * a cluster writes it, and so does every other one until that row is committed. All of them count from the same last
 * era, so their rows say the same, and none waits for another, which may roll back.
 */
int32 bo_event_era_to_write(void)
{
    static bool listens = false;
    Relation eras;
    int32 era;
    bool is_this, is_committed;

    if (!listens)
        bo_listen_to_relations(era_relation_changed);
    listens = true;
    if (known_era != 0)
        return known_era;
    eras = era_open(RowExclusiveLock);
    known_table = RelationGetRelid(eras);
    era = era_last(eras, &is_this, &is_committed);
    if (!is_this)
        era_insert(eras, ++era);
    else if (is_committed)
        known_era = era;
    table_close(eras, NoLock);
    return era;
}
