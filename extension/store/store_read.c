/*
 * store_read.c
 *   The statements that read for the caller; as in store_booking.c, every name and operator is qualified.
 *
 * $1 is the tenant everywhere. A list sorts by the last columns of an index, so a page is read from where the page
 * before ended, whatever was written meanwhile.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/store_read.h"

#include "store/sql.h"

#define LESS_THAN " OPERATOR(pg_catalog.<) "

/* clang-format off */

#define SPAN(x) x ".during, pg_catalog.lower(" x ".during) AS starts_at, pg_catalog.upper(" x ".during) AS ends_at"

/* A booking that was released before it would have lapsed has not lapsed. */
#define HAS_LAPSED(at) "(b.released_at IS NULL AND " LAPSED_AT(at) ")"

/* booking_row of a booking b. */
#define BOOKING_ROW_AS(resource, status, lapses_at, released_at) \
    "b.booking_id, b.group_id, b.member, " \
    resource " AS resource, " \
    "b.unit, " SPAN("b") ", b.blocks, " \
    status " AS status, b.holder, " lapses_at " AS lapses_at, b.idempotency_key, b.reason, b.details, " \
    "b.created_at, " released_at " AS released_at, b.kind AS kind"

/* The same at an instant. A lapsed hold reads the same before and after expire_holds(). */
#define BOOKING_ROW(at) \
    BOOKING_ROW_AS("(SELECT r.resource FROM bookonce.resource AS r WHERE r.resource_id" EQ "b.resource_id)", \
                   "CASE WHEN " HAS_LAPSED(at) " THEN " EXPIRED " ELSE b.status END", \
                   "CASE WHEN b.released_at IS NULL AND NOT " LAPSED_AT(at) " THEN b.lapses_at END", \
                   "CASE WHEN " HAS_LAPSED(at) " THEN b.lapses_at ELSE b.released_at END")

/* For a row x with a time and an id: it comes behind a start and an id. */
#define BEHIND(x, id, start, last_id) \
    "ROW(pg_catalog.lower(" x ".during), " x "." id ")" MORE_THAN "ROW(" start ", " last_id ")"
#define BY_START(x, id) " ORDER BY pg_catalog.lower(" x ".during), " x "." id " "

BoStatement bo_sql_read_booking = {.sql =
    "SELECT " BOOKING_ROW("$3") " FROM bookonce.booking AS b WHERE " THIS_BOOKING,
    .columns = BO_READ_BOOKING_COLUMNS};

/* The parts come last. */
#define BY_MEMBER \
    " ORDER BY b.member" LESS_THAN "0, pg_catalog.abs(b.member), b.unit, b.during, b.resource_id, b.booking_id"

/* Key $2 is on the first row of its call; if that is in a group, all of its rows are read. */
BoStatement bo_sql_read_key = {.sql =
    "SELECT " BOOKING_ROW("$3") " FROM bookonce.booking AS k CROSS JOIN LATERAL ("
    "    SELECT k.* WHERE k.group_id IS NULL "
    "    UNION ALL "
    "    SELECT g.* FROM bookonce.booking AS g WHERE g.tenant" EQ "$1 AND g.group_id" EQ "k.group_id) AS b "
    "WHERE k.tenant" EQ "$1 AND k.idempotency_key" EQ "$2" BY_MEMBER,
    .columns = BO_READ_BOOKING_COLUMNS};

BoStatement bo_sql_read_group = {.sql =
    "SELECT " BOOKING_ROW("$3") " FROM bookonce.booking AS b WHERE b.tenant" EQ "$1 AND b.group_id" EQ "$2" BY_MEMBER,
    .columns = BO_READ_BOOKING_COLUMNS};

/* One of the names $2 that no resource has. */
BoStatement bo_sql_read_missing = {.sql =
    "SELECT u.resource FROM pg_catalog.unnest($2) AS u(resource) "
    "WHERE NOT EXISTS (SELECT FROM bookonce.resource AS r WHERE r.tenant" EQ "$1 AND r.resource" EQ "u.resource) "
    "LIMIT 1",
    .columns = BO_READ_MISSING_COLUMNS};

/*
 * The resources named $2, each once, and their ids, NULL if there is no such resource. Each name is looked up in the
 * index by itself: a plan might turn a condition on $2 as a whole into a filter over all resources of the tenant.
 */
