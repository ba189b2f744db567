/*
 * store_availability.c
 *   The statements that read the rules of a resource, or of many, for a stretch of time.
 *
 * The counterparts of bo_sql_judge in store_policy.c: what that statement says about one slot, these say about any slot
 * in the stretch. store_booking.c says why every operator is qualified.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/store_availability.h"

#include "store/sql_hours.h"
#include "store/sql_limits.h"
#include "store/store_needs.h"

/* clang-format off */

/*
 * The period of limit l that the wall clock shows at the start, less a day: a clock that is put back may show the day
 * before once more.
 */
#define FIRST_PERIOD "pg_catalog.date_trunc(l.period, " WALL_CLOCK("pg_catalog.lower($3)") MINUS \
    "'1 day'::pg_catalog.interval)"
#define LAST_PERIOD "pg_catalog.date_trunc(l.period, " WALL_CLOCK("pg_catalog.upper($3)") ")"

/* The periods, by the wall clock, in which $5 units would exceed a limit: a tsmultirange, or NULL. $4 is the clock. */
#define FULL_PERIODS \
    "(SELECT pg_catalog.range_agg(pg_catalog.tsrange(u.first, u.first" PLUS "l.length)) " \
    " FROM " LIMITS ", " \
    "      LATERAL (SELECT pg_catalog.date_trunc(l.period, " WALL_CLOCK("pg_catalog.lower(b.during)") ") AS first " \
    "               FROM bookonce.booking AS b " \
    "               WHERE bookonce.slot_key(b.resource_id, b.unit, b.blocks)" SAME_RESOURCE \
    "                     bookonce.slot_key(r.resource_id, 1, pg_catalog.tstzrange(" \
                              INSTANT(FIRST_PERIOD) MINUS "'24:00:00'::pg_catalog.interval, " \
                              INSTANT("(" LAST_PERIOD PLUS "l.length)") PLUS "'24:00:00'::pg_catalog.interval)) " \
    "                 AND " IS_LIVE " AND NOT " LAPSED_AT("$4") " " \
    "               GROUP BY 1 HAVING $5" PLUS "pg_catalog.count(*)" MORE_THAN "l.most) AS u " \
    " WHERE l.most IS NOT NULL)"

/*
 * Returns no row if there is no such resource. $6 is a zone that PostgreSQL is known to have, as in bo_sql_judge: for a
 * resource in any other zone, hours and limits are not read.
 */
BoStatement bo_sql_find_window = {.sql =
    "SELECT r.resource_id, r.capacity, " RULES ", "
    "       COALESCE($5" MORE_THAN "LEAST(r.max_per_day, r.max_per_week, r.max_per_month, r.max_per_year), false), "
    "       CASE WHEN " HAS_HOURS " AND r.time_zone" EQ "$6 "
    "            THEN COALESCE(" OPEN_TIME("$3") ", '{}'::pg_catalog.tstzmultirange) END, "
    "       CASE WHEN r.time_zone" EQ "$6 THEN " FULL_PERIODS " END, "
    "       n.has_closures OR n.overdue_blocks, n.has_waiters, n.strict_line, n.has_parts "
    "FROM " RESOURCE_AS_NOW " WHERE " THIS_RESOURCE,
    .columns = BO_FIND_WINDOW_COLUMNS, .loops = true};

/*
 * The same for resources $1. But because many have the same hours, this only returns what the hours follow from;
 * bo_sql_find_open computes them. $6 are zones that PostgreSQL is known to have.
 */
BoStatement bo_sql_find_windows = {.sql =
    "SELECT u.n::pg_catalog.int4, r.capacity, " RULES ", "
    "       COALESCE($5" MORE_THAN "LEAST(r.max_per_day, r.max_per_week, r.max_per_month, r.max_per_year), false), "
    "       CASE WHEN r.time_zone" EQ "ANY ($6) THEN " FULL_PERIODS " END, n.has_closures OR n.overdue_blocks, "
    "       CASE WHEN " HAS_HOURS " THEN ROW(r.time_zone, r.keeps_hours, n.calendar_id, "
    "            ARRAY(SELECT ROW(h.weekday, from_day, h.opens, h.closes) FROM ONLY bookonce.opening_hours AS h "
    "                  WHERE h.tenant" EQ "r.tenant AND h.resource_id" EQ "r.resource_id "
    "                  ORDER BY h.weekday, from_day, h.opens))::pg_catalog.text END "
    "FROM pg_catalog.unnest($1) WITH ORDINALITY AS u(resource_id, n), " RESOURCE_AS_NOW " "
    "WHERE r.tenant" EQ "$2 AND r.resource_id" EQ "u.resource_id",
    .columns = BO_FIND_WINDOWS_COLUMNS, .loops = true};

/* When resources $1 are open around $2. */
BoStatement bo_sql_find_open = {.sql =
    "SELECT u.n::pg_catalog.int4, COALESCE(" OPEN_TIME("$2") ", '{}'::pg_catalog.tstzmultirange) "
    "FROM pg_catalog.unnest($1) WITH ORDINALITY AS u(resource_id, n), " RESOURCE_AS_NOW " "
    "WHERE r.resource_id" EQ "u.resource_id AND r.time_zone" EQ "ANY ($3)",
    .columns = BO_FIND_OPEN_COLUMNS};
