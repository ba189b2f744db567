/*
 * store_booking.c
 *   The statements on resources and bookings.
 *
 * The caller's search_path is in force while these are parsed, so every table, function, type and operator is
 * qualified: a bare "=", even the one hidden in CASE x WHEN y, IN or IS DISTINCT FROM, would call the caller's own.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/store_booking.h"

#include "store/sql_check_in.h"

/* clang-format off */

/* A row for each unit. column and value: the kind, if there is one. */
#define INSERT_UNITS_AS(column, value) \
    "INSERT INTO bookonce.booking AS b (tenant, booking_id, resource_id, unit, during, blocks, status, holder, " \
    "                              lapses_at, idempotency_key, request_hash, details, created_at, group_id, " \
    "member" column ") " \
    "SELECT $1, u.booking_id, $2, u.unit, $5, $6, " \
    "       CASE WHEN $15 THEN " HELD " ELSE " CONFIRMED " END, $7, $8, " \
    "       CASE WHEN u.n" EQ "1 THEN $9 END, $10, $11, $12, $13, $14" value " " \
    "FROM ROWS FROM (pg_catalog.unnest($3), pg_catalog.unnest($4)) WITH ORDINALITY AS u(booking_id, unit, n)"
#define INSERT_UNITS INSERT_UNITS_AS("", "")
#define INSERT_UNITS_OF_KIND INSERT_UNITS_AS(", kind", ", $16")

/* The decision by SQL: if there are fewer rows than units, one of the units, or the key, was not free. */
BoStatement bo_sql_insert_units = {.sql = INSERT_UNITS " ON CONFLICT DO NOTHING"};

/* The same, but returns what is stored: an owner's trigger or column may have changed it. That costs a quarter more. */
BoStatement bo_sql_insert_units_returning = {.sql = INSERT_UNITS " ON CONFLICT DO NOTHING RETURNING " BOOKING_COLUMNS,
    .columns = BO_BOOKING_ROW_COLUMNS};

/*
 * For units that are free although no row was inserted: the error of the owner's own constraint says what refused them.
 */
BoStatement bo_sql_insert_units_by_force = {.sql = INSERT_UNITS " RETURNING " BOOKING_COLUMNS,
    .columns = BO_BOOKING_ROW_COLUMNS};

/* The same two for units of a kind. */
BoStatement bo_sql_insert_units_of_kind = {.sql = INSERT_UNITS_OF_KIND
    " ON CONFLICT DO NOTHING RETURNING " BOOKING_COLUMNS,
    .columns = BO_BOOKING_ROW_COLUMNS};
BoStatement bo_sql_insert_units_of_kind_by_force = {.sql = INSERT_UNITS_OF_KIND " RETURNING " BOOKING_COLUMNS,
    .columns = BO_BOOKING_ROW_COLUMNS};

BoStatement bo_sql_delete_bookings = {.sql =
    "DELETE FROM bookonce.booking AS b WHERE b.tenant" EQ "$1 AND b.booking_id" EQ "ANY ($2)"};

BoStatement bo_sql_find_key = {.sql =
    "SELECT " BOOKING_COLUMNS ", b.member FROM bookonce.booking AS b WHERE b.tenant" EQ "$1 "
    "AND b.idempotency_key" EQ "$2",
    .columns = BO_FIND_KEY_COLUMNS};

/* Live rows of resource $1 that $2 touches, on any unit. */
#define TOUCHES_IT \
    "bookonce.slot_key(b.resource_id, b.unit, b.blocks)" SAME_RESOURCE "bookonce.slot_key($1, 1, $2) " \
    "AND " IS_LIVE

/* In the order of ids: two callers that release the same holds in different orders would deadlock. */
BoStatement bo_sql_release_lapsed = {.sql =
    "WITH l AS MATERIALIZED (SELECT b.tenant, b.booking_id, " ITS_LAPSE " FROM bookonce.booking AS b "
    "    WHERE " TOUCHES_IT " AND " LAPSED_AT("$3") " ORDER BY b.booking_id FOR NO KEY UPDATE)" RELEASE_THEM};

/* The units in use, even if only by lapsed holds. $3 is being moved and does not count. */
BoStatement bo_sql_find_units = {.sql =
    "SELECT pg_catalog.array_agg(b.unit) FROM bookonce.booking AS b "
    "WHERE " TOUCHES_IT " AND ($3 IS NULL OR b.booking_id OPERATOR(pg_catalog.<>) $3)",
    .columns = BO_FIND_UNITS_COLUMNS};

