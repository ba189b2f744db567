/*
 * table_guard_lock.c
 *   The lock of one resource of a guarded table, from the look until the row is in the index.
 *
 * Know first: a writer that looks while another one has looked and not yet written would find the slot free as well. So
 * a look and the write after it are one step, under an advisory lock of the table and the resource, in a class of its
 * own. It is held for the few microseconds of one row, never across a wait for another transaction: row_entered()
 * releases it. That is the condition of an AFTER ROW trigger, which PostgreSQL evaluates as soon as the row is in all
 * indexes. If the row never gets there, because a later trigger or ON CONFLICT left it out, the lock is kept until the
 * statement's next row or the statement's end.
 *
 * The lock belongs to the transaction, so an abort releases it without us; then we must not release it again.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "guard/table_guard.h"

#include "access/xact.h"

#include "base/lock.h"

PG_FUNCTION_INFO_V1(bookonce_row_entered);

static dlist_head under_way = DLIST_STATIC_INIT(under_way);

/* An aborted subtransaction has released the locks that it took; the end of a transaction, all of them. */
static void row_lock_at_end_of_subtransaction(SubXactEvent event, SubTransactionId it, SubTransactionId parent,
                                              void *unused)
{
    dlist_iter at;

    if (event != SUBXACT_EVENT_ABORT_SUB)
        return;
    dlist_foreach(at, &under_way)
    {
        BoRowLock *lock = dlist_container(BoRowLock, node, at.cur);

        if (lock->subtransaction == it)
            lock->is_held = false;
    }
}

static void row_lock_at_end_of_transaction(XactEvent event, void *unused)
{
    dlist_iter at;

    dlist_foreach(at, &under_way) dlist_container(BoRowLock, node, at.cur)->is_held = false;
}

/* Called when the statement's memory is freed: at its end, or in an abort, when the lock is no longer held. */
static void row_lock_at_end_of_statement(void *argument)
{
    BoRowLock *lock = argument;

    if (IsTransactionState() && lock->is_held && strcmp(lock->statement->name, "ExecutorState") == 0)
        bo_row_lock_give_back(lock);
    dlist_delete(&lock->node);
}

/* The lock belongs to the statement with that memory. COPY has none of its own: its memory is the portal's, which
 * outlives the owner of its locks, so a lock that COPY leaves behind lasts as long as the transaction. */
void bo_row_lock_join(BoRowLock *lock, MemoryContext statement, Oid table)
{
    static bool is_registered = false;

    if (!is_registered)
    {
        RegisterSubXactCallback(row_lock_at_end_of_subtransaction, NULL);
        RegisterXactCallback(row_lock_at_end_of_transaction, NULL);
        is_registered = true;
    }
    lock->statement = statement;
    lock->table = table;
    lock->at_end.func = row_lock_at_end_of_statement;
    lock->at_end.arg = lock;
    MemoryContextRegisterResetCallback(statement, &lock->at_end);
    dlist_push_head(&under_way, &lock->node);
    lock->is_linked = true;
}

void bo_row_lock_take(BoRowLock *lock, int64 resource_id)
{
    Assert(!lock->is_held);
    lock->tag = bo_lock_adopted_tag(lock->table, resource_id);
    lock->owner = CurrentResourceOwner;
    lock->subtransaction = GetCurrentSubTransactionId();
    (void)LockAcquire(&lock->tag, ExclusiveLock, false, false);
    lock->is_held = true;
}

void bo_row_lock_give_back(BoRowLock *lock)
{
    ResourceOwner owner = CurrentResourceOwner;

    if (!lock->is_held)
        return;
    lock->is_held = false;
    CurrentResourceOwner = lock->owner;
    (void)LockRelease(&lock->tag, ExclusiveLock, false);
    CurrentResourceOwner = owner;
}

/* The lock of the statement whose expressions are in this memory. COPY's trigger is in the parent of that memory. */
static BoRowLock *row_lock_find(MemoryContext statement, Oid table)
{
    dlist_iter at;

    dlist_foreach(at, &under_way)
    {
        BoRowLock *lock = dlist_container(BoRowLock, node, at.cur);

        if (lock->table == table && (lock->statement == statement || lock->statement == statement->parent))
            return lock;
    }
    return NULL;
}

/*
 * row_entered(table oid) -> boolean: the condition of a guard's AFTER ROW trigger. The row is in the index now, where
 * others find it, so the lock is released. Returns true if the row has to be judged once more, as it was written.
 */
Datum bookonce_row_entered(PG_FUNCTION_ARGS)
{
    BoRowLock *lock = row_lock_find(fcinfo->flinfo->fn_mcxt, PG_GETARG_OID(0));

    if (lock == NULL)
        PG_RETURN_BOOL(true);
    bo_row_lock_give_back(lock);
    PG_RETURN_BOOL(lock->judge_again);
}
