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

extern void bo_follow_call(const BoFollowed *followed, const BoFollowedRow *row, BoSlotCall *call);
extern int bo_follow_compare_rows(const void *a, const void *b);

#endif
