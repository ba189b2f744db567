/*
 * store_parts.h
 *   The statements on the parts of resources, and of bookings.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_STORE_PARTS_H
#define BOOKONCE_STORE_PARTS_H

#include "base/limits.h"
#include "store/store.h"

typedef enum BoFindParts
{
    BO_FIND_PARTS_RESOURCE = 1,
    BO_FIND_PARTS_RESOURCE_ID,
    BO_FIND_PARTS_CAPACITY,
    BO_FIND_PARTS_QUANTITY,  /* the sum over all ways that lead to it */
    BO_FIND_PARTS_DEPTH,     /* of the longest way */
    BO_FIND_PARTS_WAYS,      /* how many ways there are to all parts together */
    BO_FIND_PARTS_TIME_ZONE, /* NULL: it has no rules */
    BO_FIND_PARTS_HAS_LINE,  /* somebody may wait in line for it */
    BO_FIND_PARTS_COLUMNS = BO_FIND_PARTS_HAS_LINE
} BoFindParts;

typedef enum BoFindOwnParts
{
    BO_FIND_OWN_PARTS_RESOURCE_ID = 1,
    BO_FIND_OWN_PARTS_IDS, /* NULL: it has none */
    BO_FIND_OWN_PARTS_QUANTITIES,
    BO_FIND_OWN_PARTS_COLUMNS = BO_FIND_OWN_PARTS_QUANTITIES
} BoFindOwnParts;

typedef enum BoFindWholes
{
    BO_FIND_WHOLES_RESOURCE = 1,
    BO_FIND_WHOLES_IS_BOOKED,
    BO_FIND_WHOLES_HAS_WAITERS,
    BO_FIND_WHOLES_COLUMNS = BO_FIND_WHOLES_HAS_WAITERS
} BoFindWholes;

/* For a booking that has parts, or is one: the bookings that belong to it. */
typedef enum BoFindBookedParts
{
    BO_FIND_BOOKED_PARTS_IS_PART = 1, /* true if the booking itself is a part; then the other one is its whole */
    BO_FIND_BOOKED_PARTS_RESOURCE,    /* of the booking itself */
    BO_FIND_BOOKED_PARTS_BOOKING_ID,
    BO_FIND_BOOKED_PARTS_PART_RESOURCE,
    BO_FIND_BOOKED_PARTS_IS_RELEASED,
    BO_FIND_BOOKED_PARTS_COLUMNS = BO_FIND_BOOKED_PARTS_IS_RELEASED
} BoFindBookedParts;

extern BoStatement bo_sql_find_parts, bo_sql_find_own_parts, bo_sql_set_parts, bo_sql_find_wholes, bo_sql_read_parts,
    bo_sql_find_booked_parts, bo_sql_find_other_parts, bo_sql_follow_whole, bo_sql_give_back_parts, bo_sql_make_whole,
    bo_sql_add_parts, bo_sql_take_over_parts;

#endif
