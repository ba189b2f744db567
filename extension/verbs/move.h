/*
 * move.h
 *   Moves one booking to another time or resource; shared by the verbs that move bookings.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_MOVE_H
#define BOOKONCE_MOVE_H

#include "base/answer.h"
#include "base/arguments.h"
#include "base/lock.h"
#include "store/store.h"
#include "verbs/policy.h"

/* A move that the rules allow. */
typedef struct BoMove
{
    BoStore *store;
    const BoSlotCall *slot; /* where it goes */
    const pg_uuid_t *booking_id;
    const BoPlace *place; /* as judged under the exclusive lock of its new resource */
    TimestampTz now;
    BoBookingAnswer *answer; /* the booking after the move; busy, if taken */
    bool taken;
} BoMove;

extern bool bo_move_find_live(BoStore *store, const text *tenant, const pg_uuid_t *booking_id, BoBookingAnswer *answer,
                              TimestampTz now);
extern bool bo_move_provider_is_busy(BoStore *store, const text *tenant, const pg_uuid_t *request_id, const text *from,
                                     const text *to, const pg_uuid_t *beside);
extern bool bo_move_keeps_start(const RangeType *to, const RangeType *from);
extern bool bo_move_keeps_end(const RangeType *to, const RangeType *from);
extern bool bo_move_stays_within(const RangeType *to, const RangeType *from);
extern bool bo_move_try(void *move);
extern void bo_move_whole(BoStore *store, BoSlotCall *call, const pg_uuid_t *booking_id, const pg_uuid_t *request_id,
                          BoBookingAnswer *answer);
extern bool bo_move_settle(BoMove *move, bool (*attempt)(void *), BoOutcome done);

#endif
