/*
 * parts.h
 *   A resource that is booked with its parts: their bookings are members of its group.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_PARTS_H
#define BOOKONCE_PARTS_H

#include "store/store.h"
#include "verbs/book_slots.h"

extern bool bo_parts_replay(BoStore *store, BoSlotsCall *group);
extern bool bo_parts_expand(BoStore *store, BoSlotsCall *group);
extern bool bo_parts_lock(BoStore *store, BoResources *resources, int asked, const BoSlotCall *call);
extern int bo_parts_units(BoStore *store, const BoSlotCall *whole, text ***names);
extern bool bo_parts_decide(BoStore *store, BoSlotsCall *group, int i);
extern bool bo_parts_go_on(BoSlotsCall *group, int i);
extern void bo_parts_tell_party(BoStore *store, const BoBookingAnswer *members, int count, BoBookingAnswer *answer);
extern void bo_parts_tell(BoStore *store, BoSlotsCall *group);
extern void bo_parts_book(BoStore *store, const BoSlotCall *call, BoBookingAnswer *answer);
extern int32 bo_parts_book_within(BoStore *store, const BoSlotCall *call, const BoSlotLock *lock,
                                  BoBookingAnswer *answer);

#endif
