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
    BO_NEEDS_EXCLUSIVE, /* nothing that it wrote is left; decide once the resources are locked exclusively */
    BO_NEEDS_HOLDER,    /* likewise; decide once the holder is locked, or what lapsed of theirs is released */
    BO_NEEDS_PARTS,     /* nothing was written; the resource is not booked alone */
    BO_NEEDS_RULES,     /* the light path is not enough: the rules decide */
    BO_AGAIN            /* what was in the way is gone, or came too late: another round */
} BoDecision;

extern void bo_round_next(int *round);

#endif
