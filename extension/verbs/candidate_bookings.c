/*
 * candidate_bookings.c
 *   Reads what is booked of many resources: by one search of the guard's index, or by one statement.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/candidate_bookings.h"

#include "access/xact.h"
#include "catalog/pg_type.h"

#include "guard/direct_insert.h"
#include "guard/slot_key.h"
#include "store/store_needs.h"

/* A booking of a candidate. */
typedef struct TakenTime
{
    int number;
    int64 start;
    int64 end;
} TakenTime;

static int candidate_compare_ids(const void *a, const void *b, void *list)
{
    int64 left = ((const BoCandidate *)list)[*(const int *)a].resource_id;
    int64 right = ((const BoCandidate *)list)[*(const int *)b].resource_id;

    return left < right ? -1 : left > right;
}

/* The candidates in ascending order of their ids; a part of several candidates stands there for each of them. */
static int *candidate_by_ids(const BoCandidates *candidates)
{
    int *numbers = palloc(sizeof(int) * Max(candidates->all, 1));

    for (int i = 0; i < candidates->all; i++)
        numbers[i] = i;
    qsort_arg(numbers, candidates->all, sizeof(int), candidate_compare_ids, candidates->list);
    return numbers;
}

/*
 * Finds the bookings without SQL. Returns false if a statement must find them: what it sees is not the latest, or the
 * owner has changed the tables, or there are too many.
 */
static bool candidate_see_bookings(BoStore *store, const BoCandidates *all, RangeType *around, TimestampTz now,
                                   TakenTime **taken, uint64 *found)
{
    const int *numbers = candidate_by_ids(all);
    int *firsts = palloc(sizeof(int) * (all->all + 1)); /* of each id, where its first candidate is in `numbers` */
    int64 *ids = palloc(sizeof(int64) * Max(all->all, 1));
    int id_count = 0, slot_count, room = 0;
    BoFoundSlot *slots;
    BoDirect direct;
    bool is_seen;

    if (store->reads_only || IsolationUsesXactSnapshot() || !bo_direct_open(&direct, true))
        return false;
    for (int i = 0; i < all->all; i++)
        if (i == 0 || all->list[numbers[i]].resource_id != ids[id_count - 1])
        {
            firsts[id_count] = i;
            ids[id_count++] = all->list[numbers[i]].resource_id;
        }
    firsts[id_count] = all->all;
    is_seen = bo_direct_find_slots(&direct, ids, id_count, RangeTypePGetDatum(around), now, &slots, &slot_count);
    bo_direct_close(&direct);
    for (int i = 0; i < slot_count; i++)
        room += firsts[slots[i].which + 1] - firsts[slots[i].which];
    *taken = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(TakenTime) * Max(room, 1));
    *found = 0;
    for (int i = 0; i < slot_count; i++)
        for (int n = firsts[slots[i].which]; n < firsts[slots[i].which + 1]; n++)
            if (slots[i].key.unit_low <= all->list[numbers[n]].capacity)
                (*taken)[(*found)++] = (TakenTime){numbers[n], slots[i].key.start, slots[i].key.end};
    return is_seen;
}

static TakenTime *candidate_ask_for_bookings(BoStore *store, const BoCandidates *all, RangeType *around,
                                             TimestampTz now, uint64 *found)
{
    BoArrayMaker ids = bo_array_maker(INT8OID, all->all), capacities = bo_array_maker(INT4OID, all->all);
    TakenTime *taken;

    for (int i = 0; i < all->all; i++)
    {
        bo_array_append(&ids, bo_int8(all->list[i].resource_id));
        bo_array_append(&capacities, bo_int4(all->list[i].capacity));
    }
    *found = bo_candidates_run(store, &bo_sql_find_bookings_of, bo_array_made(&ids), bo_array_made(&capacities),
                               bo_range(around), bo_instant(now));
    taken = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(TakenTime) * Max(*found, 1));
    for (uint64 i = 0; i < *found; i++)
    {
        BoRow row = bo_store_row(i);
        const BoSlotKey *key = DatumGetSlotKeyP(bo_row_own(row, BO_FIND_BOOKINGS_OF_KEY));

        taken[i] = (TakenTime){bo_row_int4(row, BO_FIND_BOOKINGS_OF_N) - 1, key->start, key->end};
    }
    return taken;
}

/* Fills the layout of each candidate with its bookings that touch a time. */
void bo_candidate_bookings_read(BoStore *store, const BoCandidates *all, RangeType *around, TimestampTz now,
                                BoLayout *layouts)
{
    TakenTime *taken;
    BoLaid *laid;
    uint64 found;

    if (!candidate_see_bookings(store, all, around, now, &taken, &found))
        taken = candidate_ask_for_bookings(store, all, around, now, &found);
    laid = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(BoLaid) * Max(found, 1));
    for (uint64 i = 0; i < found; i++)
        layouts[taken[i].number].count++;
    for (int i = 0; i < all->all; i++)
    {
        layouts[i].taken = laid;
        laid += layouts[i].count;
        layouts[i].count = 0;
    }
    for (uint64 i = 0; i < found; i++)
    {
        BoLayout *layout = &layouts[taken[i].number];

        layout->taken[layout->count++] = (BoLaid){.start = taken[i].start, .end = taken[i].end};
    }
}
