/*
 * follow_changes.c
 *   What a statement did to a followed table, and whether its rows have changed since.
 *
 * The transition tables say what the statement wrote. A trigger of the application's may have changed or deleted such a
 * row again, by a statement of its own, whose rows are booked first, because it ended first. So if any command has run
 * since our statement wrote, each row is looked up by its primary key: if the row has changed, its bookings are made
 * again from what it is now.
 *
 * Such a statement of a trigger's may also run into bookings that the statement around it has not freed yet. It notes
 * which of its own rows may have one (`again`).
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/follow.h"

#include "access/tableam.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

#include "base/error.h"
#include "guard/index_scan.h"
#include "verbs/move.h"

void bo_follow_append(BoFollowList *list, const BoFollowedRow *row)
{
    if (list->count == list->room)
    {
        list->room = Max(16, list->room * 2);
        list->rows = list->rows == NULL ? palloc(sizeof(BoFollowedRow) * list->room)
                                        : repalloc_huge(list->rows, sizeof(BoFollowedRow) * list->room);
    }
    list->rows[list->count++] = *row;
}

/* Reads a transition table from its beginning, even if something else has read it before. NULL: the statement has none.
 */
typedef struct FollowTable
{
    Tuplestorestate *rows;
    int pointer;
    TupleTableSlot *slot;
} FollowTable;

static FollowTable follow_table_begin(Tuplestorestate *rows, Relation relation)
{
    FollowTable table = {.rows = rows};

    if (rows == NULL)
        return table;
    table.pointer = tuplestore_alloc_read_pointer(rows, EXEC_FLAG_REWIND);
    tuplestore_select_read_pointer(rows, table.pointer);
    tuplestore_rescan(rows);
    table.slot = MakeSingleTupleTableSlot(RelationGetDescr(relation), &TTSOpsMinimalTuple);
    return table;
}

static bool follow_table_next(FollowTable *table)
{
    tuplestore_select_read_pointer(table->rows, table->pointer);
    return tuplestore_gettupleslot(table->rows, true, false, table->slot);
}

/* How rows are looked up; index is NULL if they need not or cannot be. */
typedef struct FollowNow
{
    Relation table;
    Relation index;
    TupleTableSlot *row;
} FollowNow;

static FollowNow follow_now_begin(Relation relation)
{
    FollowNow now = {.table = relation};

    /* The active snapshot is that of the statement: it counts the commands that had run when the statement began. */
    if (ActiveSnapshotSet() && GetActiveSnapshot()->curcid == GetCurrentCommandId(false))
        return now;
    list_free(RelationGetIndexList(relation)); /* it finds the primary key, too */
    if (!OidIsValid(relation->rd_pkindex))
        return now;
    now.index = index_open(relation->rd_pkindex, AccessShareLock);
    now.row = table_slot_create(relation, NULL);
    return now;
}

static void follow_now_end(FollowNow *now)
{
    if (now->index == NULL)
        return;
    ExecDropSingleTupleTableSlot(now->row);
    index_close(now->index, AccessShareLock);
}

/* Puts the present row with the primary key of the written one into now->row. Returns false if there is none. */
static bool follow_now_find(FollowNow *now, TupleTableSlot *written)
{
    Relation index = now->index;
    ScanKeyData keys[INDEX_MAX_KEYS];
    IndexScanDesc scan;
    bool is_found;

    for (int i = 0; i < IndexRelationGetNumberOfKeyAttributes(index); i++)
    {
        Oid type = index->rd_opcintype[i];
        Oid equals = get_opfamily_member(index->rd_opfamily[i], type, type, BTEqualStrategyNumber);
        bool is_null;
        Datum value = slot_getattr(written, index->rd_index->indkey.values[i], &is_null);

        ScanKeyEntryInitialize(&keys[i], is_null ? SK_ISNULL : 0, i + 1, BTEqualStrategyNumber, InvalidOid,
                               index->rd_indcollation[i], get_opcode(equals), value);
    }
    scan = bo_index_scan_begin_as(now->table, index, SnapshotSelf, keys, IndexRelationGetNumberOfKeyAttributes(index));
    is_found = index_getnext_slot(scan, ForwardScanDirection, now->row);
    if (is_found)
        ExecMaterializeSlot(now->row);
    index_endscan(scan);
    return is_found;
}

static void follow_append_booked(BoFollowList *list, const BoFollowedRow *row)
{
    if (row->is_booked)
        bo_follow_append(list, row);
}

