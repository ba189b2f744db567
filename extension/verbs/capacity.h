/*
 * capacity.h
 *   Which units of a resource a booking gets.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_CAPACITY_H
#define BOOKONCE_CAPACITY_H

#include "guard/direct_insert.h"
#include "verbs/policy.h"

typedef enum BoRoom
{
    BO_ROOM_INVALID = 0,
    BO_ROOM_NONE,     /* there is none, busy says when; nothing was written */
    BO_ROOM_MADE,     /* bookings on other units, or lapsed holds, have made way */
    BO_ROOM_TO_CLEAR, /* lapsed holds are in the way, to be released under the exclusive lock */
    BO_ROOM_CLEARED   /* lapsed holds were released, so look again; used only within capacity.c */
} BoRoom;

extern bool bo_capacity_free_units(BoStore *store, const BoPlace *place, int quantity, const pg_uuid_t *moving,
                                   int32 *units);
extern BoRoom bo_capacity_make_room(BoStore *store, const text *tenant, const BoPlace *place, int quantity,
                                    const pg_uuid_t *moving, TimestampTz now, int32 *units, Datum *busy);
extern Datum bo_capacity_busy(const BoDirect *direct);
extern MultirangeType *bo_capacity_overfull(BoStore *store, const BoPlace *place, TimestampTz now);
extern MultirangeType *bo_capacity_crowded(BoStore *store, const BoPlace *place, int quantity, const pg_uuid_t *moving,
                                           TimestampTz now);
extern bool bo_capacity_fit(BoStore *store, const text *tenant, const BoPlace *place, TimestampTz now);

#endif