BoStatement bo_sql_read_numbers = {.sql =
    "SELECT u.resource, r.resource_id FROM (SELECT DISTINCT n.resource FROM pg_catalog.unnest($2) AS n(resource)) AS u "
    "LEFT JOIN LATERAL (SELECT r.resource_id FROM bookonce.resource AS r "
    "                   WHERE r.tenant" EQ "$1 AND r.resource" EQ "u.resource OFFSET 0) AS r ON true",
    .columns = BO_READ_NUMBERS_COLUMNS};

/*
 * Bookings of the resources named $1, with ids $2, that stand at $8 and overlap $4, at most $7, behind $5 and $6; all
 * of these touch $3. With a unit they are in the guard's index, without one in booking_without_unit.
 */
BoStatement bo_sql_read_calendar = {.sql =
    "SELECT " BOOKING_ROW_AS("r.resource", "b.status", "b.lapses_at", "b.released_at") " "
    "FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS r(resource, resource_id) CROSS JOIN LATERAL ("
    "    SELECT b.* FROM bookonce.booking AS b "
    "    WHERE bookonce.slot_key(b.resource_id, b.unit, b.blocks)" SAME_RESOURCE
    "          bookonce.slot_key(r.resource_id, 1, $3) AND " IS_LIVE " "
    "    UNION ALL "
    "    SELECT b.* FROM bookonce.booking AS b "
    "    WHERE bookonce.slot_key(b.resource_id, 1, b.blocks)" SAME_SLOT
    "          bookonce.slot_key(r.resource_id, 1, $3) AND b.unit IS NULL AND " IS_LIVE ") AS b "
    "WHERE b.during" OVERLAPS "$4 AND NOT " LAPSED_AT("$8")
    " AND " BEHIND("b", "booking_id", "$5", "$6") BY_START("b", "booking_id") "LIMIT $7",
    .columns = BO_READ_BOOKING_COLUMNS, .loops = true};

/*
 * Bookings of holder $2 that begin before $5, at most $7, behind $3 and $4. Bookings of parts are left to their wholes.
 */
BoStatement bo_sql_read_holder = {.sql =
    "SELECT " BOOKING_ROW("$8") " FROM bookonce.booking AS b "
    "WHERE b.tenant" EQ "$1 AND b.holder" EQ "$2 AND b.member" MORE_THAN "0 "
    "  AND " BEHIND("b", "booking_id", "$3", "$4")
    " AND pg_catalog.lower(b.during)" LESS_THAN "$5 AND ($6 OR (b.released_at IS NULL AND NOT " LAPSED_AT("$8") "))"
    BY_START("b", "booking_id") "LIMIT $7",
    .columns = BO_READ_BOOKING_COLUMNS};

/* Booking id of the tenant stands. */
#define BOOKING_STANDS(id, at) \
    "((SELECT b.released_at IS NULL AND NOT " LAPSED_AT(at) " FROM bookonce.booking AS b " \
    "  WHERE b.tenant" EQ "$1 AND b.booking_id" EQ id ") IS TRUE)"

/* request_row of a request r at an instant. */
#define REQUEST_ROW(at) \
    "r.request_id, " SPAN("r") ", r.positions, p.filled, " \
    "CASE WHEN r.cancelled_at IS NOT NULL THEN 'cancelled' WHEN p.filled" EQ "r.positions THEN 'filled' " \
    "     WHEN r.closes_at OPERATOR(pg_catalog.<=) " at " THEN 'closed' ELSE 'open' " \
    "END::bookonce.request_state AS status, " \
    "r.requester, r.details, r.closes_at, r.waves, r.idempotency_key, r.reason, r.created_at, r.cancelled_at " \
    "FROM bookonce.request AS r CROSS JOIN LATERAL (" \
    "    SELECT pg_catalog.count(*) FILTER (WHERE " BOOKING_STANDS("p.booking_id", at) ")::pg_catalog.int4 AS filled " \
    "    FROM bookonce.position AS p WHERE p.tenant" EQ "$1 AND p.request_id" EQ "r.request_id OFFSET 0) AS p"

/* Requests that begin before $4, at most $5, behind $2 and $3. */
#define REQUESTS_IN_TIME \
    BEHIND("r", "request_id", "$2", "$3") " AND pg_catalog.lower(r.during)" LESS_THAN "$4" \
    BY_START("r", "request_id") "LIMIT $5"

BoStatement bo_sql_read_requests = {.sql =
    "SELECT " REQUEST_ROW("$6") " WHERE r.tenant" EQ "$1 AND " REQUESTS_IN_TIME,
    .columns = BO_READ_REQUEST_COLUMNS};

