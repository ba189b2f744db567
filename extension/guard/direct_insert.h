/*
 * direct_insert.h
 *   What the light path offers to book_slot.c: the insert of a booking, and its diagnosis, without SQL; and to kind.c:
 *   the rules of a kind of booking.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_DIRECT_INSERT_H
#define BOOKONCE_DIRECT_INSERT_H

#include "base/answer.h"
#include "base/arguments.h"
#include "guard/slot_key_search.h"
#include "store/catalog.h"
#include "store/store.h"

#include "nodes/execnodes.h"
#include "utils/rel.h"

/* The tables, open for one call. */
typedef struct BoDirect
{
    const BoCatalog *tables;
    Relation booking;
    Relation resource;
    MemoryContext memory; /* it has the next four, which may be kept for the next call */
    EState *state;
    ResultRelInfo *target; /* booking with its indexes */
    TupleTableSlot *row;   /* to be inserted */
    Oid *indexes;
    MemoryContext of_call; /* lasts until bo_direct_close() */
    bool has_opened_all;   /* all indexes, as a write needs them */
    Relation by_holder;    /* the index of this name, once an entry was added; otherwise NULL */
    TupleTableSlot *found; /* for rows of resource */
    bool with_unit;
    uint64 learned;    /* tables->learned, when these were made */
    uint64 made_after; /* the count of index changes reported by then */
    bool may_count;    /* set by a caller that has the resource's exclusive lock */
    int64 resource_id; /* set when bo_direct_insert() has found it */
    bool is_plain;     /* as are the next seven; it has no rules */
    int32 capacity;
    int32 unit;              /* the one to be inserted */
    RangeType *blocks;       /* during with the buffers around it */
    TimestampTz decide_by;   /* at any later instant the rules would not allow the slot */
    TimestampTz check_in_by; /* when it lapses if it is confirmed, and nobody checks in; DT_NOEND: never */
    BoOutcome refusal;       /* why the rules do not allow it now */
    bool unit_is_empty;      /* the guard's index was seen to have no entry there */
    BoFoundSlot *standing;   /* if no unit is free: what stands in the way, of all units, and */
    int standing_count;
    ItemPointerData conflicting; /* the row that the insert met, if one was free */
} BoDirect;

/* The result of bo_direct_insert(). */
typedef enum BoDirectInsert
{
    BO_DIRECT_INSERT_INVALID = 0,
    BO_DIRECT_INSERTED,
    BO_DIRECT_CONFLICT, /* the slot or the key was not free */
    BO_DIRECT_REFUSED,  /* by a rule: BoDirect.refusal */
    BO_DIRECT_UNKNOWN_RESOURCE,
    BO_DIRECT_COUNTS,   /* it has several units, so the resource must be locked exclusively */
    BO_DIRECT_HAS_RULES /* it has rules that only SQL judges */
} BoDirectInsert;

/* The reason for a conflict. */
typedef enum BoDirectDiagnosis
{
    BO_DIRECT_DIAGNOSIS_INVALID = 0,
    BO_DIRECT_REPLAYED,      /* the key's row is the answer */
    BO_DIRECT_KEY_ELSEWHERE, /* the key's row is there, but the answer is more than the row */
    BO_DIRECT_TAKEN,         /* answer->busy says when */
    BO_DIRECT_NO_UNIT,       /* of several, none is simply free: BoDirect.standing */
    BO_DIRECT_LAPSED,        /* only lapsed holds are in the way */
    BO_DIRECT_FREE           /* nothing is in the way any more */
} BoDirectDiagnosis;

extern bool bo_direct_is_on; /* the setting bookonce.direct_insert */

extern bool bo_direct_open(BoDirect *direct, bool with_unit);
extern void bo_direct_close(BoDirect *direct);
extern BoDirectInsert bo_direct_insert(BoDirect *direct, const BoSlotCall *call, BoBookingAnswer *answer,
                                       TimestampTz now);
extern void bo_direct_find_plain(const text *tenant, text *const *names, int count, int64 *ids);
extern BoDirectDiagnosis bo_direct_diagnose(BoDirect *direct, BoStore *store, const BoSlotCall *call,
                                            BoBookingAnswer *answer, TimestampTz now);
extern BoDirectDiagnosis bo_direct_replay(BoDirect *direct, BoStore *store, const BoSlotCall *call,
                                          BoBookingAnswer *answer, TimestampTz now);
extern bool bo_direct_read_kind(const text *tenant, const text *kind, MemoryContext context, const BoBookingKind **it);
extern void bo_direct_count(BoDirect *direct, const int64 *resource_ids, int count, Datum during, TimestampTz now,
                            int *counts);
extern bool bo_direct_find_slots(BoDirect *direct, const int64 *resource_ids, int count, Datum during, TimestampTz now,
                                 BoFoundSlot **slots, int *slot_count);

#endif
