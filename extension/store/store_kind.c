/*
 * store_kind.c
 *   The statements on kinds of booking. store_booking.c says why every operator is qualified.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/store_kind.h"

#include "store/sql.h"

/* clang-format off */

#define THIS_KIND "k.tenant" EQ "$1 AND k.kind" EQ "$2"

BoStatement bo_sql_find_kind = {.sql =
    "SELECT k.buffer_before, k.buffer_after, k.durations FROM ONLY bookonce.booking_kind AS k WHERE " THIS_KIND,
    .columns = BO_FIND_KIND_COLUMNS};

/* Some kind of the tenant, for a hint. */
BoStatement bo_sql_find_any_kind = {.sql =
    "SELECT k.kind FROM ONLY bookonce.booking_kind AS k WHERE k.tenant" EQ "$1 ORDER BY k.kind LIMIT 1",
    .columns = BO_FIND_ANY_KIND_COLUMNS};

/* Compared as texts: '1 day' equals '24 hours' but is a different rule. */
#define SAME(column, parameter, type) \
    " AND COALESCE(k." column "::pg_catalog.text, '')" EQ "COALESCE(" parameter \
    "::" type "::pg_catalog.text, '')"

/* Returns a row if the kind is already so. */
BoStatement bo_sql_find_same_kind = {.sql =
    "SELECT 1 FROM ONLY bookonce.booking_kind AS k WHERE " THIS_KIND
    SAME("buffer_before", "$3", "pg_catalog.interval") SAME("buffer_after", "$4", "pg_catalog.interval")
    SAME("durations", "$5", "pg_catalog.interval[]")};

BoStatement bo_sql_define_kind = {.sql =
    "INSERT INTO bookonce.booking_kind AS k (tenant, kind, buffer_before, buffer_after, durations) "
    "VALUES ($1, $2, $3, $4, $5) "
    "ON CONFLICT (tenant, kind) DO UPDATE SET buffer_before = $3, buffer_after = $4, durations = $5"};

/*
 * How many bookings of kind $2 stand at $3 and are not over. There is no index on the kind: all bookings would pay for
 * a question that is asked only when a kind is deleted.
 */
BoStatement bo_sql_count_of_kind = {.sql =
    "SELECT pg_catalog.count(*) FROM bookonce.booking AS b "
    "WHERE b.tenant" EQ "$1 AND b.kind" EQ "$2 AND b.released_at IS NULL AND NOT " LAPSED_AT("$3")
    "  AND pg_catalog.upper(b.during)" MORE_THAN "$3",
    .columns = BO_COUNT_OF_KIND_COLUMNS};

BoStatement bo_sql_delete_kind = {.sql = "DELETE FROM ONLY bookonce.booking_kind AS k WHERE " THIS_KIND};

/* At most $3 kinds, ordered by name, behind $2. */
BoStatement bo_sql_read_kinds = {.sql =
    "SELECT k.kind, k.buffer_before, k.buffer_after, k.durations, k.created_at "
    "FROM ONLY bookonce.booking_kind AS k WHERE k.tenant" EQ "$1 AND k.kind" MORE_THAN "$2 ORDER BY k.kind LIMIT $3",
    .columns = BO_READ_KIND_COLUMNS};
