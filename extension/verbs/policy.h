/*
 * policy.h
 *   Judges a slot by a resource's rules.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_POLICY_H
#define BOOKONCE_POLICY_H

#include "base/arguments.h"
#include "base/label.h"
#include "base/lock.h"
#include "base/rules.h"
#include "store/store.h"
#include "store/row.h"
#include "verbs/layout.h"

typedef struct BoPlace
{
    int64 resource_id;
    int32 capacity;
    BoKind kind;
    bool by_holder;          /* a rule counts what each holder has there */
    bool has_parts;          /* the resource is not booked alone */
    bool has_line;           /* somebody may wait in line for time of the resource */
    bool needs_holder;       /* it could not be judged: bo_holder_enter() must be called first, under no lock of a
                              * resource */
    BoOutcome refusal;       /* BO_OUTCOME_INVALID: the rules allow it */
    bool counted_lapsed;     /* the rules allow it, but only once bo_policy_release_counted() has been called */
    TimestampTz decide_by;   /* at any later instant the rules would not allow it */
    TimestampTz check_in_by; /* when it lapses if it is confirmed, and nobody checks in; DT_NOEND: never */
    bool is_unknown; /* there is no such resource; of a call with a key, which may have been made before it was renamed
                      */
    RangeType *blocks;
    BoClosedTimes closed; /* what is closed of it within blocks */
    bool stands_still;    /* set by the caller: it may release lapsed holds there */
} BoPlace;

extern text *bo_policy_known_zone(void);
extern void bo_policy_check_capacity(int32 capacity, const text *resource);
extern int32 bo_policy_read_capacity(BoRow row, int column, const text *resource);
extern bool bo_policy_read_rules(BoRow row, int column, const text *resource, BoRules *rules);
extern void bo_policy_judge(BoStore *store, const BoSlotCall *call, const pg_uuid_t *moving, TimestampTz now,
                            BoPlace *place);
extern RangeType *bo_policy_widen(BoStore *store, RangeType *during, const BoRules *rules);
extern void bo_policy_release_counted(BoStore *store, const BoSlotCall *call, TimestampTz now);

#endif
