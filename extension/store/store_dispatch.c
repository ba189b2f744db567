/*
 * store_dispatch.c
 *   The statements on requests, positions and offers.
 *
 * $1 is the tenant everywhere. Bookings are read in scalar subqueries, or in lateral ones that OFFSET 0 keeps separate,
 * which the planner runs by the primary key: a join might become a hash of all bookings. store_booking.c says how names
 * must be qualified.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/store_dispatch.h"

#include "store/sql.h"
#include "store/store_asking.h"
#include "store/store_filled.h"

#define PENDING "'pending'::bookonce.offer_state"
#define ACCEPTED "'accepted'::bookonce.offer_state"
#define DECLINED "'declined'::bookonce.offer_state"
#define WITHDRAWN "'withdrawn'::bookonce.offer_state"

/* clang-format off */

#define THIS_REQUEST "r.tenant" EQ "$1 AND r.request_id" EQ "$2"
#define THIS_OFFER "o.tenant" EQ "$1 AND o.offer_id" EQ "$2"

/* For a booking b: it stands now. It can be a hold only if the tables' owner made it one. */
#define STANDS "(b.released_at IS NULL AND NOT " LAPSED_AT("pg_catalog.clock_timestamp()") ")"
#define LIVE(id) \
    "((SELECT " STANDS " FROM bookonce.booking AS b WHERE b.tenant" EQ "$1 AND b.booking_id" EQ id ") IS TRUE)"

/* How many positions of request r are taken, and the first that is not. */
#define PLACES \
    "LATERAL (SELECT pg_catalog.count(*) FILTER (WHERE t.taken) AS filled, " \
    "                pg_catalog.min(t.position) FILTER (WHERE NOT t.taken) AS free " \
    "         FROM (SELECT p.position, " LIVE("p.booking_id") " AS taken FROM ONLY bookonce.position AS p " \
    "               WHERE p.tenant" EQ "$1 AND p.request_id" EQ "r.request_id OFFSET 0) AS t) AS places"

/*
 * The booking that offer o made, as long as it is on the offer's provider: a booking that was moved to another provider
 * belongs to that provider.
 */
#define OWN_BOOKING \
    "LEFT JOIN LATERAL (SELECT b.booking_id, " STANDS " AS stands FROM bookonce.booking AS b " \
    "                   WHERE b.tenant" EQ "$1 AND b.booking_id" EQ "o.booking_id AND b.resource_id" EQ \
    "                         (SELECT s.resource_id FROM ONLY bookonce.resource AS s " \
    "                          WHERE s.tenant" EQ "$1 AND s.resource" EQ "o.provider) OFFSET 0) AS own ON true"

/* What bo_request_read() and bo_offer_read() read, in their order. */
#define REQUEST_COLUMNS \
    "r.request_id, r.during, r.positions, places.filled, places.free, r.closes_at, r.cancelled_at IS NOT NULL, " \
    "r.requester, r.request_hash, " \
    "(SELECT p.booking_id FROM ONLY bookonce.position AS p " \
    " WHERE p.tenant" EQ "$1 AND p.request_id" EQ "r.request_id AND p.position" EQ "places.free)"
#define OFFER_COLUMNS \
    "o.offer_id, o.provider, o.wave, o.status, own.booking_id, o.expires_at, own.stands IS TRUE, " \
    "(SELECT p.position FROM ONLY bookonce.position AS p WHERE p.tenant" EQ "$1 AND p.booking_id" EQ "own.booking_id)"

/*
 * The offer's provider has one of the request's positions, and another one is free. It may have that one without an
 * offer: it was given another provider's booking.
 */
#define PROVIDER_FILLS \
    "(places.filled OPERATOR(pg_catalog.>) 0 AND places.free IS NOT NULL AND EXISTS (" \
    "SELECT FROM ONLY bookonce.position AS p WHERE p.tenant" EQ "$1 AND p.request_id" EQ "r.request_id " \
    "AND (SELECT " STANDS " AND b.resource_id" EQ \
    "            (SELECT s.resource_id FROM ONLY bookonce.resource AS s " \
    "             WHERE s.tenant" EQ "$1 AND s.resource" EQ "o.provider) " \
    "     FROM bookonce.booking AS b WHERE b.tenant" EQ "$1 AND b.booking_id" EQ "p.booking_id)))"

