/*
 * store_follow.c
 *   The statements on followed tables and on the bookings that mirror their rows, and the DDL that follow_table() runs.
 *
 * See store_booking.c for why every operator is qualified. The DDL runs as the caller, and consists of text that
 * PostgreSQL has parsed and spelled, never of the caller's own text.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/store_follow.h"

#include "utils/guc.h"

#include "base/error.h"
#include "base/followed_id.h"
#include "store/sql.h"
#include "store/store_policy.h"

/* clang-format off */

/* In the order of $2, so that two callers that define the same resources in one order cannot deadlock. */
BoStatement bo_sql_define_plain_resources = {.sql =
    "INSERT INTO bookonce.resource (tenant, resource) SELECT $1, u.resource FROM pg_catalog.unnest($2) AS u(resource) "
    "ON CONFLICT DO NOTHING"};

BoStatement bo_sql_put_followed_holders = {.sql =
    "UPDATE ONLY bookonce.booking AS b SET holder = u.holder "
    "FROM ROWS FROM (pg_catalog.unnest($2), pg_catalog.unnest($3)) AS u(booking_id, holder) "
    "WHERE b.tenant" EQ "$1 AND b.booking_id" EQ "u.booking_id"};

/* Which of the bookings $2, each the first unit of a row, are in the scope of a rule on holders. */
BoStatement bo_sql_find_counted_rows = {.sql =
    "SELECT u.n FROM pg_catalog.unnest($2) WITH ORDINALITY AS u(booking_id, n) "
    "JOIN bookonce.booking AS b ON b.tenant" EQ "$1 AND b.booking_id" EQ "u.booking_id AND b.unit IS NOT NULL "
    "JOIN ONLY bookonce.resource AS r ON r.resource_id" EQ "b.resource_id AND r.holder_rules IS NOT NULL",
    .columns = BO_FIND_COUNTED_COLUMNS};

/* $2 and $3 are the first and the last possible id of a followed table's bookings. */
BoStatement bo_sql_delete_all_followed = {.sql =
    "DELETE FROM ONLY bookonce.booking AS b WHERE b.tenant" EQ "$1 "
    "AND b.booking_id OPERATOR(pg_catalog.>=) $2 AND b.booking_id OPERATOR(pg_catalog.<=) $3"};

BoStatement bo_sql_put_followed_table = {.sql =
    "INSERT INTO bookonce.followed_table AS f "
    "    (relation, tenant, resource, starts, ends, during, live_when, holder, quantity, rules, define_resources) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) "
    "ON CONFLICT (relation) DO UPDATE SET tenant = $2, resource = $3, starts = $4, ends = $5, during = $6, "
    "    live_when = $7, holder = $8, quantity = $9, rules = $10, define_resources = $11 "
    "RETURNING f.followed_id, f.tenant",
    .columns = BO_FIND_FOLLOWED_COLUMNS};

BoStatement bo_sql_find_followed_table = {.sql =
    "SELECT f.followed_id, f.tenant FROM ONLY bookonce.followed_table AS f WHERE f.relation" EQ "$1",
    .columns = BO_FIND_FOLLOWED_COLUMNS};

BoStatement bo_sql_delete_followed_table = {.sql =
    "DELETE FROM ONLY bookonce.followed_table AS f WHERE f.relation" EQ "$1"};

/* Returns a row if booking $2 mirrors a row of followed table number $3: the table's name. */
BoStatement bo_sql_find_rows_table = {.sql =
    "SELECT f.relation::pg_catalog.regclass::pg_catalog.text FROM ONLY bookonce.followed_table AS f "
    "WHERE f.tenant" EQ "$1 AND f.followed_id" EQ "$3 "
    "  AND EXISTS (SELECT FROM ONLY bookonce.booking AS b WHERE " THIS_BOOKING ")",
    .columns = BO_FIND_ROWS_TABLE_COLUMNS};

BoStatement bo_sql_find_rules = {.sql =
    "SELECT r.resource_id, r.capacity, " RULES " FROM " RESOURCE_AS_NOW " WHERE " THIS_RESOURCE,
    .columns = BO_FIND_RULES_COLUMNS};

