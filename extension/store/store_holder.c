/*
 * store_holder.c
 *   The statements on what holders have, and on the rules that count it.
 *
 * store_booking.c says why every operator is qualified. A holder's bookings are found by the index booking_holder.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/store_holder.h"

#include "store/sql.h"

/* clang-format off */

#define HOLDER_VERDICT(name) CppAsString2(BO_HOLDER_VERDICT_##name)

/* The call that made booking b: a party and a group are one place. */
#define CALL_OF_B "COALESCE(b.group_id, b.booking_id)"

/* For a row m of what a holder has: rule h counts it. */
#define IN_SCOPE(m) "h.scope" EQ "ANY (" m ".scopes)"

/* For a row m: it begins in the period of rule h in which $3 begins, by the clock of resource r. */
#define IN_PERIOD \
    "(" WALL_CLOCK("pg_catalog.lower(m.during)") " OPERATOR(pg_catalog.>=) p.first AND " \
    WALL_CLOCK("pg_catalog.lower(m.during)") " OPERATOR(pg_catalog.<) (p.first" PLUS "p.length))"

#define NOT_OVER "pg_catalog.upper(m.during)" MORE_THAN "$4"

/*
 * For a row m: rule h counts its time for max_time: within the period, or if there is none, as long as it is not over.
 */
#define TIME_COUNTS "(CASE WHEN h.period IS NULL THEN " NOT_OVER " ELSE " IN_PERIOD " END)"

/*
 * What the rules of resource $2 say about slot $3 for holder $5 at $4. The holder is locked, so no row is missed. The
 * slot counts as one more row of call $6, or of the call of booking $7, which is being moved and counts nowhere else,
 * or of a call of its own. Lapsed holds count if $8 is true, because somebody may have confirmed one in time and not
 * committed yet: holder.c releases them if the rules refuse because of them. A row without a unit is a pre-booking and
 * takes no place.
 */
BoStatement bo_sql_judge_holder = {.sql =
    "WITH r AS MATERIALIZED (SELECT r.holder_rules, r.time_zone FROM ONLY bookonce.resource AS r "
    "                        WHERE " THIS_RESOURCE "), "
    "mine AS MATERIALIZED ("
    "    SELECT " CALL_OF_B " AS call, b.during, "
    "           ARRAY(SELECT h.scope FROM pg_catalog.unnest(s.holder_rules) AS h) AS scopes "
    "    FROM bookonce.booking AS b JOIN ONLY bookonce.resource AS s ON s.resource_id" EQ "b.resource_id "
    "    WHERE b.tenant" EQ "$1 AND b.holder" EQ "$5 AND b.released_at IS NULL AND b.unit IS NOT NULL "
    "      AND s.holder_rules IS NOT NULL AND ($7 IS NULL OR b.booking_id OPERATOR(pg_catalog.<>) $7) "
    "      AND ($8 OR NOT " LAPSED_AT("$4") ") "
    "    UNION ALL "
    "    SELECT COALESCE($6, (SELECT " CALL_OF_B " FROM bookonce.booking AS b "
    "                         WHERE b.tenant" EQ "$1 AND b.booking_id" EQ "$7), "
    "                    '00000000-0000-0000-0000-000000000000'::pg_catalog.uuid), $3, "
    "           ARRAY(SELECT h.scope FROM r, pg_catalog.unnest(r.holder_rules) AS h)) "
    "SELECT COALESCE(pg_catalog.max("
    "    CASE WHEN (h.max_live" " OPERATOR(pg_catalog.<) c.live AND pg_catalog.upper($3)" MORE_THAN "$4) "
    "           OR h.max_per_period OPERATOR(pg_catalog.<) c.in_period "
    "           OR h.max_time OPERATOR(pg_catalog.<) t.taken THEN " HOLDER_VERDICT(LIMIT) " "
    "         WHEN h.max_at_once OPERATOR(pg_catalog.<) o.at_once THEN " HOLDER_VERDICT(BUSY) " "
    "         ELSE " HOLDER_VERDICT(NONE) " END), " HOLDER_VERDICT(NONE) ") "
    "FROM r, pg_catalog.unnest(r.holder_rules) AS h, "
    "     LATERAL (SELECT pg_catalog.date_trunc(h.period, " WALL_CLOCK("pg_catalog.lower($3)") ") AS first, "
    "              CASE h.period WHEN 'day' THEN '1 day'::pg_catalog.interval WHEN 'week' THEN '7 days' "
    "                            WHEN 'month' THEN '1 month' WHEN 'year' THEN '1 year' END AS length) AS p, "
    "     LATERAL (SELECT pg_catalog.count(DISTINCT m.call) FILTER (WHERE " NOT_OVER ") AS live, "
    "                     pg_catalog.count(DISTINCT m.call) FILTER (WHERE " IN_PERIOD ") AS in_period "
    "              FROM mine AS m WHERE " IN_SCOPE("m") ") AS c, "
    /* The highest number at once is reached at the start of some booking within $3. */
    "     LATERAL (SELECT pg_catalog.max((SELECT pg_catalog.count(DISTINCT n.call) FROM mine AS n "
    "                                     WHERE " IN_SCOPE("n") " "
    "                                       AND n.during OPERATOR(pg_catalog.@>) pg_catalog.lower(m.during))) "
    "                     AS at_once "
    "              FROM mine AS m WHERE h.max_at_once IS NOT NULL AND " IN_SCOPE("m") " "
    "                AND $3 OPERATOR(pg_catalog.@>) pg_catalog.lower(m.during)) AS o, "
    /* What one call has at one instant counts once, such as a hall with its parts, or a party. */
    "     LATERAL (SELECT pg_catalog.sum(pg_catalog.upper(u.part)" MINUS "pg_catalog.lower(u.part)) AS taken "
    "              FROM (SELECT pg_catalog.range_agg(m.during) AS times FROM mine AS m "
    "                    WHERE h.max_time IS NOT NULL AND " IN_SCOPE("m") " AND " TIME_COUNTS " "
    "                    GROUP BY m.call) AS g, pg_catalog.unnest(g.times) AS u(part)) AS t",
    .columns = BO_JUDGE_HOLDER_COLUMNS};

