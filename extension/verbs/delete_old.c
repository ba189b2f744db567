/*
 * delete_old.c
 *   delete_old(): deletes what is entirely in the past, a batch at a time.
 *
 * It is for the owner, and covers all tenants. Nobody waits for it and it waits for nobody: what somebody else has
 * locked is left for the next call. A group is deleted as a whole, and a request with its positions, offers and
 * bookings, so a key is valid for as long as any row of its call exists.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "base/arguments.h"
#include "base/error.h"
#include "base/lock.h"
#include "store/event.h"
#include "store/store_closure.h"
#include "store/store_delete.h"
#include "store/store_event.h"
#include "store/store_line.h"

PG_FUNCTION_INFO_V1(bookonce_delete_old);

/* Returns how many rows a statement deleted; it is not run if the batch is full. */
static int64 delete_old_rows(BoStore *store, BoStatement *statement, TimestampTz before, int64 at_most)
{
    if (at_most <= 0)
        return 0;
    bo_store_run(store, statement, bo_instant(before), bo_int8(at_most));
    return bo_row_int8(bo_store_row(0), BO_DELETED_ROWS);
}

/*
 * Requests come first, because the other statements leave their bookings alone. Only requests whose lock is free are
 * deleted: a verb in progress would wait for our rows while it holds that lock, and the trigger on the request's row
 * would wait for the lock.
 */
static int64 delete_old_requests(BoStore *store, TimestampTz before, int64 at_most)
{
    int found = (int)bo_store_run(store, &bo_sql_find_old_requests, bo_instant(before), bo_int8(at_most));
    BoArrayMaker tenants = bo_array_maker(TEXTOID, found);
    BoArrayMaker request_ids = bo_array_maker(UUIDOID, found);
    int64 deleted;

    for (int i = 0; i < found; i++)
    {
        BoRow row = bo_store_row(i);
        text *tenant = bo_row_text(row, BO_FIND_OLD_REQUESTS_TENANT);
        pg_uuid_t *request_id = palloc(sizeof(pg_uuid_t));

        *request_id = bo_row_uuid(row, BO_FIND_OLD_REQUESTS_REQUEST_ID);
        if (!bo_lock_try_request(tenant, request_id))
            continue;
        bo_array_append(&tenants, bo_text(tenant));
        bo_array_append(&request_ids, bo_uuid(request_id));
    }
    if (tenants.count == 0)
        return 0;
    bo_store_run(store, &bo_sql_delete_old_requests, bo_instant(before), bo_array_made(&tenants),
                 bo_array_made(&request_ids));
    deleted = bo_row_int8(bo_store_row(0), BO_DELETED_ROWS);
    return deleted + (int64)bo_store_run(store, &bo_sql_delete_bare_requests, bo_array_made(&tenants),
                                         bo_array_made(&request_ids));
}

/* The resources' rows are locked, so no closure is added meanwhile to one that is marked as having none. */
static int64 delete_old_closures(BoStore *store, TimestampTz before, int64 at_most)
{
    BoArrayMaker ids;
    int found;

    if (at_most <= 0)
        return 0;
    found = (int)bo_store_run(store, &bo_sql_lock_old_closures, bo_instant(before), bo_int8(at_most));
    ids = bo_array_maker(INT8OID, found);
    for (int i = 0; i < found; i++)
        bo_array_append(&ids, bo_int8(bo_row_int8(bo_store_row(i), BO_LOCK_OLD_CLOSURES_RESOURCE_ID)));
    if (found == 0)
        return 0;
    bo_store_run(store, &bo_sql_delete_old_closures, bo_instant(before), bo_array_made(&ids));
    return bo_row_int8(bo_store_row(0), BO_DELETE_OLD_CLOSURES_ROWS);
}

/* delete_old(before, at_most): returns how many rows it deleted */
Datum bookonce_delete_old(PG_FUNCTION_ARGS)
{
    TimestampTz before;
    int32 at_most;
    int64 deleted;
    BoStore store;

    bo_arguments_writable("delete_old");
    if (PG_ARGISNULL(0))
        bo_error_null_argument("before", "now() - interval '1 year'");
    before = PG_GETARG_TIMESTAMPTZ(0);
    if (before > GetCurrentTimestamp())
        bo_error_argument("before", "must not be in the future", "now() - interval '1 year'");
    at_most = bo_arguments_positive(fcinfo, 1, "at_most");

    bo_store_open_for(&store, BO_TABLES_ALL);
    deleted = delete_old_requests(&store, before, at_most);
    deleted += delete_old_rows(&store, &bo_sql_delete_old_groups, before, at_most - deleted);
    deleted += delete_old_rows(&store, &bo_sql_delete_old_bookings, before, at_most - deleted);
    deleted += delete_old_rows(&store, &bo_sql_delete_old_entries, before, at_most - deleted);
    deleted += delete_old_closures(&store, before, at_most - deleted);
    deleted += delete_old_rows(&store, &bo_sql_delete_old_waiters, before, at_most - deleted);
    if (bo_event_tables_exist())
        deleted += delete_old_rows(&store, &bo_sql_delete_old_events, before, at_most - deleted);
    bo_store_close(&store);

    PG_RETURN_INT64(deleted);
}
