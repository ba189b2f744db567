/*
 * store_claim.c
 *   The statements on claims and counters; as in store_booking.c, every name and operator is qualified.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/store_claim.h"

#include "store/sql.h"

/* clang-format off */

#define LE " OPERATOR(pg_catalog.<=) "
#define GE " OPERATOR(pg_catalog.>=) "

#define THIS_VALUE "c.tenant" EQ "$1 AND c.scope" EQ "$2 AND c.value" EQ "$3"
#define THIS_COUNTER "c.tenant" EQ "$1 AND c.counter" EQ "$2"

/* The decision: if no row is inserted, the value has an owner. Waits for a claim or a release that is in progress. */
BoStatement bo_sql_insert_claim = {.sql =
    "INSERT INTO bookonce.claim AS c (tenant, scope, value, claimant, details) VALUES ($1, $2, $3, $4, $5) "
    "ON CONFLICT DO NOTHING RETURNING c.claimant",
    .columns = BO_INSERT_CLAIM_COLUMNS};

/*
 * Whether the claim is the caller's own, and which transaction wrote it. An old snapshot can show two rows: one that
 * others have released since, and the one that this transaction put in its place, which counts.
 */
BoStatement bo_sql_find_claim = {.sql =
    "SELECT c.claimant" EQ "$4 AS claimant, c.xmin "
    "FROM ONLY bookonce.claim AS c WHERE " THIS_VALUE " ORDER BY c.claimed_at DESC "
    "LIMIT 1",
    .columns = BO_FIND_CLAIM_COLUMNS};

BoStatement bo_sql_delete_claim = {.sql =
    "DELETE FROM ONLY bookonce.claim AS c WHERE " THIS_VALUE " AND c.claimant" EQ "$4"};

BoStatement bo_sql_insert_counter = {.sql =
    "INSERT INTO bookonce.counter (tenant, counter, value, minimum, maximum) VALUES ($1, $2, $3, $4, $5) "
    "ON CONFLICT DO NOTHING"};

/* The counter, and what key $3 did to it if it was used. */
BoStatement bo_sql_find_counter = {.sql =
    "SELECT c.value, c.entries, c.minimum, c.maximum, e.delta, e.value, e.xmin "
    "FROM ONLY bookonce.counter AS c "
    "LEFT JOIN ONLY bookonce.counter_entry AS e "
    "       ON e.tenant" EQ "c.tenant AND e.counter" EQ "c.counter AND e.idempotency_key" EQ "$3 "
    "WHERE " THIS_COUNTER,
    .columns = BO_FIND_COUNTER_COLUMNS};

BoStatement bo_sql_rebound_counter = {.sql =
    "UPDATE ONLY bookonce.counter AS c SET minimum = $3, maximum = $4 "
    "WHERE " THIS_COUNTER " AND ($3 IS NULL OR c.value" GE "$3) AND ($4 IS NULL OR c.value" LE "$4)"};

/*
 * The decision: no row means that the key was used, the bounds forbid the change or there is no such counter. $5 and $6
 * are the lowest and the highest value to which $3 can be added without overflow; only CASE guarantees that they are
 * checked first. EXISTS sees what was committed when the statement began. ON CONFLICT, which by then holds the row's
 * lock, sees everything, so the second column says whether the key was new.
 */
BoStatement bo_sql_adjust_counter = {.sql =
    "WITH moved AS ( "
    "    UPDATE ONLY bookonce.counter AS c SET value = c.value" PLUS "$3, entries = c.entries" PLUS "1 "
    "    WHERE " THIS_COUNTER " "
    "    AND CASE WHEN c.value" GE "$5 AND c.value" LE "$6 "
    "             THEN (c.minimum IS NULL OR c.value" PLUS "$3" GE "c.minimum) "
    "                  AND (c.maximum IS NULL OR c.value" PLUS "$3" LE "c.maximum) "
    "             ELSE false END "
    "    AND NOT EXISTS (SELECT FROM ONLY bookonce.counter_entry AS e "
    "                    WHERE e.tenant" EQ "$1 AND e.counter" EQ "$2 AND e.idempotency_key" EQ "$4) "
    "    RETURNING c.value, c.entries), "
    "entered AS ( "
    "    INSERT INTO bookonce.counter_entry (tenant, counter, entry, delta, value, idempotency_key) "
    "    SELECT $1, $2, m.entries, $3, m.value, $4 FROM moved AS m "
    "    ON CONFLICT (tenant, counter, idempotency_key) DO NOTHING "
    "    RETURNING entry) "
    "SELECT m.value, EXISTS (SELECT FROM entered) FROM moved AS m",
    .columns = BO_ADJUST_COUNTER_COLUMNS};

BoStatement bo_sql_put_back_delta = {.sql =
    "UPDATE ONLY bookonce.counter AS c "
    "SET value = c.value OPERATOR(pg_catalog.-) $3, entries = c.entries OPERATOR(pg_catalog.-) 1 WHERE " THIS_COUNTER};
