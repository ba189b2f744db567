/*
 * error.c
 *   The wording of every error.
 *
 * Messages are lower case without a period; a hint shows a valid value. No
 * message shows what belongs to another holder or tenant: whether an id exists
 * elsewhere is not told. Class OB is ours: SQL reserves classes 0-4 and A-H.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/error.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#define ERRCODE_KEY_REUSED MAKE_SQLSTATE('O', 'B', '0', '0', '1')
#define ERRCODE_UNKNOWN_RESOURCE MAKE_SQLSTATE('O', 'B', '0', '0', '2')
#define ERRCODE_UNKNOWN_ID MAKE_SQLSTATE('O', 'B', '0', '0', '3')
#define ERRCODE_NOT_SET_UP MAKE_SQLSTATE('O', 'B', '0', '0', '4')
#define ERRCODE_CAPACITY_IN_USE MAKE_SQLSTATE('O', 'B', '0', '0', '5')
#define ERRCODE_BOUNDS_EXCLUDE_VALUE MAKE_SQLSTATE('O', 'B', '0', '0', '6')
#define ERRCODE_GUARD_MISSING MAKE_SQLSTATE('O', 'B', '0', '0', '7')
#define ERRCODE_OTHER_VERSION MAKE_SQLSTATE('O', 'B', '0', '0', '8')

void bo_error_null_argument(const char *name, const char *example)
{
    ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("%s must not be null", name),
            errhint("Give a value, for example %s.", example));
    pg_unreachable();
}

void bo_error_argument(const char *name, const char *problem, const char *example)
{
    ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s %s", name, problem),
            errhint("A valid value is, for example, %s.", example));
    pg_unreachable();
}

void bo_error_key_reused(const text *key)
{
    ereport(ERROR, errcode(ERRCODE_KEY_REUSED),
            errmsg("idempotency key \"%s\" was used for another request", text_to_cstring(key)),
            errhint("Repeat the first request unchanged, or use a new key, for example gen_random_uuid()::text."));
    pg_unreachable();
}

void bo_error_unknown_resource(const text *resource)
{
    char *name = text_to_cstring(resource);

    ereport(ERROR, errcode(ERRCODE_UNKNOWN_RESOURCE), errmsg("resource \"%s\" is not defined", name),
            errhint("Define it first: SELECT bookonce.define_resource(%s).", quote_literal_cstr(name)));
    pg_unreachable();
}

/* Time zones come with the server: one of another build, or an owner's UPDATE, may lack or misspell it. */
void bo_error_unknown_zone(const text *resource, const text *zone)
{
    ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
            errmsg("PostgreSQL does not know time zone \"%s\" of resource \"%s\"", text_to_cstring(zone),
                   text_to_cstring(resource)),
            errhint("Define the resource again with a name from pg_timezone_names, for example time_zone => "
                    "'Europe/Paris'."));
    pg_unreachable();
}

static char *error_uuid_to_cstring(const pg_uuid_t *id)
{
    return DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(id)));
}

void bo_error_unknown_booking(const pg_uuid_t *booking_id)
{
    ereport(ERROR, errcode(ERRCODE_UNKNOWN_ID),
            errmsg("booking %s does not exist in this tenant", error_uuid_to_cstring(booking_id)),
            errhint("Pass a booking_id that book_slot() returned, and the tenant it was booked in."));
    pg_unreachable();
}

void bo_error_unknown_group(const pg_uuid_t *group_id)
{
    ereport(ERROR, errcode(ERRCODE_UNKNOWN_ID),
            errmsg("group %s does not exist in this tenant", error_uuid_to_cstring(group_id)),
            errhint("Pass a group_id that book_slots() returned, and the tenant it was booked in."));
    pg_unreachable();
}

void bo_error_unknown_counter(const text *counter)
{
    char *name = text_to_cstring(counter);

    ereport(ERROR, errcode(ERRCODE_UNKNOWN_ID), errmsg("counter \"%s\" is not defined in this tenant", name),
            errhint("Define it first: SELECT bookonce.define_counter(%s).", quote_literal_cstr(name)));
    pg_unreachable();
}

void bo_error_bounds_exclude_value(const text *counter, int64 value)
{
    ereport(ERROR, errcode(ERRCODE_BOUNDS_EXCLUDE_VALUE),
            errmsg("the bounds exclude the value of counter \"%s\"", text_to_cstring(counter)),
            errdetail("Its value is " INT64_FORMAT ".", value),
            errhint("Adjust the counter first, or choose a minimum not above and a maximum not below its value."));
    pg_unreachable();
}

