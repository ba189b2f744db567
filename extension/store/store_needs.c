/*
 * store_needs.c
 *   The statements that find the candidates for a need, and what is booked on them.
 *
 * Each reads for all of the resources at once. store_booking.c says why every operator is qualified.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/store_needs.h"

#include "store/sql.h"

/* clang-format off */

/* A condition is not met if the attribute is missing or of another type. */
#define FITS(path) "(n.attributes OPERATOR(pg_catalog.@@) " path ") IS TRUE"

/* The resources named $2, in that order, and whether they meet the conditions $3, which may be NULL. */
BoStatement bo_sql_find_named = {.sql =
    "SELECT u.resource, c.resource_id, c.capacity, c.zone, c.has_waiters, c.has_parts, c.fits "
    "FROM pg_catalog.unnest($2) WITH ORDINALITY AS u(resource, n) "
    "LEFT JOIN LATERAL (SELECT r.resource_id, r.capacity, " ZONE_OF_RULES " AS zone, n.has_waiters, "
    "                          n.has_parts, ($3 IS NULL OR " FITS("$3") ") AS fits "
    "                   FROM " RESOURCE_AS_NOW " WHERE r.tenant" EQ "$1 AND r.resource" EQ "u.resource) AS c ON true "
    "ORDER BY u.n",
    .columns = BO_FIND_NAMED_COLUMNS};

/*
 * At most $2 resources, ordered by name, that fit one of $3 to $6, which may be NULL, and which of these they fit.
 * OFFSET 0, so that each condition is evaluated once for each resource, and not again for those that fit.
 */
BoStatement bo_sql_find_fitting_any = {.sql =
    "SELECT f.* FROM (SELECT r.resource, r.resource_id, r.capacity, " ZONE_OF_RULES " AS zone, n.has_waiters, "
    "       n.has_parts, " FITS("$3") " AS fits, " FITS("$4") " AS fits_2, " FITS("$5") " AS fits_3, "
    "       " FITS("$6") " AS fits_4 "
    "       FROM " RESOURCE_AS_NOW " WHERE r.tenant" EQ "$1 OFFSET 0) AS f "
    "WHERE f.fits OR f.fits_2 OR f.fits_3 OR f.fits_4 ORDER BY f.resource LIMIT $2",
    .columns = BO_FIND_FITTING_ANY_COLUMNS};

/* At most $4 resources, ordered by name, that fit $3: of those named $2 or, if that is NULL, of all. */
BoStatement bo_sql_find_fitting = {.sql =
    "SELECT r.resource, r.resource_id, r.capacity, " ZONE_OF_RULES " FROM " RESOURCE_AS_NOW " "
    "WHERE r.tenant" EQ "$1 AND ($2 IS NULL OR r.resource" EQ "ANY ($2)) AND " FITS("$3") " "
    "ORDER BY r.resource LIMIT $4",
    .columns = BO_FIND_FITTING_COLUMNS};

/*
 * Attribute $4 of one of these resources ($3 may be NULL, too): the largest value that there is or, if $5, the
 * smallest.
 */
BoStatement bo_sql_find_attribute = {.sql =
    "SELECT (n.attributes OPERATOR(pg_catalog.->) $4)::pg_catalog.text FROM " RESOURCE_AS_NOW " "
    "WHERE r.tenant" EQ "$1 AND ($2 IS NULL OR r.resource" EQ "ANY ($2)) AND ($3 IS NULL OR " FITS("$3") ") "
    "  AND n.attributes OPERATOR(pg_catalog.->) $4 OPERATOR(pg_catalog.<>) 'null' "
    "ORDER BY CASE WHEN $5 THEN n.attributes OPERATOR(pg_catalog.->) $4 END, "
    "         n.attributes OPERATOR(pg_catalog.->) $4 DESC LIMIT 1",
    .columns = BO_FIND_ATTRIBUTE_COLUMNS};

/* The name of an attribute that one of the resources has. */
BoStatement bo_sql_find_any_attribute = {.sql =
    "SELECT k.name FROM " RESOURCE_AS_NOW ", LATERAL pg_catalog.jsonb_each(n.attributes) AS k(name, value) "
    "WHERE r.tenant" EQ "$1 AND ($2 IS NULL OR r.resource" EQ "ANY ($2)) "
    "  AND k.value OPERATOR(pg_catalog.<>) 'null' LIMIT 1",
    .columns = BO_FIND_ATTRIBUTE_COLUMNS};

/*
 * Live bookings of resources $1 that touch $3, on units up to each resource's capacity ($2). $4 is the clock. A lapsed
 * hold does not count, whether it has been released or not.
 */
BoStatement bo_sql_find_bookings_of = {.sql =
    "SELECT u.n::pg_catalog.int4, bookonce.slot_key(b.resource_id, b.unit, b.blocks) "
    "FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) WITH ORDINALITY AS u(resource_id, capacity, n) "
    "JOIN bookonce.booking AS b ON bookonce.slot_key(b.resource_id, b.unit, b.blocks)" SAME_RESOURCE
    "    bookonce.slot_key(u.resource_id, 1, $3) "
    "WHERE " IS_LIVE " AND NOT " LAPSED_AT("$4") " AND b.unit OPERATOR(pg_catalog.<=) u.capacity",
    .columns = BO_FIND_BOOKINGS_OF_COLUMNS, .loops = true};

/* Closures of resources $1 that overlap $2, as of $3. */
BoStatement bo_sql_find_closures_of = {.sql =
    "SELECT u.n::pg_catalog.int4, c.during, c.units "
    "FROM pg_catalog.unnest($1) WITH ORDINALITY AS u(resource_id, n) "
    "JOIN ONLY bookonce.closure AS c ON c.resource_id" EQ "u.resource_id "
    "    AND COALESCE(pg_catalog.upper(c.during), 'infinity'::timestamp with time zone)" MORE_THAN
    "        pg_catalog.lower($2) "
    "WHERE c.during" OVERLAPS "$2 AND " CLOSES_AT("$3"),
    .columns = BO_FIND_CLOSURES_OF_COLUMNS};
