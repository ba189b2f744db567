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
#include "verbs/book_slot.h"

typedef struct BoSlotsCall
{
    int count;
    BoSlotCall *calls;
    BoBookingAnswer *answers;
    BoResources resources; /* of each member, in their order */
    int *order;            /* members in order of resource and start */
    bool all_or_nothing;
    Interval *hold_for;
    TimestampTz valid_until;
    text *tenant;
    pg_uuid_t group_id;
} BoSlotsCall;

extern void bo_book_slots_arguments(FunctionCallInfo fcinfo, BoSlotsCall *group);

#endif