/* A start that stays needs no notice; a row that takes no more than before is not judged by closures. */
static void follow_append_moved(BoFollowChanges *changes, const BoFollowedRow *before, BoFollowedRow *after)
{
    bool stays = before != NULL && before->is_booked && after->is_booked;

    after->keeps_start = stays && bo_move_keeps_start(after->during, before->during);
    after->keeps_grid = after->keeps_start && bo_arguments_same_text(after->resource, before->resource);
    after->keeps_end = stays && bo_arguments_same_text(after->resource, before->resource) &&
                       bo_move_keeps_end(after->during, before->during);
    after->stays_within = stays && bo_arguments_same_text(after->resource, before->resource) &&
                          after->quantity <= before->quantity && bo_move_stays_within(after->during, before->during);
    follow_append_booked(&changes->in, after);
}

/*
 * written: the row as the statement left it; NULL if it deleted it. Returns true if the row has changed since: then all
 * of its bookings are deleted, and the row is booked as it is now.
 */
static bool follow_has_changed_since(FollowNow *now, BoFollowedReader *reader, TupleTableSlot *key,
                                     const BoFollowedRow *before, const BoFollowedRow *written,
                                     BoFollowChanges *changes)
{
    const BoFollowedRow none = {0};
    BoFollowedRow is = none;

    if (now->index == NULL)
        return false;
    if (follow_now_find(now, key))
        bo_followed_read(reader, now->row, &is);
    if (written == NULL)
        written = &none;
    if (bo_followed_same_place(written, &is) && (!is.is_booked || bo_arguments_same_text(written->holder, is.holder)))
        return false;
    if (before != NULL)
        follow_append_booked(&changes->out, before);
    follow_append_booked(&changes->out, written);
    follow_append_booked(&changes->out, &is);
    follow_append_moved(changes, before, &is);
    return true;
}

/* Compares a row as it was with what it became; both transition tables have it at the same position. */
static void follow_compare(BoFollowChanges *changes, const BoFollowedRow *before, BoFollowedRow *after)
{
    if (!bo_followed_same_place(before, after))
    {
        follow_append_booked(&changes->out, before);
        follow_append_moved(changes, before, after);
    }
    else if (after->is_booked && !bo_arguments_same_text(before->holder, after->holder))
        bo_follow_append(&changes->renamed, after);
}

/* Returns true if the statement was run by a trigger, or by something that a trigger called. */
static bool follow_is_within_statement(void)
{
    return DatumGetInt32(DirectFunctionCall1(pg_trigger_depth, (Datum)0)) > 1; /* ours is one */
}

static void follow_note(BoFollowChanges *changes, const BoFollowedRow *before, BoFollowedRow *after)
{
    if (changes->within_statement && after != NULL && (before == NULL || !before->is_booked))
        follow_append_booked(&changes->again, after);
    if (before != NULL && after != NULL)
        follow_compare(changes, before, after);
    else if (before != NULL)
        follow_append_booked(&changes->out, before);
    else
        follow_append_booked(&changes->in, after);
}

BoFollowChanges bo_follow_read(const BoFollowed *followed, const TriggerData *trigger)
{
    Relation relation = trigger->tg_relation;
    FollowTable old = follow_table_begin(trigger->tg_oldtable, relation);
    FollowTable new = follow_table_begin(trigger->tg_newtable, relation);
    FollowNow now = follow_now_begin(relation);
    BoFollowedReader reader = bo_followed_reader(followed->number, relation);
    BoFollowChanges changes = {.within_statement = follow_is_within_statement()};
    BoFollowedRow was, is;
    const BoFollowedRow *before = old.rows != NULL ? &was : NULL;
    BoFollowedRow *after = new.rows != NULL ? &is : NULL;

    while (follow_table_next(before != NULL ? &old : &new))
    {
        CHECK_FOR_INTERRUPTS();
        if (before != NULL)
            bo_followed_read(&reader, old.slot, &was);
        if (before != NULL && after != NULL && !follow_table_next(&new))
            bo_error_impossible("a row became none");
        if (after != NULL)
            bo_followed_read(&reader, new.slot, after);
        if (!follow_has_changed_since(&now, &reader, after != NULL ? new.slot : old.slot, before, after, &changes))
            follow_note(&changes, before, after);
    }
    bo_followed_reader_keep(followed->number, &reader);
    follow_now_end(&now);
    if (before != NULL)
        ExecDropSingleTupleTableSlot(old.slot);
    if (after != NULL)
        ExecDropSingleTupleTableSlot(new.slot);
    return changes;
}
