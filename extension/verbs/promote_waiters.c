/*
 * promote_waiters.c
 *   promote_waiters(): offers what has become free to the next in line, sooner than another call would.
 *
 * Nothing depends on promote_waiters(): the time of a lapsed hold belongs to the line, and the next call that takes
 * time of the resource makes the next hold. promote_waiters() only does so sooner. line.c decides who gets what has
 * become free.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "miscadmin.h"

#include "base/arguments.h"
#include "base/lock.h"
#include "base/subtransaction.h"
#include "guard/guard.h"
#include "store/store_line.h"
#include "verbs/line.h"

PG_FUNCTION_INFO_V1(bookonce_promote_waiters);

typedef struct Promotion
{
    BoStore *store;
    text *tenant;
    text *resource;
    int32 at_most;
    int32 offered;
} Promotion;

/*
 * Returns true if it wrote anything; otherwise the subtransaction is rolled back, which releases the resource's lock.
 */
static bool promote_line(void *argument)
{
    Promotion *it = argument;
    BoSlotLock lock = bo_lock_slot_of(it->tenant, it->resource);
    BoLine line;
    text **wholes;

    it->offered = 0;
    if (!bo_lock_try_slot(&lock))
        return false;
    /* Its wholes are in the list, too. While somebody waits for one of them, its mark stays. */
    line = bo_line_serve_own(it->store, it->tenant, it->resource, it->at_most);
    it->offered = line.offered;
    if (line.offered > 0)
        return true;
    return line.waiting == 0 && bo_line_find_wholes(it->store, it->tenant, line.resource_id, &wholes) == 0 &&
           bo_store_run(it->store, &bo_sql_unmark_waited_for, bo_text(it->tenant), bo_text(it->resource),
                        bo_instant(GetCurrentTimestamp())) > 0;
}

/*
 * promote_waiters(at_most): returns how many holds it made. It never waits for a lock, so it can take the lines in any
 * order.
 */
Datum bookonce_promote_waiters(PG_FUNCTION_ARGS)
{
    int32 at_most, offered = 0;
    int found;
    Promotion *lines;
    BoStore store;

    bo_arguments_writable("promote_waiters");
    at_most = bo_arguments_positive(fcinfo, 0, "at_most");

    bo_store_open(&store);
    bo_guard_require();
    found = (int)bo_store_run_list(&store, &bo_sql_find_lines, NULL, 0);
    lines = palloc(sizeof(Promotion) * (found + 1));
    for (int i = 0; i < found; i++)
        lines[i] = (Promotion){.store = &store,
                               .tenant = bo_row_text(bo_store_row(i), BO_FIND_LINES_TENANT),
                               .resource = bo_row_text(bo_store_row(i), BO_FIND_LINES_RESOURCE)};
    for (int i = 0; i < found && offered < at_most; i++)
    {
        CHECK_FOR_INTERRUPTS();
        lines[i].at_most = at_most - offered;
        bo_store_begin_part(&store);
        (void)bo_subtransaction_run(promote_line, &lines[i], NULL);
        bo_store_end_part(&store);
        offered += lines[i].offered;
    }
    bo_store_close(&store);

    PG_RETURN_INT32(offered);
}
