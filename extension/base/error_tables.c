/*
 * error_tables.c
 *   The wording of errors: what is wrong with the tables, or with what their owner does to them.
 *
 * As in error.c: lower case without a period, a hint that shows what to do, and never another holder's data.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/error.h"

#include "utils/builtins.h"

#include "base/value.h"

#define ERRCODE_NOT_SET_UP MAKE_SQLSTATE('O', 'B', '0', '0', '4')
#define ERRCODE_GUARD_MISSING MAKE_SQLSTATE('O', 'B', '0', '0', '7')
#define ERRCODE_OTHER_VERSION MAKE_SQLSTATE('O', 'B', '0', '0', '8')

void bo_error_not_set_up(void)
{
    ereport(ERROR, errcode(ERRCODE_NOT_SET_UP), errmsg("the tables of bookonce do not exist in this database"),
            errhint("Create them once, as the role that is to own them: SELECT bookonce.setup()."));
    pg_unreachable();
}

/* The call needs something that came with a later version than that of the tables. */
void bo_error_older_tables(void)
{
    ereport(ERROR, errcode(ERRCODE_NOT_SET_UP), errmsg("the tables of bookonce are of an older version"),
            errhint("Bring them to this one, as their owner: SELECT bookonce.setup()."));
    pg_unreachable();
}

/* As sql/tables.sql creates it. */
#define THE_GUARD                                                                \
    "ADD CONSTRAINT booking_no_overlap EXCLUDE USING gist "                      \
    "(bookonce.slot_key(resource_id, unit, blocks) WITH OPERATOR(bookonce.&&)) " \
    "WHERE (bookonce.is_live(released_at))"

/* constraint: the name of the constraint that is there in place of the guard. */
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

/*
 * ON CONFLICT DO NOTHING does not tell which index was in conflict. A conflict in an index that is not ours has no
 * outcome, and neither has a trigger that returns NULL.
 */
void bo_error_owners_constraint(void)
{
    ereport(ERROR, errcode(ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION),
            errmsg("a rule that is not bookonce's own refuses the row"),
            errhint("Look for a unique index, exclusion constraint or trigger that was added to a table of bookonce."));
    pg_unreachable();
}

/*
 * Either this session began before an update and the SQL objects are newer than its library, or they are older, or
 * somebody changed them.
 */
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

/* A row lost what it refers to, or was written by hand. row is its id, such as "booking_id 01932c07-..", or NULL. */
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

/* A row that other rows of the call refer to is not there. */
void bo_error_missing_row(void)
{
    ereport(ERROR, errcode(ERRCODE_DATA_CORRUPTED), errmsg("a row that the call needs is not there"),
            errdetail("A row of bookonce refers to it, and somebody has deleted or changed it by hand."),
            errhint("Have the owner of the tables look for such rows: SELECT * FROM bookonce.check_integrity()."));
    pg_unreachable();
}

/* what: for example "a quantity below 1". A CHECK is gone, and somebody has written by hand. */
void bo_error_impossible_row(const char *what)
{
    ereport(ERROR, errcode(ERRCODE_DATA_CORRUPTED), errmsg("a row that the call needs has %s", what),
            errdetail("No verb writes such a row, and the tables' own constraints refuse it."),
            errhint("Have the owner of the tables look for such rows: SELECT * FROM bookonce.check_integrity()."));
    pg_unreachable();
}

/* Somebody wrote a rule by hand that no verb sets. */
void bo_error_impossible_rule(const text *resource, const char *rule)
{
    ereport(ERROR, errcode(ERRCODE_DATA_CORRUPTED),
            errmsg("%s of resource \"%s\" has an impossible value", rule, text_to_cstring(resource)),
            errhint("Have the owner of the tables set it to null, and then again by its verb, for example "
                    "set_starts('room:1', ARRAY['10:00', '18:30']::time[])."));
    pg_unreachable();
}

/* Raised if somebody has deleted positions by hand: nothing tells which of them were filled. */
void bo_error_lacks_positions(const pg_uuid_t *request_id)
{
    ereport(ERROR, errcode(ERRCODE_DATA_CORRUPTED),
            errmsg("request %s does not have the positions that it asked for", bo_value_uuid_text(request_id)),
            errhint("Have the owner of the tables look for such rows: SELECT * FROM bookonce.check_integrity()."));
    pg_unreachable();
}

/* what: the error that it raised. The call goes on with the others. */
void bo_warning_broken_request(const pg_uuid_t *request_id, const char *what)
{
    ereport(WARNING, errcode(ERRCODE_DATA_CORRUPTED),
            errmsg("request %s asks nobody: %s", bo_value_uuid_text(request_id), what),
            errhint("Have the owner of the tables look for such rows: SELECT * FROM bookonce.check_integrity()."));
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

void bo_error_event_table(void)
{
    ereport(ERROR, errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("bookonce.booking_event is not an ordinary table"),
            errhint("Make it one again, as setup() made it, or keep no history: SELECT bookonce.keep_history('{}')."));
    pg_unreachable();
}

void bo_error_event_column(const char *column)
{
    ereport(
        ERROR, errcode(ERRCODE_DATATYPE_MISMATCH),
        errmsg("column %s of bookonce.booking_event is of another type than what it stores", column),
        errhint("Give it, and the column of bookonce.booking that it tells of, the type that setup() made them with; "
                "or keep no history: SELECT bookonce.keep_history('{}')."));
    pg_unreachable();
}

void bo_error_not_our_trigger(void)
{
    ereport(ERROR, errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
            errmsg("this function is a trigger of the tables of bookonce"),
            errhint("Let SELECT bookonce.setup() put it where it belongs."));
    pg_unreachable();
}

/* what is one of: bookings, opening hours, closures, wholes, offers. */
void bo_error_needed_resource(const text *resource, const char *what)
{
    ereport(ERROR, errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
            errmsg("the %s of resource \"%s\" need it", what, text_to_cstring(resource)),
            errhint("Keep it as long as they are kept, cancelled bookings too, or delete them first."));
    pg_unreachable();
}

/* what is one of: positions, offers. */
void bo_error_needed_request(const pg_uuid_t *request_id, const char *what)
{
    ereport(ERROR, errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
            errmsg("the %s of request %s need it", what, bo_value_uuid_text(request_id)),
            errhint("Keep it as long as they are kept, or delete its offers and positions first."));
    pg_unreachable();
}

void bo_error_needed_table(const char *table)
{
    ereport(ERROR, errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
            errmsg("rows of other tables need those of bookonce.%s", table),
            errhint("Truncate those along with it: TRUNCATE bookonce.booking, bookonce.opening_hours, "
                    "bookonce.closure, bookonce.offer, bookonce.position, bookonce.request, bookonce.resource."));
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
 * Called when an error is raised while a store is open. PostgreSQL's DETAIL shows the row that broke a constraint to a
 * role that may read the table. We act as the tables' owner, who may; but the message goes to the caller, who may not.
 * The row may even belong to another holder whose lapsed hold was only to be released.
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
