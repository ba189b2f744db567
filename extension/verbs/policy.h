/*
 * policy.h
 *   What a resource's rules say of a slot.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_POLICY_H
#define BOOKONCE_POLICY_H

#include "base/arguments.h"
#include "base/label.h"
#include "base/lock.h"
#include "store/store.h"

typedef struct BoPlace
{
    int64 resource_id;
    int32 capacity;
    BoKind kind;
    BoOutcome refusal;     /* BO_OUTCOME_INVALID: the rules allow it */
    bool counted_lapsed;   /* but only once bo_policy_release_counted() was called */
    TimestampTz decide_by; /* at a later instant they would not */
    RangeType *blocks;
    bool stands_still; /* said by the caller: it may release lapsed holds there */
} BoPlace;

extern void bo_policy_judge(BoStore *store, const BoSlotCall *call, const pg_uuid_t *moving, TimestampTz now,
                            BoPlace *place);
extern void bo_policy_release_counted(BoStore *store, const BoSlotCall *call, TimestampTz now);

#endif
