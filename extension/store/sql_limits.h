/*
 * sql_limits.h
 *   How many units may be booked in a period, for the SQL texts of store_*.c.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_SQL_LIMITS_H
#define BOOKONCE_SQL_LIMITS_H

#include "store/sql.h"

/* clang-format off */

/* The limits of resource r. */
#define LIMITS \
    "LATERAL (VALUES ('day'::pg_catalog.text, r.max_per_day, '1 day'::pg_catalog.interval), " \
    "        ('week', r.max_per_week, '7 days'), ('month', r.max_per_month, '1 month'), " \
    "        ('year', r.max_per_year, '1 year')) AS l(period, most, length)"

/* Each limit with the period in which an instant lies by the wall clock. */
#define LIMITS_OF(instant) \
    LIMITS ", LATERAL (SELECT pg_catalog.date_trunc(l.period, " WALL_CLOCK(instant) ") AS first) AS p"

/*
 * Live rows b of resource r whose wall clock at their start shows period p of limit l. A comparison with two instants
 * would not do: where a clock goes back across midnight (as in the Azores), the hour before and the hour after show the
 * same day. One more day on each side finds both.
 */
#define STARTS_IN_PERIOD \
    "bookonce.slot_key(b.resource_id, b.unit, b.blocks)" SAME_RESOURCE \
    "bookonce.slot_key(r.resource_id, 1, pg_catalog.tstzrange(" \
         INSTANT("p.first") MINUS "'24:00:00'::pg_catalog.interval, " \
         INSTANT("(p.first" PLUS "l.length)") PLUS "'24:00:00'::pg_catalog.interval)) " \
    "AND " IS_LIVE " " \
    "AND " WALL_CLOCK("pg_catalog.lower(b.during)") " OPERATOR(pg_catalog.>=) p.first " \
    "AND " WALL_CLOCK("pg_catalog.lower(b.during)") " OPERATOR(pg_catalog.<) (p.first" PLUS "l.length)"

/* clang-format on */

#endif