void bo_error_unknown_request(const pg_uuid_t *request_id)
{
    ereport(ERROR, errcode(ERRCODE_UNKNOWN_ID),
            errmsg("request %s does not exist in this tenant", error_uuid_to_cstring(request_id)),
            errhint("Pass a request_id that open_request() returned, and the tenant it was opened in."));
    pg_unreachable();
}

/* Also when the offer is another provider's. */
void bo_error_unknown_offer(const pg_uuid_t *offer_id)
{
    ereport(ERROR, errcode(ERRCODE_UNKNOWN_ID),
            errmsg("offer %s does not exist for this provider in this tenant", error_uuid_to_cstring(offer_id)),
            errhint("Pass an offer_id that make_offers() returned, the provider it was made to, and the tenant."));
    pg_unreachable();
}

void bo_error_no_position(const text *provider, const pg_uuid_t *request_id)
{
    ereport(ERROR, errcode(ERRCODE_UNKNOWN_ID),
            errmsg("provider \"%s\" never had a position of request %s", text_to_cstring(provider),
                   error_uuid_to_cstring(request_id)),
            errhint("Name a provider who accepted: SELECT provider FROM bookonce.appointment WHERE request_id = '%s'.",
                    error_uuid_to_cstring(request_id)));
    pg_unreachable();
}

void bo_error_not_set_up(void)
{
    ereport(ERROR, errcode(ERRCODE_NOT_SET_UP), errmsg("the tables of bookonce do not exist in this database"),
            errhint("Create them once, as the role that shall own them: SELECT bookonce.setup()."));
    pg_unreachable();
}

/* As sql/tables.sql makes it. */
#define THE_GUARD                                                                \
    "ADD CONSTRAINT booking_no_overlap EXCLUDE USING gist "                      \
    "(bookonce.slot_key(resource_id, unit, blocks) WITH OPERATOR(bookonce.&&)) " \
    "WHERE (bookonce.is_live(released_at))"

/* constraint: the one that is there in its place. */
void bo_error_guard_missing(BoGuard guard, const char *constraint)
{
    static const char *const states[] = {
        [BO_GUARD_MISSING] = "does not exist",
        [BO_GUARD_FOREIGN] = "is not the one that bookonce.setup() makes",
        [BO_GUARD_INVALID] = "is not valid",
        [BO_GUARD_DEFERRABLE] = "is deferrable, so that it would refuse only after the answer",
        [BO_GUARD_EVADED] = "does not see the rows of tables that inherit from it",
    };

    Assert(guard < BO_GUARD_STANDS);
    ereport(ERROR, errcode(ERRCODE_GUARD_MISSING),
            errmsg("constraint \"%s\" of bookonce.booking %s", constraint, states[guard]),
            errdetail("It is what makes double booking impossible, so nothing is booked without it."),
            guard == BO_GUARD_MISSING
                ? errhint("If the tables are being restored, repeat the call when that has ended. Else put it back: "
                          "ALTER TABLE bookonce.booking " THE_GUARD ";")
            : guard == BO_GUARD_EVADED
                ? errhint("Take each such table away from it: ALTER TABLE old_booking NO INHERIT bookonce.booking;")
                : errhint("Put it back: ALTER TABLE bookonce.booking DROP CONSTRAINT %s, " THE_GUARD ";",
                          quote_identifier(constraint)),
            err_generic_string(PG_DIAG_SCHEMA_NAME, "bookonce"), err_generic_string(PG_DIAG_TABLE_NAME, "booking"),
            err_generic_string(PG_DIAG_CONSTRAINT_NAME, constraint));
    pg_unreachable();
}

/* The first times of a multirange as the session writes times, for a detail that stays short. */
static char *error_first_times(const MultirangeType *times)
{
    TypeCacheEntry *type = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);
    StringInfoData list;
    RangeType **ranges;
    int32 count;
    Oid output;
    bool is_varlena;

    getTypeOutputInfo(TSTZRANGEOID, &output, &is_varlena);
    initStringInfo(&list);
    multirange_deserialize(type, times, &count, &ranges);
    for (int i = 0; i < Min(count, 3); i++)
        appendStringInfo(&list, "%s%s", i == 0 ? "" : ", ",
                         OidOutputFunctionCall(output, RangeTypePGetDatum(ranges[i])));
    if (count > 3)
        appendStringInfo(&list, " and %d more", count - 3);
    return list.data;
}

void bo_error_capacity_in_use(const text *resource, int32 capacity, const MultirangeType *times)
{
    ereport(ERROR, errcode(ERRCODE_CAPACITY_IN_USE),
            errmsg("resource \"%s\" has more than %d units booked at some time to come", text_to_cstring(resource),
                   capacity),
            times == NULL ? 0 : errdetail("More is booked in %s.", error_first_times(times)),
            errhint("Cancel or move bookings first, or keep a higher capacity."));
    pg_unreachable();
}