/* The latest offer of a request to a provider. */
#define LATEST_OFFER(provider, condition) \
    "SELECT " OFFER_COLUMNS " FROM ONLY bookonce.offer AS o " OWN_BOOKING " " \
    "WHERE o.tenant" EQ "$1 AND o.request_id" EQ "$2 AND o.provider" EQ provider condition " " \
    "ORDER BY o.wave DESC LIMIT 1"

/* The decision on an idempotency key. Creates the request with its positions, and returns what was stored. */
BoStatement bo_sql_insert_request = {.sql =
    "WITH r AS (INSERT INTO bookonce.request AS r (tenant, request_id, during, positions, requester, details, "
    "closes_at, "
    "                                         idempotency_key, request_hash, created_at) "
    "           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING "
    "           RETURNING r.request_id, r.during, r.positions, r.closes_at), "
    "p AS (INSERT INTO bookonce.position (tenant, request_id, position) "
    "      SELECT $1, r.request_id, n.n FROM r CROSS JOIN pg_catalog.generate_series(1, r.positions) AS n(n)) "
    "SELECT r.request_id, r.during, r.positions, r.closes_at FROM r",
    .columns = BO_INSERT_REQUEST_COLUMNS};

BoStatement bo_sql_find_request_key = {.sql =
    "SELECT " REQUEST_COLUMNS " FROM ONLY bookonce.request AS r CROSS JOIN " PLACES " "
    "WHERE r.tenant" EQ "$1 AND r.idempotency_key" EQ "$2",
    .columns = BO_REQUEST_ROW_COLUMNS};

BoStatement bo_sql_find_request = {.sql =
    "SELECT " REQUEST_COLUMNS " FROM ONLY bookonce.request AS r CROSS JOIN " PLACES " WHERE " THIS_REQUEST,
    .columns = BO_REQUEST_ROW_COLUMNS};

BoStatement bo_sql_cancel_request = {.sql =
    "UPDATE ONLY bookonce.request AS r SET cancelled_at = $3, reason = $4 WHERE " THIS_REQUEST " "
    "AND r.cancelled_at IS NULL"};

BoStatement bo_sql_move_request = {.sql =
    "UPDATE ONLY bookonce.request AS r SET during = $3 WHERE " THIS_REQUEST " AND r.cancelled_at IS NULL"};

/* By what a request goes on asking. NULL: it does not. */
BoStatement bo_sql_find_kept_need = {.sql =
    "SELECT r.need, r.pick, r.expires_in FROM ONLY bookonce.request AS r WHERE " THIS_REQUEST,
    .columns = BO_FIND_KEPT_NEED_COLUMNS};

BoStatement bo_sql_keep_need = {.sql =
    "UPDATE ONLY bookonce.request AS r SET need = $3, pick = $4, expires_in = $5 WHERE " THIS_REQUEST};

/* For request r: it goes on asking at $2. */
#define ASKS \
    "(r.need IS NOT NULL AND r.cancelled_at IS NULL AND (r.closes_at" MORE_THAN "$2) IS NOT FALSE " \
    "AND pg_catalog.lower(r.during)" MORE_THAN "$2 " \
    "AND EXISTS (SELECT FROM ONLY bookonce.position AS p WHERE p.tenant" EQ "$1 AND p.request_id" EQ "r.request_id " \
    "            AND NOT " LIVE("p.booking_id") "))"

/* The requests that go on asking, in the order in which they were opened. */
BoStatement bo_sql_find_asking = {.sql =
    "SELECT r.request_id FROM ONLY bookonce.request AS r WHERE r.tenant" EQ "$1 AND " ASKS " "
    "ORDER BY r.created_at, r.request_id",
    .columns = BO_FIND_ASKING_COLUMNS};

