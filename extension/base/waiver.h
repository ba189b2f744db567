/*
 * waiver.h
 *   Which rules a call asks to be waived, and whether it may.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_WAIVER_H
#define BOOKONCE_WAIVER_H

#include "base/arguments.h"
#include "base/label.h"

StaticAssertDecl(BO_OUTCOME_COUNT <= 64, "BoSlotCall.waives has a bit for each outcome");

/* Returns true if the call must not be refused with this outcome. */
static inline bool bo_waiver_has(const BoSlotCall *call, BoOutcome refusal)
{
    return (call->waives & UINT64CONST(1) << refusal) != 0;
}

extern uint64 bo_waiver_arguments(FunctionCallInfo fcinfo, int n, text **reason);

#endif
