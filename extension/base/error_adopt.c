/*
 * error_adopt.c
 *   The wording of errors: what is wrong with a guard on a table that is not ours, and its refusals.
 *
 * As in error.c: lower case without a period, a hint that shows what to do, and of another row never more than its
 * time.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/error.h"

#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

void bo_error_adopt_unknown(Oid relation)
{
    ereport(ERROR, errcode(ERRCODE_UNDEFINED_TABLE), errmsg("no table has the OID %u", relation),
            errhint("Give the name of a table, for example 'bookings'; it may have been dropped meanwhile."));
    pg_unreachable();
}

void bo_error_adopt_mutable(const char *parameter)
{
    ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
            errmsg("%s must depend on the row alone, not on settings or on what time it is", parameter),
            errhint("A timestamp with time zone plus an interval depends on the zone. Say which: "
                    "'(starts_at AT TIME ZONE ''UTC'' + length) AT TIME ZONE ''UTC'''."));
    pg_unreachable();
}

/* Any migration of a column that the rule uses may drop the index; the guard must not end silently because of that. */
void bo_error_guard_index_missing(Relation table)
{
    const char *name =
        quote_qualified_identifier(get_namespace_name(RelationGetNamespace(table)), RelationGetRelationName(table));

    ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
            errmsg("the guard of table \"%s\" has lost its index", RelationGetRelationName(table)),
            errdetail("It was dropped, perhaps with a column, or is not valid. Without it nobody knows what is taken."),
            errhint("Take the rest of the guard away, then guard the table again: SELECT bookonce.unguard_table(%s).",
                    quote_literal_cstr(name)),
            errtable(table));
    pg_unreachable();
}

void bo_error_guard_row_misplaced(void)
{
    ereport(ERROR, errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
            errmsg("bookonce.guard_row() was not called by the trigger that it is for"),
            errhint("Let it be made: SELECT bookonce.guard_table('bookings', ..)."));
    pg_unreachable();
}

/* The fields are those of an exclusion constraint's own error. */
void bo_error_guard_refused(Relation table, const char *guard, const char *time)
{
    ereport(ERROR, errcode(ERRCODE_EXCLUSION_VIOLATION),
            errmsg("double booking in table \"%s\" refused by its guard \"%s\"", RelationGetRelationName(table), guard),
            errdetail("The resource is taken at %s.", time),
            errhint("Choose another time or another resource, or first change what has taken it."),
            errtableconstraint(table, guard));
    pg_unreachable();
}

void bo_error_not_guarded(Relation table)
{
    ereport(ERROR, errcode(ERRCODE_UNDEFINED_OBJECT),
            errmsg("table \"%s\" has no guard", RelationGetRelationName(table)),
            errhint("The view bookonce.guarded_tables lists those that have."), errtable(table));
    pg_unreachable();
}