void bo_error_above_capacity(int32 capacity)
{
    bo_error_argument("quantity", psprintf("must not be above the capacity of the resource, %d", capacity),
                      psprintf("%d", capacity));
}

void bo_error_read_only(const char *verb)
{
    ereport(ERROR, errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
            errmsg("cannot execute %s() in a read-only transaction", verb),
            errhint("Call it on the primary server, in a transaction begun with BEGIN READ WRITE."));
    pg_unreachable();
}

/* ON CONFLICT DO NOTHING does not tell which index it met, and one that is not ours has no outcome, nor has a trigger.
 */
void bo_error_owners_constraint(void)
{
    ereport(ERROR, errcode(ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION),
            errmsg("a rule that is not bookonce's own refuses the row"),
            errhint("Look for a unique index, exclusion constraint or trigger that was added to a table of bookonce."));
    pg_unreachable();
}

/* PostgreSQL's own words, so that one retry rule fits both. */
void bo_error_old_snapshot(void)
{
    ereport(ERROR, errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
            errmsg("could not serialize access due to concurrent update"),
            errhint("The transaction might succeed if retried."));
    pg_unreachable();
}

/* The SQL is newer than the library of a session that began before an update, or older, or somebody changed it. */
#define OTHER_VERSION_HINT                                                                                             \
    "Connect again: a new session has the installed library. If it says so too, run ALTER EXTENSION bookonce UPDATE, " \
    "or take back what was changed."

void bo_error_other_version(const char *type, const char *difference)
{
    ereport(ERROR, errcode(ERRCODE_OTHER_VERSION),
            errmsg("type bookonce.%s is not the one that this session's library knows", type),
            errdetail_internal("%s", difference), errhint(OTHER_VERSION_HINT));
    pg_unreachable();
}

void bo_error_unknown_label(Oid type, const char *label)
{
    ereport(ERROR, errcode(ERRCODE_OTHER_VERSION),
            errmsg("type %s has no label \"%s\", which this session's library needs", format_type_be(type), label),
            errhint(OTHER_VERSION_HINT));
    pg_unreachable();
}

void bo_error_unknown_status(const char *of)
{
    ereport(ERROR, errcode(ERRCODE_OTHER_VERSION),
            errmsg("%s has a status that this session's library does not know", of), errhint(OTHER_VERSION_HINT));
    pg_unreachable();
}

void bo_error_statement(const char *what, int code)
{
    ereport(ERROR, errcode(ERRCODE_INTERNAL_ERROR),
            errmsg("bookonce: %s failed: %s", what, SPI_result_code_string(code)));
    pg_unreachable();
}

/* A branch that no call can reach: a bug of ours, told and not run past. */
void bo_error_impossible(const char *what)
{
    elog(ERROR, "bookonce: %s", what);
    pg_unreachable();
}

/* A row lost what it refers to, or was written by hand. row: its id, such as "booking_id 01932c07-..", or NULL. */
void bo_error_null_column(const char *column, const char *row)
{
    ereport(
        ERROR, errcode(ERRCODE_DATA_CORRUPTED),
        row == NULL ? errmsg("%s is null where it must not be", column)
                    : errmsg("%s is null where it must not be, in the row with %s", column, row),
        errdetail("A row of bookonce refers to one that is not there, or a column that must have a value has none."),
        errhint("Have the owner of the tables look for such rows: SELECT * FROM bookonce.check_integrity()."));
    pg_unreachable();
}

/* Somebody deleted some by hand; who is to come where the others went cannot be told. */
void bo_error_lacks_positions(const pg_uuid_t *request_id)
{
    ereport(ERROR, errcode(ERRCODE_DATA_CORRUPTED),
            errmsg("request %s does not have the positions that it asked for", error_uuid_to_cstring(request_id)),
            errhint("Have the owner of the tables look for such rows: SELECT * FROM bookonce.check_integrity()."));
    pg_unreachable();
}

void bo_error_column_type(const char *column, const char *found, const char *wanted)
{
    ereport(ERROR, errcode(ERRCODE_DATATYPE_MISMATCH),
            errmsg("column %s of a table of bookonce has type %s", column, found),
            errhint("Give it back the type that setup() made it with, %s.", wanted));
    pg_unreachable();
}

void bo_error_lacks_column(const char *column)
{
    ereport(ERROR, errcode(ERRCODE_UNDEFINED_COLUMN), errmsg("a table of bookonce has no column %s", column),
            errhint("Give the column back the name that setup() made it with, %s.", column));
    pg_unreachable();
}

void bo_error_not_our_trigger(void)
{
    ereport(ERROR, errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
            errmsg("this function is a trigger of the tables of bookonce"),
            errhint("Let SELECT bookonce.setup() put it where it belongs."));
    pg_unreachable();
}