BoStatement bo_sql_read_requester = {.sql =
    "SELECT " REQUEST_ROW("$6") " WHERE r.tenant" EQ "$1 AND r.requester" EQ "$7 AND " REQUESTS_IN_TIME,
    .columns = BO_READ_REQUEST_COLUMNS};

#define OFFER_STATE(label) "'" label "'::bookonce.offer_state"

/* Some position of offer o's request is not taken. */
#define HAS_ROOM(at) \
    "EXISTS (SELECT FROM bookonce.position AS p WHERE p.tenant" EQ "$1 AND p.request_id" EQ "o.request_id " \
    "        AND NOT " BOOKING_STANDS("p.booking_id", at) ")"
#define OVER(instant, at) instant " OPERATOR(pg_catalog.<=) " at
#define ITS_REQUEST \
    "CROSS JOIN LATERAL (SELECT r.during, r.requester, r.details, r.closes_at, r.cancelled_at " \
    "FROM bookonce.request AS r " \
    "                    WHERE r.tenant" EQ "$1 AND r.request_id" EQ "o.request_id OFFSET 0) AS r "
#define OFFER_ROW(status, position, booking_id) \
    "o.offer_id, o.request_id, o.provider, o.wave, " status " AS status, " SPAN("r") ", r.requester, r.details, " \
    position " AS position, " booking_id " AS booking_id, LEAST(o.expires_at, r.closes_at) AS expires_at, " \
    "o.created_at, o.decided_at"

/* Offers that provider $2 can accept at $5, at most $4, behind $3. */
BoStatement bo_sql_read_open_offers = {.sql =
    "SELECT " OFFER_ROW("o.status", "NULL::pg_catalog.int4", "NULL::pg_catalog.uuid") " FROM bookonce.offer AS o "
    ITS_REQUEST
    "WHERE o.tenant" EQ "$1 AND o.provider" EQ "$2 AND o.status" EQ OFFER_STATE("pending") " "
    "AND o.offer_id" MORE_THAN "$3 "
    "  AND " OVER("o.expires_at", "$5") " IS NOT TRUE AND " OVER("r.closes_at", "$5") " IS NOT TRUE "
    "  AND r.cancelled_at IS NULL AND " HAS_ROOM("$5") " ORDER BY o.offer_id LIMIT $4",
    .columns = BO_READ_OFFER_COLUMNS};

/*
 * All offers that provider $2 has had, at most $4, behind $3: the first ones of each status are read, and of these the
 * first.
 */
BoStatement bo_sql_read_offers = {.sql =
    "SELECT " OFFER_ROW(
        "CASE WHEN o.status" EQ OFFER_STATE("accepted") " THEN CASE WHEN b.booking_id IS NULL "
        "THEN " OFFER_STATE("released")
        "          ELSE o.status END "
        "     WHEN o.status" EQ OFFER_STATE("pending") " AND (" OVER("o.expires_at", "$5") " "
        "OR " OVER("r.closes_at", "$5")
        "          OR r.cancelled_at IS NOT NULL OR NOT " HAS_ROOM("$5") ") THEN " OFFER_STATE("expired")
        "     ELSE o.status END",
        "(SELECT p.position FROM bookonce.position AS p WHERE p.tenant" EQ "$1 AND p.booking_id" EQ "b.booking_id)",
        "b.booking_id")
    " FROM (SELECT o.* FROM pg_catalog.unnest('{pending,accepted,declined,withdrawn}'::bookonce.offer_state[]) "
    "AS s(status) "
    "       CROSS JOIN LATERAL (SELECT o.* FROM bookonce.offer AS o "
    "           WHERE o.tenant" EQ "$1 AND o.provider" EQ "$2 AND o.status" EQ "s.status AND o.offer_id" MORE_THAN "$3 "
    "           ORDER BY o.offer_id LIMIT $4) AS o ORDER BY o.offer_id LIMIT $4) AS o "
    ITS_REQUEST
    "LEFT JOIN LATERAL (SELECT b.booking_id FROM bookonce.booking AS b "
    "    WHERE b.tenant" EQ "$1 AND b.booking_id" EQ "o.booking_id AND b.released_at IS NULL AND NOT " LAPSED_AT("$5")
    "      AND b.resource_id" EQ "(SELECT s.resource_id FROM bookonce.resource AS s "
    "                              WHERE s.tenant" EQ "$1 AND s.resource" EQ "o.provider) OFFSET 0) AS b ON true "
    "ORDER BY o.offer_id",
    .columns = BO_READ_OFFER_COLUMNS};

