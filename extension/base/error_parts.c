/*
 * error_parts.c
 *   The wording of errors: resources that have parts, and their bookings.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/error_parts.h"

#include "utils/builtins.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/value.h"

/* Raised by a call that would book the resource without its parts. */
void bo_error_has_parts(const text *resource)
{
    ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
            errmsg("resource \"%s\" has parts, which this call does not take along", text_to_cstring(resource)),
            errhint("book_slot(), book_slots(), book_any_slot(), book_needs(), accept_offer() and reschedule_booking() "
                    "do, without allow_overlap."));
    pg_unreachable();
}

/* Raised where a unit of a party would get parts: they are known by their member, which the units of a party share. */
void bo_error_parts_of_party(const pg_uuid_t *booking_id)
{
    ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
            errmsg("booking %s is one of several units that were booked as one, and cannot get parts",
                   bo_value_uuid_text(booking_id)),
            errhint("Book the resource with parts by book_slot(), and cancel this unit."));
    pg_unreachable();
}

void bo_error_part_booking(const pg_uuid_t *booking_id, const pg_uuid_t *whole_id)
{
    ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
            errmsg("booking %s is a part of another one", bo_value_uuid_text(booking_id)),
            errhint("Change the whole, booking %s: its parts follow.", bo_value_uuid_text(whole_id)));
    pg_unreachable();
}

void bo_error_parts_circle(const text *resource)
{
    ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
            errmsg("parts must not lead back to resource \"%s\"", text_to_cstring(resource)),
            errhint("See what each of them takes along: SELECT * FROM bookonce.list_parts('hall')."));
    pg_unreachable();
}

void bo_error_parts_depth(const text *whole)
{
    ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
            errmsg("parts of resource \"%s\" must not lie deeper than %d levels", text_to_cstring(whole),
                   BO_MAX_PART_DEPTH),
            errhint("Name what it takes along directly."));
    pg_unreachable();
}

void bo_error_parts_many(const text *whole)
{
    ereport(
        ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
        errmsg("resource \"%s\" must not have more than %d parts, with theirs", text_to_cstring(whole), BO_MAX_PARTS),
        errhint("One resource with a capacity can stand for many that are alike."));
    pg_unreachable();
}

void bo_error_parts_capacity(const text *whole, const text *part, int32 quantity, int32 capacity)
{
    ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
            errmsg("resource \"%s\" would take %d units of \"%s\", which has %d", text_to_cstring(whole), quantity,
                   text_to_cstring(part), capacity),
            errhint("Name a lower quantity, or raise its capacity first."));
    pg_unreachable();
}

/* The booking is over, and set_parts() has changed the parts since. */
void bo_error_parts_changed(const pg_uuid_t *booking_id, const text *resource)
{
    ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
            errmsg("booking %s was made with other parts than resource \"%s\" has now", bo_value_uuid_text(booking_id),
                   text_to_cstring(resource)),
            errhint("Book the resource again by book_slot()."));
    pg_unreachable();
}

/* Raised because existing bookings have the old parts. */
void bo_error_parts_in_use(const text *whole, bool by_waiters)
{
    ereport(ERROR, errcode(ERRCODE_CAPACITY_IN_USE),
            errmsg(by_waiters ? "parts cannot change while somebody waits in line for resource \"%s\""
                              : "parts cannot change while resource \"%s\" has bookings that are not over",
                   text_to_cstring(whole)),
            errhint(by_waiters ? "Change the parts when nobody waits any more."
                               : "Cancel or move those bookings first, or define another resource with these parts."));
    pg_unreachable();
}