/* The bookings on units up to $5; the last column is true for a lapsed hold. */
BoStatement bo_sql_find_intervals = {.sql =
    "SELECT b.booking_id, bookonce.slot_key(b.resource_id, b.unit, b.blocks), " LAPSED_AT("$3") " "
    "FROM bookonce.booking AS b "
    "WHERE " TOUCHES_IT " AND ($4 IS NULL OR b.booking_id OPERATOR(pg_catalog.<>) $4) "
    "  AND b.unit OPERATOR(pg_catalog.<=) $5",
    .columns = BO_FIND_INTERVALS_COLUMNS};

/*
 * Moves rows in two steps, because the constraint is checked row by row: out of the constraint first, then in again on
 * another unit.
 */
BoStatement bo_sql_lift_units = {.sql =
    "UPDATE bookonce.booking AS b SET unit = NULL "
    "WHERE b.tenant" EQ "$1 AND b.booking_id" EQ "ANY ($2) AND b.released_at IS NULL"};

BoStatement bo_sql_put_units = {.sql =
    "UPDATE bookonce.booking AS b SET unit = u.unit "
    "FROM ROWS FROM (pg_catalog.unnest($2), pg_catalog.unnest($3)) AS u(booking_id, unit) "
    "WHERE b.tenant" EQ "$1 AND b.booking_id" EQ "u.booking_id AND b.released_at IS NULL"};

BoStatement bo_sql_find_booking = {.sql =
    "SELECT " BOOKING_COLUMNS " FROM bookonce.booking AS b WHERE " THIS_BOOKING,
    .columns = BO_BOOKING_ROW_COLUMNS};

/*
 * Changes of one booking. $4 says that the caller holds the lock of the request whose position the booking fills, and
 * those of its parts' resources. Without these locks, the statement does nothing to a booking that fills a position or
 * has parts. A snapshot that shows the booking as it is also shows that, because one transaction wrote both.
 */
#define HAS_NO_PARTS \
    "(b.group_id IS NULL OR NOT EXISTS (" \
    "    SELECT FROM bookonce.booking AS p WHERE p.tenant" EQ "b.tenant AND p.group_id" EQ "b.group_id " \
    "    AND p.member" EQ "(OPERATOR(pg_catalog.-) b.member)))"
#define LOCKED_FOR_CHANGE " AND ($4 OR (" FILLS_NONE " AND " HAS_NO_PARTS ")) "

/*
 * For both changes of a hold: its row is locked first. The last column is when it was to lapse before this call, so
 * that the hold can be put back if the wait for the row took too long.
 */
#define HOLD_TO_CHANGE(which) \
    "FROM (SELECT b.tenant, b.booking_id, " ITS_LAPSE " FROM bookonce.booking AS b " \
    "      WHERE " THIS_BOOKING " AND " HELD_AFTER("$3") which LOCKED_FOR_CHANGE "FOR NO KEY UPDATE) AS l " \
    "WHERE b.tenant" EQ "l.tenant AND b.booking_id" EQ "l.booking_id " \
    "RETURNING " BOOKING_COLUMNS ", l.lapses_at"

/* No indexed column changes (a HOT update). */
BoStatement bo_sql_confirm_booking = {.sql =
    "UPDATE bookonce.booking AS b SET status = " CONFIRMED ", "
    "    lapses_at = " CHECK_IN_BY("b.resource_id", "b.during", "$3") " " HOLD_TO_CHANGE(""),
    .columns = BO_CHANGE_HOLD_COLUMNS};

BoStatement bo_sql_put_back_hold = {.sql =
    "UPDATE bookonce.booking AS b SET status = " HELD ", lapses_at = $3 WHERE " THIS_BOOKING};

/* Never shortens a hold. */
BoStatement bo_sql_extend_hold = {.sql =
    "UPDATE bookonce.booking AS b SET lapses_at = $5 "
    HOLD_TO_CHANGE(" AND b.lapses_at OPERATOR(pg_catalog.<) $5 "),
    .columns = BO_CHANGE_HOLD_COLUMNS};

BoStatement bo_sql_cancel_booking = {.sql =
    "UPDATE bookonce.booking AS b SET status = " CANCELLED ", reason = $5, released_at = $3 "
    "WHERE " THIS_BOOKING " AND b.released_at IS NULL AND NOT " LAPSED_AT("$3") LOCKED_FOR_CHANGE
    "RETURNING " BOOKING_COLUMNS,
    .columns = BO_BOOKING_ROW_COLUMNS};

