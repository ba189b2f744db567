/*
 * store_line.c
 *   The statements on waiting lists.
 *
 * resource.has_waiters is set under the exclusive lock of the resource, in the transaction of the first waiter, and may
 * stay set for a while when the line is empty: that costs a look and changes no answer. Where the resource has parts,
 * they are marked as well, because a call that takes or frees one of them serves the line of the whole.
 * store_booking.c says why every operator is qualified.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/store_line.h"

#include "store/sql.h"
#include "store/store_delete.h"

/* clang-format off */

/* For a waiter w: it has neither been made an offer nor left; and it stands in line at an instant. */
#define UNANSWERED(w) w ".offered_at IS NULL AND " w ".left_at IS NULL"
#define WAITS_AT(w, at) \
    "(" UNANSWERED(w) " AND pg_catalog.upper(" w ".during)" MORE_THAN at \
    " AND (" w ".expires_at IS NULL OR " w ".expires_at" MORE_THAN at "))"

/* The line of resource $1 at $2, in its order. */
BoStatement bo_sql_find_line = {.sql =
    "SELECT w.waiter_id, w.during, w.holder, w.quantity, w.offer_for FROM ONLY bookonce.waiter AS w "
    "WHERE w.resource_id" EQ "$1 AND " WAITS_AT("w", "$2") " ORDER BY w.priority DESC, w.number",
    .columns = BO_FIND_LINE_COLUMNS};

BoStatement bo_sql_find_line_kind = {.sql =
    "SELECT r.resource_id, n.has_waiters, n.strict_line, n.by_holder, r.capacity, n.has_parts "
    "FROM " RESOURCE_AS_NOW " WHERE " THIS_RESOURCE,
    .columns = BO_FIND_LINE_KIND_COLUMNS};

/* The place of waiter w in line at an instant: the number of waiters for an overlapping time up to w, w included. */
#define PLACE_OF_W(at) \
    "(SELECT pg_catalog.count(*)::pg_catalog.int4 FROM ONLY bookonce.waiter AS o " \
    " WHERE o.resource_id" EQ "w.resource_id AND " WAITS_AT("o", at) " AND o.during" OVERLAPS "w.during " \
    "   AND (o.priority" MORE_THAN "w.priority " \
    "        OR (o.priority" EQ "w.priority AND o.number OPERATOR(pg_catalog.<=) w.number)))"

/* The hold that waiter w was offered, while it stands. */
#define OFFER_OF_W(column, at) \
    "(SELECT " column " FROM bookonce.booking AS b " \
    " WHERE b.booking_id" EQ "w.booking_id AND b.tenant" EQ "w.tenant AND b.released_at IS NULL AND " HELD_AFTER(at) ")"

#define WAITER_COLUMNS \
    "w.waiter_id, r.resource, w.during, w.quantity, w.request_hash, w.left_at IS NOT NULL, w.booking_id, " \
    OFFER_OF_W("b.lapses_at", "$3") ", CASE WHEN " WAITS_AT("w", "$3") " THEN " PLACE_OF_W("$3") " END " \
    "FROM ONLY bookonce.waiter AS w JOIN ONLY bookonce.resource AS r ON r.resource_id" EQ "w.resource_id "

BoStatement bo_sql_find_waiter = {.sql =
    "SELECT " WAITER_COLUMNS "WHERE w.tenant" EQ "$1 AND w.waiter_id" EQ "$2 AND ($4 IS NULL OR w.holder" EQ "$4)",
    .columns = BO_WAITER_ROW_COLUMNS};

BoStatement bo_sql_find_waiter_key = {.sql =
    "SELECT " WAITER_COLUMNS "WHERE w.tenant" EQ "$1 AND w.idempotency_key" EQ "$2",
    .columns = BO_WAITER_ROW_COLUMNS};

