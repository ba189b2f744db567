/*
 * group.h
 *   One book_slots() call: its members, their locks and their answers.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_GROUP_H
#define BOOKONCE_GROUP_H

#include "bookonce.h"

typedef struct SlotGroup
{
    int count;
    BoSlotRequest *requests;
    BoBookingAnswer *answers;
    BoSlotLock *locks;
    int64 *resource_ids;
    int *order; /* members in order of resource and start */
    bool all_or_nothing;
    Interval *hold_for;
    TimestampTz valid_until;
    text *tenant;
    pg_uuid_t group_id;
} SlotGroup;

extern void bo_group_arguments(FunctionCallInfo fcinfo, SlotGroup *group);

#endif
