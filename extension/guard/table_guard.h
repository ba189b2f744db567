/*
 * table_guard.h
 *   The guard on a table that is not ours: what its trigger knows while a statement runs.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_TABLE_GUARD_H
#define BOOKONCE_TABLE_GUARD_H

#include "bookonce.h"

#include "access/genam.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "lib/ilist.h"
#include "nodes/execnodes.h"
#include "storage/lock.h"
#include "utils/resowner.h"

#include "guard/slot_key.h"

/* The lock of one resource, held while its row is looked for and written. */
typedef struct BoRowLock
{
    dlist_node node; /* in the list of all statements under way */
    bool is_linked;
    MemoryContext statement; /* the executor's memory, which identifies the statement */
    Oid table;
    bool is_held;
    LOCKTAG tag;
    ResourceOwner owner;
    SubTransactionId subtransaction;
    bool judge_again; /* the row that comes next is not known to be free */
    MemoryContextCallback at_end;
} BoRowLock;

typedef struct BoUniqueKey BoUniqueKey;

/* The state of one trigger in one statement. */
typedef struct BoTableGuard
{
    Oid index; /* the guard's index */
    IndexInfo *definition;
    EState *executor;
    ExprState *condition;
    List *generated;           /* of GeneratedColumn: the executor computes them after the triggers */
    TupleTableSlot *completed; /* the row with these columns computed, or NULL */
    bool is_changed_later;     /* a trigger that fires later may change the row */
    bool knows_keys;           /* keys is filled in */
    List *keys;                /* the table's unique keys */
    TupleTableSlot *met;       /* the row that is in the way, or NULL */
    BoRowLock lock;
} BoTableGuard;

/* What a look found in a row's way. */
typedef enum BoWay
{
    BO_WAY_FREE = 0,
    BO_WAY_UNDECIDED, /* a row whose transaction has not ended */
    BO_WAY_TAKEN
} BoWay;

typedef struct BoWayFound
{
    BoWay way;
    TransactionId writer; /* of the undecided row */
    uint32 token;         /* not 0: it is being inserted speculatively */
    ItemPointerData place;
} BoWayFound;

/* table_guard_rule.c */
extern BoTableGuard *bo_table_guard_learn(FmgrInfo *function, const TriggerData *trigger);
extern bool bo_table_guard_key(BoTableGuard *guard, TupleTableSlot *row, BoSlotKey *key);

/* table_guard_look.c */
extern void bo_table_guard_look(BoTableGuard *guard, Relation table, const BoSlotKey *key, ItemPointer own,
                                BoWayFound *found);
extern void bo_table_guard_scan(BoTableGuard *guard, Relation table, Relation index, ScanKey conditions, int count,
                                ItemPointer own, BoWayFound *found);
extern void bo_table_guard_wait(Relation table, const BoWayFound *found);

/* table_guard_key.c */
extern void bo_table_guard_look_at_keys(BoTableGuard *guard, Relation table, TupleTableSlot *row, BoWayFound *found);

/* table_guard_lock.c */
extern void bo_row_lock_join(BoRowLock *lock, MemoryContext statement, Oid table);
extern void bo_row_lock_take(BoRowLock *lock, int64 resource_id);
extern void bo_row_lock_give_back(BoRowLock *lock);

/* table_guard_refuse.c */
extern _Noreturn void bo_table_guard_refuse(BoTableGuard *guard, Relation table, const BoSlotKey *key);

#endif
