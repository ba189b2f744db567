/*
 * read_booking.c
 *   get_booking(), get_booking_by_key(), get_group() and list_holder_bookings(): bookings, as they are.
 *
 * A page continues where the page before ended, by start and id. As with any list, a booking that is moved meanwhile
 * may be read twice or not at all; one that stays where it is is read exactly once, whatever others write.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "utils/timestamp.h"

#include "base/arguments.h"
#include "base/error.h"
#include "store/store_read.h"
#include "verbs/read.h"

PG_FUNCTION_INFO_V1(bookonce_get_booking);
PG_FUNCTION_INFO_V1(bookonce_get_booking_by_key);
PG_FUNCTION_INFO_V1(bookonce_get_group);
PG_FUNCTION_INFO_V1(bookonce_list_holder_bookings);

/*
 * Answers with the bookings of one id or key. The caller reads that argument before the tenant, so that an error names
 * the first wrong argument.
 */
static Datum read_bookings_of(FunctionCallInfo fcinfo, BoStatement *statement, BoParameter id)
{
    text *tenant = bo_arguments_tenant(fcinfo);
    BoStore store;

    bo_read_begin(fcinfo, &store);
    bo_read_answer(fcinfo, &store, "booking_row", *statement, bo_text(tenant), id, bo_instant(GetCurrentTimestamp()));
    return (Datum)0;
}

/* get_booking(booking_id, tenant) */
Datum bookonce_get_booking(PG_FUNCTION_ARGS)
{
    return read_bookings_of(fcinfo, &bo_sql_read_booking, bo_uuid(bo_arguments_uuid(fcinfo, 0, "booking_id")));
}

/* get_booking_by_key(idempotency_key, tenant) */
Datum bookonce_get_booking_by_key(PG_FUNCTION_ARGS)
{
    return read_bookings_of(fcinfo, &bo_sql_read_key,
                            bo_text(bo_arguments_text(fcinfo, 0, "idempotency_key", "'order:1001'")));
}

/* get_group(group_id, tenant) */
Datum bookonce_get_group(PG_FUNCTION_ARGS)
{
    return read_bookings_of(fcinfo, &bo_sql_read_group, bo_uuid(bo_arguments_uuid(fcinfo, 0, "group_id")));
}

/* list_holder_bookings(holder, within, include_released, at_most, after_start, after_id, tenant) */
Datum bookonce_list_holder_bookings(PG_FUNCTION_ARGS)
{
    text *holder = bo_arguments_text(fcinfo, 0, "holder", "'user:42'");
    text *tenant = bo_arguments_tenant(fcinfo);
    BoPage page;
    BoStore store;

    if (PG_ARGISNULL(2))
        bo_error_null_argument("include_released", "false");
    bo_read_page(fcinfo, 1, 3, true, &page);
    bo_read_begin(fcinfo, &store);
    bo_read_answer(fcinfo, &store, "booking_row", bo_sql_read_holder, bo_text(tenant), bo_text(holder),
                   bo_instant(page.after_start), bo_uuid(&page.after_id), bo_instant(page.until),
                   bo_bool(PG_GETARG_BOOL(2)), bo_int4(page.at_most), bo_instant(GetCurrentTimestamp()));
    return (Datum)0;
}
