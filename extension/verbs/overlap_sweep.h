/*
 * overlap_sweep.h
 *   The pairs that overlap among any number of slots, by one sort and one pass.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_OVERLAP_SWEEP_H
#define BOOKONCE_OVERLAP_SWEEP_H

#include "bookonce.h"

#include "storage/itemptr.h"

#include "guard/slot_key.h"

/* A row of the table or of one of its partitions. */
typedef struct BoRowPlace
{
    Oid table;
    ItemPointerData place;
} BoRowPlace;

typedef struct BoOverlap
{
    BoRowPlace first; /* it starts no later than the second */
    BoRowPlace second;
    int64 start; /* of the time that they share, as in a slot_key */
    int64 end;
} BoOverlap;

typedef struct BoSweep BoSweep;

extern BoSweep *bo_sweep_begin(void);
extern void bo_sweep_put(BoSweep *sweep, const BoSlotKey *slot, const BoRowPlace *row);
extern uint64 bo_sweep_run(BoSweep *sweep, uint64 at_most, BoOverlap **pairs, uint64 *count);

#endif
