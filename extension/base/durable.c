/*
 * durable.c
 *   What a replay reports is as safe as what a first answer reports.
 *
 * A first answer waits in COMMIT until its record is on disk, and on the synchronous standbys. A replay writes nothing,
 * so its COMMIT waits for nothing. But it may have read a row that is not safe yet: the row of a transaction that
 * committed with synchronous_commit = off, or whose wait for a standby ended with its connection. That is the very
 * moment at which callers repeat their calls, and a crash or a failover would then take away what they were promised.
 * So if a transaction answered with a replay and wrote nothing, its commit waits as if it had written the row, under
 * its own settings and just as long. A refusal promises nothing and waits for nothing.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/durable.h"

#include "access/transam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "access/xlog_internal.h"
#include "miscadmin.h"
#include "replication/syncrep.h"
#include "storage/lwlock.h"

#if PG_VERSION_NUM < 170000
#define TransamVariables ShmemVariableCache
#endif

static bool answered_replay;   /* in this transaction */
static XLogRecPtr rests_up_to; /* the end of the last such commit that may not be on disk yet; invalid if all are */

/*
 * Returns an LSN at or after the end of the commit record of an asynchronous commit; invalid for any other commit. A
 * row's xmin may be older than the commit log, or may seem to lie in the future, because freezing leaves it as it was:
 * such a commit has been safe for a long time.
 */
static XLogRecPtr durable_end_of_commit(TransactionId writer)
{
    TransactionId next = ReadNextTransactionId();
    XLogRecPtr end = InvalidXLogRecPtr;

    LWLockAcquire(XactTruncationLock, LW_SHARED);
    if (TransactionIdIsNormal(writer) && TransactionIdPrecedes(writer, next) &&
        !TransactionIdPrecedes(writer, TransamVariables->oldestClogXid))
        end = TransactionIdGetCommitLSN(writer);
    LWLockRelease(XactTruncationLock);
    return end;
}

/*
 * Returns the end of the last WAL record. If that is right behind a page header, nothing has been written there yet,
 * and XLogFlush() must not be asked for it.
 */
static XLogRecPtr durable_end_of_wal(void)
{
    XLogRecPtr end = GetXLogInsertRecPtr();

    if (XLogSegmentOffset(end, wal_segment_size) == SizeOfXLogLongPHD)
        return end - SizeOfXLogLongPHD;
    return end % XLOG_BLCKSZ == SizeOfXLogShortPHD ? end - SizeOfXLogShortPHD : end;
}

/* Waits as the end of RecordTransactionCommit() does, which waits only for a transaction that wrote. */
static void durable_wait(void)
{
    bool commit_waits = TransactionIdIsValid(GetTopTransactionIdIfAny()) && XactLastRecEnd != InvalidXLogRecPtr;

    if (synchronous_commit == SYNCHRONOUS_COMMIT_OFF || commit_waits)
        return;
    if (!XLogRecPtrIsInvalid(rests_up_to))
        XLogFlush(rests_up_to);
    /* Everything else that the answer rests on was on disk before it became visible. */
    HOLD_INTERRUPTS();
    SyncRepWaitForLSN(GetFlushRecPtr(NULL), true);
    RESUME_INTERRUPTS();
}

/* PREPARE TRANSACTION writes, so it waits by itself. */
static void durable_transaction_ends(XactEvent event, void *unused)
{
    if (event == XACT_EVENT_PRE_COMMIT && answered_replay)
        durable_wait();
    if (event == XACT_EVENT_PRE_COMMIT || event == XACT_EVENT_PRE_PREPARE || event == XACT_EVENT_ABORT)
    {
        answered_replay = false;
        rests_up_to = InvalidXLogRecPtr;
    }
}

/*
 * Called when an answer says that something was so before. writer is the transaction that wrote the row which says so,
 * in the version that was read. It is invalid if several rows say so, or if the absence of a row does: then everything
 * written so far must be safe.
 */
void bo_durable_rest_on(TransactionId writer)
{
    static bool listens = false;
    XLogRecPtr end;

    if (!listens)
    {
        RegisterXactCallback(durable_transaction_ends, NULL);
        listens = true;
    }
    if (TransactionIdIsValid(writer) && TransactionIdIsCurrentTransactionId(writer))
        return; /* the commit of our own row will wait */
    end = TransactionIdIsValid(writer) ? durable_end_of_commit(writer) : durable_end_of_wal();
    answered_replay = true;
    rests_up_to = Max(rests_up_to, end);
}