/*
 * The same while the caller holds the lock of resource $6, exclusively if $7. Does nothing if that is not the booking's
 * resource, or if the lock must be exclusive. The last column: somebody may wait in line there.
 */
BoStatement bo_sql_cancel_on = {.sql =
    "UPDATE bookonce.booking AS b SET status = " CANCELLED ", reason = $5, released_at = $3 FROM " RESOURCE_AS_NOW " "
    "WHERE " THIS_BOOKING " AND b.released_at IS NULL AND NOT " LAPSED_AT("$3") LOCKED_FOR_CHANGE
    "  AND r.resource_id" EQ "b.resource_id AND r.resource" EQ "$6 AND ($7 OR NOT (r.counts OR n.has_waiters)) "
    "RETURNING " BOOKING_COLUMNS ", n.has_waiters",
    .columns = BO_CANCEL_ON_COLUMNS};

BoStatement bo_sql_check_in = {.sql =
    "UPDATE bookonce.booking AS b SET lapses_at = NULL "
    "WHERE " THIS_BOOKING " AND b.status" EQ CONFIRMED " AND b.lapses_at" MORE_THAN "$3 RETURNING " BOOKING_COLUMNS,
    .columns = BO_BOOKING_ROW_COLUMNS};

/* A no-show gives its time back like a lapsed hold. */
BoStatement bo_sql_no_show = {.sql =
    "UPDATE bookonce.booking AS b SET status = " EXPIRED ", reason = $4, released_at = $3 "
    "WHERE " THIS_BOOKING " AND b.status" EQ CONFIRMED " AND NOT " LAPSED_AT("$3") " RETURNING " BOOKING_COLUMNS,
    .columns = BO_BOOKING_ROW_COLUMNS};

/* Whether the resource of booking $2 requires a check-in, and whether the booking blocks it until it is given back. */
BoStatement bo_sql_find_arrival = {.sql =
    "SELECT n.check_in_within IS NOT NULL, n.overdue_blocks AND b.unit IS NOT NULL "
    "FROM bookonce.booking AS b, " RESOURCE_AS_NOW " WHERE " THIS_BOOKING " AND r.resource_id" EQ "b.resource_id",
    .columns = BO_FIND_ARRIVAL_COLUMNS};

BoStatement bo_sql_find_holders_booking = {.sql =
    "SELECT FROM bookonce.booking AS b WHERE " THIS_BOOKING " AND b.holder" EQ "$3"};

/* For a booking that was read without a resource: whether it has one on this snapshot. */
BoStatement bo_sql_find_resource_of_booking = {.sql =
    "SELECT FROM bookonce.booking AS b JOIN ONLY bookonce.resource AS r ON r.resource_id" EQ "b.resource_id "
    "WHERE b.booking_id" EQ "$1"};

/* For a booking b: its holder or its details differ from $3 and $4; a NULL parameter changes nothing. */
#define IS_OTHERWISE \
    "(b.holder OPERATOR(pg_catalog.<>) $3 OR b.details OPERATOR(pg_catalog.<>) $4 " \
    " OR (b.details IS NULL AND $4 IS NOT NULL)) "

BoStatement bo_sql_change_booking = {.sql =
    "UPDATE bookonce.booking AS b SET holder = COALESCE($3, b.holder), details = COALESCE($4, b.details) "
    "WHERE " THIS_BOOKING " AND b.released_at IS NULL AND NOT " LAPSED_AT("$5") " AND " IS_OTHERWISE
    "RETURNING " BOOKING_COLUMNS,
    .columns = BO_BOOKING_ROW_COLUMNS};

BoStatement bo_sql_find_changed_booking = {.sql =
    "SELECT FROM bookonce.booking AS b WHERE " THIS_BOOKING " AND " IS_OTHERWISE "IS NOT TRUE"};

/* SKIP LOCKED: a hold that somebody is confirming must be left alone. */
BoStatement bo_sql_expire_holds = {.sql =
    "WITH l AS MATERIALIZED (SELECT b.tenant, b.booking_id, " ITS_LAPSE " FROM bookonce.booking AS b "
    "    WHERE " IS_LIVE " AND " LAPSED_AT("$2") " LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED)" RELEASE_THEM};
