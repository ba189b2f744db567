/*
 * store_parts.c
 *   The statements on the parts of resources, and of bookings.
 *
 * A resource stores only its own parts; the parts of parts are found from there, so nothing is stored twice. part_ids
 * is null if there are none. A booking keeps its parts, even if the resource has none any more. store_booking.c says
 * why every operator is qualified.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/store_parts.h"

#include "store/sql.h"

/* clang-format off */

#define OWN_PARTS "ROWS FROM (pg_catalog.unnest(r.part_ids), pg_catalog.unnest(r.part_quantities))"

/*
 * All ways from resource $2 down to parts. If there are too many, one level and one way more than allowed are found.
 * The outer query asks for no more rows than that, so no more are made.
 */
#define WAYS_DOWN \
    "WITH RECURSIVE w(part_id, quantity, depth) AS (" \
    "    SELECT p.part_id, p.quantity::pg_catalog.float8, 1 " \
    "    FROM ONLY bookonce.resource AS r, " OWN_PARTS " AS p(part_id, quantity) WHERE " THIS_RESOURCE " " \
    "    UNION ALL " \
    "    SELECT p.part_id, w.quantity OPERATOR(pg_catalog.*) p.quantity, w.depth" PLUS "1 " \
    "    FROM w JOIN ONLY bookonce.resource AS r ON r.resource_id" EQ "w.part_id AND r.tenant" EQ "$1, " \
             OWN_PARTS " AS p(part_id, quantity) " \
    "    WHERE w.depth OPERATOR(pg_catalog.<=) " CppAsString2(BO_MAX_PART_DEPTH) "), " \
    "f AS MATERIALIZED (SELECT w.part_id, w.quantity, w.depth FROM w LIMIT " CppAsString2(BO_MAX_PARTS) PLUS "1), " \
    "s AS (SELECT f.part_id, LEAST(pg_catalog.sum(f.quantity), 1000000)::pg_catalog.int4 AS quantity, " \
    "             pg_catalog.max(f.depth) AS depth FROM f GROUP BY f.part_id) "

/* The parts of resource $2, and the parts of these, each once. */
BoStatement bo_sql_find_parts = {.sql = WAYS_DOWN
    "SELECT r.resource, r.resource_id, r.capacity, s.quantity, s.depth, "
    "       (SELECT pg_catalog.count(*) FROM f)::pg_catalog.int4, " ZONE_OF_RULES ", r.has_waiters "
    "FROM s JOIN ONLY bookonce.resource AS r ON r.resource_id" EQ "s.part_id AND r.tenant" EQ "$1 "
    "ORDER BY s.depth, r.resource",
    .columns = BO_FIND_PARTS_COLUMNS};

BoStatement bo_sql_read_parts = {.sql = WAYS_DOWN
    "SELECT r.resource AS part, s.quantity, s.depth "
    "FROM s JOIN ONLY bookonce.resource AS r ON r.resource_id" EQ "s.part_id AND r.tenant" EQ "$1 "
    "ORDER BY s.depth, r.resource"};

BoStatement bo_sql_find_own_parts = {.sql =
    "SELECT r.resource_id, r.part_ids, r.part_quantities FROM ONLY bookonce.resource AS r WHERE " THIS_RESOURCE,
    .columns = BO_FIND_OWN_PARTS_COLUMNS};

/* Sets the parts: ids $3, in quantities $4; both are NULL for none. */
BoStatement bo_sql_set_parts = {.sql =
    "UPDATE ONLY bookonce.resource AS r SET part_ids = $3, part_quantities = $4 WHERE " THIS_RESOURCE};

/*
 * Resource $2 and those that take it along, directly or not; for each, whether it has bookings that are not over at $3,
 * and whether somebody waits for it.
 */
BoStatement bo_sql_find_wholes = {.sql =
    "WITH RECURSIVE w(resource_id) AS ("
    "    SELECT r.resource_id FROM ONLY bookonce.resource AS r WHERE " THIS_RESOURCE " "
    "    UNION "
    "    SELECT r.resource_id FROM w JOIN ONLY bookonce.resource AS r "
    "        ON r.tenant" EQ "$1 AND w.resource_id" EQ "ANY (r.part_ids)) "
    "SELECT r.resource, "
    "       EXISTS (SELECT FROM bookonce.booking AS b "
    "               WHERE bookonce.slot_key(b.resource_id, b.unit, b.blocks)" SAME_RESOURCE
    "                     bookonce.slot_key(r.resource_id, 1, pg_catalog.tstzrange($3, NULL)) "
    "                 AND " IS_LIVE " AND NOT " LAPSED_AT("$3") " AND pg_catalog.upper(b.during)" MORE_THAN "$3), "
    "       EXISTS (SELECT FROM ONLY bookonce.waiter AS q WHERE q.resource_id" EQ "r.resource_id "
    "               AND q.offered_at IS NULL AND q.left_at IS NULL AND pg_catalog.upper(q.during)" MORE_THAN "$3) "
    "FROM w JOIN ONLY bookonce.resource AS r ON r.resource_id" EQ "w.resource_id ORDER BY r.resource",
    .columns = BO_FIND_WHOLES_COLUMNS, .loops = true};

