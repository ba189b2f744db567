/*
 * needed_row.c
 *   The triggers that keep a resource or a request from being removed while rows need it.
 *
 * They do what a foreign key would do, but only when the referenced row changes, which is rare: a foreign key's trigger
 * on booking would run a query for each booking. Instead, a call that books holds the resource's lock, and a statement
 * that removes or renames the resource waits for that lock here, then looks at what has been committed. The statement
 * itself locks the row before that, so the verbs that change a resource's row also lock the row first, then the
 * resource. TRUNCATE has locked the whole table, which each call in progress has read: when its trigger runs, all of
 * those calls are over.
 *
 * One thing goes unseen: a row that somebody writes by hand at that moment. check_integrity() reports it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "commands/trigger.h"
#include "executor/spi.h"
#include "utils/rel.h"

#include "base/arguments.h"
#include "base/error.h"
#include "base/lock.h"
#include "store/catalog.h"
#include "store/store_needed.h"

PG_FUNCTION_INFO_V1(bookonce_keep_needed_resource);
PG_FUNCTION_INFO_V1(bookonce_keep_needed_request);

/*
 * Returns the trigger's data if the trigger is on a table of the owner of ours. On other tables it could take locks
 * that only a verb may take.
 */
static const TriggerData *needed_trigger(FunctionCallInfo fcinfo)
{
    const TriggerData *trigger = (const TriggerData *)fcinfo->context;

    if (!CALLED_AS_TRIGGER(fcinfo) || trigger->tg_relation->rd_rel->relowner != bo_catalog()->owner)
        bo_error_not_our_trigger();
    return trigger;
}

static int needed_column(BoRow row, const char *name)
{
    int column = SPI_fnumber(row.type, name);

    if (column <= 0)
        bo_error_lacks_column(name);
    return column;
}

/*
 * Returns true if the new row lacks a value that it must have: once nothing needs the old value, the table's own NOT
 * NULL refuses the row (23502).
 */
static bool needed_is_null(const TriggerData *trigger, const char *name)
{
    BoRow row = {.tuple = trigger->tg_newtuple, .type = RelationGetDescr(trigger->tg_relation)};

    return bo_row_is_null(row, needed_column(row, name));
}

/* A row of resource, old or new. */
typedef struct NeededResource
{
    text *tenant;
    text *resource;
    int64 resource_id;
} NeededResource;

static NeededResource needed_resource_of(const TriggerData *trigger, HeapTuple tuple)
{
    BoRow row = {.tuple = tuple, .type = RelationGetDescr(trigger->tg_relation)};

    return (NeededResource){.tenant = bo_row_text(row, needed_column(row, "tenant")),
                            .resource = bo_row_text(row, needed_column(row, "resource")),
                            .resource_id = bo_row_int8(row, needed_column(row, "resource_id"))};
}

static void needed_lock_resources(const NeededResource *before, const NeededResource *after)
{
    BoSlotLock locks[] = {bo_lock_slot_of(before->tenant, before->resource),
                          bo_lock_slot_of(after->tenant, after->resource)};

    locks[0].exclusive = locks[1].exclusive = true;
    bo_lock_slots(locks, 2);
}

/* Raises 23503 if something needs the resource as it was. Bookings, hours and closures refer to its id, offers to
 * its name. */
static void needed_check_resource(const NeededResource *before, bool id_goes, bool name_goes)
{
    BoStore store;
    BoRow row;
    const char *what = NULL;

    bo_store_open_for(&store, BO_TABLES_DISPATCH);
    bo_store_run_latest(&store, &bo_sql_find_needs_of_resource, bo_text(before->tenant), bo_text(before->resource),
                        bo_int8(before->resource_id));
    row = bo_store_row(0);
    if (id_goes && bo_row_bool(row, BO_NEEDS_OF_RESOURCE_BOOKINGS))
        what = "bookings";
    else if (id_goes && bo_row_bool(row, BO_NEEDS_OF_RESOURCE_HOURS))
        what = "opening hours";
    else if (id_goes && bo_row_bool(row, BO_NEEDS_OF_RESOURCE_CLOSURES))
        what = "closures";
    else if (id_goes && bo_row_bool(row, BO_NEEDS_OF_RESOURCE_WHOLES))
        what = "wholes";
    else if (name_goes && bo_row_bool(row, BO_NEEDS_OF_RESOURCE_OFFERS))
        what = "offers";
    bo_store_close(&store);
    if (what != NULL)
        bo_error_needed_resource(before->resource, what);
}

