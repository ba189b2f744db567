/*
 * store_hours.c
 *   The statements on opening hours, of weekdays and of days, and on calendars.
 *
 * opening_hours has the hours of resources and, under their negative ids, those of calendars. Weekday 0 stands for the
 * single day from_day; the rows of a weekday apply from from_day on, until later ones do. A row that opens and closes
 * at the same time, 00:00, means closed. store_booking.c says why every operator is qualified.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/store_hours.h"

#include "store/sql.h"

/* clang-format off */

#define FROM_ALWAYS "'-infinity'::pg_catalog.date"
/* from_day of opening hours h, even if the table does not have the column yet (RESOURCE_AS_NOW explains how). */
#define FROM_DAY \
    "(SELECT x.from_day FROM (SELECT " FROM_ALWAYS ") AS older(from_day), " \
    "    LATERAL (SELECT from_day FROM (SELECT h.*) AS y) AS x)"

BoStatement bo_sql_keep_hours = {.sql =
    "UPDATE ONLY bookonce.resource AS r SET keeps_hours = $3 WHERE " THIS_RESOURCE " "
    "AND r.keeps_hours OPERATOR(pg_catalog.<>) $3"};

/* $3 is the weekday, or NULL for all. */
BoStatement bo_sql_delete_hours = {.sql =
    "DELETE FROM ONLY bookonce.opening_hours AS h USING ONLY bookonce.resource AS r "
    "WHERE " THIS_RESOURCE " AND h.tenant" EQ "r.tenant AND h.resource_id" EQ "r.resource_id AND "
    "($3 IS NULL AND h.weekday" MORE_THAN "0 OR h.weekday" EQ "$3)"};

/* If there are fewer rows than times, two of these open at the same time. */
BoStatement bo_sql_insert_hours = {.sql =
    "INSERT INTO bookonce.opening_hours (tenant, resource_id, weekday, opens, closes) "
    "SELECT r.tenant, r.resource_id, $3, u.opens, u.closes "
    "FROM ONLY bookonce.resource AS r, ROWS FROM (pg_catalog.unnest($4), pg_catalog.unnest($5)) AS u(opens, closes) "
    "WHERE " THIS_RESOURCE " ON CONFLICT DO NOTHING"};

/*
 * Returns a row if two of a resource's weekly hours overlap. They are laid out over this week and the next, so that
 * Sunday night meets Monday.
 */
BoStatement bo_sql_find_overlapping_hours = {.sql =
    "WITH week AS ("
    "    SELECT h.weekday, h.opens, w.week, pg_catalog.tsrange(d.day" PLUS "h.opens, "
    "           CASE WHEN h.closes" MORE_THAN "h.opens THEN d.day ELSE d.day" PLUS "'1 day'::pg_catalog.interval "
    "END" PLUS "h.closes) AS open "
    "    FROM ONLY bookonce.resource AS r JOIN ONLY bookonce.opening_hours AS h ON h.tenant" EQ "r.tenant "
    "AND h.resource_id" EQ "r.resource_id, "
    "         pg_catalog.generate_series(0, 1) AS w(week), "
    "         LATERAL (SELECT '2001-01-01'::timestamp without time zone" PLUS
    "                  pg_catalog.make_interval(0, 0, w.week, h.weekday OPERATOR(pg_catalog.-) 1) AS day) AS d "
    "    WHERE " THIS_RESOURCE " AND h.weekday" MORE_THAN "0 AND " FROM_DAY EQ FROM_ALWAYS ") "
    "SELECT 1 FROM week AS a, week AS b WHERE a.open" OVERLAPS "b.open "
    "AND ROW(a.week, a.weekday, a.opens) OPERATOR(pg_catalog.<) ROW(b.week, b.weekday, b.opens)LIMIT 1"};

BoStatement bo_sql_find_hours_of = {.sql =
    "SELECT r.resource_id, r.time_zone, r.keeps_hours FROM ONLY bookonce.resource AS r WHERE " THIS_RESOURCE,
    .columns = BO_FIND_HOURS_OF_COLUMNS};

