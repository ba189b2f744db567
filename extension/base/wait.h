/*
 * wait.h
 *   How long a call may wait for others.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_WAIT_H
#define BOOKONCE_WAIT_H

#include "bookonce.h"

#include "base/statistics.h"

extern bool bo_wait_never; /* the call may not wait at all: our locks are taken at once or not at all */

extern Datum bo_wait_bounded(FunctionCallInfo fcinfo, int parameters, PGFunction verb, BoCounted *counted);

/*
 * Defines the entry of a verb; its body is verb_call(). Its last parameters are max_wait and tenant. A function of
 * 0.1.0 has fewer parameters, and no max_wait.
 */
#define BO_VERB_THAT_WAITS(verb, parameters)                                      \
    PG_FUNCTION_INFO_V1(bookonce_##verb);                                         \
    static BoCounted verb##_counted;                                              \
    static Datum verb##_call(FunctionCallInfo fcinfo);                            \
    Datum bookonce_##verb(PG_FUNCTION_ARGS)                                       \
    {                                                                             \
        return bo_wait_bounded(fcinfo, parameters, verb##_call, &verb##_counted); \
    }                                                                             \
    static Datum verb##_call(FunctionCallInfo fcinfo)

#endif