/* Who can accept an offer of a request that goes on asking, and for when; in order, so that a list of them grows. */
BoStatement bo_sql_find_asked = {.sql =
    "SELECT s.resource_id, r.during FROM ONLY bookonce.request AS r "
    "JOIN ONLY bookonce.offer AS o ON o.request_id" EQ "r.request_id AND o.tenant" EQ "$1 "
    "JOIN ONLY bookonce.resource AS s ON s.tenant" EQ "$1 AND s.resource" EQ "o.provider "
    "WHERE r.tenant" EQ "$1 AND " ASKS " AND o.status" EQ PENDING " AND (o.expires_at" MORE_THAN "$2) IS NOT FALSE "
    "ORDER BY s.resource_id, pg_catalog.lower(r.during)",
    .columns = BO_FIND_ASKED_COLUMNS};

/*
 * Each of the providers once, in the order given, with its latest offer; the column before the offer is NULL if the
 * provider is unknown.
 */
BoStatement bo_sql_find_invited = {.sql =
    "SELECT i.provider, (SELECT true FROM ONLY bookonce.resource AS s WHERE s.tenant" EQ "$1 "
    "AND s.resource" EQ "i.provider), "
    "       o.* "
    "FROM (SELECT u.provider, pg_catalog.min(u.n) AS n "
    "      FROM pg_catalog.unnest($3) WITH ORDINALITY AS u(provider, n) GROUP BY u.provider) AS i "
    "LEFT JOIN LATERAL (" LATEST_OFFER("i.provider", "") ") AS o ON true "
    "ORDER BY i.n",
    .columns = BO_FIND_INVITED_COLUMNS};

/* Returns the wave's number. Two waves at once meet here, whatever snapshots they have. */
BoStatement bo_sql_begin_wave = {.sql =
    "UPDATE ONLY bookonce.request AS r SET waves = r.waves OPERATOR(pg_catalog.+) 1 WHERE " THIS_REQUEST " "
    "RETURNING r.waves",
    .columns = BO_BEGIN_WAVE_COLUMNS};

BoStatement bo_sql_insert_offers = {.sql =
    "INSERT INTO bookonce.offer AS o (tenant, request_id, offer_id, provider, wave, expires_at, created_at) "
    "SELECT $1, $2, n.offer_id, n.provider, $5, $6, $7 "
    "FROM ROWS FROM (pg_catalog.unnest($3), pg_catalog.unnest($4)) AS n(offer_id, provider) "
    "RETURNING o.offer_id, o.provider, o.wave, o.expires_at",
    .columns = BO_INSERT_OFFERS_COLUMNS};

/* The request to lock: an offer never changes its request or provider. */
BoStatement bo_sql_find_offer_request = {.sql =
    "SELECT o.request_id, o.provider FROM ONLY bookonce.offer AS o WHERE " THIS_OFFER,
    .columns = BO_FIND_OFFER_REQUEST_COLUMNS};

BoStatement bo_sql_find_offer = {.sql =
    "SELECT " REQUEST_COLUMNS ", " OFFER_COLUMNS ", " PROVIDER_FILLS " "
    "FROM ONLY bookonce.offer AS o JOIN ONLY bookonce.request AS r ON r.tenant" EQ "o.tenant "
    "AND r.request_id" EQ "o.request_id "
    OWN_BOOKING " CROSS JOIN " PLACES " WHERE " THIS_OFFER,
    .columns = BO_FIND_OFFER_COLUMNS};

BoStatement bo_sql_find_latest_offer = {.sql =
    LATEST_OFFER("$3", ""),
    .columns = BO_OFFER_ROW_COLUMNS};

/* $4 is the booking that the offer made, or NULL for any. */
BoStatement bo_sql_find_accepted_offer = {.sql =
    LATEST_OFFER("$3", " AND o.status" EQ ACCEPTED " AND ($4 IS NULL OR o.booking_id" EQ "$4)"),
    .columns = BO_OFFER_ROW_COLUMNS};

BoStatement bo_sql_decline_offer = {.sql =
    "UPDATE ONLY bookonce.offer AS o SET status = " DECLINED ", decided_at = $3 WHERE " THIS_OFFER " "
    "AND o.status" EQ PENDING};

BoStatement bo_sql_withdraw_offer = {.sql =
    "UPDATE ONLY bookonce.offer AS o SET status = " WITHDRAWN ", decided_at = $3 WHERE " THIS_OFFER " "
    "AND o.status" EQ PENDING};

