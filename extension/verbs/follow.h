/*
 * follow.h
 *   Writes of a followed table become bookings.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_FOLLOW_H
#define BOOKONCE_FOLLOW_H

#include "base/arguments.h"
#include "verbs/followed_row.h"

typedef struct BoFollowList
{
    BoFollowedRow *rows;
    int count;
    int room;
} BoFollowList;

/* What a statement did. */
typedef struct BoFollowChanges
{
    BoFollowList out;     /* bookings that go */
    BoFollowList in;      /* rows that want one */
    BoFollowList renamed; /* rows that have another holder, and nothing else to judge */
    BoFollowList again;   /* of the rows in `in`, those that may still have a booking that a statement around this one
                           * has not freed yet */
    bool within_statement;
} BoFollowChanges;

extern void bo_follow_append(BoFollowList *list, const BoFollowedRow *row);
extern BoFollowChanges bo_follow_read(const BoFollowed *followed, const TriggerData *trigger);
extern void bo_follow_call(const BoFollowed *followed, const BoFollowedRow *row, BoSlotCall *call);
extern int bo_follow_compare_rows(const void *a, const void *b);

#endif
