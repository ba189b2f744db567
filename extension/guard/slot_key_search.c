/*
 * slot_key_search.c
 *   Searches of the guard's index that read its pages themselves.
 *
 * The search is that of gistScanPage() without its generality, at an eighth of its cost. It knows nothing of snapshots:
 * what it finds may be dead or not yet committed, and it does not find a row that comes a moment later. It does not
 * mark dead entries either, so it may be repeated at will (sql/slot_key.sql, at is_live(), says what harm marks can
 * do).
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "access/gist.h"
#include "access/gist_private.h"
#include "access/itup.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "storage/bufpage.h"

#include "guard/slot_key_search.h"

/* A page to be visited, and when its parent was read: if the page was split since then, part of it is to its right. */
typedef struct PageToVisit
{
    BlockNumber block;
    GistNSN parent_lsn; /* 0: the root */
    bool holds_query;   /* all of the boxes above it hold all of the query; false where nobody asks */
} PageToVisit;

typedef struct Search
{
    const BoSlotKey *query;
    const int64 *resource_ids; /* NULL: the query's resource, and only its unit; otherwise these, in ascending order */
    int resource_count;
    bool skips_dead;    /* entries that are marked as dead are so to everybody */
    PageToVisit *pages; /* yet to be visited */
    int count;
    int room;
    bool holds_query; /* of the page that is visited */
} Search;

