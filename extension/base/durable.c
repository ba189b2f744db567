/*
 * durable.c
 *   What is said to be so already is as safe as what is said for the first time.
 *
 * A first answer waits in COMMIT until its record is on disk, and on the synchronous standbys. A replay writes nothing,
 * so its COMMIT waits for nothing; but it may have read what is not safe yet: the row of a transaction that committed
 * with synchronous_commit = off, or whose wait for a standby was cut off with its connection. That is the very moment
 * at which callers repeat themselves. A crash or a failover would then take away what they were promised. So the commit
 * of a transaction that answered a replay and wrote nothing waits as if it had written the row; with the settings of
 * that transaction, and as patiently. A refusal acknowledges nothing and waits for nothing.
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
static XLogRecPtr rests_up_to; /* where the last of those commits ends that may not be on disk; invalid: all are */

/*
 * The commit record of an asynchronous commit ends here or before; invalid for any other. A row's xmin may be older
 * than the commit log, or seem to lie in the future, for freezing leaves it as it was: such a commit has long been
 * safe.
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

/* The end of the last record. Right behind a page's header nothing was written yet: XLogFlush() must not ask for that.
 */
static XLogRecPtr durable_end_of_wal(void)
{
    XLogRecPtr end = GetXLogInsertRecPtr();

    if (XLogSegmentOffset(end, wal_segment_size) == SizeOfXLogLongPHD)
        return end - SizeOfXLogLongPHD;
    return end % XLOG_BLCKSZ == SizeOfXLogShortPHD ? end - SizeOfXLogShortPHD : end;
}

/* As the end of RecordTransactionCommit(), which does it only for a transaction that wrote. */
static void durable_wait(void)
{
    bool commit_waits = TransactionIdIsValid(GetTopTransactionIdIfAny()) && XactLastRecEnd != InvalidXLogRecPtr;

    if (synchronous_commit == SYNCHRONOUS_COMMIT_OFF || commit_waits)
        return;
    if (!XLogRecPtrIsInvalid(rests_up_to))
        XLogFlush(rests_up_to);
    /* Whatever else the answer rests on was on disk before it could be seen. */
    HOLD_INTERRUPTS();
    SyncRepWaitForLSN(GetFlushRecPtr(NULL), true);
    RESUME_INTERRUPTS();
}

/* PREPARE TRANSACTION writes, and waits by itself. */
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
 * An answer says that something was so before; writer wrote the row that says so, in the version that was read.
 * Invalid: many rows say so, or that there is none; then all that has been written must be safe.
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
        return; /* the commit of our own row waits */
    end = TransactionIdIsValid(writer) ? durable_end_of_commit(writer) : durable_end_of_wal();
    answered_replay = true;
    rests_up_to = Max(rests_up_to, end);
}
