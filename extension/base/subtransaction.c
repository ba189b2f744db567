/*
 * subtransaction.c
 *   Writes that are kept or undone as a whole: an attempt runs in a subtransaction.
 *
 * An error must not leave through an open subtransaction: the server would take it for a savepoint of the client's, and
 * a session outside BEGIN would report "current transaction is aborted" until it ends. So the error is caught, the
 * subtransaction is rolled back, and the error is raised again.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/subtransaction.h"

#include "access/xact.h"
#include "utils/resowner.h"

/*
 * Runs the attempt in a subtransaction. Returns true if the attempt returned true; then what it wrote is kept,
 * otherwise all of it is undone. An attempt that raises an expected error counts as false (is_expected is NULL if none
 * is expected).
 */
bool bo_subtransaction_run(bool (*attempt)(void *), void *argument, bool (*is_expected)(const ErrorData *))
{
    MemoryContext context = CurrentMemoryContext;
    ResourceOwner owner = CurrentResourceOwner;
    ErrorData *volatile error = NULL;
    volatile bool keep = false;

    BeginInternalSubTransaction(NULL);
    MemoryContextSwitchTo(context);
    PG_TRY();
    {
        keep = attempt(argument);
        MemoryContextSwitchTo(context);
        if (keep)
            ReleaseCurrentSubTransaction();
        else
            RollbackAndReleaseCurrentSubTransaction();
    }
    PG_CATCH();
    {
        keep = false;
        MemoryContextSwitchTo(context);
        error = CopyErrorData();
        FlushErrorState();
        RollbackAndReleaseCurrentSubTransaction();
    }
    PG_END_TRY();
    MemoryContextSwitchTo(context);
    CurrentResourceOwner = owner;
    if (error != NULL && (is_expected == NULL || !is_expected(error)))
        ReThrowError(error);
    return keep;
}