/*
 * The decision: the position gets booking $4 if it still has $5, the one that was looked at. The ids are compared,
 * instead of asking whether that booking is live: after a wait for the row, PostgreSQL reads the row again, but reads a
 * subquery's tables as they were before.
 */
BoStatement bo_sql_take_position = {.sql =
    "UPDATE ONLY bookonce.position AS r SET booking_id = $4 WHERE " THIS_REQUEST " AND r.position" EQ "$3 "
    "AND (r.booking_id" EQ "$5 OR r.booking_id IS NULL AND $5 IS NULL)"};

BoStatement bo_sql_accept_offer = {.sql =
    "UPDATE ONLY bookonce.offer AS o SET status = " ACCEPTED ", booking_id = $3, decided_at = $4 "
    "WHERE " THIS_OFFER " AND o.status" EQ PENDING};

/* The positions of request r with their latest bookings, which tell the provider and the time. */
#define FILLERS \
    "bookonce.position AS r " \
    "CROSS JOIN LATERAL (SELECT b.booking_id, b.resource_id, b.during, " STANDS " AS stands " \
    "FROM bookonce.booking AS b " \
    "                    WHERE b.tenant" EQ "$1 AND b.booking_id" EQ "r.booking_id OFFSET 0) AS b "

/* The position that a provider has in a request, or otherwise one that it has left and nobody has taken since. */
BoStatement bo_sql_find_position = {.sql =
    "SELECT r.position, b.booking_id, b.during, b.stands FROM " FILLERS
    "WHERE " THIS_REQUEST " AND b.resource_id" EQ
    "      (SELECT s.resource_id FROM ONLY bookonce.resource AS s WHERE s.tenant" EQ "$1 AND s.resource" EQ "$3) "
    "ORDER BY b.stands DESC, r.position LIMIT 1",
    .columns = BO_FIND_POSITION_COLUMNS};

/* All filled positions, ordered by the providers' names, byte by byte. */
BoStatement bo_sql_find_fillers = {.sql =
    "SELECT (SELECT s.resource FROM ONLY bookonce.resource AS s WHERE s.resource_id" EQ "b.resource_id) AS provider, "
    "       r.position, b.booking_id FROM " FILLERS
    "WHERE " THIS_REQUEST " AND b.stands ORDER BY provider",
    .columns = BO_FIND_FILLERS_COLUMNS};

/* For each existing booking in $2: the request whose position it fills. */
BoStatement bo_sql_find_booking_requests = {.sql =
    "SELECT b.booking_id, (SELECT p.request_id FROM ONLY bookonce.position AS p "
    "                      WHERE p.tenant" EQ "$1 AND p.booking_id" EQ "b.booking_id) "
    "FROM bookonce.booking AS b WHERE b.tenant" EQ "$1 AND b.booking_id" EQ "ANY ($2)",
    .columns = BO_FIND_BOOKING_REQUESTS_COLUMNS};

/* The request whose position a booking of group $2 fills. */
BoStatement bo_sql_find_group_request = {.sql =
    "SELECT p.request_id FROM bookonce.booking AS b CROSS JOIN LATERAL ("
    "    SELECT p.request_id FROM ONLY bookonce.position AS p "
    "    WHERE p.tenant" EQ "$1 AND p.booking_id" EQ "b.booking_id OFFSET 0) AS p "
    "WHERE b.tenant" EQ "$1 AND b.group_id" EQ "$2 AND b.member OPERATOR(pg_catalog.>) 0 LIMIT 1",
    .columns = BO_FIND_GROUP_REQUEST_COLUMNS};

/* Two bookings of request $2 swap places: each offer goes with its provider. */
BoStatement bo_sql_swap_offers = {.sql =
    "UPDATE ONLY bookonce.offer AS o SET booking_id = CASE WHEN o.booking_id" EQ "$3 THEN $4 ELSE $3 END "
    "WHERE o.tenant" EQ "$1 AND o.request_id" EQ "$2 AND (o.booking_id" EQ "$3 OR o.booking_id" EQ "$4)"};
