/*
 * store_delete.c
 *   The statements of delete_old(): what is entirely in the past before an instant is deleted as a whole or not at all.
 *
 * Each statement looks first, locks the rows that it wants, skipping those that somebody else has locked, and then
 * counts: a group or a request of which it did not get every row stays. So delete_old() never waits, and a key stays
 * for as long as any row of its call.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/store_delete.h"

#include "store/sql.h"

/* clang-format off */

/* For a booking b: it mirrors a row of a followed table, and stays as long as that row. */
#define FOLLOWS_A_ROW \
    "EXISTS (SELECT FROM ONLY bookonce.followed_table AS f " \
    "        WHERE f.followed_id" EQ "bookonce.followed_table_number(b.booking_id))"

/*
 * For a booking b and instant $1: by then its time had ended, it had been made, and released if it was, and its hold
 * had lapsed; and it has nothing out any more.
 */
#define IS_OVER \
    "(pg_catalog.upper(b.blocks) OPERATOR(pg_catalog.<=) $1 AND b.created_at OPERATOR(pg_catalog.<) $1 " \
    " AND (b.released_at IS NULL OR b.released_at OPERATOR(pg_catalog.<) $1) " \
    " AND (b.released_at IS NOT NULL OR b.lapses_at IS NULL OR b.lapses_at OPERATOR(pg_catalog.<) $1) " \
    " AND NOT " FOLLOWS_A_ROW " AND NOT EXISTS (SELECT FROM ONLY bookonce.closure AS c WHERE " IS_OUT "))"

/* No request needs booking b. The booking of an offer is deleted with its request. */
#define FILLS_NOTHING \
    "NOT EXISTS (SELECT FROM ONLY bookonce.\"position\" AS p WHERE p.tenant" EQ "b.tenant " \
    "AND p.booking_id" EQ "b.booking_id) " \
    "AND NOT (b.booking_id OPERATOR(pg_catalog.=) ANY " \
    "         (SELECT o.booking_id FROM ONLY bookonce.offer AS o WHERE o.booking_id IS NOT NULL))"

/* Requests that are over and whose bookings are all over. */
BoStatement bo_sql_find_old_requests = {.sql =
    "SELECT r.tenant, r.request_id FROM ONLY bookonce.request AS r "
    "WHERE pg_catalog.upper(r.during) OPERATOR(pg_catalog.<=) $1 AND r.created_at OPERATOR(pg_catalog.<) $1 "
    "  AND (r.cancelled_at IS NULL OR r.cancelled_at OPERATOR(pg_catalog.<) $1) "
    "  AND (r.closes_at IS NULL OR r.closes_at OPERATOR(pg_catalog.<) $1) "
    "  AND NOT EXISTS (SELECT FROM ONLY bookonce.offer AS o JOIN bookonce.booking AS b "
    "                      ON b.tenant" EQ "o.tenant AND b.booking_id" EQ "o.booking_id "
    "                  WHERE o.tenant" EQ "r.tenant AND o.request_id" EQ "r.request_id AND NOT " IS_OVER ") "
    "LIMIT $2",
    .columns = BO_FIND_OLD_REQUESTS_COLUMNS};

/*
 * $2 and $3 name requests whose locks the caller holds, so none of their verbs is in progress. Their bookings can still
 * be changed by verbs on bookings, so all bookings of a request, with their parts, must be locked and over. The
 * requests themselves stay for now.
 */
BoStatement bo_sql_delete_old_requests = {.sql =
    "WITH r AS MATERIALIZED ("
    "    SELECT u.tenant, u.request_id "
    "    FROM ROWS FROM (pg_catalog.unnest($2), pg_catalog.unnest($3)) AS u(tenant, request_id)), "
    "o AS MATERIALIZED ("
    "    SELECT o.tenant, o.request_id, o.booking_id FROM r JOIN ONLY bookonce.offer AS o "
    "        ON o.tenant" EQ "r.tenant AND o.request_id" EQ "r.request_id "
    "    WHERE o.booking_id IS NOT NULL), "
    "a AS MATERIALIZED ("
    "    SELECT b.tenant, b.booking_id, o.request_id FROM o JOIN bookonce.booking AS b "
    "        ON b.tenant" EQ "o.tenant AND b.booking_id" EQ "o.booking_id "
    "    UNION ALL "
    "    SELECT p.tenant, p.booking_id, o.request_id FROM o JOIN bookonce.booking AS b "
    "        ON b.tenant" EQ "o.tenant AND b.booking_id" EQ "o.booking_id "
    "    JOIN bookonce.booking AS p ON p.tenant" EQ "b.tenant AND p.group_id" EQ "b.group_id "
    "    WHERE p.member OPERATOR(pg_catalog.<) 0), "
    "l AS MATERIALIZED ("
    "    SELECT b.tenant, b.booking_id, a.request_id FROM a JOIN bookonce.booking AS b "
    "        ON b.tenant" EQ "a.tenant AND b.booking_id" EQ "a.booking_id "
    "    WHERE " IS_OVER " FOR UPDATE OF b SKIP LOCKED), "
    "w AS MATERIALIZED ("
    "    SELECT r.tenant, r.request_id FROM r "
    "    WHERE (SELECT pg_catalog.count(*) FROM a "
    "           WHERE a.tenant" EQ "r.tenant AND a.request_id" EQ "r.request_id) OPERATOR(pg_catalog.=) "
    "          (SELECT pg_catalog.count(*) FROM l WHERE l.tenant" EQ "r.tenant AND l.request_id" EQ "r.request_id)), "
    "b AS (DELETE FROM bookonce.booking AS b USING l JOIN w ON w.tenant" EQ "l.tenant "
    "AND w.request_id" EQ "l.request_id "
    "      WHERE b.tenant" EQ "l.tenant AND b.booking_id" EQ "l.booking_id RETURNING 1), "
    "f AS (DELETE FROM ONLY bookonce.offer AS f USING w "
    "      WHERE f.tenant" EQ "w.tenant AND f.request_id" EQ "w.request_id RETURNING 1), "
    "p AS (DELETE FROM ONLY bookonce.\"position\" AS p USING w "
    "      WHERE p.tenant" EQ "w.tenant AND p.request_id" EQ "w.request_id RETURNING 1) "
    "SELECT (SELECT pg_catalog.count(*) FROM b)" PLUS
    "(SELECT pg_catalog.count(*) FROM f)" PLUS "(SELECT pg_catalog.count(*) FROM p)",
    .columns = BO_DELETED_COLUMNS};

