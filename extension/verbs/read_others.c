/*
 * read_others.c
 *   list_requests(), list_provider_offers(), list_resources(), describe_resource(), list_claims() and counter_value().
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "base/arguments.h"
#include "base/error.h"
#include "store/store_read.h"
#include "verbs/read.h"

PG_FUNCTION_INFO_V1(bookonce_list_requests);
PG_FUNCTION_INFO_V1(bookonce_list_provider_offers);
PG_FUNCTION_INFO_V1(bookonce_list_resources);
PG_FUNCTION_INFO_V1(bookonce_describe_resource);
PG_FUNCTION_INFO_V1(bookonce_list_claims);
PG_FUNCTION_INFO_V1(bookonce_counter_value);

/* list_requests(within, requester, at_most, after_start, after_id, tenant) */
Datum bookonce_list_requests(PG_FUNCTION_ARGS)
{
    text *requester = bo_arguments_optional_text(fcinfo, 1, "requester", "'user:42'");
    text *tenant = bo_arguments_tenant(fcinfo);
    BoPage page;
    BoStore store;

    bo_read_page(fcinfo, 0, 2, true, &page);
    bo_read_begin(fcinfo, &store);
    if (requester == NULL)
        bo_read_answer(fcinfo, &store, "request_row", bo_sql_read_requests, bo_text(tenant),
                       bo_instant(page.after_start), bo_uuid(&page.after_id), bo_instant(page.until),
                       bo_int4(page.at_most), bo_instant(GetCurrentTimestamp()));
    else
        bo_read_answer(fcinfo, &store, "request_row", bo_sql_read_requester, bo_text(tenant),
                       bo_instant(page.after_start), bo_uuid(&page.after_id), bo_instant(page.until),
                       bo_int4(page.at_most), bo_instant(GetCurrentTimestamp()), bo_text(requester));
    return (Datum)0;
}

/* list_provider_offers(provider, only_open, at_most, after_id, tenant) */
Datum bookonce_list_provider_offers(PG_FUNCTION_ARGS)
{
    text *provider = bo_arguments_text(fcinfo, 0, "provider", "'therapist:7'");
    text *tenant = bo_arguments_tenant(fcinfo);
    const pg_uuid_t first = {{0}};
    const pg_uuid_t *after_id = PG_ARGISNULL(3) ? &first : PG_GETARG_UUID_P(3);
    int32 at_most;
    BoStore store;

    if (PG_ARGISNULL(1))
        bo_error_null_argument("only_open", "true");
    at_most = bo_read_at_most(fcinfo, 2);
    bo_read_begin(fcinfo, &store);
    bo_read_end(fcinfo, &store, "offer_row",
                bo_store_run(&store, PG_GETARG_BOOL(1) ? &bo_sql_read_open_offers : &bo_sql_read_offers,
                             bo_text(tenant), bo_text(provider), bo_uuid(after_id), bo_int4(at_most),
                             bo_instant(GetCurrentTimestamp())));
    return (Datum)0;
}

/* list_resources(at_most, after_resource, tenant) */
Datum bookonce_list_resources(PG_FUNCTION_ARGS)
{
    int32 at_most = bo_read_at_most(fcinfo, 0);
    text *after = bo_arguments_optional_text(fcinfo, 1, "after_resource", "'room:1'");
    text *tenant = bo_arguments_tenant(fcinfo);
    BoStore store;

    bo_read_begin(fcinfo, &store);
    bo_read_answer(fcinfo, &store, "resource_row", bo_sql_read_resources, bo_text(tenant),
                   bo_text(after == NULL ? cstring_to_text("") : after), bo_int4(at_most));
    return (Datum)0;
}

/* describe_resource(resource, tenant) */
Datum bookonce_describe_resource(PG_FUNCTION_ARGS)
{
    text *resource = bo_arguments_text(fcinfo, 0, "resource", "'room:1'");
    text *tenant = bo_arguments_tenant(fcinfo);
    BoStore store;
    uint64 rows;

    bo_read_begin(fcinfo, &store);
    rows = bo_store_run(&store, &bo_sql_read_resource, bo_text(tenant), bo_text(resource));
    if (rows == 0)
        bo_error_unknown_resource(resource);
    bo_read_end(fcinfo, &store, "resource_row", rows);
    return (Datum)0;
}

/* list_claims(claimant, at_most, after_scope, after_value, tenant) */
Datum bookonce_list_claims(PG_FUNCTION_ARGS)
{
    text *claimant = bo_arguments_text(fcinfo, 0, "claimant", "'user:42'");
    int32 at_most = bo_read_at_most(fcinfo, 1);
    text *scope = bo_arguments_optional_text(fcinfo, 2, "after_scope", "'e-mail'");
    text *value = bo_arguments_optional_text(fcinfo, 3, "after_value", "'ann@example.org'");
    text *tenant = bo_arguments_tenant(fcinfo);
    BoStore store;

    if ((scope == NULL) != (value == NULL))
        bo_error_argument(scope == NULL ? "after_scope" : "after_value",
                          "must be given too: both are of the last row of the page before",
                          scope == NULL ? "'e-mail'" : "'ann@example.org'");
    if (scope == NULL)
        scope = value = cstring_to_text("");
    bo_read_begin(fcinfo, &store);
    bo_read_answer(fcinfo, &store, "claim_row", bo_sql_read_claims, bo_text(tenant), bo_text(claimant), bo_text(scope),
                   bo_text(value), bo_int4(at_most));
    return (Datum)0;
}

/* counter_value(counter, tenant) */
Datum bookonce_counter_value(PG_FUNCTION_ARGS)
{
    text *counter = bo_arguments_text(fcinfo, 0, "counter", "'stock:tea'");
    text *tenant = bo_arguments_tenant(fcinfo);
    BoStore store;
    int64 value;

    bo_store_open_to_read(&store);
    if (bo_store_run(&store, &bo_sql_read_counter, bo_text(tenant), bo_text(counter)) == 0)
        bo_error_unknown_counter(counter);
    value = bo_row_int8(bo_store_row(0), BO_READ_COUNTER_VALUE);
    bo_store_close(&store);
    PG_RETURN_INT64(value);
}
