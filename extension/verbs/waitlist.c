/*
 * waitlist.c
 *   waitlist(): who waits in line for a resource; set_waitlist(): whether a smaller party may pass a larger one.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "base/arguments.h"
#include "base/error.h"
#include "base/wait.h"
#include "store/store_line.h"
#include "store/store_policy.h"
#include "verbs/line.h"
#include "verbs/read.h"
#include "verbs/resource.h"

BO_VERB_THAT_WAITS(set_waitlist, 4);
PG_FUNCTION_INFO_V1(bookonce_waitlist);

/* waitlist(resource, within, tenant) */
Datum bookonce_waitlist(PG_FUNCTION_ARGS)
{
    text *resource = bo_arguments_text(fcinfo, 0, "resource", "'room:1'");
    RangeType *within =
        PG_ARGISNULL(1) ? NULL : bo_arguments_checked_during(PG_GETARG_DATUM(1), PG_ARGISNULL(1), "within");
    text *tenant = bo_arguments_tenant(fcinfo);
    BoStore store;

    bo_read_begin(fcinfo, &store);
    if (bo_store_run(&store, &bo_sql_find_resource, bo_text(tenant), bo_text(resource)) == 0)
        bo_error_unknown_resource(resource);
    bo_read_answer(fcinfo, &store, "waiter_row", bo_sql_read_waiters, bo_text(tenant), bo_text(resource),
                   bo_parameter_or_null(TSTZRANGEOID, within), bo_instant(GetCurrentTimestamp()));
    return (Datum)0;
}

/* set_waitlist(resource, strict, max_wait, tenant) */
static Datum set_waitlist_call(FunctionCallInfo fcinfo)
{
    text *resource, *tenant;
    BoStore store;

    bo_arguments_writable("set_waitlist");
    resource = bo_arguments_text(fcinfo, 0, "resource", "'room:1'");
    if (PG_ARGISNULL(1))
        bo_error_null_argument("strict", "true");
    tenant = bo_arguments_tenant(fcinfo);

    bo_store_open(&store);
    bo_resource_lock_known(&store, tenant, resource);
    bo_store_run_latest(&store, &bo_sql_set_strict, bo_text(tenant), bo_text(resource), bo_bool(PG_GETARG_BOOL(1)));
    (void)bo_line_serve(&store, tenant, resource, PG_INT32_MAX);
    bo_store_close(&store);

    PG_RETURN_VOID();
}
