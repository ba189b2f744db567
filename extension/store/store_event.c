/*
 * store_event.c
 *   The statements that read events, and keep how far each consumer has read.
 *
 * store_booking.c says why every operator is qualified. A place is ROW(era, next_xid, number).
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/store_event.h"

#include "store/sql.h"

#define AT_MOST " OPERATOR(pg_catalog.<=) "
#define LESS_THAN " OPERATOR(pg_catalog.<) "

/* clang-format off */

#define PLACE(x) "ROW(" x "era, " x "next_xid, " x "number)"
#define BY_PLACE " ORDER BY e.era, e.next_xid, e.number "
#define THIS_READER "r.tenant" EQ "$1 AND r.consumer" EQ "$2"

#define EVENT_ROW \
    PLACE("e.") "::bookonce.event_place AS place, e.kind, e.booking_id, e.group_id, e.at, " \
    "e.before_resource, e.before_unit, e.before_during, e.before_status, e.before_holder, e.before_lapses_at, " \
    "e.before_details, " \
    "e.after_resource, e.after_unit, e.after_during, e.after_status, e.after_holder, e.after_lapses_at, " \
    "e.after_details, e.reason, e.session_role, e.actor, e.waiter_id"

/* Whether the reader has read at least up to a place. */
BoStatement bo_sql_find_reader = {.sql =
    "SELECT ROW($3, $4, $5)" AT_MOST PLACE("r.read_") " FROM ONLY bookonce.event_reader AS r WHERE " THIS_READER,
    .columns = BO_FIND_READER_COLUMNS};

BoStatement bo_sql_insert_reader = {.sql =
    "INSERT INTO bookonce.event_reader (tenant, consumer) VALUES ($1, $2) ON CONFLICT DO NOTHING"};

BoStatement bo_sql_delete_reader = {.sql =
    "DELETE FROM ONLY bookonce.event_reader AS r WHERE " THIS_READER};

/* Writes nothing if the place was acknowledged before. */
BoStatement bo_sql_ack_events = {.sql =
    "UPDATE ONLY bookonce.event_reader AS r SET acked_era = $3, acked_next_xid = $4, acked_number = $5 "
    "WHERE " THIS_READER " AND " PLACE("r.acked_") LESS_THAN "ROW($3, $4, $5) "
    "  AND ROW($3, $4, $5)" AT_MOST PLACE("r.read_")};

/*
 * The first $4 events behind what was acknowledged, of era $3 and those before it. All transactions of an older era
 * have ended. In this era, an event can be read if its next_xid is not above any transaction that is in progress: then
 * all transactions whose events sort before it have ended too, because the id of each lies below its event's next_xid.
 * The snapshot that tells which are in progress is the one that reads the events. How far was read is remembered, if it
 * is further than before.
 */
BoStatement bo_sql_read_events = {.sql =
    "WITH e AS MATERIALIZED ("
    "    SELECT e.* FROM ONLY bookonce.event_reader AS r CROSS JOIN LATERAL ("
    "        SELECT e.* FROM bookonce.booking_event AS e "
    "        WHERE e.tenant" EQ "$1 AND " PLACE("e.") MORE_THAN PLACE("r.acked_")
    "          AND ROW(e.era, e.next_xid)" AT_MOST
    "              ROW($3, (SELECT pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot()))) "
             BY_PLACE "LIMIT $4) AS e WHERE " THIS_READER "), "
    "l AS (SELECT e.era, e.next_xid, e.number FROM e "
    "      ORDER BY e.era DESC, e.next_xid DESC, e.number DESC LIMIT 1), "
    "u AS (UPDATE ONLY bookonce.event_reader AS r "
    "      SET read_era = l.era, read_next_xid = l.next_xid, read_number = l.number FROM l "
    "      WHERE " THIS_READER " AND " PLACE("r.read_") LESS_THAN PLACE("l.") ") "
    "SELECT " EVENT_ROW " FROM e" BY_PLACE,
    .columns = BO_READ_EVENT_COLUMNS};

BoStatement bo_sql_read_history = {.sql =
    "SELECT " EVENT_ROW " FROM bookonce.booking_event AS e WHERE e.tenant" EQ "$1 AND e.booking_id" EQ "$2" BY_PLACE,
    .columns = BO_READ_EVENT_COLUMNS};

/*
 * Of the first $2 events of each tenant, deletes those that are older than $1 and that every consumer has acknowledged.
 * The tenants are found one after the other by the index.
 */
BoStatement bo_sql_delete_old_events = {.sql =
    "WITH RECURSIVE t(tenant) AS ("
    "    SELECT (SELECT e.tenant FROM bookonce.booking_event AS e ORDER BY e.tenant LIMIT 1) "
    "    UNION ALL "
    "    SELECT (SELECT e.tenant FROM bookonce.booking_event AS e WHERE e.tenant" MORE_THAN "t.tenant "
    "            ORDER BY e.tenant LIMIT 1) FROM t WHERE t.tenant IS NOT NULL), "
    "f AS MATERIALIZED ("
    "    SELECT e.tenant, e.era, e.next_xid, e.number FROM t CROSS JOIN LATERAL ("
    "        SELECT e.tenant, e.era, e.next_xid, e.number, e.at FROM bookonce.booking_event AS e "
    "        WHERE e.tenant" EQ "t.tenant " BY_PLACE "LIMIT $2) AS e "
    "    WHERE e.at" LESS_THAN "$1 AND NOT EXISTS ("
    "        SELECT FROM ONLY bookonce.event_reader AS r "
    "        WHERE r.tenant" EQ "e.tenant AND " PLACE("r.acked_") LESS_THAN PLACE("e.") ") LIMIT $2), "
    "l AS MATERIALIZED ("
    "    SELECT e.tenant, e.era, e.next_xid, e.number FROM bookonce.booking_event AS e JOIN f "
    "        ON e.tenant" EQ "f.tenant AND e.era" EQ "f.era AND e.next_xid" EQ "f.next_xid AND e.number" EQ "f.number "
    "    FOR UPDATE OF e SKIP LOCKED), "
    "d AS (DELETE FROM bookonce.booking_event AS e USING l WHERE e.tenant" EQ "l.tenant AND e.era" EQ "l.era "
    "      AND e.next_xid" EQ "l.next_xid AND e.number" EQ "l.number RETURNING 1) "
    "SELECT pg_catalog.count(*) FROM d",
    .columns = 1};

/* clang-format on */
