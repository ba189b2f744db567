/*
 * round.h
 *   A decision and its rounds.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_ROUND_H
#define BOOKONCE_ROUND_H

#include "bookonce.h"

/* How far a decision has come. */
typedef enum BoDecision
{
    BO_UNDECIDED = 0,
    BO_ANSWERED,
    BO_NEEDS_EXCLUSIVE, /* nothing was written, or it was undone; decide again once the resources are locked exclusively
                         * */
    BO_NEEDS_HOLDER,    /* likewise; decide again once the holder is locked, or the holder's lapsed holds are released
                         * */
    BO_NEEDS_PARTS,     /* nothing was written; the resource has parts, which must be booked along */
    BO_NEEDS_RULES,     /* the light path is not enough: the rules decide */
    BO_AGAIN            /* what was in the way is gone, or the booking came too late: another round */
} BoDecision;

extern void bo_round_next(int *round);

#endif
