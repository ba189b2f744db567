/*
 * round.h
 *   The rounds of a decision.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_ROUND_H
#define BOOKONCE_ROUND_H

#include "bookonce.h"

extern void bo_round_next(int *round);

#endif