/* Finds holder $4 in line, or with an offer that stands, for a time of resource $2 that overlaps $5. */
BoStatement bo_sql_find_same_waiter = {.sql =
    "SELECT " WAITER_COLUMNS "WHERE w.tenant" EQ "$1 AND w.resource_id" EQ "$2 AND w.holder" EQ "$4 "
    "AND w.during" OVERLAPS "$5 AND (" WAITS_AT("w", "$3") " OR " OFFER_OF_W("true", "$3") ") "
    "ORDER BY w.offered_at, w.number LIMIT 1",
    .columns = BO_WAITER_ROW_COLUMNS};

BoStatement bo_sql_insert_waiter = {.sql =
    "INSERT INTO bookonce.waiter AS w (tenant, waiter_id, resource_id, during, holder, quantity, offer_for, priority, "
    "                                  expires_at, idempotency_key, request_hash, joined_at, number) "
    "SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, "
    "       COALESCE((SELECT pg_catalog.max(o.number) FROM ONLY bookonce.waiter AS o "
    "                 WHERE o.resource_id" EQ "$3 AND " UNANSWERED("o") "), 0)" PLUS "1 ON CONFLICT DO NOTHING"};

/* Marks the resources $2. */
BoStatement bo_sql_mark_waited_for = {.sql =
    "UPDATE ONLY bookonce.resource AS r SET has_waiters = true "
    "WHERE r.tenant" EQ "$1 AND r.resource" EQ "ANY ($2) AND NOT r.has_waiters"};

/*
 * The resources that take resource $2 along, directly or not, and for which somebody waits at $3: first the one with
 * the waiter who joined first. An index has those with parts that somebody may wait for; that is few of all.
 */
BoStatement bo_sql_find_waited_wholes = {.sql =
    "WITH RECURSIVE p(whole_id, part_id, depth) AS ("
    "    SELECT r.resource_id, u.part_id, 1 "
    "    FROM ONLY bookonce.resource AS r, pg_catalog.unnest(r.part_ids) AS u(part_id) "
    "    WHERE r.tenant" EQ "$1 AND r.has_waiters AND r.part_ids IS NOT NULL "
    "    UNION "
    "    SELECT p.whole_id, u.part_id, p.depth" PLUS "1 "
    "    FROM p JOIN ONLY bookonce.resource AS r ON r.resource_id" EQ "p.part_id, "
    "         pg_catalog.unnest(r.part_ids) AS u(part_id) "
    "    WHERE p.depth OPERATOR(pg_catalog.<=) " CppAsString2(BO_MAX_PART_DEPTH) ") "
    "SELECT r.resource FROM ONLY bookonce.resource AS r, "
    "LATERAL (SELECT pg_catalog.min(w.joined_at) AS joined_at FROM ONLY bookonce.waiter AS w "
    "         WHERE w.resource_id" EQ "r.resource_id AND " WAITS_AT("w", "$3") ") AS f "
    "WHERE r.resource_id" EQ "ANY (SELECT p.whole_id FROM p WHERE p.part_id" EQ "$2) AND f.joined_at IS NOT NULL "
    "ORDER BY f.joined_at, r.resource_id",
    .columns = BO_FIND_WAITED_WHOLES_COLUMNS};

/*
 * Removes the mark from a resource whose line is empty at $3. A call that changes a resource locks its row and then the
 * resource, while this runs after the resource's lock was taken. So it locks the row only if nobody else has.
 */
BoStatement bo_sql_unmark_waited_for = {.sql =
    "UPDATE ONLY bookonce.resource AS r SET has_waiters = false "
    "WHERE r.resource_id" EQ "(SELECT r.resource_id FROM ONLY bookonce.resource AS r "
    "                          WHERE " THIS_RESOURCE " AND r.has_waiters FOR NO KEY UPDATE SKIP LOCKED) "
    "  AND NOT EXISTS (SELECT FROM ONLY bookonce.waiter AS w "
    "                  WHERE w.resource_id" EQ "r.resource_id AND " WAITS_AT("w", "$3") ")"};