/*
 * Deletes the requests in $1 and $2 that have no position left. This is a statement of its own, because the trigger
 * keep_needed looks for positions.
 */
BoStatement bo_sql_delete_bare_requests = {.sql =
    "DELETE FROM ONLY bookonce.request AS r "
    "USING ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS u(tenant, request_id) "
    "WHERE r.tenant" EQ "u.tenant AND r.request_id" EQ "u.request_id AND NOT EXISTS ("
    "    SELECT FROM ONLY bookonce.\"position\" AS p WHERE p.tenant" EQ "r.tenant AND p.request_id" EQ "r.request_id)"};

/*
 * Groups of which every row is over: a group is never split. They are found by the first row of the group, if it is
 * over, until together they have $2 rows.
 */
BoStatement bo_sql_delete_old_groups = {.sql =
    "WITH c AS MATERIALIZED ("
    "    SELECT b.tenant, b.group_id FROM bookonce.booking AS b "
    "    WHERE b.group_id IS NOT NULL AND " IS_OVER " AND NOT EXISTS ("
    "        SELECT FROM bookonce.booking AS e WHERE e.tenant" EQ "b.tenant AND e.group_id" EQ "b.group_id "
    "        AND e.booking_id OPERATOR(pg_catalog.<) b.booking_id) "
    "    LIMIT $2), "
    "n AS MATERIALIZED ("
    "    SELECT c.tenant, c.group_id, n.members, pg_catalog.sum(n.members) OVER (ORDER BY c.group_id "
    "USING OPERATOR(pg_catalog.<)) AS upto "
    "    FROM c, LATERAL (SELECT pg_catalog.count(*) AS members, pg_catalog.bool_and(" IS_OVER " "
    "AND " FILLS_NOTHING ") AS are_over "
    "                     FROM bookonce.booking AS b WHERE b.tenant" EQ "c.tenant AND b.group_id" EQ "c.group_id) AS n "
    "    WHERE n.are_over), "
    "l AS MATERIALIZED ("
    "    SELECT b.tenant, b.group_id, b.booking_id, n.members FROM n JOIN bookonce.booking AS b "
    "        ON b.tenant" EQ "n.tenant AND b.group_id" EQ "n.group_id "
    "    WHERE n.upto" MINUS "n.members OPERATOR(pg_catalog.<) $2 AND " IS_OVER " FOR UPDATE OF b SKIP LOCKED), "
    "w AS MATERIALIZED ("
    "    SELECT l.tenant, l.booking_id FROM ("
    "        SELECT l.tenant, l.booking_id, l.members, "
    "               pg_catalog.count(*) OVER (PARTITION BY l.tenant, l.group_id) AS locked FROM l) AS l "
    "    WHERE l.locked OPERATOR(pg_catalog.=) l.members), "
    "b AS (DELETE FROM bookonce.booking AS b USING w "
    "      WHERE b.tenant" EQ "w.tenant AND b.booking_id" EQ "w.booking_id RETURNING 1) "
    "SELECT pg_catalog.count(*) FROM b",
    .columns = BO_DELETED_COLUMNS};

BoStatement bo_sql_delete_old_bookings = {.sql =
    "WITH l AS MATERIALIZED ("
    "    SELECT b.tenant, b.booking_id FROM bookonce.booking AS b "
    "    WHERE b.group_id IS NULL AND " IS_OVER " AND " FILLS_NOTHING " "
    "    LIMIT $2 FOR UPDATE OF b SKIP LOCKED), "
    "b AS (DELETE FROM bookonce.booking AS b USING l "
    "      WHERE b.tenant" EQ "l.tenant AND b.booking_id" EQ "l.booking_id RETURNING 1) "
    "SELECT pg_catalog.count(*) FROM b",
    .columns = BO_DELETED_COLUMNS};

/* The last entry of a counter stays, because it holds the counter's value. */
BoStatement bo_sql_delete_old_entries = {.sql =
    "WITH l AS MATERIALIZED ("
    "    SELECT e.ctid FROM ONLY bookonce.counter_entry AS e JOIN ONLY bookonce.counter AS c "
    "        ON c.tenant" EQ "e.tenant AND c.counter" EQ "e.counter "
    "    WHERE e.created_at OPERATOR(pg_catalog.<) $1 AND e.entry OPERATOR(pg_catalog.<) c.entries "
    "    LIMIT $2 FOR UPDATE OF e SKIP LOCKED), "
    "e AS (DELETE FROM ONLY bookonce.counter_entry AS e USING l WHERE e.ctid OPERATOR(pg_catalog.=) l.ctid "
    "RETURNING 1) "
    "SELECT pg_catalog.count(*) FROM e",
    .columns = BO_DELETED_COLUMNS};
