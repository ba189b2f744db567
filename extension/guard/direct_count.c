/*
 * direct_count.c
 *   Counts how many units of each of many resources are taken at a time, or finds out when they are.
 *
 * It only reads, like one query that sees what is committed by now: the guard's index once for all the resources, then
 * each block of the table once, unless its rows are known (settled_rows.c). A scan for each resource, which visits the
 * table row by row, took ten times as long as all the rest of a call that asks for hundreds.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "guard/direct.h"

#include "access/heapam.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/snapmgr.h"

#include "base/round.h"
#include "guard/settled_rows.h"
#include "guard/slot_key.h"
#include "guard/slot_key_search.h"

static int count_compare_ids(const void *a, const void *b)
{
    int64 left = *(const int64 *)a;
    int64 right = *(const int64 *)b;

    return left < right ? -1 : left > right;
}

typedef struct Count
{
    const BoDirect *direct;
    TimestampTz now;
    int *counts; /* of each resource, or of each slot that was found */
    BlockNumber block;
    Buffer buffer;   /* the block, once a row of it has to be read */
    uint64 *settled; /* its rows that are known to stand and never to lapse; NULL if nothing can be remembered */
    BoSettledRows rows;
} Count;

static void count_leave_block(Count *count)
{
    if (BufferIsValid(count->buffer))
        UnlockReleaseBuffer(count->buffer);
    count->buffer = InvalidBuffer;
}

static void count_enter_block(Count *count, BlockNumber block)
{
    count_leave_block(count);
    CHECK_FOR_INTERRUPTS();
    count->block = block;
    count->settled = bo_settled_rows_of_block(&count->rows, block);
}

/* When the row lapses; DT_NOEND: never. */
static TimestampTz count_lapse(const Count *count, HeapTuple row)
{
    bool never;
    Datum lapses_at = heap_getattr(row, BO_BOOKING_LAPSES_AT + 1, RelationGetDescr(count->direct->booking), &never);

    return never ? DT_NOEND : DatumGetTimestampTz(lapses_at);
}

/* Returns true if the row counts now. Sets *may_lapse to false if it counts until somebody changes it. */
static bool count_row_stands(Count *count, OffsetNumber offset, bool *may_lapse)
{
    Relation booking = count->direct->booking;
    ItemPointerData place;
    HeapTupleData row;
    TimestampTz lapses_at;

    ItemPointerSet(&place, count->block, offset);
    if (!heap_hot_search_buffer(&place, booking, count->buffer, GetActiveSnapshot(), &row, NULL, true))
        return false;
    lapses_at = count_lapse(count, &row);
    *may_lapse = lapses_at != DT_NOEND;
    return lapses_at > count->now;
}

/*
 * Learns all rows of the block, if everybody can see all of them. An entry of the guard's index leads to a row, or to
 * its later (HOT) version that no index has. It cannot lead to a released row: its dead version left the index and the
 * block in the same VACUUM.
 */
static void count_learn_block(Count *count)
{
    Page page = BufferGetPage(count->buffer);

    for (OffsetNumber offset = FirstOffsetNumber; PageIsAllVisible(page) && offset <= PageGetMaxOffsetNumber(page);
         offset = OffsetNumberNext(offset))
    {
        ItemId item = PageGetItemId(page, offset);
        HeapTupleData row = {.t_tableOid = RelationGetRelid(count->direct->booking)};

        if (ItemIdIsRedirected(item))
            item = PageGetItemId(page, ItemIdGetRedirect(item));
        if (!ItemIdIsNormal(item))
            continue;
        row.t_data = (HeapTupleHeader)PageGetItem(page, item);
        row.t_len = ItemIdGetLength(item);
        if (count_lapse(count, &row) == DT_NOEND)
            *count->settled |= bo_settled_rows_bit(offset);
    }
}

/*
 * Returns true if the row counts now. The first time that a block is read, only this row is learnt, because a session
 * may ask only once; the second time, all rows are learnt.
 */
static bool count_read_row(Count *count, OffsetNumber offset)
{
    bool stands, may_lapse = false;

    if (!BufferIsValid(count->buffer))
    {
        count->buffer = ReadBuffer(count->direct->booking, count->block);
        LockBuffer(count->buffer, BUFFER_LOCK_SHARE);
    }
    stands = count_row_stands(count, offset, &may_lapse);
    if (count->settled != NULL && *count->settled != 0)
        count_learn_block(count);
    else if (count->settled != NULL && stands && !may_lapse)
        *count->settled |= bo_settled_rows_bit(offset);
    return stands;
}

/*
 * Counts the rows that a search found. The search only tells where rows are; the table tells whether our snapshot sees
 * a row there, and whether it counts. But a row that is known to stand, in a block that has not changed since, need not
 * be read. Returns false if such knowledge may have been wrong.
 */
static bool count_rows(Count *count, const BoSlotEntries *found)
{
    bo_settled_rows_begin(&count->rows, count->direct->booking);
    count->block = InvalidBlockNumber;
    for (int i = 0; i < found->count; i++)
    {
        const uint64 entry = found->entries[i];
        const OffsetNumber offset = BO_SLOT_ENTRY_OFFSET(entry);

        if (BO_SLOT_ENTRY_BLOCK(entry) != count->block)
            count_enter_block(count, BO_SLOT_ENTRY_BLOCK(entry));
        if ((count->settled != NULL && *count->settled & bo_settled_rows_bit(offset)) || count_read_row(count, offset))
            count->counts[BO_SLOT_ENTRY_WHICH(entry)]++;
    }
    count_leave_block(count);
    return bo_settled_rows_end(&count->rows);
}

