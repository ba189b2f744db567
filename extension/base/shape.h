/*
 * shape.h
 *   Where a slot may begin and end by a resource's own clock.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_SHAPE_H
#define BOOKONCE_SHAPE_H

#include "base/rules.h"

extern int64 bo_shape_off_grid(const BoRules *rules, TimestampTz start);
extern bool bo_shape_is_at(const BoRules *rules, const BoWeekTimes *times, TimestampTz instant);
extern bool bo_shape_may_start(const BoRules *rules, TimestampTz start);
extern bool bo_shape_may_end(const BoRules *rules, TimestampTz end);
extern TimestampTz bo_shape_next_start(const BoRules *rules, TimestampTz start, TimestampTz last);
extern int64 bo_shape_nights(const BoRules *rules, TimestampTz start, TimestampTz end);
extern bool bo_shape_counts_nights(const BoRules *rules, int64 duration);
extern TimestampTz bo_shape_next_end(const BoRules *rules, TimestampTz start, int64 duration, int *position);
extern bool bo_shape_too_short(const BoRules *rules, TimestampTz start, TimestampTz end);
extern bool bo_shape_too_long(const BoRules *rules, TimestampTz start, TimestampTz end);

#endif
