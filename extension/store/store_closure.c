/*
 * store_closure.c
 *   The statements on closures: places of a resource that are out of service for a time.
 *
 * resource.has_closures says whether a resource has any. A call that changes that column, or adds a closure, holds the
 * lock of the resource's row until the transaction ends, so the column is exact. store_booking.c says why every
 * operator is qualified.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/store_closure.h"

#include "store/sql.h"

/* clang-format off */

/* The end of closure c, as in the index closure_resource. */
#define CLOSURE_END "COALESCE(pg_catalog.upper(c.during), 'infinity'::timestamp with time zone)"

/*
 * Closures of resource $1 that overlap $2 at $3. Booking $4 is being moved, so what it has out itself does not count.
 * $5: closures of the whole resource are waived; what is out and closures of single places still count.
 */
BoStatement bo_sql_find_closures = {.sql =
    "SELECT c.during, c.units FROM ONLY bookonce.closure AS c "
    "WHERE c.resource_id" EQ "$1 AND " CLOSURE_END MORE_THAN "pg_catalog.lower($2) AND c.during" OVERLAPS "$2 "
    "  AND ($4 IS NULL OR c.booking_id IS NULL OR c.booking_id OPERATOR(pg_catalog.<>) $4) AND " CLOSES_AT("$3") " "
    "  AND (NOT $5 OR c.units IS NOT NULL OR c.booking_id IS NOT NULL)",
    .columns = BO_FIND_CLOSURES_COLUMNS};

BoStatement bo_sql_find_closed_key = {.sql =
    "SELECT c.closure_id, r.resource, c.request_hash FROM ONLY bookonce.closure AS c "
    "JOIN ONLY bookonce.resource AS r ON r.resource_id" EQ "c.resource_id "
    "WHERE c.tenant" EQ "$1 AND c.idempotency_key" EQ "$2",
    .columns = BO_FIND_CLOSED_KEY_COLUMNS};

/* A closure of the whole resource that has begun by the start of $3, and has no end. */
BoStatement bo_sql_find_retired = {.sql =
    "SELECT c.closure_id FROM ONLY bookonce.closure AS c "
    "JOIN ONLY bookonce.resource AS r ON r.resource_id" EQ "c.resource_id "
    "WHERE " THIS_RESOURCE " AND c.units IS NULL AND c.during OPERATOR(pg_catalog.@>) $3 "
    "ORDER BY pg_catalog.lower(c.during) LIMIT 1",
    .columns = BO_FIND_RETIRED_COLUMNS};

BoStatement bo_sql_insert_closures = {.sql =
    "INSERT INTO bookonce.closure AS c (tenant, closure_id, resource_id, during, units, reason, idempotency_key, "
    "                                   request_hash, created_at) "
    "SELECT $1, u.closure_id, u.resource_id, $4, $5, $6, $7, $8, $9 "
    "FROM ROWS FROM (pg_catalog.unnest($2), pg_catalog.unnest($3)) AS u(closure_id, resource_id)"};

BoStatement bo_sql_mark_closed = {.sql =
    "UPDATE ONLY bookonce.resource AS r SET has_closures = true "
    "WHERE r.tenant" EQ "$1 AND r.resource" EQ "ANY ($2) AND NOT r.has_closures"};

BoStatement bo_sql_unmark_closed = {.sql =
    "UPDATE ONLY bookonce.resource AS r SET has_closures = false "
    "WHERE r.tenant" EQ "$1 AND r.resource" EQ "ANY ($2) AND r.has_closures "
    "  AND NOT EXISTS (SELECT FROM ONLY bookonce.closure AS c "
    "                  WHERE c.resource_id" EQ "r.resource_id AND c.booking_id IS NULL)"};

/*
 * Live bookings of resource $1 that touch $2: those with a unit that overlap $3, and those without one that overlap $4.
 * $5 is the clock.
 */
BoStatement bo_sql_find_in_the_way = {.sql =
    "SELECT pg_catalog.array_agg(w.booking_id ORDER BY w.starts_at, w.booking_id) FROM ("
    "    SELECT b.booking_id, pg_catalog.lower(b.during) AS starts_at FROM bookonce.booking AS b "
    "    WHERE bookonce.slot_key(b.resource_id, b.unit, b.blocks)" SAME_RESOURCE "bookonce.slot_key($1, 1, $2) "
    "      AND " IS_LIVE " AND NOT " LAPSED_AT("$5") " AND b.blocks" OVERLAPS "$3 "
    "    UNION ALL "
    "    SELECT b.booking_id, pg_catalog.lower(b.during) FROM bookonce.booking AS b "
    "    WHERE bookonce.slot_key(b.resource_id, 1, b.blocks)" SAME_SLOT "bookonce.slot_key($1, 1, $2) "
    "      AND b.unit IS NULL AND " IS_LIVE " AND NOT " LAPSED_AT("$5") " AND b.blocks" OVERLAPS "$4) AS w",
    .columns = BO_FIND_IN_THE_WAY_COLUMNS};

