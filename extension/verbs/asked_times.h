/*
 * asked_times.h
 *   When providers are asked already, for requests that keep asking.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_ASKED_TIMES_H
#define BOOKONCE_ASKED_TIMES_H

#include "store/store.h"

#include "utils/hsearch.h"

typedef struct BoAskedTimes
{
    MemoryContext context;
    HTAB *of; /* of each provider, by its resource_id */
} BoAskedTimes;

extern BoAskedTimes bo_asked_times_read(BoStore *store, const text *tenant, TimestampTz now);
extern bool bo_asked_times_meet(const BoAskedTimes *asked, int64 resource_id, RangeType *during);
extern void bo_asked_times_add(BoAskedTimes *asked, int64 resource_id, RangeType *during);

#endif
