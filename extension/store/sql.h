/*
 * sql.h
 *   What the SQL texts of store_*.c have in common.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_SQL_H
#define BOOKONCE_SQL_H

#define EQ " OPERATOR(pg_catalog.=) "
#define MORE_THAN " OPERATOR(pg_catalog.>) "
#define OVERLAPS " OPERATOR(pg_catalog.&&) "
#define PLUS " OPERATOR(pg_catalog.+) "
#define MINUS " OPERATOR(pg_catalog.-) "

/* For slot keys: overlapping times on the same unit. */
#define SAME_SLOT " OPERATOR(bookonce.&&) "
/* The same on any unit of the resource. */
#define SAME_RESOURCE " OPERATOR(bookonce.&&*) "
/*
 * For a booking b: it has not been released. The guard's index can be used only for this wording; a statement that may
 * search it several times says so (BoStatement.loops).
 */
#define IS_LIVE "bookonce.is_live(b.released_at)"

#define HELD "'held'::bookonce.booking_status"
#define CONFIRMED "'confirmed'::bookonce.booking_status"
#define CANCELLED "'cancelled'::bookonce.booking_status"
#define EXPIRED "'expired'::bookonce.booking_status"

/*
 * For a booking b that was not released: it has lapsed by an instant, so it no longer counts. bo_answer_has_lapsed()
 * and bo_direct_has_lapsed() judge the same, and the status plays no part in it. The tables of 0.1.0 have another
 * column; for them this name is replaced (store_as_named()).
 */
#define LAPSED_AT(at) "((b.lapses_at OPERATOR(pg_catalog.<=) " at ") IS TRUE)"
#define HELD_AFTER(at) "(b.status" EQ HELD " AND NOT " LAPSED_AT(at) ")"
#define ITS_LAPSE "b.lapses_at AS lapses_at"

/*
 * Releases the lapsed holds that a WITH l has found; AS MATERIALIZED, so that no plan searches for them more than once.
 */
#define RELEASE_THEM                                                                     \
    " UPDATE bookonce.booking AS b SET status = " EXPIRED ", released_at = l.lapses_at " \
    "FROM l WHERE b.tenant" EQ "l.tenant AND b.booking_id" EQ "l.booking_id"

/* $1 is the tenant, $2 the name. */
#define THIS_RESOURCE "r.tenant" EQ "$1 AND r.resource" EQ "$2"
#define THIS_BOOKING "b.tenant" EQ "$1 AND b.booking_id" EQ "$2"

/* Booking $2 fills no position of a request. A caller that changes a booking which fills one has locked the request. */
#define FILLS_NONE \
    "NOT EXISTS (SELECT FROM ONLY bookonce.position AS p WHERE p.tenant" EQ "$1 AND p.booking_id" EQ "$2)"

/*
 * Resource r, and n with the columns that tables of an older version lack until setup() is run again; for these, n has
 * the values that are listed here. An unqualified name is looked up in x first, and only if x has no such column, in
 * the outer query.
 */
#define RESOURCE_AS_NOW                                                                                            \
    "ONLY bookonce.resource AS r, "                                                                                \
    "(SELECT NULL::pg_catalog.text, false, false, NULL::pg_catalog.int8, '-infinity'::pg_catalog.date, "           \
    "        NULL::pg_catalog.interval, NULL::pg_catalog.interval, "                                               \
    "        NULL::pg_catalog.int4[], NULL::pg_catalog.int4[], false, false, NULL::pg_catalog.jsonb, "             \
    "        NULL::pg_catalog.interval, false, NULL::pg_catalog.int8[]) "                                          \
    "    AS older(holder_rules, has_closures, keeps_days, calendar_id, from_day, min_duration, start_every, "      \
    "             starts, ends, has_waiters, strict_line, attributes, check_in_within, overdue_blocks, "           \
    "             part_ids), "                                                                                     \
    "LATERAL (SELECT holder_rules IS NOT NULL AS by_holder, has_closures, keeps_days, calendar_id, min_duration, " \
    "                start_every, starts, ends, has_waiters, strict_line, attributes, check_in_within, "           \
    "                overdue_blocks, part_ids, part_ids IS NOT NULL AS has_parts FROM (SELECT r.*) AS x) AS n"

/* For a booking b and closure c: what b took out by check_in() is not back, as b's row is now. */
#define IS_OUT                                                                                         \
    "(c.booking_id" EQ "b.booking_id AND c.tenant" EQ "b.tenant AND c.resource_id" EQ "b.resource_id " \
    " AND b.status" EQ CONFIRMED " AND b.lapses_at IS NULL "                                           \
    " AND pg_catalog.lower(b.during) OPERATOR(pg_catalog.<) pg_catalog.lower(c.during))"

/* Closure c is an ordinary one, or that of a booking whose time was over at an instant and which has something out. */
#define CLOSES_AT(at)                                                     \
    "(c.booking_id IS NULL OR EXISTS (SELECT FROM bookonce.booking AS b " \
    "     WHERE " IS_OUT " AND pg_catalog.upper(b.during) OPERATOR(pg_catalog.<=) " at "))"

/* An instant as the wall clock of resource r shows it, and back. In a gap or a fold, PostgreSQL's rule applies. */
#define WALL_CLOCK(instant) "pg_catalog.timezone(r.time_zone, " instant ")"
#define INSTANT(wall_clock) "pg_catalog.timezone(r.time_zone, " wall_clock ")"

/* clang-format off */

/* The zone of resource r; NULL: it has no rules. */
#define ZONE_OF_RULES "CASE WHEN NOT r.plain THEN r.time_zone END"

/* The rules of RESOURCE_AS_NOW, which policy.c reads as BoRulesRow. */
#define RULES \
    "r.buffer_before, r.buffer_after, r.min_notice, r.max_ahead, r.max_duration, n.min_duration, n.start_every, " \
    "n.starts, n.ends, r.time_zone"

/* clang-format on */

/*
 * The columns that bo_booking_row_read() reads, in its order. xmin is the transaction that wrote this version of the
 * row.
 */
#define BOOKING_COLUMNS                                                                          \
    "b.booking_id, b.group_id, ARRAY[b.unit], b.during, b.lapses_at, b.request_hash, b.status, " \
    "(SELECT r.resource FROM ONLY bookonce.resource AS r WHERE r.resource_id" EQ "b.resource_id), b.xmin, b.kind"

#endif