BoStatement bo_sql_find_holder = {.sql =
    "SELECT b.holder FROM bookonce.booking AS b WHERE " THIS_BOOKING,
    .columns = BO_FIND_HOLDER_COLUMNS};

/* Lapsed holds of the holders $2 at $3, where a rule counts them. */
#define LAPSED_OF_HOLDERS \
    "FROM bookonce.booking AS b JOIN ONLY bookonce.resource AS r ON r.resource_id" EQ "b.resource_id " \
    "WHERE b.tenant" EQ "$1 AND b.holder" EQ "ANY ($2) AND b.released_at IS NULL AND b.unit IS NOT NULL " \
    "AND " LAPSED_AT("$3") " AND r.holder_rules IS NOT NULL "

BoStatement bo_sql_find_lapsed_of_holders = {.sql =
    "SELECT DISTINCT r.resource " LAPSED_OF_HOLDERS,
    .columns = BO_FIND_NAME_COLUMNS};

/* The resources $4 are locked exclusively. In the order of ids, like every statement that changes several bookings. */
BoStatement bo_sql_release_lapsed_of_holders = {.sql =
    "WITH l AS MATERIALIZED (SELECT b.tenant, b.booking_id, " ITS_LAPSE " " LAPSED_OF_HOLDERS
    "AND r.resource" EQ "ANY ($4) ORDER BY b.booking_id FOR NO KEY UPDATE OF b)" RELEASE_THEM};

/* The resources of scope $2. */
BoStatement bo_sql_find_scope = {.sql =
    "SELECT r.resource FROM ONLY bookonce.resource AS r WHERE r.tenant" EQ "$1 "
    "AND EXISTS (SELECT FROM pg_catalog.unnest(r.holder_rules) AS h WHERE h.scope" EQ "$2)",
    .columns = BO_FIND_NAME_COLUMNS};

/* One of the names $2 that no resource has. */
BoStatement bo_sql_find_unknown_resource = {.sql =
    "SELECT u.resource FROM pg_catalog.unnest($2) AS u(resource) "
    "WHERE NOT EXISTS (SELECT FROM ONLY bookonce.resource AS r WHERE r.tenant" EQ "$1 AND r.resource" EQ "u.resource) "
    "LIMIT 1",
    .columns = BO_FIND_NAME_COLUMNS};

/* In the order of ids: two callers with the same resources cannot deadlock. */
BoStatement bo_sql_lock_resource_rows = {.sql =
    "SELECT FROM ONLY bookonce.resource AS r WHERE r.tenant" EQ "$1 AND r.resource" EQ "ANY ($2) "
    "ORDER BY r.resource_id FOR NO KEY UPDATE"};

/*
 * Sets the rule of scope $2 on the resources $4, and removes it from all others of $3. All of $3 are locked. $4 is
 * empty if the rule is removed.
 */
BoStatement bo_sql_set_holder_rule = {.sql =
    "UPDATE ONLY bookonce.resource AS r SET holder_rules = ("
    "    SELECT pg_catalog.array_agg(a.rule ORDER BY a.scope) FROM ("
    "        SELECT h.scope, h::bookonce.holder_rule AS rule FROM pg_catalog.unnest(r.holder_rules) AS h "
    "        WHERE h.scope OPERATOR(pg_catalog.<>) $2 "
    "        UNION ALL SELECT $2, ROW($2, $5, $6, $7, $8, $9, $10)::bookonce.holder_rule "
    "        WHERE r.resource" EQ "ANY ($4)) AS a) "
    "WHERE r.tenant" EQ "$1 AND r.resource" EQ "ANY ($3)"};

BoStatement bo_sql_read_holder_rules = {.sql =
    "SELECT h.scope, pg_catalog.array_agg(r.resource ORDER BY r.resource) AS resources, h.max_at_once, h.max_live, "
    "       h.max_per_period, h.period, h.max_time, h.since "
    "FROM bookonce.resource AS r, pg_catalog.unnest(r.holder_rules) AS h WHERE r.tenant" EQ "$1 "
    "GROUP BY h.scope, h.max_at_once, h.max_live, h.max_per_period, h.period, h.max_time, h.since ORDER BY h.scope",
    .columns = BO_READ_HOLDER_RULE_COLUMNS};

/* clang-format on */
