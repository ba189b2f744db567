/*
 * closure.h
 *   Closes resources for a time, or for good.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_CLOSURE_H
#define BOOKONCE_CLOSURE_H

#include "bookonce.h"

typedef struct BoClosureCall
{
    text *tenant;
    text **resources;
    int count;
    RangeType *during;     /* may have no end */
    int32 units;           /* 0: all */
    text *reason;          /* or NULL */
    text *idempotency_key; /* or NULL */
    bool retires;          /* one resource, for good; a replay if a closure without an end has begun by then */
} BoClosureCall;

extern Datum bo_closure_close(FunctionCallInfo fcinfo, BoClosureCall *call);

#endif
