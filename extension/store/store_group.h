/*
 * row.h reads the columns. BoStatement.columns says how many there are, so if a list in SQL grows without its enum, an
 * assertion fails at the first run.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_STORE_GROUP_H
#define BOOKONCE_STORE_GROUP_H

#include "store/store.h"
#include "store/store_booking.h"

typedef enum BoFindKinds
{
    BO_FIND_KINDS_RESOURCE_ID = 1, /* NULL: no such resource, and the other columns are NULL too */
    BO_FIND_KINDS_PLAIN,
    BO_FIND_KINDS_COUNTS,
    BO_FIND_KINDS_CAPACITY,
    BO_FIND_KINDS_BY_HOLDER,
    BO_FIND_KINDS_HAS_WAITERS,
    BO_FIND_KINDS_HAS_PARTS,
    BO_FIND_KINDS_COLUMNS = BO_FIND_KINDS_HAS_PARTS
} BoFindKinds;

typedef enum BoFindZones
{
    BO_FIND_ZONES_RESOURCE_ID = 1,
    BO_FIND_ZONES_PLAIN,
    BO_FIND_ZONES_TIME_ZONE,
    BO_FIND_ZONES_HAS_WAITERS,
    BO_FIND_ZONES_COLUMNS = BO_FIND_ZONES_HAS_WAITERS
} BoFindZones;

typedef enum BoInsertMembers
{
    BO_INSERT_MEMBERS_MEMBER = 1,
    BO_INSERT_MEMBERS_COLUMNS = BO_INSERT_MEMBERS_MEMBER
} BoInsertMembers;

typedef enum BoFindMemberBlockers
{
    BO_FIND_MEMBER_BLOCKERS_MEMBER = 1,
    BO_FIND_MEMBER_BLOCKERS_BUSY, /* NULL: only lapsed holds */
    BO_FIND_MEMBER_BLOCKERS_HAS_LAPSED,
    BO_FIND_MEMBER_BLOCKERS_COLUMNS = BO_FIND_MEMBER_BLOCKERS_HAS_LAPSED
} BoFindMemberBlockers;

typedef enum BoFindGroup
{
    BO_FIND_GROUP_MEMBER = BO_BOOKING_ROW_COLUMNS + 1, /* after those of BoBookingRow */
    BO_FIND_GROUP_COLUMNS = BO_FIND_GROUP_MEMBER
} BoFindGroup;

typedef enum BoCancelGroup
{
    BO_CANCEL_GROUP_MEMBER = 1,
    BO_CANCEL_GROUP_COLUMNS = BO_CANCEL_GROUP_MEMBER
} BoCancelGroup;

typedef enum BoConfirmGroup
{
    BO_CONFIRM_GROUP_MEMBER = 1,
    BO_CONFIRM_GROUP_BOOKING_ID,
    BO_CONFIRM_GROUP_WAS_TO_LAPSE_AT,
    BO_CONFIRM_GROUP_COLUMNS = BO_CONFIRM_GROUP_WAS_TO_LAPSE_AT
} BoConfirmGroup;

typedef enum BoCountBookings
{
    BO_COUNT_BOOKINGS_TAKEN = 1,
    BO_COUNT_BOOKINGS_COLUMNS = BO_COUNT_BOOKINGS_TAKEN
} BoCountBookings;

typedef enum BoFindPlace
{
    BO_FIND_PLACE_RESOURCE_ID = 1,
    BO_FIND_PLACE_UNIT, /* NULL: booked with allow_overlap */
    BO_FIND_PLACE_DURING,
    BO_FIND_PLACE_BLOCKS,
    BO_FIND_PLACE_COLUMNS = BO_FIND_PLACE_BLOCKS
} BoFindPlace;

extern BoStatement bo_sql_find_kinds, bo_sql_find_zones, bo_sql_move_plain_bookings, bo_sql_insert_members,
    bo_sql_insert_members_returning, bo_sql_find_member_blockers, bo_sql_find_group, bo_sql_confirm_group,
    bo_sql_put_back_holds, bo_sql_cancel_group, bo_sql_count_bookings, bo_sql_move_booking, bo_sql_find_place,
    bo_sql_put_place, bo_sql_end_booking;

#endif
