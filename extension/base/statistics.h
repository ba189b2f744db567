/*
 * statistics.h
 *   How often each verb gave which answer.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_STATISTICS_H
#define BOOKONCE_STATISTICS_H

#include "base/label.h"

/* What is counted of a verb: each outcome, each outcome of a replay, and errors. */
#define BO_COUNTED_REPLAYED BO_OUTCOME_COUNT
#define BO_COUNTED_ERROR (2 * BO_OUTCOME_COUNT)
#define BO_COUNTED_KINDS (BO_COUNTED_ERROR + 1)
#define BO_COUNTED_DONE BO_OUTCOME_INVALID /* by a verb that has no outcomes */

/* Where a verb is counted, as this process knows it; each verb's entry has one, zero at first. */
typedef struct BoCounted
{
    Oid verb;                        /* the SQL function that the places are of */
    uint16 places[BO_COUNTED_KINDS]; /* of its counters; 0: not looked up yet */
} BoCounted;

extern int bo_statistics_enter(FunctionCallInfo fcinfo, BoCounted *counted);
extern void bo_statistics_leave(int outer);
extern void bo_statistics_count(BoOutcome outcome, bool replayed);

#endif
