/*
 * settled_rows.c
 *   Remembers which rows of a table were seen to be settled, until their blocks change: a bit for each row.
 *
 * Know first: a block whose rows are visible to all is marked in the visibility map, and a change of any of its rows
 * clears the mark before it commits. Only a VACUUM sets the mark again; that is WAL-logged, and moves the LSN of the
 * map's page. So a block with the mark, on a page of the map whose LSN is the same as when the row was read, still has
 * that row. This holds only if the LSN is read before and after the marks, under the lock with which marks are set.
 *
 * Not used for tables that are not WAL-logged. Knowledge of a table that was dropped or rewritten is never used again,
 * because an LSN belongs to one page of one map.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "guard/settled_rows.h"

#include "access/visibilitymap.h"
#include "storage/bufmgr.h"
#include "storage/bufpage.h"
#include "utils/memutils.h"

#include "base/limits.h"

/* How many blocks of a table one page of its map covers, as in visibilitymap.c. */
#define BLOCKS_OF_PAGE ((BLCKSZ - MAXALIGN(SizeOfPageHeaderData)) * BITS_PER_BYTE / BITS_PER_HEAPBLOCK)

/* A page of the map, and the rows that are known in each of its blocks as long as it has this LSN. */
typedef struct KnownPage
{
    XLogRecPtr lsn;
    uint64 *blocks;
} KnownPage;

static KnownPage known[BO_SETTLED_ROWS_PAGES];

/* Returns the LSN of the map's page; waits while somebody is setting a mark on it. */
static XLogRecPtr settled_lsn(const BoSettledRows *rows)
{
    XLogRecPtr lsn;

    LockBuffer(rows->map, BUFFER_LOCK_SHARE);
    lsn = PageGetLSN(BufferGetPage(rows->map));
    LockBuffer(rows->map, BUFFER_LOCK_UNLOCK);
    return lsn;
}

/* Ends the use of a page. What was read from it is true only if its LSN has not changed. */
static void settled_leave_page(BoSettledRows *rows)
{
    if (rows->page >= 0 && settled_lsn(rows) != known[rows->page].lsn)
        rows->is_valid = false;
    rows->page = -1;
}

/* Begins the use of a page, and forgets what was known under another LSN. Returns false if it cannot be used. */
static bool settled_enter_page(BoSettledRows *rows, int page)
{
    XLogRecPtr lsn = settled_lsn(rows);

    if (XLogRecPtrIsInvalid(lsn))
        return false;
    if (known[page].blocks == NULL)
        known[page].blocks = MemoryContextAlloc(TopMemoryContext, sizeof(uint64) * BLOCKS_OF_PAGE);
    if (known[page].lsn != lsn)
        memset(known[page].blocks, 0, sizeof(uint64) * BLOCKS_OF_PAGE);
    known[page].lsn = lsn;
    rows->page = page;
    return true;
}

void bo_settled_rows_begin(BoSettledRows *rows, Relation table)
{
    *rows = (BoSettledRows){.table = table, .map = InvalidBuffer, .page = -1, .is_valid = true};
}

/*
 * The bits of the block's rows, to be read and to be added to; NULL if all rows of the block have to be read, and
 * nothing about them can be remembered. A bit may be set for a row that is read after this call.
 */
uint64 *bo_settled_rows_of_block(BoSettledRows *rows, BlockNumber block)
{
    int page = (int)(block / BLOCKS_OF_PAGE);

    if (!RelationNeedsWAL(rows->table) || page >= BO_SETTLED_ROWS_PAGES)
        return NULL;
    if (page != rows->page)
    {
        settled_leave_page(rows);
        (void)visibilitymap_get_status(rows->table, block, &rows->map); /* pins the page, if there is one */
        if (!BufferIsValid(rows->map) || !settled_enter_page(rows, page))
            return NULL;
    }
    if (!(visibilitymap_get_status(rows->table, block, &rows->map) & VISIBILITYMAP_ALL_VISIBLE))
        return NULL;
    return &known[page].blocks[block % BLOCKS_OF_PAGE];
}

/* Returns false if a bit that was read may have been wrong. It will not be believed again. */
bool bo_settled_rows_end(BoSettledRows *rows)
{
    settled_leave_page(rows);
    if (BufferIsValid(rows->map))
        ReleaseBuffer(rows->map);
    return rows->is_valid;
}