/* The first of the resources that is not below an id; resource_count if all are. */
static inline int search_first_from(const Search *search, int64 resource_id)
{
    int low = 0, high = search->resource_count;

    while (low < high)
    {
        int middle = (low + high) / 2;

        if (search->resource_ids[middle] < resource_id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The key of an entry without nulls, which begins with the key, so no offset need be computed. */
static inline const BoSlotKey *search_key_of(IndexTuple entry)
{
    return (const BoSlotKey *)((const char *)entry + MAXALIGN(sizeof(IndexTupleData)));
}

/* search_wants() for one resource. Nearly every entry differs in the resource or in the time, so these come first. */
static inline bool search_wants_of_resource(const BoSlotKey *query, const BoSlotKey *box)
{
    return box->resource_id <= query->resource_id && bo_slot_key_times_overlap(box, query) &&
           bo_slot_key_may_overlap(box, query, false);
}

/* Returns false if the page below the index tuple, or its row, cannot overlap the query. */
static inline bool search_wants(const Search *search, IndexTuple entry)
{
    const BoSlotKey *box = search_key_of(entry);
    int first;

    /* The key is NULL for rows without a unit, and for pages that have no others. */
    if (IndexTupleHasNulls(entry))
        return false;
    if (search->resource_ids == NULL)
        return search_wants_of_resource(search->query, box);
    if (!bo_slot_key_times_overlap(box, search->query))
        return false;
    first = search_first_from(search, box->resource_id);
    return first < search->resource_count && search->resource_ids[first] <= bo_slot_key_last_resource(box);
}

static void search_begin(Search *search, const BoSlotKey *query)
{
    /* A standby gets the marks from its primary, which does not consider the standby's snapshots. */
    *search = (Search){.query = query, .skips_dead = !TransactionStartedDuringRecovery(), .count = 1, .room = 32};
    search->pages = palloc(sizeof(PageToVisit) * search->room);
    search->pages[0] = (PageToVisit){GIST_ROOT_BLKNO, 0, false};
}

static void search_note_page(Search *search, BlockNumber block, GistNSN parent_lsn, bool holds_query)
{
    if (search->count == search->room)
        search->pages = repalloc(search->pages, sizeof(PageToVisit) * (search->room *= 2));
    search->pages[search->count++] = (PageToVisit){block, parent_lsn, holds_query};
}

/*
 * Returns the next page, locked for reading. If the page was split since its parent was read, the page to its right is
 * noted too.
 */
static Buffer search_next_page(Search *search, Relation index)
{
    PageToVisit it = search->pages[--search->count];
    Buffer buffer = ReadBuffer(index, it.block);
    Page page = BufferGetPage(buffer);

    CHECK_FOR_INTERRUPTS();
    LockBuffer(buffer, GIST_SHARE);
    gistcheckpage(index, buffer);
    if (it.parent_lsn != 0 && (GistFollowRight(page) || it.parent_lsn < GistPageGetNSN(page)) &&
        GistPageGetOpaque(page)->rightlink != InvalidBlockNumber)
        search_note_page(search, GistPageGetOpaque(page)->rightlink, it.parent_lsn, it.holds_query);
    search->holds_query = it.holds_query;
    return buffer;
}

/*
 * Returns the next entry of a leaf that the search wants, from `offset` on, and sets the offset; NULL if the page has
 * no more. For an inner page, the pages below it are noted instead.
 */
static IndexTuple search_next_entry(Search *search, Buffer buffer, OffsetNumber *offset)
{
    Page page = BufferGetPage(buffer);
    const OffsetNumber last = GistPageIsDeleted(page) ? InvalidOffsetNumber : PageGetMaxOffsetNumber(page);
    const bool is_leaf = GistPageIsLeaf(page);

    for (OffsetNumber at = *offset; at <= last; at = OffsetNumberNext(at))
    {
        ItemId item = PageGetItemId(page, at);
        IndexTuple entry = (IndexTuple)PageGetItem(page, item);

        if (!search_wants(search, entry) || (search->skips_dead && ItemIdIsDead(item)))
            continue;
        *offset = at;
        if (is_leaf)
            return entry;
        search_note_page(search, ItemPointerGetBlockNumber(&entry->t_tid), BufferGetLSNAtomic(buffer),
                         search->holds_query && bo_slot_key_holds(search_key_of(entry), search->query));
    }
    return NULL;
}

/*
 * Finds a row that overlaps the query on its unit, other than `own` unless that is NULL. Returns false if there is
 * none.
 */
bool bo_slot_key_look(Relation index, const BoSlotKey *query, ItemPointer own, ItemPointer found)
{
    Search search;
    bool is_found = false;

    search_begin(&search, query);
    while (search.count > 0 && !is_found)
    {
        Buffer buffer = search_next_page(&search, index);
        OffsetNumber offset = FirstOffsetNumber;
        IndexTuple entry;

        while (!is_found && (entry = search_next_entry(&search, buffer, &offset)) != NULL)
        {
            offset = OffsetNumberNext(offset);
            if (own != NULL && ItemPointerEquals(&entry->t_tid, own))
                continue;
            *found = entry->t_tid;
            is_found = true;
        }
        UnlockReleaseBuffer(buffer);
    }
    pfree(search.pages);
    return is_found;
}

static int search_compare_entries(const void *a, const void *b)
{
    uint64 left = *(const uint64 *)a;
    uint64 right = *(const uint64 *)b;

    return left < right ? -1 : left > right;
}

/*
 * Returns true if the index has the key of a row as it should: one entry leads to the row, under exactly that key,
 * where any search that overlaps the key finds it; and no other entry overlaps the key. Where it returns false, a
 * snapshot must tell what is wrong, if anything: the other entry may be that of a row that is dead.
 */
bool bo_slot_key_is_sound(Relation index, const BoSlotKey *key, ItemPointer own)
{
    Search search;
    bool is_found = false, is_sound = true;

    search_begin(&search, key);
    search.pages[0].holds_query = true; /* there is no box above the root */
    while (search.count > 0 && is_sound)
    {
        Buffer buffer = search_next_page(&search, index);
        OffsetNumber offset = FirstOffsetNumber;
        IndexTuple entry;

        for (; (entry = search_next_entry(&search, buffer, &offset)) != NULL; offset = OffsetNumberNext(offset))
        {
            is_sound &= !is_found && search.holds_query && ItemPointerEquals(&entry->t_tid, own) &&
                        memcmp(search_key_of(entry), key, sizeof(*key)) == 0;
            is_found = true;
        }
        UnlockReleaseBuffer(buffer);
    }
    pfree(search.pages);
    return is_found && is_sound;
}

/*
 * Sorts by the digits of the block numbers, the lowest digit first: for thousands of entries this is three times as
 * fast as comparing them. Up to some 130 are compared: the digits alone, of which there are thousands, take 2 us.
 */
static void search_sort_by_block(BoSlotEntries *found)
{
    enum
    {
        BITS = 11,
        FEW = 130
    };
    uint64 *from = found->entries;
    uint64 *to;

    if (found->count < FEW)
    {
        qsort(found->entries, found->count, sizeof(uint64), search_compare_entries);
        return;
    }
    to = palloc_extended(sizeof(uint64) * found->room, MCXT_ALLOC_HUGE);
    for (int shift = 32; shift < 64; shift += BITS)
    {
        int ends[1 << BITS] = {0}, sum = 0;
        uint64 *sorted = to;

        for (int i = 0; i < found->count; i++)
            ends[from[i] >> shift & ((1 << BITS) - 1)]++;
        for (int digit = 0; digit < lengthof(ends); digit++)
            ends[digit] = sum += ends[digit];
        for (int i = found->count - 1; i >= 0; i--)
            to[--ends[from[i] >> shift & ((1 << BITS) - 1)]] = from[i];
        to = from;
        from = sorted;
    }
    found->entries = from;
    pfree(to);
}

/* Notes what was found. Returns the position that the entry has. */
static int search_note_found(BoSlotEntries *found, const BoSlotKey *key, int which)
{
    if (found->count == found->room)
    {
        found->room *= 2;
        found->entries = repalloc_huge(found->entries, sizeof(uint64) * found->room);
        if (found->with_slots)
            found->slots = repalloc_huge(found->slots, sizeof(BoFoundSlot) * found->room);
    }
    if (!found->with_slots)
        return which;
    found->slots[found->count] = (BoFoundSlot){*key, which};
    return found->count;
}

/*
 * Finds all rows of these resources (in ascending order), on any unit, that overlap the times of the query; block by
 * block.
 */
void bo_slot_key_gather(Relation index, const int64 *resource_ids, int count, const BoSlotKey *times,
                        BoSlotEntries *found)
{
    Search search;

    search_begin(&search, times);
    search.resource_ids = resource_ids;
    search.resource_count = count;
    found->count = 0;
    found->room = 256;
    found->entries = palloc(sizeof(uint64) * found->room);
    found->slots = found->with_slots ? palloc(sizeof(BoFoundSlot) * found->room) : NULL;
    while (search.count > 0)
    {
        Buffer buffer = search_next_page(&search, index);
        OffsetNumber offset = FirstOffsetNumber;
        IndexTuple entry;

        for (; (entry = search_next_entry(&search, buffer, &offset)) != NULL; offset = OffsetNumberNext(offset))
        {
            const BoSlotKey *key = search_key_of(entry);
            int which = search_note_found(found, key, search_first_from(&search, key->resource_id));

            found->entries[found->count++] = BO_SLOT_ENTRY(&entry->t_tid, which);
        }
        UnlockReleaseBuffer(buffer);
    }
    pfree(search.pages);
    search_sort_by_block(found);
}
