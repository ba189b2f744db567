/*
 * store_hours.h
 *   The statements on opening hours and calendars, and the columns that they return.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_STORE_HOURS_H
#define BOOKONCE_STORE_HOURS_H

#include "store/store.h"

typedef enum BoFindHoursOf
{
    BO_FIND_HOURS_OF_RESOURCE_ID = 1,
    BO_FIND_HOURS_OF_TIME_ZONE,
    BO_FIND_HOURS_OF_KEEPS_HOURS,
    BO_FIND_HOURS_OF_COLUMNS = BO_FIND_HOURS_OF_KEEPS_HOURS
} BoFindHoursOf;

typedef enum BoLockCalendar
{
    BO_LOCK_CALENDAR_ID = 1,
    BO_LOCK_CALENDAR_COLUMNS = BO_LOCK_CALENDAR_ID
} BoLockCalendar;

typedef enum BoLockFollowers
{
    BO_LOCK_FOLLOWERS_RESOURCE = 1, /* its name */
    BO_LOCK_FOLLOWERS_COLUMNS = BO_LOCK_FOLLOWERS_RESOURCE
} BoLockFollowers;

extern BoStatement bo_sql_keep_hours, bo_sql_delete_hours, bo_sql_insert_hours, bo_sql_find_overlapping_hours;
extern BoStatement bo_sql_find_hours_of, bo_sql_delete_hours_from, bo_sql_insert_hours_from, bo_sql_insert_always_open,
    bo_sql_keep_days;
extern BoStatement bo_sql_define_calendar, bo_sql_lock_calendar, bo_sql_share_calendar, bo_sql_lock_followers,
    bo_sql_follow_calendar, bo_sql_delete_calendar_days, bo_sql_delete_calendar;

#endif