/* $2 is the id of a resource or a calendar, $3 the weekday, $4 the day. */
BoStatement bo_sql_delete_hours_from = {.sql =
    "DELETE FROM ONLY bookonce.opening_hours AS h "
    "WHERE h.tenant" EQ "$1 AND h.resource_id" EQ "$2 AND h.weekday" EQ "$3 AND h.from_day" EQ "$4"};

BoStatement bo_sql_insert_hours_from = {.sql =
    "INSERT INTO bookonce.opening_hours (tenant, resource_id, weekday, from_day, opens, closes) "
    "SELECT $1, $2, $3, $4, u.opens, u.closes "
    "FROM ROWS FROM (pg_catalog.unnest($5), pg_catalog.unnest($6)) AS u(opens, closes)"};

/* Until other hours begin to apply, the resource is always open, like one without hours. */
BoStatement bo_sql_insert_always_open = {.sql =
    "INSERT INTO bookonce.opening_hours (tenant, resource_id, weekday, opens, closes) "
    "SELECT $1, $2, w.weekday, '00:00', '24:00' FROM pg_catalog.generate_series(1, 7) AS w(weekday)"};

BoStatement bo_sql_keep_days = {.sql =
    "UPDATE ONLY bookonce.resource AS r SET keeps_days = NOT r.keeps_days WHERE " THIS_RESOURCE " "
    "AND r.keeps_days OPERATOR(pg_catalog.<>) EXISTS (SELECT FROM ONLY bookonce.opening_hours AS h "
    "    WHERE h.tenant" EQ "r.tenant AND h.resource_id" EQ "r.resource_id AND h.weekday" EQ "0)"};

BoStatement bo_sql_define_calendar = {.sql =
    "INSERT INTO bookonce.calendar (tenant, calendar) VALUES ($1, $2) ON CONFLICT DO NOTHING"};

/* The first locks a calendar that is to be changed, the second one that a resource begins to follow. */
BoStatement bo_sql_lock_calendar = {.sql =
    "SELECT c.calendar_id FROM ONLY bookonce.calendar AS c WHERE c.tenant" EQ "$1 AND c.calendar" EQ "$2 FOR UPDATE",
    .columns = BO_LOCK_CALENDAR_COLUMNS};
BoStatement bo_sql_share_calendar = {.sql =
    "SELECT c.calendar_id FROM ONLY bookonce.calendar AS c WHERE c.tenant" EQ "$1 AND c.calendar" EQ "$2 FOR SHARE",
    .columns = BO_LOCK_CALENDAR_COLUMNS};

/*
 * The resources that follow calendar $2. Their rows are locked before the resources themselves, as by every verb that
 * changes a resource, so that none is renamed in between. They are locked in one order, because two calendars may be
 * changed at once.
 */
BoStatement bo_sql_lock_followers = {.sql =
    "SELECT r.resource FROM ONLY bookonce.resource AS r WHERE r.tenant" EQ "$1 AND r.calendar_id" EQ "$2 "
    "ORDER BY r.resource_id FOR SHARE",
    .columns = BO_LOCK_FOLLOWERS_COLUMNS};

/* $3 is the calendar's id, or NULL. */
BoStatement bo_sql_follow_calendar = {.sql =
    "UPDATE ONLY bookonce.resource AS r SET calendar_id = $3 WHERE " THIS_RESOURCE " "
    "AND r.calendar_id IS DISTINCT FROM $3"};

BoStatement bo_sql_delete_calendar_days = {.sql =
    "DELETE FROM ONLY bookonce.opening_hours AS h WHERE h.tenant" EQ "$1 AND h.resource_id" EQ "$2"};
BoStatement bo_sql_delete_calendar = {.sql =
    "DELETE FROM ONLY bookonce.calendar AS c WHERE c.tenant" EQ "$1 AND c.calendar_id" EQ "$2"};
