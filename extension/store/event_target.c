/*
 * event_target.c
 *   Opens the table of events for one verb. What is needed to write to it is kept by the session.
 *
 * Names, types, indexes and the executor's state were nearly half of what an event cost. They are kept as the light
 * path keeps its own (guard/direct.c): until PostgreSQL reports a change of anything that they rest upon, and never
 * where the owner's code runs when an event is written.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/event_target.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/index.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "base/error.h"
#include "base/listen.h"
#include "store/catalog.h"

/* What the last verb has left. A verb takes it out of here, so that an error frees it. */
static BoEventTarget idle;
static bool has_idle;
static uint32 idle_kinds_hash;
static uint64 changes;

/*
 * bo_catalog() notices changes of booking and of the table itself. While a verb uses the target, any change may concern
 * it.
 */
static void event_target_relation_changed(Datum unused, Oid relation)
{
    bool concerns_us = !has_idle || !OidIsValid(relation) || relation == idle.sequence;

    for (int i = 0; !concerns_us && i < idle.result->ri_NumIndices; i++)
        concerns_us = relation == idle.indexes[i];
    if (concerns_us)
        changes++;
}

static void event_target_type_changed(Datum unused, int cache, uint32 hash)
{
    if (!has_idle || hash == 0 || hash == idle_kinds_hash)
        changes++;
}

static void event_target_listen(void)
{
    static bool listens = false;

    if (listens)
        return;
    bo_listen_to_relations(event_target_relation_changed);
    CacheRegisterSyscacheCallback(TYPEOID, event_target_type_changed, (Datum)0);
    listens = true;
}

/* Like ExecOpenIndices(), but does not open the indexes. */
static void event_target_find_indexes(BoEventTarget *target)
{
    List *all = RelationGetIndexList(target->event);
    ResultRelInfo *result = target->result;
    ListCell *cell;

    target->indexes = palloc(sizeof(Oid) * list_length(all));
    result->ri_IndexRelationDescs = palloc0(sizeof(Relation) * list_length(all));
    result->ri_IndexRelationInfo = palloc0(sizeof(IndexInfo *) * list_length(all));
    result->ri_NumIndices = 0;
    foreach (cell, all)
        target->indexes[result->ri_NumIndices++] = lfirst_oid(cell);
    list_free(all);
}

static void event_target_make(BoEventTarget *target)
{
    const BoCatalog *tables = bo_catalog();
    MemoryContext caller;

    target->made_after = changes;
    target->sequence = get_relname_relid("booking_event_number", tables->schema);
    if (!OidIsValid(target->sequence))
        bo_error_not_set_up();
    if (target->event->rd_rel->relkind != RELKIND_RELATION)
        bo_error_event_table();
    target->kinds = InvalidOid;
    target->role = InvalidOid;
    target->is_bare = tables->event_is_bare;
    target->memory = AllocSetContextCreate(CurrentMemoryContext, "bookonce events", ALLOCSET_SMALL_SIZES);
    caller = MemoryContextSwitchTo(target->memory);
    target->state = CreateExecutorState();
    target->result = makeNode(ResultRelInfo);
    InitResultRelInfo(target->result, target->event, 0, NULL, 0);
    event_target_find_indexes(target);
    target->state->es_opened_result_relations = list_make1(target->result); /* where triggers look for it */
    /* A description of its own, so that it holds no reference to the table's. */
    target->row = MakeSingleTupleTableSlot(CreateTupleDescCopy(RelationGetDescr(target->event)), &TTSOpsVirtual);
    MemoryContextSwitchTo(caller);
}

static void event_target_free(BoEventTarget *target)
{
    ExecResetTupleTable(target->state->es_tupleTable, false);
    FreeExecutorState(target->state);
    MemoryContextDelete(target->memory);
}

static void event_target_take_or_make(BoEventTarget *target)
{
    bool is_current = idle.table == target->table && idle.learned == target->learned && idle.made_after == changes;

    if (has_idle && !is_current)
        event_target_free(&idle);
    if (!has_idle || !is_current)
    {
        has_idle = false;
        event_target_make(target);
        return;
    }
    has_idle = false;
    idle.event = target->event;
    *target = idle;
    MemoryContextSetParent(target->memory, CurrentMemoryContext);
    target->result->ri_RelationDesc = target->event;
}

/* Looks up the name of the session's role. bo_catalog() notices if a role is renamed. */
static void event_target_find_role(BoEventTarget *target)
{
    MemoryContext caller = MemoryContextSwitchTo(target->memory);
    const char *name;

    target->role = GetSessionUserId();
    name = GetUserNameFromId(target->role, true);
    target->session_role = name == NULL ? (Datum)0 : CStringGetTextDatum(name);
    MemoryContextSwitchTo(caller);
}

/* What an access method keeps in the IndexInfo points into the relation cache, so it does not outlive the verb. */
static void event_target_open_indexes(BoEventTarget *target)
{
    ResultRelInfo *result = target->result;
    MemoryContext caller = MemoryContextSwitchTo(target->memory);

    for (int i = 0; i < result->ri_NumIndices; i++)
    {
        Relation index = index_open(target->indexes[i], RowExclusiveLock);

        if (result->ri_IndexRelationInfo[i] == NULL || target->made_after != changes)
            result->ri_IndexRelationInfo[i] = BuildIndexInfo(index);
        result->ri_IndexRelationDescs[i] = index;
        result->ri_IndexRelationInfo[i]->ii_AmCache = NULL;
        result->ri_IndexRelationInfo[i]->ii_Context = caller;
    }
    MemoryContextSwitchTo(caller);
}

/* Raises OB004 if there is no such table. */
void bo_event_target_open(BoEventTarget *target)
{
    event_target_listen();
    if (!OidIsValid(bo_catalog()->event))
        bo_error_not_set_up();
    target->event = table_open(bo_catalog()->event, RowExclusiveLock);
    target->table = RelationGetRelid(target->event);
    target->learned = bo_catalog()->learned; /* after the wait for the lock */
    event_target_take_or_make(target);
    if (target->role != GetSessionUserId())
        event_target_find_role(target);
    event_target_open_indexes(target);
    if (target->event->trigdesc != NULL)
        AfterTriggerBeginQuery();
}

/* Leaves what the next verb may use. */
void bo_event_target_close(BoEventTarget *target)
{
    if (target->event->trigdesc != NULL)
        AfterTriggerEndQuery(target->state);
    ExecCloseIndices(target->result);
    table_close(target->event, NoLock);
    if (!target->is_bare || has_idle || target->made_after != changes)
    {
        event_target_free(target);
        return;
    }
    ExecClearTuple(target->row);
    ResetPerTupleExprContext(target->state);
    MemoryContextSetParent(target->memory, CacheMemoryContext);
    idle = *target;
    idle_kinds_hash = GetSysCacheHashValue1(TYPEOID, ObjectIdGetDatum(idle.kinds));
    has_idle = true;
}
