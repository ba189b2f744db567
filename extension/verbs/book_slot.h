/*
 * book_slot.h
 *   The one path that takes time.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_BOOK_SLOT_H
#define BOOKONCE_BOOK_SLOT_H

#include "base/answer.h"
#include "base/arguments.h"
#include "base/lock.h"
#include "store/store.h"

extern void bo_slot_book(BoStore *store, const BoSlotCall *call, BoBookingAnswer *answer);
extern bool bo_slot_decide(BoStore *store, const BoSlotCall *call, BoSlotLock *lock, BoBookingAnswer *answer);
extern bool bo_slot_replay(BoStore *store, const BoSlotCall *call, BoBookingAnswer *answer, TimestampTz now);
extern void bo_slot_refuse(BoBookingAnswer *answer, BoOutcome outcome);
extern void bo_slot_learn(BoStore *store, text *tenant, text **names, int count, BoSlotLock *locks, int64 *resource_ids,
                          int32 *capacities);
extern void bo_slot_prepare(BoStore *store, const BoSlotCall *call, BoBookingAnswer *answer);

#endif
