/*
 * resource.c
 *   define_resource(): what can be booked.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

PG_FUNCTION_INFO_V1(bookonce_define_resource);

/* define_resource(resource, capacity, tenant). Defining again what is already so waits for nobody and writes nothing.
 */
Datum bookonce_define_resource(PG_FUNCTION_ARGS)
{
    text *resource, *tenant;
    int32 capacity;
    BoStore store;
    Datum values[3];

    bo_arguments_writable("define_resource");
    resource = bo_arguments_text(fcinfo, 0, "resource", "'room:1'");
    capacity = bo_arguments_positive(fcinfo, 1, "capacity");
    if (capacity > 1)
        bo_error_argument("capacity", "above 1 is not supported by this version", "1");
    tenant = bo_arguments_text(fcinfo, 2, "tenant", "'default'");

    values[0] = PointerGetDatum(tenant);
    values[1] = PointerGetDatum(resource);
    values[2] = Int32GetDatum(capacity);
    bo_store_open(&store);
    if (bo_store_run(&store, &bo_find_resource, values, NULL) == 0)
    {
        bo_lock_resource(tenant, resource);
        bo_store_run(&store, &bo_insert_resource, values, NULL);
    }
    bo_store_close(&store);

    PG_RETURN_VOID();
}
