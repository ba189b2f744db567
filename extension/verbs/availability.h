/*
 * availability.h
 *   What is known of a time range of a resource, to tell what is free in it and what is in the way.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_AVAILABILITY_H
#define BOOKONCE_AVAILABILITY_H

#include "verbs/policy.h"
#include "verbs/slot_times.h"

/* A time range and what applies in it; NULL restricts nothing. */
typedef struct BoWindow
{
    int64 resource_id;
    int32 quantity; /* how many units are asked for */
    bool has_closures;
    bool has_line;        /* somebody may wait in line for time of the resource */
    bool is_strict;       /* a waiter who wants more than is free blocks those behind */
    TypeCacheEntry *type; /* of tstzrange */
    RangeType *range;
    RangeBound lower;
    RangeBound upper;
    int32 capacity;
    BoRules rules;
    text *kind;                   /* the kind of booking that is asked for, set by the caller; or NULL */
    const BoBookingKind *of_kind; /* the rules of that kind; part of `rules` once the window is read */
    TimestampTz now;
    bool over_limits; /* this many units at once are above a limit */
    MultirangeType *open;
    MultirangeType *busy;   /* when bookings and closures leave too few units */
    MultirangeType *closed; /* the part of busy when the whole resource is closed */
    MultirangeType *kept;   /* for somebody in line */
    MultirangeType *full;   /* a tsmultirange: no more may start there, by the resource's wall clock */
    TypeCacheEntry *full_type;
    int part_count; /* parts of the resource, which is free only while they are */
    struct BoWindow *parts;
    text **part_names;
    bool is_part;
    bool is_too_small; /* a part with fewer units than are asked for */
} BoWindow;

extern void bo_availability_within_argument(FunctionCallInfo fcinfo, int n, const char *name, BoWindow *window);
extern void bo_availability_within(RangeType *during, const char *name, BoWindow *window); /* of a valid range */
extern void bo_availability_steps_argument(FunctionCallInfo fcinfo, int n, const BoWindow *window, BoSlotTimes *times);
extern int64 bo_availability_at_most(const Interval *length);
extern void bo_availability_read_window(BoWindow *window, text *tenant, text *resource, int32 quantity);
extern void bo_availability_read_bookings(BoWindow *window, text *tenant, text *resource, int32 quantity);
extern void bo_availability_read_parts(BoWindow *window, text *tenant, text *resource, int32 quantity);
extern BoOutcome bo_availability_verdict(const BoWindow *window, RangeType *slot);
extern bool bo_availability_is_full(const BoWindow *window, TimestampTz start);
extern RangeType *bo_availability_slot_of(const BoWindow *window, TimestampTz start, TimestampTz end);

#endif