/*
 * Inserts bookings for rows that are taken over, in the order given, one for each unit. Those without a unit are
 * outside the guard.
 */
BoStatement bo_sql_insert_followed = {.sql =
    "INSERT INTO bookonce.booking AS b (tenant, booking_id, resource_id, unit, during, blocks, holder, group_id) "
    "SELECT $1, m.booking_id, m.resource_id, m.unit, m.during, m.blocks, m.holder, m.group_id "
    "FROM ROWS FROM (pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4), pg_catalog.unnest($5), "
    "                pg_catalog.unnest($6), pg_catalog.unnest($7), pg_catalog.unnest($8)) "
    "     AS m(booking_id, resource_id, unit, during, blocks, holder, group_id) "
    "ON CONFLICT DO NOTHING"};

/* Those of the bookings $2 that exist. */
BoStatement bo_sql_find_bookings = {.sql =
    "SELECT b.booking_id FROM ONLY bookonce.booking AS b WHERE b.tenant" EQ "$1 AND b.booking_id" EQ "ANY ($2)",
    .columns = BO_FIND_BOOKINGS_COLUMNS};

/* The bookings with ids between $2 and $3, in order, and whether they have no unit. */
BoStatement bo_sql_find_followed = {.sql =
    "SELECT b.booking_id, b.unit IS NULL FROM ONLY bookonce.booking AS b WHERE b.tenant" EQ "$1 "
    "AND b.booking_id" MORE_THAN "$2 AND b.booking_id OPERATOR(pg_catalog.<=) $3 "
    "ORDER BY b.booking_id USING OPERATOR(pg_catalog.<) LIMIT $4",
    .columns = BO_FIND_FOLLOWED_BOOKINGS_COLUMNS};

/*
 * Deletes the bookings of table N in a tenant that differ from the rows. It reads the view, with whatever plan is best
 * for all of the rows.
 */
#define THEIR_IDS \
    "b.booking_id OPERATOR(pg_catalog.>=) $2 AND b.booking_id OPERATOR(pg_catalog.<=) $3 "
#define DELETE_STALE \
    "WITH b AS (SELECT COALESCE(b.group_id, b.booking_id) AS row_id, pg_catalog.min(r.resource) AS resource, " \
    "                  (pg_catalog.array_agg(b.during))[1] AS during, pg_catalog.min(b.holder) AS holder, " \
    "                  pg_catalog.count(*) AS quantity " \
    "           FROM ONLY bookonce.booking AS b " \
    "           JOIN ONLY bookonce.resource AS r ON r.resource_id" EQ "b.resource_id " \
    "           WHERE b.tenant" EQ "$1 AND " THEIR_IDS " GROUP BY 1), " \
    "a AS (SELECT b.row_id FROM b JOIN bookonce.followed_rows_%1$d AS v ON v.booking_id" EQ "b.row_id " \
    "      WHERE v.is_live AND v.during" EQ "b.during AND v.quantity" EQ "b.quantity " \
    "        AND v.resource COLLATE pg_catalog.\"C\"" EQ "b.resource AND v.holder COLLATE pg_catalog.\"C\"" EQ \
    "b.holder) " \
    "DELETE FROM ONLY bookonce.booking AS b WHERE b.tenant" EQ "$1 AND " THEIR_IDS \
    "  AND NOT EXISTS (SELECT FROM a WHERE a.row_id" EQ "COALESCE(b.group_id, b.booking_id))"

#define TRIGGER(event, name, rows) \
    "CREATE TRIGGER bookonce_follow_" name " AFTER " event " ON %1$s " rows \
    "FOR EACH STATEMENT EXECUTE FUNCTION bookonce.follow_rows(%2$s)"