/* what: bookings, opening hours or offers. */
void bo_error_needed_resource(const text *resource, const char *what)
{
    ereport(ERROR, errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
            errmsg("the %s of resource \"%s\" need it", what, text_to_cstring(resource)),
            errhint("Keep it as long as they are kept, cancelled bookings too, or delete them first."));
    pg_unreachable();
}

/* what: positions or offers. */
void bo_error_needed_request(const pg_uuid_t *request_id, const char *what)
{
    ereport(ERROR, errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
            errmsg("the %s of request %s need it", what, error_uuid_to_cstring(request_id)),
            errhint("Keep it as long as they are kept, or delete its offers and positions first."));
    pg_unreachable();
}

void bo_error_needed_table(const char *table)
{
    ereport(ERROR, errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
            errmsg("rows of other tables need those of bookonce.%s", table),
            errhint("Truncate those along with it: TRUNCATE bookonce.booking, bookonce.opening_hours, bookonce.offer, "
                    "bookonce.position, bookonce.request, bookonce.resource."));
    pg_unreachable();
}

#define QUALIFY_HINT                                                                                        \
    "While a verb of bookonce runs, search_path is pg_catalog, pg_temp, and the caller's temporary tables " \
    "are refused. In triggers, checks and defaults qualify names, for example app.audit, or give the "      \
    "function its own: ALTER FUNCTION app.note() SET search_path = app, pg_temp."

void bo_error_callers_relation(const char *name)
{
    ereport(ERROR, errcode(ERRCODE_UNDEFINED_TABLE), errmsg("relation \"%s\" is a temporary one of the caller's", name),
            errhint(QUALIFY_HINT));
    pg_unreachable();
}

void bo_error_temporary_domain(void)
{
    ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
            errmsg("a temporary domain, or a temporary table or type with a domain in it, is in the way"),
            errdetail("Code of the owner of bookonce's tables could run the domain's checks as the owner."),
            errhint("Drop it, for example by DISCARD TEMP, or use another session."));
    pg_unreachable();
}

void bo_error_deferrable_trigger(const char *trigger, const char *function)
{
    ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
            errmsg("the deferrable trigger \"%s\" could run with the caller's search_path", trigger),
            errhint("Make it NOT DEFERRABLE, or give its function a search_path: ALTER FUNCTION app.%s() SET "
                    "search_path = app, pg_temp.",
                    function));
    pg_unreachable();
}

/*
 * Called when an error leaves while a store is open. PostgreSQL shows the row that broke a constraint to whoever may
 * read the table, and that is the tables' owner, as whom we act; but the error goes to the caller, and the row may be
 * another holder's, who was only to make way.
 */
void bo_error_hide_rows(void *unused)
{
    int code = geterrcode();

    if (code == ERRCODE_UNDEFINED_TABLE || code == ERRCODE_UNDEFINED_FUNCTION || code == ERRCODE_UNDEFINED_OBJECT)
        errhint(QUALIFY_HINT);
    if (ERRCODE_TO_CATEGORY(code) == ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION &&
        code != ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION)
        errdetail("The row is not shown, for it may be another holder's.");
}

/* As PostgreSQL reports a row that a CHECK refuses, and with the rule. */
void bo_error_unsound(const char *rule, const char *example)
{
    ereport(ERROR, errcode(ERRCODE_CHECK_VIOLATION), errmsg("a booking's %s", rule),
            errhint("A valid value is, for example, %s.", example), err_generic_string(PG_DIAG_SCHEMA_NAME, "bookonce"),
            err_generic_string(PG_DIAG_TABLE_NAME, "booking"),
            err_generic_string(PG_DIAG_CONSTRAINT_NAME, "booking_is_sound"));
    pg_unreachable();
}

void bo_error_slot_key_time(void)
{
    ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("a booking must end before the year 148000"),
            errhint("A valid time is, for example, 2026-01-01 09:00:00+00."));
    pg_unreachable();
}

void bo_error_slot_key_text(const char *input)
{
    ereport(ERROR, errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
            errmsg("invalid input syntax for type slot_key: \"%s\"", input),
            errhint("Write it as slot_key shows it, with times in UTC, for example "
                    "(42,1,[2026-01-01 09:00:00+00,2026-01-01 10:00:00+00))."));
    pg_unreachable();
}

void bo_error_slot_key_binary(void)
{
    ereport(
        ERROR, errcode(ERRCODE_INVALID_BINARY_REPRESENTATION), errmsg("invalid times in external binary slot_key"),
        errhint(
            "Send a start before an end, in half-microseconds since 2000-01-01 UTC, for example 0 and 7200000000."));
    pg_unreachable();
}
