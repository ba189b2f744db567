/*
 * store_policy.c
 *   The statements on resources, and the one that judges a slot by their rules.
 *
 * store_booking.c says why every operator is qualified.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/store_policy.h"

#include "store/sql_hours.h"
#include "store/sql_limits.h"

/* clang-format off */

/* $3 is the time asked for, $4 the clock. */
#define STARTS "pg_catalog.lower($3)"

#define VERDICT(name) CppAsString2(BO_VERDICT_##name)

/*
 * The verdict of the limits: LIMIT if too many units would start in the period in which $3 starts, LAPSED if they are
 * too many only because of lapsed holds. Somebody may have confirmed such a hold in time and not committed yet, so it
 * must be released before it may be ignored. $5 is NULL for a booking that takes no unit; $6 is being moved and does
 * not count.
 */
#define LIMIT_VERDICT \
    "COALESCE((SELECT pg_catalog.max(CASE WHEN $5" PLUS "u.live" MORE_THAN "l.most THEN " VERDICT(LIMIT) \
    "                                     WHEN $5" PLUS "u.live" PLUS "u.lapsed" MORE_THAN "l.most " \
    "THEN " VERDICT(LAPSED) \
    "                                     ELSE " VERDICT(NONE) " END) " \
    "          FROM " LIMITS_OF(STARTS) ", " \
    "               LATERAL (SELECT pg_catalog.count(*) FILTER (WHERE NOT " LAPSED_AT("$4") ") AS live, " \
    "                               pg_catalog.count(*) FILTER (WHERE " LAPSED_AT("$4") ") AS lapsed " \
    "                        FROM bookonce.booking AS b WHERE " STARTS_IN_PERIOD \
    "                          AND ($6 IS NULL OR b.booking_id OPERATOR(pg_catalog.<>) $6)) AS u " \
    "          WHERE l.most IS NOT NULL), " VERDICT(NONE) ")"

/*
 * Returns no row if there is no such resource. policy.c applies the rules that only compare times. $7 is a zone that
 * PostgreSQL is known to have: for a resource in any other zone, hours and limits are not judged, because an unknown
 * name would end the statement with an error that names neither the resource nor the rule. $8: hours were judged
 * before, or are waived, so they must not hide a limit.
 */
BoStatement bo_sql_judge = {.sql =
    "SELECT r.resource_id, r.capacity, r.plain, r.counts, n.by_holder, " RULES ", "
    "       CASE WHEN r.plain OR r.time_zone OPERATOR(pg_catalog.<>) $7 THEN " VERDICT(NONE)
    "            WHEN " HAS_HOURS " AND NOT $8 AND NOT COALESCE(" OPEN_TIME("$3") " OPERATOR(pg_catalog.@>) $3, "
    "false) THEN " VERDICT(CLOSED)
    "            ELSE " LIMIT_VERDICT " END, n.has_closures OR n.overdue_blocks, n.has_waiters, "
    "       n.check_in_within, n.has_parts "
    "FROM " RESOURCE_AS_NOW " WHERE " THIS_RESOURCE,
    .columns = BO_JUDGE_COLUMNS, .loops = true};

/* Releases the holds for which the verdict was LAPSED, in the way of bo_sql_release_lapsed. */
BoStatement bo_sql_release_counted = {.sql =
    "WITH l AS MATERIALIZED (SELECT b.tenant, b.booking_id, " ITS_LAPSE " "
    "    FROM ONLY bookonce.resource AS r, " LIMITS_OF(STARTS) ", bookonce.booking AS b "
    "    WHERE " THIS_RESOURCE " AND l.most IS NOT NULL AND " STARTS_IN_PERIOD " AND " LAPSED_AT("$4") " "
    "    ORDER BY b.booking_id FOR NO KEY UPDATE OF b)" RELEASE_THEM,
    .loops = true};

BoStatement bo_sql_find_resource = {.sql =
    "SELECT r.resource_id, r.capacity FROM ONLY bookonce.resource AS r WHERE " THIS_RESOURCE,
    .columns = BO_FIND_RESOURCE_COLUMNS};

BoStatement bo_sql_lock_resource_row = {.sql =
    "SELECT FROM ONLY bookonce.resource AS r WHERE " THIS_RESOURCE " FOR NO KEY UPDATE"};

/* Compared as texts: '1 day' equals '24 hours' but is a different rule. */
#define SAME_LENGTH(column, parameter) \
    " AND COALESCE(r." column "::pg_catalog.text, '')" EQ "COALESCE(" parameter \
    "::pg_catalog.interval::pg_catalog.text, '')"

/* Returns a row if the resource is already as asked for. */
BoStatement bo_sql_find_same_resource = {.sql =
    "SELECT 1 FROM ONLY bookonce.resource AS r WHERE " THIS_RESOURCE
    " AND r.capacity" EQ "$3 AND r.time_zone" EQ "$6"
    SAME_LENGTH("buffer_before", "$4") SAME_LENGTH("buffer_after", "$5") SAME_LENGTH("min_notice", "$7")
    SAME_LENGTH("max_ahead", "$8") SAME_LENGTH("max_duration", "$9")};

BoStatement bo_sql_define_resource = {.sql =
    "INSERT INTO bookonce.resource AS r "
    "    (tenant, resource, capacity, buffer_before, buffer_after, time_zone, min_notice, max_ahead, max_duration) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
    "ON CONFLICT (tenant, resource) DO UPDATE SET capacity = $3, buffer_before = $4, buffer_after = $5, "
    "time_zone = $6, "
    "    min_notice = $7, max_ahead = $8, max_duration = $9"};

/*
 * Returns a row if the resource has these rules on the shape of a slot and on check-in, and these attributes (NULL:
 * none). They are not in the statements above, because tables of an older version lack the columns; with such tables,
 * only NULLs can be asked for.
 */
BoStatement bo_sql_find_same_shape = {.sql =
    "SELECT 1 FROM " RESOURCE_AS_NOW " WHERE " THIS_RESOURCE
    " AND COALESCE(n.min_duration::pg_catalog.text, '')" EQ "COALESCE($3::pg_catalog.interval::pg_catalog.text, '')"
    " AND COALESCE(n.start_every::pg_catalog.text, '')" EQ "COALESCE($4::pg_catalog.interval::pg_catalog.text, '')"
    " AND COALESCE(n.check_in_within::pg_catalog.text, '')" EQ
    "COALESCE($5::pg_catalog.interval::pg_catalog.text, '')"
    " AND COALESCE(n.attributes, '{}')" EQ "COALESCE($6, '{}') AND n.overdue_blocks" EQ "$7"};

BoStatement bo_sql_set_shape = {.sql =
    "UPDATE ONLY bookonce.resource AS r SET "
    "    min_duration = $3, start_every = $4, check_in_within = $5, attributes = $6, "
    "    overdue_blocks = $7 "
    "WHERE " THIS_RESOURCE};

/* $3 is the period, $4 the number or NULL. */
#define LIMIT_OF(period) "max_per_" period " = CASE WHEN $3" EQ "'" period "' THEN $4 ELSE r.max_per_" period " END"

BoStatement bo_sql_set_limit = {.sql =
    "UPDATE ONLY bookonce.resource AS r SET " LIMIT_OF("day") ", " LIMIT_OF("week") ", " LIMIT_OF("month") ", "
    LIMIT_OF("year") " "
    "WHERE " THIS_RESOURCE};