/* The hours of the tenant of resource r. Rows that mean closed have no times. */
#define HOURS \
    "(SELECT h.resource_id, h.weekday, h.from_day, " \
    "        CASE WHEN h.opens OPERATOR(pg_catalog.<>) h.closes THEN h.opens END AS opens, " \
    "        CASE WHEN h.opens OPERATOR(pg_catalog.<>) h.closes THEN h.closes END AS closes " \
    " FROM bookonce.opening_hours AS h WHERE h.tenant" EQ "r.tenant) AS h WHERE true"
#define AND_FROM_DAY \
    " OPERATOR(pg_catalog.||) CASE WHEN pg_catalog.isfinite(h.from_day) " \
    "THEN pg_catalog.jsonb_build_object('from', h.from_day) ELSE '{}'::pg_catalog.jsonb END"

/* Seconds of the week as weekdays and times. */
#define WEEK_TIMES(seconds) \
    "(SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('weekday', s.second OPERATOR(pg_catalog./) 86400" PLUS \
    "1, 'time', '00:00'::pg_catalog.time" PLUS "pg_catalog.make_interval(secs => pg_catalog.mod(s.second, 86400))) " \
    " ORDER BY s.second) FROM pg_catalog.unnest(" seconds ") AS s(second))"

#define RESOURCE_ROW \
    "r.resource, r.capacity, r.buffer_before, r.buffer_after, r.time_zone, r.min_notice, r.max_ahead, " \
    "r.max_duration, " \
    "r.max_per_day, r.max_per_week, r.max_per_month, r.max_per_year, " \
    "CASE WHEN r.keeps_hours THEN COALESCE((SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(" \
    "         'weekday', h.weekday, 'opens', h.opens, 'closes', h.closes)" AND_FROM_DAY \
    "         ORDER BY h.weekday, h.from_day, h.opens) FROM " HOURS " " \
    "     AND h.resource_id" EQ "r.resource_id AND h.weekday" MORE_THAN "0), " \
    "     '[]'::pg_catalog.jsonb) END AS opening_hours, " \
    "r.created_at, n.has_closures, " \
    "(SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('day', h.from_day, 'opens', h.opens, " \
    "     'closes', h.closes, 'of_calendar', h.resource_id OPERATOR(pg_catalog.<) 0) " \
    "     ORDER BY h.from_day, h.resource_id DESC, h.opens) " \
    " FROM " HOURS " AND h.weekday" EQ "0 " \
    "     AND h.resource_id" EQ "ANY (ARRAY[r.resource_id, n.calendar_id])) AS day_hours, " \
    "(SELECT c.calendar FROM bookonce.calendar AS c WHERE c.tenant" EQ "r.tenant " \
    "    AND c.calendar_id" EQ "n.calendar_id) AS calendar, n.min_duration, n.start_every, " \
    WEEK_TIMES("n.starts") " AS starts, " WEEK_TIMES("n.ends") " AS ends, n.attributes, n.check_in_within, " \
    "n.overdue_blocks " \
    "FROM " RESOURCE_AS_NOW

BoStatement bo_sql_read_resources = {.sql =
    "SELECT " RESOURCE_ROW " WHERE r.tenant" EQ "$1 AND r.resource" MORE_THAN "$2 ORDER BY r.resource LIMIT $3",
    .columns = BO_READ_RESOURCE_COLUMNS};

BoStatement bo_sql_read_resource = {.sql =
    "SELECT " RESOURCE_ROW " WHERE " THIS_RESOURCE,
    .columns = BO_READ_RESOURCE_COLUMNS};

BoStatement bo_sql_read_claims = {.sql =
    "SELECT c.scope, c.value, c.claimant, c.details, c.claimed_at FROM bookonce.claim AS c "
    "WHERE c.tenant" EQ "$1 AND c.claimant" EQ "$2 AND ROW(c.scope, c.value)" MORE_THAN "ROW($3, $4) "
    "ORDER BY c.scope, c.value LIMIT $5",
    .columns = BO_READ_CLAIM_COLUMNS};

BoStatement bo_sql_read_counter = {.sql =
    "SELECT c.value FROM bookonce.counter AS c WHERE c.tenant" EQ "$1 AND c.counter" EQ "$2",
    .columns = BO_READ_COUNTER_COLUMNS};

/* clang-format on */
