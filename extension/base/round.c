/*
 * round.c
 *   A decision takes a limited number of rounds.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/round.h"

#include "miscadmin.h"

#include "base/error.h"

/*
 * Called between the rounds of a decision. A round fails if another transaction rolls its change back at that very
 * moment. If BO_MAX_ROUNDS fail in a row, a unique index or a trigger that is not ours keeps the row out, and would do
 * so forever.
 */
void bo_round_next(int *round)
{
    CHECK_FOR_INTERRUPTS();
    if (++*round == BO_MAX_ROUNDS)
        bo_error_owners_constraint();
}
