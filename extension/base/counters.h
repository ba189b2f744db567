/*
 * counters.h
 *   The counters of statistics.c, in shared memory.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_COUNTERS_H
#define BOOKONCE_COUNTERS_H

#include "bookonce.h"

#include "port/atomics.h"

typedef struct BoCounter
{
    Oid database;
    Oid verb;    /* an SQL function; InvalidOid: it is no count, see bo_counters_since() */
    uint32 kind; /* of answer */
    uint32 unused;
    pg_atomic_uint64 count;
} BoCounter;

extern void bo_counters_request_memory(void);
extern bool bo_counters_attach(void);
extern int bo_counters_place(Oid verb, uint32 kind);
extern BoCounter *bo_counters_at(int place);
extern BoCounter *bo_counters_since(void);
extern int bo_counters_count(void);
extern uint64 bo_counters_left_out(void);

#endif
