/*
 * holder.h
 *   What rules allow each holder to have at once.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_HOLDER_H
#define BOOKONCE_HOLDER_H

#include "base/answer.h"
#include "base/arguments.h"
#include "base/lock.h"
#include "base/round.h"
#include "store/store.h"
#include "verbs/policy.h"

extern void bo_holder_judge(BoStore *store, const BoSlotCall *call, const pg_uuid_t *moving, TimestampTz now,
                            BoPlace *place);
extern void bo_holder_enter(BoStore *store, const text *tenant, text *const *holders, int count, BoSlotLock *locks,
                            int lock_count);
extern void bo_holder_enter_moving(BoStore *store, BoSlotCall *slot, const pg_uuid_t *booking_id, BoSlotLock *locks,
                                   int lock_count);
extern BoOutcome bo_holder_judge_renamed(BoStore *store, text *tenant, const BoBookingAnswer *booking, text *holder,
                                         const pg_uuid_t *booking_id);
extern BoDecision bo_holder_judge_place(BoStore *store, text *tenant, BoBookingAnswer *booking, text *holder,
                                        const pg_uuid_t *booking_id);
extern text *bo_holder_of(BoStore *store, const text *tenant, const pg_uuid_t *booking_id);

#endif
