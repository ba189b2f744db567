/*
 * slot_times.h
 *   Which slots of a resource are worth a try: when its bookings may begin, and end.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_SLOT_TIMES_H
#define BOOKONCE_SLOT_TIMES_H

#include "base/rules.h"

typedef struct BoSlotTimes
{
    TimestampTz first; /* the slots lie between these */
    TimestampTz last;
    int64 duration;
    int64 step; /* between starts, counted from `first`; 0: as the resource lets bookings start, or else the duration */
    void (*offer)(void *context, TimestampTz start, TimestampTz end);
    void *context;
} BoSlotTimes;

extern void bo_slot_times_each(const BoSlotTimes *times, const BoRules *rules);

#endif
