/*
 * layout.h
 *   Bookings laid out on the units of a resource, in memory.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_LAYOUT_H
#define BOOKONCE_LAYOUT_H

#include "bookonce.h"

#include "guard/slot_key.h"

/* A booking on the half-microsecond scale of slot_key.h. */
typedef struct BoLaid
{
    pg_uuid_t id;
    int64 start;
    int64 end;
    int32 unit; /* 0: the new booking */
    int32 new_unit;
    int32 next; /* the next one on the same unit, or -1 */
} BoLaid;

/* A number of places that are out of service for a time; no particular ones. */
typedef struct BoClosedTime
{
    int64 start;
    int64 end;
    int32 units;
} BoClosedTime;

typedef struct BoClosedTimes
{
    int count;
    BoClosedTime *times;
} BoClosedTimes;

typedef struct BoLayout
{
    int count;
    BoLaid *taken;        /* in order of start */
    bool has_lapsed;      /* there are lapsed holds too, which are not among the taken */
    BoClosedTimes closed; /* counted as taken, but on no unit */
} BoLayout;

extern RangeType *bo_layout_range(int64 start, int64 end);
extern void bo_layout_sort(BoLayout *layout);
extern int bo_layout_crowded_times(const BoLayout *layout, const BoSlotKey *slot, int32 capacity, int quantity,
                                   bool whole, int64 **times);
extern Datum bo_layout_crowded(const BoLayout *layout, const BoSlotKey *slot, int32 capacity, int quantity, bool whole);
extern bool bo_layout_make(BoLayout *layout, const BoSlotKey *slot, int32 capacity, int quantity, int32 *units);
extern int64 bo_layout_reach(const BoLayout *layout, const BoSlotKey *slot);

#endif
