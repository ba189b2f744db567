/*
 * round.c
 *   The rounds of a decision end.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/round.h"

#include "miscadmin.h"

#include "base/error.h"

/*
 * Between the rounds of a decision. A round comes to nothing when another transaction takes its change back at that
 * very moment; so often in a row only a unique index or a trigger of somebody else's keeps the row out, and would for
 * ever.
 */
void bo_round_next(int *round)
{
    CHECK_FOR_INTERRUPTS();
    if (++*round == BO_MAX_ROUNDS)
        bo_error_owners_constraint();
}
