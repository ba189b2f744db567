/*
 * closed_time.h
 *   When a resource, or some of its places, is closed.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_CLOSED_TIME_H
#define BOOKONCE_CLOSED_TIME_H

#include "verbs/policy.h"

extern BoSlotKey bo_closed_time_key(RangeType *range);
extern void bo_closed_time_read(BoStore *store, BoPlace *place, const pg_uuid_t *moving, TimestampTz now);
extern MultirangeType *bo_closed_time_whole(const BoPlace *place, RangeType *during);
extern void bo_closed_time_judge(BoStore *store, const BoSlotCall *call, const pg_uuid_t *moving, TimestampTz now,
                                 BoPlace *place);

#endif
