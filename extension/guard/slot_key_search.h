/*
 * slot_key_search.h
 *   Rows found in the guard's index.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_SLOT_KEY_SEARCH_H
#define BOOKONCE_SLOT_KEY_SEARCH_H

#include "bookonce.h"

#include "storage/itemptr.h"
#include "utils/rel.h"

#include "base/limits.h"
#include "guard/slot_key.h"

/* which: the position of its resource in the list that was searched. */
typedef struct BoFoundSlot
{
    BoSlotKey key;
    int which;
} BoFoundSlot;

/*
 * Rows that a search found: where each row lies, and the position of its resource in the list that was searched, or of
 * its slot in the list of slots.
 */
typedef struct BoSlotEntries
{
    uint64 *entries;
    int count;
    int room;
    bool with_slots;
    BoFoundSlot *slots; /* if with_slots */
} BoSlotEntries;

#define BO_SLOT_ENTRY(place, which) \
    ((uint64)ItemPointerGetBlockNumber(place) << 32 | (uint64)ItemPointerGetOffsetNumber(place) << 16 | (uint16)(which))
#define BO_SLOT_ENTRY_BLOCK(entry) ((BlockNumber)((entry) >> 32))
#define BO_SLOT_ENTRY_OFFSET(entry) ((OffsetNumber)((entry) >> 16))
#define BO_SLOT_ENTRY_WHICH(entry) ((uint16)(entry))

StaticAssertDecl(BO_MAX_RESOURCES <= PG_UINT16_MAX, "the place of a resource must fit into an entry");

extern bool bo_slot_key_look(Relation index, const BoSlotKey *query, ItemPointer own, ItemPointer found);
extern bool bo_slot_key_is_sound(Relation index, const BoSlotKey *key, ItemPointer own);
extern void bo_slot_key_gather(Relation index, const int64 *resource_ids, int count, const BoSlotKey *times,
                               BoSlotEntries *found);

#endif