/* Searches the index for rows of the resources. */
static void count_search(BoDirect *direct, const int64 *ids, int count, Datum during, BoSlotEntries *found)
{
    Datum key = DirectFunctionCall3(bookonce_slot_key, Int64GetDatum(0), Int32GetDatum(1), during);

    bo_slot_key_gather(bo_direct_open_index(direct, direct->tables->no_overlap), ids, count, DatumGetSlotKeyP(key),
                       found);
}

/* Returns how many rows stand, of those that were found: `size` counts. */
static const int *count_standing(BoDirect *direct, BoSlotEntries *found, int size, TimestampTz now)
{
    Count result = {.direct = direct, .now = now, .counts = palloc0(sizeof(int) * Max(size, 1))};

    for (int round = 0; !count_rows(&result, found); bo_round_next(&round))
        memset(result.counts, 0, sizeof(int) * size);
    return result.counts;
}

/*
 * SELECT count(*) FROM bookonce.booking WHERE slot_key(resource_id, unit, blocks) &&* slot_key($1, 1, $2)
 * AND is_live(released_at) AND (lapses_at <= $3) IS NOT TRUE, for each of the resources.
 */
void bo_direct_count(BoDirect *direct, const int64 *resource_ids, int count, Datum during, TimestampTz now, int *counts)
{
    int64 *ids = palloc(sizeof(int64) * count);
    int id_count = 0;
    const int *counted;
    BoSlotEntries found = {0};

    /* A resource may be named twice. */
    memcpy(ids, resource_ids, sizeof(int64) * count);
    qsort(ids, count, sizeof(int64), count_compare_ids);
    for (int i = 0; i < count; i++)
        if (i == 0 || ids[i] != ids[id_count - 1])
            ids[id_count++] = ids[i];

    bo_direct_begin_statement();
    count_search(direct, ids, id_count, during, &found);
    counted = count_standing(direct, &found, id_count, now);
    bo_direct_end_statement();
    for (int i = 0; i < count; i++)
        counts[i] = counted[(int64 *)bsearch(&resource_ids[i], ids, id_count, sizeof(int64), count_compare_ids) - ids];
    pfree(found.entries);
}

/*
 * SELECT slot_key(resource_id, unit, blocks) .. with the same conditions, of resources in ascending order, each once.
 * Returns false if there are more than it can tell apart.
 */
bool bo_direct_find_slots(BoDirect *direct, const int64 *resource_ids, int count, Datum during, TimestampTz now,
                          BoFoundSlot **slots, int *slot_count)
{
    BoSlotEntries found = {.with_slots = true};
    bool are_few;

    bo_direct_begin_statement();
    count_search(direct, resource_ids, count, during, &found);
    are_few = found.count <= PG_UINT16_MAX;
    *slots = found.slots;
    *slot_count = 0;
    if (are_few)
    {
        const int *stands = count_standing(direct, &found, found.count, now);

        for (int i = 0; i < found.count; i++)
            if (stands[i] > 0)
                (*slots)[(*slot_count)++] = found.slots[i];
    }
    bo_direct_end_statement();
    pfree(found.entries);
    return are_few;
}

/* Of the units from 1 to `highest`, the lowest that no standing entry has; 0 if there is none. */
static int32 count_lowest_free(const BoSlotEntries *found, const int *stands, int32 highest)
{
    bool *is_used = palloc0(sizeof(bool) * (highest + 1));
    int32 unit = 1;

    for (int i = 0; i < found->count; i++)
    {
        int32 used = found->slots[i].key.unit_low;

        if (stands[i] > 0 && used >= 1 && used <= highest)
            is_used[used] = true;
    }
    while (unit <= highest && is_used[unit])
        unit++;
    pfree(is_used);
    return unit <= highest ? unit : 0;
}

/* Keeps what has a unit and has not lapsed. */
static void count_keep_standing(BoDirect *direct, BoSlotEntries *found, TimestampTz now)
{
    const int *stands = count_standing(direct, found, found->count, now);

    direct->standing = found->slots;
    for (int i = 0; i < found->count; i++)
        if (stands[i] > 0 && found->slots[i].key.unit_low <= direct->capacity)
            direct->standing[direct->standing_count++] = found->slots[i];
}

/*
 * Sets direct->unit to the lowest unit that is free for all of direct->blocks; a hold that has lapsed keeps its unit
 * until it is released. Returns false if there is none: then direct->standing has what counts there. It has nothing if
 * there are more rows than can be told apart.
 *
 * SELECT b.unit, .. FROM bookonce.booking AS b WHERE slot_key(b.resource_id, b.unit, b.blocks) &&* slot_key($1, 1, $2)
 * AND is_live(b.released_at), on the active snapshot, which was taken under the resource's exclusive lock.
 */
bool bo_direct_find_unit(BoDirect *direct, TimestampTz now)
{
    BoSlotEntries found = {.with_slots = true};
    int32 unit;

    bo_slot_key_gather(bo_direct_open_index(direct, direct->tables->no_overlap), &direct->resource_id, 1,
                       DatumGetSlotKeyP(bo_direct_slot_of(direct)), &found);
    if (found.count > PG_UINT16_MAX)
        return false;
    unit = count_lowest_free(&found, count_standing(direct, &found, found.count, DT_NOBEGIN),
                             Min(direct->capacity, found.count + 1));
    if (unit == 0)
    {
        count_keep_standing(direct, &found, now);
        return false;
    }
    direct->unit = unit;
    direct->unit_is_empty = true;
    for (int i = 0; i < found.count && direct->unit_is_empty; i++)
        direct->unit_is_empty = found.slots[i].key.unit_low != unit;
    return true;
}
