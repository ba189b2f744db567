/*
 * store_starts.c
 *   The statements on the times at which bookings of a resource begin and end.
 *
 * store_booking.c says why every operator is qualified.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/store_starts.h"

#include "store/sql.h"

/* clang-format off */

#define TIMES " OPERATOR(pg_catalog.*) "
#define BY " OPERATOR(pg_catalog./) "
#define EXACT_SECONDS(time) "(EXTRACT(EPOCH FROM " time "))"
/* The seconds of a time of day, and those of the week before a weekday; 1 is Monday. */
#define SECONDS(time) EXACT_SECONDS(time) "::pg_catalog.int4"
#define DAYS_BEFORE(weekday) "(86400" TIMES "(" weekday MINUS "1))"

/*
 * The new times: those of the other weekdays stay, and $3 are the times of the weekdays in $4. If none is left, the
 * result is NULL, and any time is allowed.
 */
#define TIMES_THEN(column) \
    "(SELECT pg_catalog.array_agg(u.second ORDER BY u.second) FROM (" \
    "    SELECT s.second FROM pg_catalog.unnest(r." column ") AS s(second) " \
    "    WHERE s.second" BY "86400" PLUS "1 OPERATOR(pg_catalog.<>) ALL ($4) " \
    "    UNION SELECT " DAYS_BEFORE("w.weekday") PLUS SECONDS("t.time") " " \
    "    FROM pg_catalog.unnest($3) AS t(time), pg_catalog.unnest($4) AS w(weekday)) AS u)"
#define SET(column) \
    "UPDATE ONLY bookonce.resource AS r SET " column " = " TIMES_THEN(column) " WHERE " THIS_RESOURCE " " \
    "AND r." column " IS DISTINCT FROM " TIMES_THEN(column)

BoStatement bo_sql_set_starts = {.sql = SET("starts")};
BoStatement bo_sql_set_ends = {.sql = SET("ends")};

/* The hours of resource r, weekly ones and those of single days, including those of the calendar that it follows. */
#define ITS_OPEN_HOURS \
    "FROM ONLY bookonce.opening_hours AS h WHERE h.tenant" EQ "r.tenant " \
    "AND h.resource_id" EQ "ANY (ARRAY[r.resource_id, n.calendar_id]) AND h.opens OPERATOR(pg_catalog.<>) h.closes"

/*
 * A start of the grid lies within hours h. Hours that go on after midnight contain midnight, where the grid begins
 * again; hours that close at 00:00 end with their own day.
 */
#define GRID_MEETS_THEM \
    "(h.closes" MORE_THAN "'00:00' AND h.closes OPERATOR(pg_catalog.<) h.opens " \
    " OR CASE WHEN h.closes" EQ "'00:00' THEN 86400 ELSE " EXACT_SECONDS("h.closes") " END" MORE_THAN \
    "    (pg_catalog.ceil(" EXACT_SECONDS("h.opens") BY "NULLIF(" EXACT_SECONDS("n.start_every") ", 0))" \
    TIMES EXACT_SECONDS("n.start_every") "))"

#define ON_GRID \
    "(n.start_every IS NULL " \
    "OR pg_catalog.mod(pg_catalog.mod(s.second, 86400)::pg_catalog.int8" TIMES "1000000, " \
    "    NULLIF((EXTRACT(EPOCH FROM n.start_every)" TIMES "1000000)::pg_catalog.int8, 0))" EQ "0)"

/* A fixed start lies within hours h; those of Sunday may last into Monday. */
#define OPENS "(SELECT " DAYS_BEFORE("CASE WHEN weekday" EQ "0 " \
    "THEN EXTRACT(ISODOW FROM from_day)::pg_catalog.int4 ELSE weekday END") PLUS SECONDS("opens") " " \
    "FROM (SELECT h.*) AS x)"
#define START_MEETS_THEM \
    "EXISTS (SELECT FROM pg_catalog.unnest(n.starts) AS s(second), " \
    "    LATERAL (SELECT pg_catalog.mod(s.second" PLUS "604800" MINUS OPENS ", 604800) AS after) AS o " \
    "    WHERE " ON_GRID " AND o.after OPERATOR(pg_catalog.<) " \
    "        (" SECONDS("h.closes") MINUS SECONDS("h.opens") PLUS \
    "         CASE WHEN h.closes" MORE_THAN "h.opens THEN 0 ELSE 86400 END))"

/* Returns a row if the rules on starts let no booking begin: none in the opening hours, or none on the grid. */
BoStatement bo_sql_find_unmet_grid = {.sql =
    "SELECT 1 FROM " RESOURCE_AS_NOW " WHERE " THIS_RESOURCE " AND "
    "CASE WHEN r.keeps_hours AND EXISTS (SELECT " ITS_OPEN_HOURS ") "
    "     THEN NOT EXISTS (SELECT " ITS_OPEN_HOURS " AND "
    "         CASE WHEN n.starts IS NOT NULL THEN " START_MEETS_THEM
    "              WHEN n.start_every IS NOT NULL THEN " GRID_MEETS_THEM " ELSE true END) "
    "     ELSE n.starts IS NOT NULL "
    "          AND NOT EXISTS (SELECT FROM pg_catalog.unnest(n.starts) AS s(second) WHERE " ON_GRID ") END"};
