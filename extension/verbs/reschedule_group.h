/*
 * reschedule_group.h
 *   One reschedule_group() call, and the places that its bookings get.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_RESCHEDULE_GROUP_H
#define BOOKONCE_RESCHEDULE_GROUP_H

#include "base/answer.h"
#include "store/store.h"
#include "verbs/group_read.h"
#include "verbs/line.h"
#include "verbs/policy.h"

/* A row that moves. */
typedef struct BoRegroupMove
{
    BoGroupRow *row;
    int member; /* from 0 */
    RangeType *to;
    RangeType *blocks;
    BoOutcome refusal; /* BO_OUTCOME_INVALID: none */
    Datum busy;        /* if taken: what blocks it */
} BoRegroupMove;

/* What a row's resource is, as learnt under its lock. */
typedef struct BoRegroupResource
{
    int64 resource_id;
    bool is_plain;
    pg_tz *zone;
    bool has_line; /* somebody may wait in line for time of it */
    BoLine line;   /* what is kept there for those who do */
} BoRegroupResource;

typedef struct BoRegroupCall
{
    text *tenant;
    pg_uuid_t *group_id;
    Interval *by;        /* or NULL: durings */
    RangeType **durings; /* one for each member; NULL: it stays */
    int during_count;
    const BoBookingKind *of_kind; /* the rules of the kind that all its rows have; or NULL */
    TimestampTz since;            /* what is over by then stays */
    BoGroup group;
    BoGroupLocks locks;           /* of the rows' resources, exclusive */
    BoRegroupResource *resources; /* of each row of the group */
    BoRegroupMove *moves;
    int move_count;
    bool by_holder;    /* a rule counts what holders have, so rows are judged for their holders */
    bool needs_holder; /* a row could not be judged: bo_holder_enter() must be called first */
} BoRegroupCall;

/* reschedule_group.c */
extern Datum bo_reschedule_group(FunctionCallInfo fcinfo, BoRegroupCall *call);

/* reschedule_group_places.c */
extern void bo_regroup_learn(BoStore *store, BoRegroupCall *call);
extern pg_tz *bo_regroup_zone_of(const BoRegroupCall *call, const BoGroupRow *row);
extern bool bo_regroup_place(BoStore *store, BoRegroupCall *call, TimestampTz now);

#endif
