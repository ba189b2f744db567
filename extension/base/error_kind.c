/*
 * error_kind.c
 *   The wording of errors: what is wrong with a kind of booking.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/error.h"

#include "utils/builtins.h"

/* known: a kind of the tenant, or NULL. */
void bo_error_unknown_kind(const text *kind, const text *known)
{
    char *name = text_to_cstring(kind);

    ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("kind \"%s\" is not defined in this tenant", name),
            known != NULL ? errhint("A valid value is, for example, %s; list_kinds() has all of them.",
                                    quote_literal_cstr(text_to_cstring(known)))
                          : errhint("Define it first: SELECT bookonce.define_kind(%s, buffer_after => '10 minutes').",
                                    quote_literal_cstr(name)));
    pg_unreachable();
}

void bo_error_kind_in_use(const text *kind, int64 bookings)
{
    ereport(ERROR, errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
            errmsg("bookings of kind \"%s\" are not over: " INT64_FORMAT, text_to_cstring(kind), bookings),
            errhint("Offer it no more, and delete it when they are over or cancelled."));
    pg_unreachable();
}

/* Such a row can only be written by hand. */
void bo_error_impossible_kind(const text *kind)
{
    ereport(ERROR, errcode(ERRCODE_DATA_CORRUPTED),
            errmsg("what kind \"%s\" says can hold for no booking", text_to_cstring(kind)),
            errhint("Set it again: SELECT bookonce.define_kind(%s, ..).", quote_literal_cstr(text_to_cstring(kind))));
    pg_unreachable();
}

void bo_error_other_kind(void)
{
    ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
            errmsg("other_booking_id must be of the same kind as booking_id"),
            errhint("Each would get the buffers of the other. Move them, by reschedule_booking()."));
    pg_unreachable();
}