/*
 * The parts of booking $2, or the whole of which it is a part. A part that was cancelled while its whole stands was
 * given back when the whole moved to another resource.
 */
BoStatement bo_sql_find_booked_parts = {.sql =
    "SELECT b.member OPERATOR(pg_catalog.<) 0, "
    "       (SELECT r.resource FROM ONLY bookonce.resource AS r WHERE r.resource_id" EQ "b.resource_id), "
    "       p.booking_id, r.resource, p.released_at IS NOT NULL "
    "FROM bookonce.booking AS b "
    "JOIN bookonce.booking AS p ON p.tenant" EQ "b.tenant AND p.group_id" EQ "b.group_id "
    "    AND p.member" EQ "(OPERATOR(pg_catalog.-) b.member) "
    "JOIN ONLY bookonce.resource AS r ON r.resource_id" EQ "p.resource_id "
    "WHERE " THIS_BOOKING " AND (p.status OPERATOR(pg_catalog.<>) " CANCELLED " OR b.released_at IS NOT NULL) "
    "ORDER BY r.resource, p.booking_id",
    .columns = BO_FIND_BOOKED_PARTS_COLUMNS};

/*
 * Returns a row if booking $3 of resource $2 has other parts than would be booked now: other resources, or another
 * number of their units.
 */
BoStatement bo_sql_find_other_parts = {.sql = WAYS_DOWN
    "SELECT FROM s FULL JOIN (SELECT p.resource_id, pg_catalog.count(*) AS units "
    "                         FROM bookonce.booking AS b JOIN bookonce.booking AS p ON p.tenant" EQ "b.tenant "
    "                             AND p.group_id" EQ "b.group_id AND p.member" EQ "(OPERATOR(pg_catalog.-) b.member) "
    "                         WHERE b.tenant" EQ "$1 AND b.booking_id" EQ "$3 AND p.released_at IS NULL "
    "                         GROUP BY p.resource_id) AS p ON p.resource_id" EQ "s.part_id "
    "WHERE (p.units" EQ "s.quantity) IS NOT TRUE LIMIT 1"};

/* Gives the parts of booking $2 its status and instants. */
BoStatement bo_sql_follow_whole = {.sql =
    "UPDATE bookonce.booking AS p SET status = b.status, lapses_at = b.lapses_at, released_at = b.released_at, "
    "    reason = b.reason "
    "FROM bookonce.booking AS b "
    "WHERE " THIS_BOOKING " AND p.tenant" EQ "$1 AND p.group_id" EQ "b.group_id "
    "  AND p.member" EQ "(OPERATOR(pg_catalog.-) b.member) AND p.released_at IS NULL"};

/* Gives back the parts of booking $2, which goes to another resource at $3. */
BoStatement bo_sql_give_back_parts = {.sql =
    "UPDATE bookonce.booking AS p SET status = " CANCELLED ", released_at = $3 FROM bookonce.booking AS b "
    "WHERE " THIS_BOOKING " AND p.tenant" EQ "$1 AND p.group_id" EQ "b.group_id "
    "  AND p.member" EQ "(OPERATOR(pg_catalog.-) b.member) AND p.released_at IS NULL"};

/*
 * Gives booking $2 a group, if it has none, in which parts can be told by its member. Does nothing to a party's unit.
 */
BoStatement bo_sql_make_whole = {.sql =
    "UPDATE bookonce.booking AS b SET group_id = COALESCE(b.group_id, $3) "
    "WHERE " THIS_BOOKING " AND NOT EXISTS ("
    "    SELECT FROM bookonce.booking AS o WHERE o.tenant" EQ "b.tenant AND o.group_id" EQ "b.group_id "
    "    AND o.member" EQ "b.member AND o.booking_id OPERATOR(pg_catalog.<>) b.booking_id)"};

/* Gives booking $2 parts $3 on resources $4: without units, so outside of the guard, until each moves to its place. */
BoStatement bo_sql_add_parts = {.sql =
    "INSERT INTO bookonce.booking AS p (tenant, booking_id, resource_id, during, blocks, status, holder, lapses_at, "
    "                              request_hash, created_at, group_id, member, kind, unit) "
    "SELECT b.tenant, u.booking_id, r.resource_id, b.during, b.during, b.status, b.holder, b.lapses_at, "
    "       0, $5, b.group_id, OPERATOR(pg_catalog.-) b.member, b.kind, NULL "
    "FROM bookonce.booking AS b, "
    "     ROWS FROM (pg_catalog.unnest($3), pg_catalog.unnest($4)) AS u(booking_id, resource) "
    "     JOIN ONLY bookonce.resource AS r ON r.tenant" EQ "$1 AND r.resource" EQ "u.resource "
    "WHERE " THIS_BOOKING};

/* Makes the parts $3 of another booking those of booking $2. */
BoStatement bo_sql_take_over_parts = {.sql =
    "UPDATE bookonce.booking AS p SET group_id = b.group_id, member = OPERATOR(pg_catalog.-) b.member, "
    "    status = b.status, holder = b.holder, lapses_at = b.lapses_at "
    "FROM bookonce.booking AS b "
    "WHERE " THIS_BOOKING " AND p.tenant" EQ "$1 AND p.booking_id" EQ "ANY ($3) AND p.released_at IS NULL"};
