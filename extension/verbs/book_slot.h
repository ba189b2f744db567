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
#include "base/round.h"
#include "guard/direct_insert.h"
#include "store/store.h"

/* Returns true if the decision was made before each of its limits. */
static inline bool bo_slot_is_in_time(TimestampTz decided, TimestampTz valid_until, TimestampTz decide_by,
                                      TimestampTz hold_end)
{
    return decided < valid_until && decided <= decide_by && decided < hold_end;
}

/*
 * The instant before which a new booking must be decided: when it lapses. undone says that it came too late once
 * already. The second time, a hold that has lapsed is accepted: one shorter than its own insert would be retried
 * forever.
 */
static inline TimestampTz bo_slot_hold_end(const BoBookingAnswer *answer, bool undone)
{
    return undone ? DT_NOEND : answer->lapses_at;
}

extern void bo_slot_book(BoStore *store, const BoSlotCall *call, BoBookingAnswer *answer);
extern BoDecision bo_slot_decide(BoStore *store, const BoSlotCall *call, BoSlotLock *lock, BoBookingAnswer *answer);
extern bool bo_slot_replay(BoStore *store, const BoSlotCall *call, BoBookingAnswer *answer, TimestampTz now);
extern void bo_slot_tell_party(BoStore *store, const BoBookingAnswer *members, int count, BoBookingAnswer *answer);
extern void bo_slot_refuse(BoBookingAnswer *answer, BoOutcome outcome);
extern BoDirectInsert bo_slot_insert_direct(BoDirect *direct, const BoSlotCall *call, BoBookingAnswer *answer,
                                            TimestampTz now);
extern void bo_slot_prepare(BoStore *store, const BoSlotCall *call, BoBookingAnswer *answer);

#endif
