/*
 * capacity.h
 *   Which units of a resource a booking gets.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_CAPACITY_H
#define BOOKONCE_CAPACITY_H

#include "verbs/policy.h"

extern bool bo_capacity_free_units(BoStore *store, const BoPlace *place, int quantity, const pg_uuid_t *moving,
                                   int32 *units);
extern bool bo_capacity_make_room(BoStore *store, const text *tenant, const BoPlace *place, int quantity,
                                  const pg_uuid_t *moving, TimestampTz now, int32 *units, Datum *busy);
extern MultirangeType *bo_capacity_overfull(BoStore *store, const BoPlace *place, TimestampTz now);
extern MultirangeType *bo_capacity_crowded(BoStore *store, const BoPlace *place, int quantity, TimestampTz now);
extern bool bo_capacity_fit(BoStore *store, const text *tenant, const BoPlace *place, TimestampTz now);

#endif
