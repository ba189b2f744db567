/*
 * store_booking.h
 *   The statements on bookings, and the columns that they return.
 *
 * row.h reads the columns. BoStatement.columns says how many there are, so if a list in SQL grows without its enum, an
 * assertion fails at the first run.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_STORE_BOOKING_H
#define BOOKONCE_STORE_BOOKING_H

#include "store/store.h"

/* BOOKING_COLUMNS of sql.h, which bo_booking_row_read() reads. */
typedef enum BoBookingRow
{
    BO_BOOKING_ROW_BOOKING_ID = 1,
    BO_BOOKING_ROW_GROUP_ID,
    BO_BOOKING_ROW_UNITS,
    BO_BOOKING_ROW_DURING,
    BO_BOOKING_ROW_LAPSES_AT,
    BO_BOOKING_ROW_REQUEST_HASH,
    BO_BOOKING_ROW_STATUS,
    BO_BOOKING_ROW_RESOURCE,
    BO_BOOKING_ROW_WRITER,
    BO_BOOKING_ROW_KIND,
    BO_BOOKING_ROW_COLUMNS = BO_BOOKING_ROW_KIND,
    BO_CHANGE_HOLD_WAS_TO_LAPSE_AT, /* of bo_sql_confirm_booking and bo_sql_extend_hold, after those */
    BO_CHANGE_HOLD_COLUMNS = BO_CHANGE_HOLD_WAS_TO_LAPSE_AT,
    BO_CANCEL_ON_HAS_WAITERS = BO_BOOKING_ROW_COLUMNS + 1, /* of bo_sql_cancel_on, likewise */
    BO_CANCEL_ON_COLUMNS = BO_CANCEL_ON_HAS_WAITERS,
    BO_INSERT_MEMBERS_RETURNING_MEMBER = BO_BOOKING_ROW_COLUMNS + 1, /* of bo_sql_insert_members_returning, likewise */
    BO_INSERT_MEMBERS_RETURNING_COLUMNS = BO_INSERT_MEMBERS_RETURNING_MEMBER
} BoBookingRow;

typedef enum BoFindKey
{
    BO_FIND_KEY_MEMBER = BO_BOOKING_ROW_COLUMNS + 1, /* after those of BoBookingRow */
    BO_FIND_KEY_COLUMNS = BO_FIND_KEY_MEMBER
} BoFindKey;

typedef enum BoFindUnits
{
    BO_FIND_UNITS_IN_USE = 1,
    BO_FIND_UNITS_COLUMNS = BO_FIND_UNITS_IN_USE
} BoFindUnits;

typedef enum BoFindIntervals
{
    BO_FIND_INTERVALS_BOOKING_ID = 1,
    BO_FIND_INTERVALS_KEY,
    BO_FIND_INTERVALS_HAS_LAPSED,
    BO_FIND_INTERVALS_COLUMNS = BO_FIND_INTERVALS_HAS_LAPSED
} BoFindIntervals;

typedef enum BoFindArrival
{
    BO_FIND_ARRIVAL_ASKS = 1,
    BO_FIND_ARRIVAL_BLOCKS,
    BO_FIND_ARRIVAL_COLUMNS = BO_FIND_ARRIVAL_BLOCKS
} BoFindArrival;

extern BoStatement bo_sql_insert_units, bo_sql_insert_units_returning, bo_sql_insert_units_by_force,
    bo_sql_insert_units_of_kind, bo_sql_insert_units_of_kind_by_force, bo_sql_delete_bookings, bo_sql_find_key,
    bo_sql_release_lapsed, bo_sql_find_units, bo_sql_find_intervals, bo_sql_lift_units, bo_sql_put_units,
    bo_sql_find_booking, bo_sql_confirm_booking, bo_sql_put_back_hold, bo_sql_extend_hold, bo_sql_cancel_booking,
    bo_sql_cancel_on, bo_sql_change_booking, bo_sql_find_changed_booking, bo_sql_find_holders_booking,
    bo_sql_find_resource_of_booking, bo_sql_expire_holds, bo_sql_check_in, bo_sql_no_show, bo_sql_find_arrival;

#endif
