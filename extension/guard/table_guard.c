/*
 * table_guard.c
 *   guard_row(): the trigger that keeps double bookings out of a table that is not ours.
 *
 * Know first: before a row is written we look at what is in its way, holding the lock of its resource. If nothing is,
 * the row is written, and then the lock is released (table_guard_lock.c). If a row of an unfinished transaction is, we
 * release the lock first, wait while we hold nothing, and look again. If a committed row is, we refuse at once, with
 * nothing written. So two transactions that want one slot never wait for each other, as they do under a bare exclusion
 * constraint.
 *
 * What BEFORE ROW cannot judge is judged AFTER ROW, as it was really written: a row that another trigger may change
 * after us, and a row whose unique key another row has, as in an upsert. Two such rows may wait for each other; then
 * one of them is refused as a deadlock.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "guard/table_guard.h"

#include "access/tableam.h"
#include "miscadmin.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/error.h"

PG_FUNCTION_INFO_V1(bookonce_guard_row);

static BoTableGuard *table_guard_of(FunctionCallInfo fcinfo, const TriggerData *trigger)
{
    BoTableGuard *guard = fcinfo->flinfo->fn_extra;

    if (guard == NULL)
        guard = bo_table_guard_learn(fcinfo->flinfo, trigger);
    if (!guard->lock.is_linked && TRIGGER_FIRED_BEFORE(trigger->tg_event))
        bo_row_lock_join(&guard->lock, fcinfo->flinfo->fn_mcxt, RelationGetRelid(trigger->tg_relation));
    return guard;
}

static TupleTableSlot *table_guard_new_row(const TriggerData *trigger)
{
    return TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newslot : trigger->tg_trigslot;
}

/* Returns true if the statement leaves the row where it is. Then it is not judged, even if it overlapped before the
 * guard.
 */
static bool table_guard_is_unmoved(BoTableGuard *guard, const TriggerData *trigger, const BoSlotKey *key)
{
    BoSlotKey old;

    return TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) && bo_table_guard_key(guard, trigger->tg_trigslot, &old) &&
           memcmp(&old, key, sizeof(old)) == 0;
}

/* Waits, with nothing locked, until the row's unique keys are decided. Returns true if another row has one of them. */
static bool table_guard_has_key_taken(BoTableGuard *guard, const TriggerData *trigger)
{
    BoWayFound found = {.way = BO_WAY_UNDECIDED};

    if (!TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
        return false;
    while (found.way == BO_WAY_UNDECIDED)
    {
        CHECK_FOR_INTERRUPTS();
        bo_table_guard_look_at_keys(guard, trigger->tg_relation, trigger->tg_trigslot, &found);
        if (found.way == BO_WAY_UNDECIDED)
            bo_table_guard_wait(trigger->tg_relation, &found);
    }
    if (found.way == BO_WAY_TAKEN)
        ExecClearTuple(guard->met);
    return found.way == BO_WAY_TAKEN;
}

/*
 * Called when a committed row, guard->met, is in the way. It may have been written after we looked for rows with the
 * new row's keys, while we waited for the lock, for example by an upsert of the same row. Returns true if such a row is
 * there now; refuses the new row otherwise.
 */
static bool table_guard_keeps_out(BoTableGuard *guard, const TriggerData *trigger, const BoSlotKey *key)
{
    HeapTuple met = ExecCopySlotHeapTuple(guard->met);

    if (table_guard_has_key_taken(guard, trigger))
        return true;
    ExecForceStoreHeapTuple(met, guard->met, false);
    bo_table_guard_refuse(guard, trigger->tg_relation, key);
}

/* Returns true, holding the lock, if nothing is in the way; false if a row with the same unique key keeps it out, or
 * will.
 */
static bool table_guard_judge_before(BoTableGuard *guard, const TriggerData *trigger, const BoSlotKey *key)
{
    Relation table = trigger->tg_relation;
    ItemPointer own = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? &trigger->tg_trigtuple->t_self : NULL;
    BoWayFound found;

    /* Each round waits for a transaction to end. */
    for (;;)
    {
        CHECK_FOR_INTERRUPTS();
        if (table_guard_has_key_taken(guard, trigger))
            return false;
        bo_row_lock_take(&guard->lock, key->resource_id);
        bo_table_guard_look(guard, table, key, own, &found);
        if (found.way == BO_WAY_FREE)
            return true;
        bo_row_lock_give_back(&guard->lock);
        if (found.way == BO_WAY_TAKEN && table_guard_keeps_out(guard, trigger, key))
            return false;
        if (found.way == BO_WAY_UNDECIDED)
            bo_table_guard_wait(table, &found);
    }
}

static void table_guard_before(BoTableGuard *guard, const TriggerData *trigger)
{
    BoSlotKey key;

    bo_row_lock_give_back(&guard->lock); /* the lock of a row that never got into the index */
    guard->lock.judge_again = guard->is_changed_later;
    if (bo_table_guard_key(guard, table_guard_new_row(trigger), &key) &&
        !table_guard_is_unmoved(guard, trigger, &key) && !table_guard_judge_before(guard, trigger, &key))
        guard->lock.judge_again = true;
}

/* Returns true if the row is still as this event left it. A later event of the statement judges what it has become. */
static bool table_guard_still_stands(Relation table, TupleTableSlot *row)
{
    TupleTableSlot *now = table_slot_create(table, NULL);
    bool stands = table_tuple_fetch_row_version(table, &row->tts_tid, SnapshotSelf, now);

    ExecDropSingleTupleTableSlot(now);
    return stands;
}

static void table_guard_after(BoTableGuard *guard, const TriggerData *trigger)
{
    Relation table = trigger->tg_relation;
    TupleTableSlot *row = table_guard_new_row(trigger);
    BoWayFound found = {.way = BO_WAY_UNDECIDED};
    BoSlotKey key;

    if (!bo_table_guard_key(guard, row, &key) || table_guard_is_unmoved(guard, trigger, &key) ||
        !table_guard_still_stands(table, row))
        return;
    guard->lock.table = RelationGetRelid(table);
    while (found.way == BO_WAY_UNDECIDED)
    {
        CHECK_FOR_INTERRUPTS();
        /* The row is in the index. The lock waits for a transaction that looked before that and is writing now. */
        bo_row_lock_take(&guard->lock, key.resource_id);
        bo_table_guard_look(guard, table, &key, &row->tts_tid, &found);
        bo_row_lock_give_back(&guard->lock);
        if (found.way == BO_WAY_UNDECIDED)
            bo_table_guard_wait(table, &found);
    }
    if (found.way == BO_WAY_TAKEN)
        bo_table_guard_refuse(guard, table, &key);
}

/* guard_row(): BEFORE INSERT OR UPDATE FOR EACH ROW, and AFTER the same WHEN (row_entered(NEW.tableoid)). */
Datum bookonce_guard_row(PG_FUNCTION_ARGS)
{
    const TriggerData *trigger = (const TriggerData *)fcinfo->context;
    BoTableGuard *guard;

    if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_FOR_ROW(trigger->tg_event) ||
        !(TRIGGER_FIRED_BY_INSERT(trigger->tg_event) || TRIGGER_FIRED_BY_UPDATE(trigger->tg_event)))
        bo_error_guard_row_misplaced();
    guard = table_guard_of(fcinfo, trigger);
    if (TRIGGER_FIRED_BEFORE(trigger->tg_event))
        table_guard_before(guard, trigger);
    else
        table_guard_after(guard, trigger);
    PG_RETURN_POINTER(TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple);
}
