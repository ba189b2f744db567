/*
 * store_group.c
 *   The statements on bookings made together, and on bookings that move.
 *
 * store_booking.c says why every operator is qualified.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/store_group.h"

#include "store/sql_check_in.h"
#include "store/store_booking.h"

/* clang-format off */

/* A row for each name in $2, in order; resource_id is NULL if there is no such resource. */
BoStatement bo_sql_find_kinds = {.sql =
    "SELECT r.resource_id, r.plain, r.counts, r.capacity, r.by_holder, r.has_waiters, r.has_parts "
    "FROM pg_catalog.unnest($2) WITH ORDINALITY AS u(resource, n) "
    "LEFT JOIN (SELECT r.tenant, r.resource, r.resource_id, r.plain, r.counts, r.capacity, n.by_holder, "
    "                  n.has_waiters, n.has_parts "
    "           FROM " RESOURCE_AS_NOW ") AS r ON r.tenant" EQ "$1 AND r.resource" EQ "u.resource ORDER BY u.n",
    .columns = BO_FIND_KINDS_COLUMNS};

/* A row for each name in $2, in order. */
BoStatement bo_sql_find_zones = {.sql =
    "SELECT r.resource_id, r.plain, r.time_zone, r.has_waiters "
    "FROM pg_catalog.unnest($2) WITH ORDINALITY AS u(resource, n) "
    "JOIN (SELECT r.tenant, r.resource, r.resource_id, r.plain, r.time_zone, n.has_waiters "
    "      FROM " RESOURCE_AS_NOW ") AS r ON r.tenant" EQ "$1 AND r.resource" EQ "u.resource ORDER BY u.n",
    .columns = BO_FIND_ZONES_COLUMNS};

/* The decision for members on plain resources, in the order given: the rows that are returned are booked. */
#define INSERT_MEMBERS \
    "INSERT INTO bookonce.booking AS b (tenant, booking_id, resource_id, unit, during, blocks, status, holder, " \
    "                              lapses_at, idempotency_key, request_hash, details, created_at, group_id, " \
    "member) " \
    "SELECT $1, m.booking_id, m.resource_id, 1, m.during, m.during, " \
    "       CASE WHEN $10 IS NULL THEN " CONFIRMED " ELSE " HELD " END, m.holder, $10, m.idempotency_key, " \
    "       m.request_hash, m.details, $11, $12, m.member " \
    "FROM ROWS FROM (pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4), pg_catalog.unnest($5), " \
    "                pg_catalog.unnest($6), pg_catalog.unnest($7), pg_catalog.unnest($8), pg_catalog.unnest($9)) " \
    "     AS m(booking_id, resource_id, during, holder, idempotency_key, request_hash, details, member) "

BoStatement bo_sql_insert_members = {.sql = INSERT_MEMBERS " ON CONFLICT DO NOTHING RETURNING b.member",
    .columns = BO_INSERT_MEMBERS_COLUMNS};

/* As bo_sql_insert_units_returning. */
BoStatement bo_sql_insert_members_returning = {.sql = INSERT_MEMBERS
    " ON CONFLICT DO NOTHING RETURNING " BOOKING_COLUMNS ", b.member",
    .columns = BO_INSERT_MEMBERS_RETURNING_COLUMNS};

/*
 * The members on plain resources that are blocked: the times that block each, and whether there are lapsed holds too.
 */
BoStatement bo_sql_find_member_blockers = {.sql =
    "SELECT m.member, b.busy, b.lapsed "
    "FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3)) "
    "     AS m(resource_id, during, member), "
    "     LATERAL (SELECT pg_catalog.range_agg(b.blocks) FILTER (WHERE NOT " LAPSED_AT("$4") ") AS busy, "
    "                     pg_catalog.bool_or(" LAPSED_AT("$4") ") AS lapsed FROM bookonce.booking AS b "
    "              WHERE bookonce.slot_key(b.resource_id, b.unit, b.blocks)" SAME_SLOT
    "                    bookonce.slot_key(m.resource_id, 1, m.during) AND " IS_LIVE ") AS b "
    "WHERE b.lapsed IS NOT NULL",
    .columns = BO_FIND_MEMBER_BLOCKERS_COLUMNS, .loops = true};

/*
 * The rows of group $2, or of its member $3, ordered by member and unit. Units that were moved apart may have the same
 * number; without the rest of the order, the physical order of rows would decide which one an answer names.
 */
BoStatement bo_sql_find_group = {.sql =
    "SELECT " BOOKING_COLUMNS ", b.member FROM bookonce.booking AS b "
    "WHERE b.tenant" EQ "$1 AND b.group_id" EQ "$2 AND ($3 IS NULL OR b.member" EQ "$3) "
    "ORDER BY b.member, b.unit, b.during, b.resource_id, b.booking_id",
    .columns = BO_FIND_GROUP_COLUMNS};

/* For a booking b: its time has not ended at an instant. */
#define ENDS_AFTER(at) "pg_catalog.upper(b.during)" MORE_THAN at

