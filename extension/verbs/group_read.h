/*
 * group_read.h
 *   The present state of bookings made together: row by row, and member by member.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_GROUP_READ_H
#define BOOKONCE_GROUP_READ_H

#include "base/answer.h"
#include "base/lock.h"
#include "store/store.h"

/* A booking of a group: one unit. */
typedef struct BoGroupRow
{
    int32 member; /* its place in the call that made it, from 1; for a part, minus that of its whole */
    bool is_over; /* its time has ended by the instant in question */
    BoBookingAnswer booking;
} BoGroupRow;

typedef struct BoGroup
{
    BoGroupRow *rows; /* by member, then unit */
    int row_count;
    BoBookingAnswer *members; /* the state of each member, in order */
    bool *is_over;            /* of each member: something of it stands, and all of that is over */
    int count;
} BoGroup;

/* The locks of the resources that a group's rows are on. */
typedef struct BoGroupLocks
{
    BoSlotLock *locks;
    int count;
} BoGroupLocks;

extern bool bo_group_read(BoStore *store, const text *tenant, const pg_uuid_t *group_id, int32 member, TimestampTz now,
                          TimestampTz since, bool latest, BoGroup *group);
extern bool bo_group_lock_rows(const text *tenant, const BoGroup *group, bool exclusive, BoGroupLocks *held);
extern int bo_group_first(const BoGroup *group);
extern void bo_group_tell(BoStore *store, BoGroup *group, bool cancelled_first);

#endif
