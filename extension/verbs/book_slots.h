/*
 * book_slots.h
 *   One book_slots() call: its members, their locks and their answers.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_BOOK_SLOTS_H
#define BOOKONCE_BOOK_SLOTS_H

#include "base/answer.h"
#include "base/arguments.h"
#include "store/store.h"
#include "verbs/slot_resources.h"

typedef struct BoSlotsCall
{
    int count;
    int asked; /* how many of them the caller has named; the parts of their resources come behind these */
    BoSlotCall *calls;
    BoSlotCall *named; /* if there is now a member for each unit of some: as the caller has named them; or NULL */
    int named_count;
    BoBookingAnswer *answers;
    BoResources resources; /* of each member, in their order */
    int *order;            /* members in order of resource and start */
    bool all_or_nothing;
    bool was_looked_at;       /* the caller has just looked whether the slots are free */
    bool is_party;            /* one call of book_slot(), with a member for each unit */
    const BoSlotLock *within; /* the caller has all locks, and this is that of the whole; NULL: it has none */
    int32 offered;            /* the holds that it made for those who wait for a member; they stand if it does */
    Interval *hold_for;
    TimestampTz valid_until;
    text *tenant;
    pg_uuid_t group_id;
} BoSlotsCall;

/* Returns true for a member that one pass can decide together with others. */
static inline bool bo_slots_is_plain(const BoSlotsCall *group, int i)
{
    return group->resources.locks[i].kind == BO_KIND_PLAIN && group->calls[i].quantity == 1 &&
           group->calls[i].kind == NULL;
}

/*
 * Returns true for a member that is inserted together with others. A part is not: its member's number does not say
 * where it stands in the call.
 */
static inline bool bo_slots_is_inserted_together(const BoSlotsCall *group, int i)
{
    return bo_slots_is_plain(group, i) && group->calls[i].member > 0;
}

/* The answer for the whole of a part, which comes before it. */
static inline BoBookingAnswer *bo_slots_whole(const BoSlotsCall *group, int i)
{
    return &group->answers[-group->calls[i].member - group->calls[0].member];
}

static inline bool bo_slots_is_decided(const BoSlotsCall *group, int i)
{
    return group->answers[i].outcome != BO_OUTCOME_INVALID;
}

extern void bo_book_slots_arguments(FunctionCallInfo fcinfo, BoSlotsCall *group);
extern bool bo_slots_replay(BoStore *store, BoSlotsCall *group, TimestampTz now);
extern void bo_slots_book(BoStore *store, BoSlotsCall *group);
extern void bo_slots_insert(BoStore *store, BoSlotsCall *group, TimestampTz now);
extern uint64 bo_slots_find_blockers(BoStore *store, const BoSlotsCall *group, TimestampTz now);
extern bool bo_slots_find_taken(BoStore *store, BoSlotsCall *group, TimestampTz now);

#endif