/* In the order of ids, like every statement that changes several bookings. */
#define GROUP_ROWS(which) \
    "FROM (SELECT b.tenant, b.booking_id, " ITS_LAPSE " FROM bookonce.booking AS b " \
    "      WHERE b.tenant" EQ "$1 AND b.group_id" EQ "$2 AND " which " ORDER BY b.booking_id FOR NO KEY UPDATE) AS l " \
    "WHERE b.tenant" EQ "l.tenant AND b.booking_id" EQ "l.booking_id "

BoStatement bo_sql_confirm_group = {.sql =
    "UPDATE bookonce.booking AS b SET status = " CONFIRMED ", "
    "    lapses_at = " CHECK_IN_BY("b.resource_id", "b.during", "$3") " "
    GROUP_ROWS(HELD_AFTER("$3") " AND " ENDS_AFTER("$4"))
    "RETURNING b.member, b.booking_id, l.lapses_at",
    .columns = BO_CONFIRM_GROUP_COLUMNS};

BoStatement bo_sql_put_back_holds = {.sql =
    "UPDATE bookonce.booking AS b SET status = " HELD ", lapses_at = u.ends "
    "FROM ROWS FROM (pg_catalog.unnest($2), pg_catalog.unnest($3)) AS u(booking_id, ends) "
    "WHERE b.tenant" EQ "$1 AND b.booking_id" EQ "u.booking_id"};

BoStatement bo_sql_cancel_group = {.sql =
    "UPDATE bookonce.booking AS b SET status = " CANCELLED ", reason = $4, released_at = $3 "
    GROUP_ROWS("b.released_at IS NULL AND NOT " LAPSED_AT("$3") " AND " ENDS_AFTER("$5"))
    "RETURNING b.member",
    .columns = BO_CANCEL_GROUP_COLUMNS};

/* How many units of each of resources $1 are taken in $2; live bookings count with the time that they block. */
BoStatement bo_sql_count_bookings = {.sql =
    "SELECT (SELECT pg_catalog.count(*) FROM bookonce.booking AS b "
    "        WHERE bookonce.slot_key(b.resource_id, b.unit, b.blocks)" SAME_RESOURCE
    "              bookonce.slot_key(u.resource_id, 1, $2) "
    "          AND " IS_LIVE " AND NOT " LAPSED_AT("$3") ")::pg_catalog.int4 "
    "FROM pg_catalog.unnest($1) WITH ORDINALITY AS u(resource_id, n) ORDER BY u.n",
    .columns = BO_COUNT_BOOKINGS_COLUMNS, .loops = true};

/* A live booking moves to resource $4, unit $5, time $6, blocking $7. */
BoStatement bo_sql_move_booking = {.sql =
    "UPDATE bookonce.booking AS b SET resource_id = $4, unit = $5, during = $6, blocks = $7, "
    "    lapses_at = " LAPSES_THERE("$4", "$6", "$3") " "
    "WHERE " THIS_BOOKING " AND b.released_at IS NULL AND NOT " LAPSED_AT("$3") " "
    "RETURNING " BOOKING_COLUMNS,
    .columns = BO_BOOKING_ROW_COLUMNS};

/* Ends a booking that has begun: its time becomes $4, blocking $5. It needs no check-in any more. */
BoStatement bo_sql_end_booking = {.sql =
    "UPDATE bookonce.booking AS b SET during = $4, blocks = $5, lapses_at = NULL "
    "WHERE " THIS_BOOKING " AND b.released_at IS NULL AND NOT " LAPSED_AT("$3") " "
    "RETURNING " BOOKING_COLUMNS,
    .columns = BO_BOOKING_ROW_COLUMNS};

/* Moves bookings $2 on plain resources, which require no check-in, to units $3 and times $4 of the same resource. */
BoStatement bo_sql_move_plain_bookings = {.sql =
    "UPDATE bookonce.booking AS b SET unit = u.unit, during = u.during, blocks = u.during, "
    "    lapses_at = CASE WHEN b.status" EQ HELD " OR pg_catalog.lower(b.during)" EQ "pg_catalog.lower(u.during) "
    "                     THEN b.lapses_at END "
    "FROM ROWS FROM (pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4)) "
    "AS u(booking_id, unit, during) "
    "WHERE b.tenant" EQ "$1 AND b.booking_id" EQ "u.booking_id AND b.released_at IS NULL AND NOT " LAPSED_AT("$5")};

BoStatement bo_sql_find_place = {.sql =
    "SELECT b.resource_id, b.unit, b.during, b.blocks FROM bookonce.booking AS b WHERE " THIS_BOOKING,
    .columns = BO_FIND_PLACE_COLUMNS};

BoStatement bo_sql_put_place = {.sql =
    "UPDATE bookonce.booking AS b SET resource_id = $3, unit = $4, during = $5, blocks = $6, "
    "    lapses_at = " LAPSES_THERE("$3", "$5", "$7") " "
    "WHERE " THIS_BOOKING " AND b.released_at IS NULL"};