/* AFTER TRUNCATE: tables that were truncated together with this one are empty. */
static void needed_check_all(BoStatement *statement, const char *table)
{
    BoStore store;
    bool is_needed;

    bo_store_open_for(&store, BO_TABLES_DISPATCH);
    bo_store_run_latest(&store, statement);
    is_needed = bo_row_bool(bo_store_row(0), BO_NEEDS_OF_ALL_ANY);
    bo_store_close(&store);
    if (is_needed)
        bo_error_needed_table(table);
}

/* BEFORE DELETE or UPDATE of tenant, resource or resource_id FOR EACH ROW, and AFTER TRUNCATE, on resource */
Datum bookonce_keep_needed_resource(PG_FUNCTION_ARGS)
{
    const TriggerData *trigger = needed_trigger(fcinfo);
    NeededResource before, after;

    if (TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
    {
        needed_check_all(&bo_sql_find_needs_of_resources, "resource");
        return PointerGetDatum(NULL);
    }
    before = needed_resource_of(trigger, trigger->tg_trigtuple);
    if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
    {
        needed_lock_resources(&before, &before);
        needed_check_resource(&before, true, true);
        return PointerGetDatum(trigger->tg_trigtuple);
    }
    if (needed_is_null(trigger, "tenant") || needed_is_null(trigger, "resource") ||
        needed_is_null(trigger, "resource_id"))
    {
        needed_lock_resources(&before, &before);
        needed_check_resource(&before, true, true);
        return PointerGetDatum(trigger->tg_newtuple);
    }
    after = needed_resource_of(trigger, trigger->tg_newtuple);
    {
        bool tenant_goes = !bo_arguments_same_text(before.tenant, after.tenant);
        bool id_goes = tenant_goes || before.resource_id != after.resource_id;
        bool name_goes = tenant_goes || !bo_arguments_same_text(before.resource, after.resource);

        if (id_goes || name_goes)
        {
            needed_lock_resources(&before, &after);
            needed_check_resource(&before, id_goes, name_goes);
        }
    }
    return PointerGetDatum(trigger->tg_newtuple);
}

/* Raises 23503 if positions or offers need the request. */
static void needed_check_request(const text *tenant, const pg_uuid_t *request_id)
{
    BoStore store;
    BoRow row;
    const char *what = NULL;

    bo_store_open_for(&store, BO_TABLES_DISPATCH);
    bo_store_run_latest(&store, &bo_sql_find_needs_of_request, bo_text(tenant), bo_uuid(request_id));
    row = bo_store_row(0);
    if (bo_row_bool(row, BO_NEEDS_OF_REQUEST_OFFERS))
        what = "offers";
    else if (bo_row_bool(row, BO_NEEDS_OF_REQUEST_POSITIONS))
        what = "positions";
    bo_store_close(&store);
    if (what != NULL)
        bo_error_needed_request(request_id, what);
}

/* BEFORE DELETE or UPDATE of tenant or request_id FOR EACH ROW, and AFTER TRUNCATE, on request */
Datum bookonce_keep_needed_request(PG_FUNCTION_ARGS)
{
    const TriggerData *trigger = needed_trigger(fcinfo);
    TupleDesc type = RelationGetDescr(trigger->tg_relation);
    BoRow row = {.tuple = trigger->tg_trigtuple, .type = type};
    text *tenant;
    pg_uuid_t request_id;

    if (TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
    {
        needed_check_all(&bo_sql_find_needs_of_requests, "request");
        return PointerGetDatum(NULL);
    }
    tenant = bo_row_text(row, needed_column(row, "tenant"));
    request_id = bo_row_uuid(row, needed_column(row, "request_id"));
    if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) && !needed_is_null(trigger, "tenant") &&
        !needed_is_null(trigger, "request_id"))
    {
        BoRow after = {.tuple = trigger->tg_newtuple, .type = type};
        pg_uuid_t new_id = bo_row_uuid(after, needed_column(after, "request_id"));

        if (memcmp(&request_id, &new_id, sizeof(new_id)) == 0 &&
            bo_arguments_same_text(tenant, bo_row_text(after, needed_column(after, "tenant"))))
            return PointerGetDatum(trigger->tg_newtuple);
    }
    /* Checked before the lock: a verb may hold the lock and wait for the row, which we have locked. */
    needed_check_request(tenant, &request_id);
    bo_lock_request(tenant, &request_id);
    needed_check_request(tenant, &request_id);
    return PointerGetDatum(TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple);
}