BoStatement bo_sql_offer_place = {.sql =
    "UPDATE ONLY bookonce.waiter AS w SET booking_id = $3, offered_at = $4 "
    "WHERE w.tenant" EQ "$1 AND w.waiter_id" EQ "$2"};

BoStatement bo_sql_leave_line = {.sql =
    "UPDATE ONLY bookonce.waiter AS w SET left_at = $3 "
    "WHERE w.tenant" EQ "$1 AND w.waiter_id" EQ "$2 AND " UNANSWERED("w") " RETURNING w.holder",
    .columns = BO_LEAVE_LINE_COLUMNS};

BoStatement bo_sql_find_booked_on = {.sql =
    "SELECT r.resource, r.plain, r.counts, n.has_waiters, n.by_holder "
    "FROM bookonce.booking AS b, " RESOURCE_AS_NOW " WHERE r.resource_id" EQ "b.resource_id AND " THIS_BOOKING,
    .columns = BO_FIND_BOOKED_ON_COLUMNS};

/* Resources that somebody may wait for; those with parts come last, because a hold of one serves the lines of parts. */
BoStatement bo_sql_find_lines = {.sql =
    "SELECT r.tenant, r.resource FROM ONLY bookonce.resource AS r WHERE r.has_waiters "
    "ORDER BY r.part_ids IS NOT NULL, r.resource_id",
    .columns = BO_FIND_LINES_COLUMNS};

BoStatement bo_sql_set_strict = {.sql =
    "UPDATE ONLY bookonce.resource AS r SET strict_line = $3 WHERE " THIS_RESOURCE
    " AND r.strict_line OPERATOR(pg_catalog.<>) $3"};

BoStatement bo_sql_delete_its_waiters = {.sql =
    "DELETE FROM ONLY bookonce.waiter AS w USING ONLY bookonce.resource AS r "
    "WHERE " THIS_RESOURCE " AND w.resource_id" EQ "r.resource_id"};

/* Deletes waiters whose time was over by $1, and that joined, got an offer or left before that. */
BoStatement bo_sql_delete_old_waiters = {.sql =
    "WITH l AS MATERIALIZED (SELECT w.tenant, w.waiter_id FROM ONLY bookonce.waiter AS w "
    "    WHERE pg_catalog.upper(w.during) OPERATOR(pg_catalog.<=) $1 "
    "      AND GREATEST(w.joined_at, w.offered_at, w.left_at) OPERATOR(pg_catalog.<) $1 "
    "    LIMIT $2 FOR UPDATE SKIP LOCKED), "
    "d AS (DELETE FROM ONLY bookonce.waiter AS w USING l WHERE w.tenant" EQ "l.tenant AND w.waiter_id" EQ "l.waiter_id "
    "      RETURNING 1) "
    "SELECT pg_catalog.count(*) FROM d",
    .columns = BO_DELETED_COLUMNS};

/*
 * The line of resource $2 as of $4, for times that overlap $3 unless that is NULL, and with it those whose offer
 * stands.
 */
BoStatement bo_sql_read_waiters = {.sql =
    "SELECT w.waiter_id, CASE WHEN w.offered_at IS NULL THEN " PLACE_OF_W("$4") " END AS place, r.resource, w.during, "
    "       pg_catalog.lower(w.during) AS starts_at, pg_catalog.upper(w.during) AS ends_at, w.holder, w.quantity, "
    "       w.offer_for, w.priority, w.expires_at, w.idempotency_key, w.joined_at, w.booking_id, "
    "       " OFFER_OF_W("b.lapses_at", "$4") " AS lapses_at "
    "FROM ONLY bookonce.waiter AS w JOIN ONLY bookonce.resource AS r ON r.resource_id" EQ "w.resource_id "
    "WHERE " THIS_RESOURCE " AND ($3 IS NULL OR w.during" OVERLAPS "$3) "
    "  AND (" WAITS_AT("w", "$4") " OR " OFFER_OF_W("true", "$4") ") "
    "ORDER BY w.offered_at, w.priority DESC, w.number",
    .columns = BO_READ_WAITER_COLUMNS};
