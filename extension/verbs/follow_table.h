/*
 * follow_table.h
 *   One follow_table() call, and what it did with the rows that the table had.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_FOLLOW_TABLE_H
#define BOOKONCE_FOLLOW_TABLE_H

#include "bookonce.h"

#include "verbs/adopt_expression.h"
#include "verbs/followed_row.h"

typedef struct BoFollowCall
{
    Oid relation;
    BoAdoptCall rule;
    char *holder;   /* as written, or NULL */
    char *quantity; /* likewise */
    bool rules;
    bool keeps_overlaps;
    bool defines;
    text *tenant;
} BoFollowCall;

typedef struct BoTakenOver
{
    int64 booked;       /* rows that have bookings now */
    int64 overlapping;  /* of these, the rows whose bookings have no unit */
    int64 not_live;     /* by live_when */
    int64 without_time; /* or without a resource, or with a time that no booking can have */
} BoTakenOver;

extern BoTakenOver bo_follow_take_over(BoFollowed *followed, Relation relation, bool keeps_overlaps);

#endif
