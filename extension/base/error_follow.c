/*
 * error_follow.c
 *   The wording of errors about followed tables: of follow_table(), and of the writes to such a table.
 *
 * As in error.c: lower case without a period, a hint that shows what to do, and never another holder's data.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/error_follow.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/error.h"
#include "base/value.h"

/* The range, written as the session writes it. */
char *bo_error_range_text(RangeType *range)
{
    TypeCacheEntry *type = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);

    return bo_error_first_times(make_multirange(TSTZMULTIRANGEOID, type, 1, &range));
}

void bo_error_key_type(Oid type)
{
    ereport(ERROR, errcode(ERRCODE_DATATYPE_MISMATCH),
            errmsg("type %s of the primary key cannot be hashed", format_type_be(type)),
            errhint("Give the table a primary key of integers, texts or uuids."));
    pg_unreachable();
}

/* The fields that an ORM also finds in the error of a constraint of the table. */
#define OF_TABLE(relation, constraint)                                                           \
    err_generic_string(PG_DIAG_SCHEMA_NAME, get_namespace_name(RelationGetNamespace(relation))), \
        err_generic_string(PG_DIAG_TABLE_NAME, RelationGetRelationName(relation)),               \
        err_generic_string(PG_DIAG_CONSTRAINT_NAME, constraint)

/* busy: the times at which it is taken, or 0. */
void bo_error_followed_taken(Relation relation, const text *resource, Datum busy)
{
    char *name = text_to_cstring(resource);

    ereport(
        ERROR, errcode(ERRCODE_EXCLUSION_VIOLATION),
        errmsg("a row of table \"%s\" overlaps a booking of resource \"%s\"", RelationGetRelationName(relation), name),
        busy == 0 ? 0 : errdetail("It is taken in %s.", bo_error_first_times((MultirangeType *)DatumGetPointer(busy))),
        errhint("Choose another time or resource; bookonce.free_slots(%s, ..) lists times that are free.",
                quote_literal_cstr(name)),
        OF_TABLE(relation, "bookonce_follow"));
    pg_unreachable();
}

/* rule: the outcome by which a verb would refuse the booking. */
void bo_error_followed_rule(Relation relation, const text *resource, const char *rule)
{
    ereport(ERROR, errcode(ERRCODE_CHECK_VIOLATION),
            errmsg("a rule of resource \"%s\" refuses a row of table \"%s\": %s", text_to_cstring(resource),
                   RelationGetRelationName(relation), rule),
            errhint("Choose a time that the rule allows, or let the table be followed with rules => false."),
            OF_TABLE(relation, rule));
    pg_unreachable();
}

#define FOLLOW_AGAIN "Have the owner of the table call bookonce.follow_table() again, which mends it."

/* relation: NULL if it is not known. */
void bo_error_followed_drift(Relation relation)
{
    ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
            relation == NULL ? errmsg("the bookings that mirror the table's rows are not up to date")
                             : errmsg("the bookings that mirror rows of table \"%s\" are not up to date",
                                      RelationGetRelationName(relation)),
            errdetail("Rows were written while a trigger was disabled or missing, or the view of the table is gone."),
            errhint(FOLLOW_AGAIN));
    pg_unreachable();
}

/*
 * Called for an error that is raised while rows are booked. A unique violation means that a booking has a row's id
 * already.
 */
void bo_error_hint_drift(void *unused)
{
    if (geterrcode() == ERRCODE_UNIQUE_VIOLATION)
        errhint(FOLLOW_AGAIN);
}

/* table: qualified. */
void bo_error_followed_booking(const pg_uuid_t *booking_id, const text *table)
{
    ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
            errmsg("booking %s mirrors a row of table %s", bo_value_uuid_text(booking_id), text_to_cstring(table)),
            errdetail("What happens to it is for that table to say."),
            errhint("Change the row itself, by UPDATE or DELETE of %s.", text_to_cstring(table)));
    pg_unreachable();
}

void bo_error_not_followed(const char *table)
{
    ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("table %s is not followed", table),
            errhint("View bookonce.followed_tables lists those that are."));
    pg_unreachable();
}

/* problem: what kind of relation it is. */
void bo_error_cannot_follow(const char *table, const char *problem, const char *hint)
{
    ereport(ERROR, errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("cannot follow \"%s\": it %s", table, problem),
            errhint("%s", hint));
    pg_unreachable();
}

void bo_error_follow_rights(const char *owner)
{
    ereport(ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("permission denied to follow a table"),
            errhint("Call it as a role that owns the table and is a member of %s, who owns the tables of bookonce.",
                    owner));
    pg_unreachable();
}

/* pairs: the first ones, a line each. */
void bo_error_followed_overlaps(Relation relation, int64 count, const char *pairs)
{
    ereport(ERROR, errcode(ERRCODE_EXCLUSION_VIOLATION),
            errmsg(INT64_FORMAT " rows of table \"%s\" overlap others", count, RelationGetRelationName(relation)),
            errdetail("%s", pairs),
            errhint("Clear them up first, or take them as they are with keep_overlaps => true."),
            OF_TABLE(relation, "bookonce_follow"));
    pg_unreachable();
}

void bo_tell_followed_overlaps(Relation relation, int64 count, const char *pairs)
{
    ereport(NOTICE,
            errmsg(INT64_FORMAT " rows of table \"%s\" overlap others and are left as they are", count,
                   RelationGetRelationName(relation)),
            errdetail("%s", pairs),
            errhint("View bookonce.followed_overlaps lists them. Nothing is kept away from their times; each is "
                    "judged when its time changes."));
}

/* keys: of the first ones. */
void bo_tell_followed_strays(Relation relation, int64 count, const char *keys)
{
    ereport(NOTICE,
            errmsg(INT64_FORMAT " rows of table \"%s\" have no resource, or no time that a booking can have", count,
                   RelationGetRelationName(relation)),
            errdetail("The first of them: %s.", keys),
            errhint("Nothing is booked for them. Correct them, or leave them out by live_when."));
}
