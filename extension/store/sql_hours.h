/*
 * sql_hours.h
 *   When a resource is open, for the SQL texts of store_*.c.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_SQL_HOURS_H
#define BOOKONCE_SQL_HOURS_H

#include "store/sql.h"

/* clang-format off */

/*
 * All of these are for RESOURCE_AS_NOW; from_day, unqualified, also works if opening_hours does not have the column
 * yet.
 */

/* Resource r is not open at all times. */
#define HAS_HOURS "(r.keeps_hours OR n.keeps_days OR n.calendar_id IS NOT NULL)"

/* The days around a time range, by the wall clock. */
#define DAYS_AROUND(within) \
    "pg_catalog.generate_series(" \
        "pg_catalog.date_trunc('day', " WALL_CLOCK("pg_catalog.lower(" within ")") ")" \
             MINUS "'1 day'::pg_catalog.interval, " \
        WALL_CLOCK("pg_catalog.upper(" within ")") ", '1 day'::pg_catalog.interval) AS d(day) "

/*
 * The hours that could apply on each of these days, with their rank: the day's own, the calendar's, those of the
 * weekday, and if the resource has none of these, all day.
 */
#define HOURS_OF_DAYS(within) \
    "SELECT d.day, h.opens, h.closes, CASE WHEN h.resource_id" EQ "r.resource_id THEN 1 ELSE 2 END AS rank, " \
    "       from_day " \
    "FROM " DAYS_AROUND(within) \
    "JOIN ONLY bookonce.opening_hours AS h ON h.tenant" EQ "r.tenant AND h.weekday" EQ "0 " \
    "     AND h.resource_id" EQ "ANY (ARRAY[r.resource_id, n.calendar_id]) " \
    "     AND from_day" EQ "d.day::pg_catalog.date " \
    "WHERE n.keeps_days OR n.calendar_id IS NOT NULL " \
    "UNION ALL " \
    "SELECT d.day, h.opens, h.closes, 3, from_day " \
    "FROM " DAYS_AROUND(within) \
    "JOIN ONLY bookonce.opening_hours AS h ON h.tenant" EQ "r.tenant AND h.resource_id" EQ "r.resource_id " \
    "     AND h.weekday" EQ "EXTRACT(ISODOW FROM d.day)::pg_catalog.int4 " \
    "     AND from_day OPERATOR(pg_catalog.<=) d.day::pg_catalog.date " \
    "WHERE r.keeps_hours " \
    "UNION ALL " \
    "SELECT d.day, '00:00'::pg_catalog.time, '24:00'::pg_catalog.time, 4, '-infinity'::pg_catalog.date " \
    "FROM " DAYS_AROUND(within) "WHERE NOT r.keeps_hours"

/* The zone has this day: some zones have skipped one when they changed sides of the date line. */
#define ZONE_HAS_DAY(day) \
    WALL_CLOCK(INSTANT("(" day PLUS "'12:00'::pg_catalog.time)")) "::pg_catalog.date" EQ day "::pg_catalog.date"

/* When resource r is open around a time range, by its opening hours: a tstzmultirange, or NULL. */
#define OPEN_TIME(within) \
    "(SELECT pg_catalog.range_agg(pg_catalog.tstzrange(w.opens, w.closes)) " \
    " FROM (SELECT " INSTANT("(h.day" PLUS "h.opens)") " AS opens, " \
                     INSTANT("((CASE WHEN h.closes" MORE_THAN "h.opens THEN h.day " \
                             "  ELSE h.day" PLUS "'1 day'::pg_catalog.interval END)" PLUS "h.closes)") " AS closes " \
    "       FROM (SELECT u.day, u.opens, u.closes, " \
    "                    pg_catalog.rank() OVER (PARTITION BY u.day ORDER BY u.rank, u.from_day DESC) AS rank " \
    "             FROM (" HOURS_OF_DAYS(within) ") AS u) AS h " \
    "       WHERE h.rank" EQ "1 AND h.closes OPERATOR(pg_catalog.<>) h.opens AND " ZONE_HAS_DAY("h.day") ") AS w " \
    " WHERE w.opens OPERATOR(pg_catalog.<) w.closes)"

/* clang-format on */

#endif