/* The resources of closures $2, in the order of bo_sql_lock_resource_rows. */
BoStatement bo_sql_lock_closed_resources = {.sql =
    "SELECT r.resource FROM ONLY bookonce.resource AS r "
    "WHERE r.tenant" EQ "$1 AND r.resource_id" EQ "ANY (ARRAY("
    "    SELECT c.resource_id FROM ONLY bookonce.closure AS c "
    "    WHERE c.tenant" EQ "$1 AND c.closure_id" EQ "ANY ($2))) "
    "ORDER BY r.resource_id FOR NO KEY UPDATE",
    .columns = BO_LOCK_CLOSED_RESOURCES_COLUMNS};

/* Takes out the unit of booking $2: closes one place of its resource from the booking's end on, for good. */
BoStatement bo_sql_take_out = {.sql =
    "INSERT INTO bookonce.closure AS c (tenant, closure_id, resource_id, during, units, created_at, booking_id) "
    "SELECT $1, $3, b.resource_id, pg_catalog.tstzrange(pg_catalog.upper(b.during), NULL), 1, $4, b.booking_id "
    "FROM bookonce.booking AS b WHERE " THIS_BOOKING " "
    "ON CONFLICT (booking_id, tenant) WHERE booking_id IS NOT NULL "
    "DO UPDATE SET resource_id = EXCLUDED.resource_id, during = EXCLUDED.during, created_at = $4"};

BoStatement bo_sql_find_out = {.sql =
    "SELECT FROM bookonce.booking AS b JOIN ONLY bookonce.closure AS c ON " IS_OUT " WHERE " THIS_BOOKING};

BoStatement bo_sql_give_back = {.sql =
    "DELETE FROM ONLY bookonce.closure AS c WHERE c.tenant" EQ "$1 AND c.booking_id" EQ "$2"};

/* Deletes the closures for what is out of a resource, which no longer block it. */
BoStatement bo_sql_give_all_back = {.sql =
    "DELETE FROM ONLY bookonce.closure AS c USING ONLY bookonce.resource AS r "
    "WHERE " THIS_RESOURCE " AND c.resource_id" EQ "r.resource_id AND c.booking_id IS NOT NULL"};

BoStatement bo_sql_delete_closures = {.sql =
    "DELETE FROM ONLY bookonce.closure AS c WHERE c.tenant" EQ "$1 AND c.closure_id" EQ "ANY ($2)"};

/* Closure c was over before $1, or is that of a booking that has given back what it had. */
#define IS_OLD \
    "CASE WHEN c.booking_id IS NULL THEN " CLOSURE_END " OPERATOR(pg_catalog.<=) $1 " \
    "     ELSE NOT EXISTS (SELECT FROM bookonce.booking AS b WHERE " IS_OUT ") END"

/* At most $2 resources with old closures; resources that somebody else has locked are left for later. */
BoStatement bo_sql_lock_old_closures = {.sql =
    "SELECT r.resource_id FROM ONLY bookonce.resource AS r "
    "WHERE (r.has_closures OR r.overdue_blocks) AND EXISTS (SELECT FROM ONLY bookonce.closure AS c "
    "    WHERE c.resource_id" EQ "r.resource_id AND " IS_OLD ") "
    "LIMIT $2 FOR NO KEY UPDATE OF r SKIP LOCKED",
    .columns = BO_LOCK_OLD_CLOSURES_COLUMNS};

/* Deletes the old closures of resources $2, whose rows are locked. */
BoStatement bo_sql_delete_old_closures = {.sql =
    "WITH d AS (DELETE FROM ONLY bookonce.closure AS c "
    "           WHERE c.resource_id" EQ "ANY ($2) AND " IS_OLD " RETURNING 1), "
    "r AS (UPDATE ONLY bookonce.resource AS r SET has_closures = false "
    "      WHERE r.resource_id" EQ "ANY ($2) AND NOT EXISTS (SELECT FROM ONLY bookonce.closure AS c "
    "          WHERE c.resource_id" EQ "r.resource_id AND c.booking_id IS NULL "
    "            AND " CLOSURE_END MORE_THAN "$1)) "
    "SELECT pg_catalog.count(*) FROM d",
    .columns = BO_DELETE_OLD_CLOSURES_COLUMNS};

/*
 * Closures as of $7 that overlap $2, of the resources named $3 or, if that is NULL, all; at most $6, behind $4 and $5.
 */
BoStatement bo_sql_read_closures = {.sql =
    "SELECT c.closure_id, r.resource, c.during, pg_catalog.lower(c.during) AS starts_at, "
    "       pg_catalog.upper(c.during) AS ends_at, c.units, c.reason, c.idempotency_key, c.created_at, "
    "       c.booking_id "
    "FROM bookonce.closure AS c JOIN bookonce.resource AS r ON r.resource_id" EQ "c.resource_id "
    "WHERE c.tenant" EQ "$1 AND c.during" OVERLAPS "$2 "
    "  AND pg_catalog.lower(c.during) OPERATOR(pg_catalog.<) pg_catalog.upper($2) "
    "  AND ($3 IS NULL OR r.resource" EQ "ANY ($3)) AND " CLOSES_AT("$7") " "
    "  AND ROW(pg_catalog.lower(c.during), c.closure_id)" MORE_THAN "ROW($4, $5) "
    "ORDER BY pg_catalog.lower(c.during), c.closure_id LIMIT $6",
    .columns = BO_READ_CLOSURE_COLUMNS};
