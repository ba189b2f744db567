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
#include "store/store.h"
#include "store/row.h"
#include "verbs/layout.h"

#include "pgtime.h"

typedef struct BoPlace
{
    int64 resource_id;
    int32 capacity;
    BoKind kind;
    bool by_holder;        /* a rule counts what each holder has there */
    bool needs_holder;     /* not judged: bo_holder_enter() must be called first, under no lock of a resource */
    BoOutcome refusal;     /* BO_OUTCOME_INVALID: the rules allow it */
    bool counted_lapsed;   /* they do, but only once bo_policy_release_counted() has been called */
    TimestampTz decide_by; /* at any later instant they would not allow it */
    bool is_unknown; /* there is no such resource; of a call with a key, which may have been made before it was renamed
                      */
    RangeType *blocks;
    BoClosedTimes closed; /* what is closed of it while blocks last */
    bool stands_still;    /* set by the caller: it may release lapsed holds there */
} BoPlace;

/* The rules that compare times. Days and months are those of the calendar, in the resource's zone; hours are exact. */
typedef struct BoRules
{
    Interval before; /* the buffers */
    Interval after;
    bool has_notice, has_horizon, has_longest, has_shortest;
    Interval notice;
    Interval horizon;
    Interval longest;
    Interval shortest;
    int64 every; /* the grid of starts, from each midnight; 0: none */
    text *time_zone;
    pg_tz *zone;
} BoRules;

/* Does the rule allow what begins less than this before the clock? Calls take time, and clocks differ. */
#define BO_POLICY_NOW_TOLERANCE (INT64CONST(60) * USECS_PER_SEC)

extern text *bo_policy_known_zone(void);
extern bool bo_policy_read_rules(BoRow row, int column, const text *resource, BoRules *rules);
extern TimestampTz bo_policy_decide_by(const BoRules *rules, TimestampTz start);
extern int64 bo_policy_off_grid(const BoRules *rules, TimestampTz start);
extern TimestampTz bo_policy_next_start(const BoRules *rules, TimestampTz start);
extern BoOutcome bo_policy_refusal(const BoRules *rules, TimestampTz start, TimestampTz end, TimestampTz now);
extern void bo_policy_judge(BoStore *store, const BoSlotCall *call, const pg_uuid_t *moving, TimestampTz now,
                            BoPlace *place);
extern RangeType *bo_policy_widen(BoStore *store, RangeType *during, const BoRules *rules);
extern void bo_policy_release_counted(BoStore *store, const BoSlotCall *call, TimestampTz now);

#endif