static const char *const make_triggers[] = {
    TRIGGER("INSERT", "insert", "REFERENCING NEW TABLE AS bookonce_new "),
    TRIGGER("UPDATE", "update", "REFERENCING OLD TABLE AS bookonce_old NEW TABLE AS bookonce_new "),
    TRIGGER("DELETE", "delete", "REFERENCING OLD TABLE AS bookonce_old "),
    TRIGGER("TRUNCATE", "truncate", ""),
    /*
     * Never fires. Writes through a parent table do not reach the triggers above. Because of this one, a row trigger
     * with a transition table, PostgreSQL refuses to make the table a partition or an inheritance child.
     */
    ("CREATE TRIGGER bookonce_follow_alone AFTER DELETE ON %1$s REFERENCING OLD TABLE AS bookonce_old "
     "FOR EACH ROW WHEN (false) EXECUTE FUNCTION bookonce.follow_rows(%2$s)"),
};

static const char *const drop_triggers[] = {
    "DROP TRIGGER IF EXISTS bookonce_follow_insert ON %s",
    "DROP TRIGGER IF EXISTS bookonce_follow_update ON %s",
    "DROP TRIGGER IF EXISTS bookonce_follow_delete ON %s",
    "DROP TRIGGER IF EXISTS bookonce_follow_truncate ON %s",
    "DROP TRIGGER IF EXISTS bookonce_follow_alone ON %s",
};

/*
 * The expressions are kept as a view. So a column that they need cannot be dropped or given another type behind our
 * back, a renamed column is followed, and pg_dump includes them.
 */
#define THE_VIEW \
    "CREATE VIEW bookonce.followed_rows_%d AS SELECT " \
    "bookonce.followed_booking_id(%d, %s) AS booking_id, (%s)::pg_catalog.text AS resource, " \
    "%s AS during, COALESCE(%s, false) AS is_live, %s AS holder, COALESCE(%s, 1) AS quantity, " \
    "pg_catalog.concat_ws(', ', %s) AS row_key FROM ONLY %s"

/* clang-format on */

static void follow_run(const char *sql)
{
    int code = SPI_execute(sql, false, 0);

    if (code < 0)
        bo_error_statement("following a table", code);
}

/* Runs a list of statements. */
static void follow_run_each(const char *const *formats, int count, const char *table, const char *arguments)
{
    for (int i = 0; i < count; i++)
        follow_run(arguments == NULL ? psprintf(formats[i], table) : psprintf(formats[i], table, arguments));
}

/* arguments: those of the triggers, quoted. */
void bo_follow_sql_make(int32 followed, const BoFollowTexts *texts, const char *arguments)
{
    SPI_connect();
    follow_run(psprintf(THE_VIEW, followed, followed, texts->key, texts->resource, texts->during, texts->live_when,
                        texts->holder, texts->quantity, texts->key, texts->table));
    follow_run(psprintf("COMMENT ON VIEW bookonce.followed_rows_%d IS "
                        "'what bookonce follows of a table: the booking of each row, its resource and its time'",
                        followed));
    follow_run_each(make_triggers, lengthof(make_triggers), texts->table, arguments);
    SPI_finish();
}

void bo_follow_sql_delete_stale(int32 followed, const text *tenant)
{
    pg_uuid_t first, last;
    Datum values[] = {PointerGetDatum(tenant), UUIDPGetDatum(&first), UUIDPGetDatum(&last)};
    int code;

    bo_followed_id_range(followed, &first, &last);
    SPI_connect();
    code = SPI_execute_with_args(psprintf(DELETE_STALE, followed), lengthof(values), (Oid[]){TEXTOID, UUIDOID, UUIDOID},
                                 values, NULL, false, 0);
    if (code < 0)
        bo_error_statement("following a table again", code);
    SPI_finish();
}

/* table: NULL if it no longer exists. Runs without the notices of DROP .. IF EXISTS. */
void bo_follow_sql_drop(int32 followed, const char *table)
{
    int level = NewGUCNestLevel();

    (void)set_config_option("client_min_messages", "warning", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
                            false);
    SPI_connect();
    if (table != NULL)
        follow_run_each(drop_triggers, lengthof(drop_triggers), table, NULL);
    follow_run(psprintf("DROP VIEW IF EXISTS bookonce.followed_rows_%d", followed));
    SPI_finish();
    AtEOXact_GUC(true, level);
}
