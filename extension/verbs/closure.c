/*
 * closure.c
 *   close_resource(), reopen_resource() and list_closures().
 *
 * Bookings that exist already stay, and the answer names them; nothing new gets in. A call locks the rows of its
 * resources, then the resources exclusively, like every verb that changes a rule (resource.c): a call that books has
 * committed before, and its booking is named, or it finds the closure.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/closure.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/tuplestore.h"

#include "base/arguments.h"
#include "base/durable.h"
#include "base/error.h"
#include "base/identifier.h"
#include "base/row_type.h"
#include "base/value.h"
#include "base/wait.h"
#include "store/store_closure.h"
#include "store/store_holder.h"
#include "store/store_read.h"
#include "verbs/capacity.h"
#include "verbs/closed_time.h"
#include "verbs/line.h"
#include "verbs/read.h"
#include "verbs/slot_resources.h"

BO_VERB_THAT_WAITS(close_resource, 7);
BO_VERB_THAT_WAITS(reopen_resource, 3);
PG_FUNCTION_INFO_V1(bookonce_list_closures);

#define RESOURCES_EXAMPLE "ARRAY['room:1', 'room:2']"

/* One closure, and the bookings in its way. */
typedef struct Closed
{
    pg_uuid_t closure_id;
    bool stands; /* false: a repeated call's closure was reopened meanwhile */
    MultirangeType *busy;
    ArrayType *booking_ids;
} Closed;

static const BoAttribute closure_attributes[] = {
    {"closure_id", UUIDOID}, {"replayed", BOOLOID},       {"resource", TEXTOID},        {"during", TSTZRANGEOID},
    {"units", INT4OID},      {"busy", TSTZMULTIRANGEOID}, {"booking_ids", UUIDARRAYOID}};
static BoRowType closure_answer = {"closure_answer", lengthof(closure_attributes), closure_attributes};

/* Reads [start, end), checked like the time of a booking, or [start,), which closes for good. */
static RangeType *closure_during_argument(FunctionCallInfo fcinfo, int n)
{
    TypeCacheEntry *type = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);
    RangeType *during;
    RangeBound lower, upper;
    bool is_empty;

    if (PG_ARGISNULL(n))
        bo_error_null_argument("during", BO_DURING_EXAMPLE);
    during = PG_GETARG_RANGE_P(n);
    range_deserialize(type, during, &lower, &upper, &is_empty);
    if (is_empty || !upper.infinite || lower.infinite || TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(lower.val)))
    {
        (void)bo_arguments_checked_during(RangeTypePGetDatum(during), false, "during");
        if (DatumGetTimestampTz(upper.val) <= GetCurrentTimestamp())
            bo_error_argument("during", "must end in the future", "tstzrange(now(), now() + interval '2 weeks')");
        return during;
    }
    upper = (RangeBound){.val = TimestampTzGetDatum(DatumGetTimestampTz(lower.val) + 1)};
    (void)bo_arguments_checked_during(RangeTypePGetDatum(bo_value_range(type, &lower, &upper)), false, "during");
    return during;
}

/* The resources of the call, each once. */
static void closure_resources_argument(FunctionCallInfo fcinfo, int n, BoClosureCall *call)
{
    ArrayType *names = bo_arguments_texts(fcinfo, n, "resources", RESOURCES_EXAMPLE, BO_MAX_RESOURCES);
    Datum *elements;

    deconstruct_array(names, TEXTOID, -1, false, TYPALIGN_INT, &elements, NULL, &call->count);
    call->resources = palloc(sizeof(text *) * call->count);
    for (int i = 0; i < call->count; i++)
    {
        call->resources[i] = DatumGetTextPP(elements[i]);
        for (int k = 0; k < i; k++)
            if (bo_arguments_same_text(call->resources[k], call->resources[i]))
                bo_error_argument("resources", "must not name a resource twice", RESOURCES_EXAMPLE);
    }
}

/* The hash of all that a repeated call must say again. */
static int64 closure_hash(const BoClosureCall *call)
{
    int64 hash = BO_HASH_CLOSURE;
    unsigned char has_reason = call->reason != NULL;

    for (int i = 0; i < call->count; i++)
        hash = bo_arguments_hash_varlena(hash, call->resources[i]);
    hash = bo_arguments_hash_varlena(hash, call->during);
    hash = bo_arguments_hash_bytes(hash, &call->units, sizeof(call->units));
    hash = bo_arguments_hash_bytes(hash, &has_reason, 1);
    return call->reason == NULL ? hash : bo_arguments_hash_varlena(hash, call->reason);
}

/* Locks the rows of the resources, then the resources; OB002 if one does not exist. */
static BoResources closure_lock(BoStore *store, const text *tenant, text **names, int count)
{
    BoResources resources = bo_slot_resources(tenant, count);

    for (int i = 0; i < count; i++)
    {
        bo_slot_name(&resources, i, names[i]);
        resources.locks[i].exclusive = true;
    }
    bo_store_run_latest(store, &bo_sql_lock_resource_rows, bo_text(tenant), bo_texts(names, count));
    bo_slot_lock_all(store, &resources, BO_KIND_PLAIN);
    return resources;
}

/* Returns true, with the closure, if the resource is already retired by that time. */
static bool closure_is_retired(BoStore *store, const BoClosureCall *call, Closed *closed)
{
    if (bo_store_run_latest(store, &bo_sql_find_retired, bo_text(call->tenant), bo_text(call->resources[0]),
                            bo_range(call->during)) == 0)
        return false;
    closed[0].closure_id = bo_row_uuid(bo_store_row(0), BO_FIND_RETIRED_CLOSURE_ID);
    closed[0].stands = true;
    return true;
}

/*
 * Returns true for a repeated call, with those of its closures that still stand. OB001 if the key was used for another
 * call.
 */
static bool closure_replay(BoStore *store, const BoClosureCall *call, Closed *closed)
{
    uint64 found;

    if (call->retires)
        return closure_is_retired(store, call, closed);
    if (call->idempotency_key == NULL)
        return false;
    found = bo_store_run_latest(store, &bo_sql_find_closed_key, bo_text(call->tenant), bo_text(call->idempotency_key));
    for (uint64 n = 0; n < found; n++)
    {
        BoRow row = bo_store_row(n);
        text *name = bo_row_text(row, BO_FIND_CLOSED_KEY_RESOURCE);

        if (bo_row_int8(row, BO_FIND_CLOSED_KEY_REQUEST_HASH) != closure_hash(call))
            bo_error_key_reused(call->idempotency_key);
        for (int i = 0; i < call->count; i++)
            if (bo_arguments_same_text(name, call->resources[i]))
            {
                closed[i].closure_id = bo_row_uuid(row, BO_FIND_CLOSED_KEY_CLOSURE_ID);
                closed[i].stands = true;
            }
    }
    return found > 0;
}

static void closure_insert(BoStore *store, const BoClosureCall *call, const BoResources *resources, Closed *closed)
{
    TimestampTz now = GetCurrentTimestamp();
    BoArrayMaker ids = bo_array_maker(UUIDOID, call->count);
    BoArrayMaker resource_ids = bo_array_maker(INT8OID, call->count);

    for (int i = 0; i < call->count; i++)
    {
        if (call->units > resources->capacities[i])
            bo_error_units_above_capacity(call->resources[i], resources->capacities[i]);
        bo_identifier_new(&closed[i].closure_id, now);
        closed[i].stands = true;
        bo_array_append(&ids, bo_uuid(&closed[i].closure_id));
        bo_array_append(&resource_ids, bo_int8(resources->ids[i]));
    }
    bo_store_run(store, &bo_sql_insert_closures, bo_text(call->tenant), bo_array_made(&ids),
                 bo_array_made(&resource_ids), bo_range(call->during),
                 bo_nullable(bo_int4(call->units), call->units == 0), bo_text_or_null(call->reason),
                 bo_text_or_null(call->idempotency_key), bo_int8(closure_hash(call)), bo_instant(now));
    bo_store_run_latest(store, &bo_sql_mark_closed, bo_text(call->tenant), bo_texts(call->resources, call->count));
}

/* The part of a closure that is still to come; NULL if it is over. */
static RangeType *closure_to_come(RangeType *during, TimestampTz now)
{
    TypeCacheEntry *type = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);
    RangeBound lower, upper;
    bool is_empty;

    range_deserialize(type, during, &lower, &upper, &is_empty);
    lower.val = TimestampTzGetDatum(Max(DatumGetTimestampTz(lower.val), now));
    if (!upper.infinite && DatumGetTimestampTz(upper.val) <= DatumGetTimestampTz(lower.val))
        return NULL; /* a repeated call whose closure is over */
    return bo_value_range(type, &lower, &upper);
}

/* Finds what is booked during the closure: when, and by which bookings. */
static void closure_find_in_the_way(BoStore *store, const BoClosureCall *call, int64 resource_id, int32 capacity,
                                    Closed *closed)
{
    TimestampTz now = GetCurrentTimestamp();
    BoPlace place = {.resource_id = resource_id, .capacity = capacity, .blocks = closure_to_come(call->during, now)};
    MultirangeType *whole;
    ArrayType *ids;

    if (place.blocks == NULL)
        return;
    bo_closed_time_read(store, &place, NULL, now);
    whole = bo_closed_time_whole(&place, place.blocks);
    closed->busy = bo_capacity_overfull(store, &place, now);
    bo_store_run_latest(store, &bo_sql_find_in_the_way, bo_int8(resource_id), bo_range(place.blocks),
                        bo_parameter_or_null(TSTZMULTIRANGEOID, closed->busy),
                        bo_parameter_or_null(TSTZMULTIRANGEOID, whole), bo_instant(now));
    ids = bo_row_array_or_null(bo_store_row(0), BO_FIND_IN_THE_WAY_BOOKING_IDS, UUIDARRAYOID);
    closed->busy = closed->busy == NULL ? NULL : bo_store_keep(store, closed->busy);
    closed->booking_ids = ids == NULL ? NULL : bo_store_keep(store, ids);
}

static void closure_answer_rows(FunctionCallInfo fcinfo, const BoClosureCall *call, const Closed *closed, bool replayed)
{
    ReturnSetInfo *result = (ReturnSetInfo *)fcinfo->resultinfo;

    InitMaterializedSRF(fcinfo, 0);
    bo_row_type_check(&closure_answer, result->setDesc);
    for (int i = 0; i < call->count; i++)
    {
        Datum values[] = {
            UUIDPGetDatum(&closed[i].closure_id),
            BoolGetDatum(replayed),
            PointerGetDatum(call->resources[i]),
            RangeTypePGetDatum(call->during),
            Int32GetDatum(call->units),
            PointerGetDatum(closed[i].busy),
            PointerGetDatum(closed[i].booking_ids != NULL ? closed[i].booking_ids : construct_empty_array(UUIDOID))};
        bool nulls[lengthof(closure_attributes)] = {[4] = call->units == 0, [5] = closed[i].busy == NULL};

        StaticAssertStmt(lengthof(values) == lengthof(closure_attributes), "a value for each attribute");
        if (closed[i].stands)
            tuplestore_puttuple(result->setResult, bo_row_type_form(&closure_answer, result->setDesc, values, nulls));
    }
}

/* Closes the resources, and answers with a row for each. */
Datum bo_closure_close(FunctionCallInfo fcinfo, BoClosureCall *call)
{
    Closed *closed = palloc0(sizeof(Closed) * call->count);
    BoResources resources;
    BoStore store;
    bool replayed;

    bo_store_open(&store);
    resources = closure_lock(&store, call->tenant, call->resources, call->count);
    replayed = closure_replay(&store, call, closed);
    if (!replayed)
        closure_insert(&store, call, &resources, closed);
    for (int i = 0; i < call->count; i++)
    {
        CHECK_FOR_INTERRUPTS();
        bo_store_begin_part(&store);
        if (closed[i].stands)
            closure_find_in_the_way(&store, call, resources.ids[i], resources.capacities[i], &closed[i]);
        bo_store_end_part(&store);
    }
    bo_store_close(&store);
    if (replayed)
        bo_durable_rest_on(InvalidTransactionId);

    closure_answer_rows(fcinfo, call, closed, replayed);
    return (Datum)0;
}

/* close_resource(resources, during, units, reason, idempotency_key, max_wait, tenant) */
static Datum close_resource_call(FunctionCallInfo fcinfo)
{
    BoClosureCall call = {0};

    bo_arguments_writable("close_resource");
    closure_resources_argument(fcinfo, 0, &call);
    call.during = closure_during_argument(fcinfo, 1);
    call.units = PG_ARGISNULL(2) ? 0 : bo_arguments_quantity(PG_GETARG_DATUM(2), false, "units");
    call.reason = bo_arguments_reason(fcinfo, 3);
    call.idempotency_key = bo_arguments_optional_text(fcinfo, 4, "idempotency_key", "'holiday:2030'");
    call.tenant = bo_arguments_tenant(fcinfo);
    return bo_closure_close(fcinfo, &call);
}

/* reopen_resource(closure_ids, max_wait, tenant): returns how many of the closures stood */
static Datum reopen_resource_call(FunctionCallInfo fcinfo)
{
    static const char *const example = "ARRAY['01932c07-3f1e-7b6a-8d52-0f4e6a1c9b3d']::uuid[]";
    ArrayType *ids;
    text *tenant, **names;
    int count;
    uint64 reopened = 0;
    BoStore store;

    bo_arguments_writable("reopen_resource");
    if (PG_ARGISNULL(0))
        bo_error_null_argument("closure_ids", example);
    ids = PG_GETARG_ARRAYTYPE_P(0);
    count = ArrayGetNItems(ARR_NDIM(ids), ARR_DIMS(ids));
    if (count == 0 || array_contains_nulls(ids))
        bo_error_argument("closure_ids", "must be a list of ids without nulls", example);
    if (count > BO_MAX_RESOURCES)
        bo_error_argument("closure_ids", psprintf("must not have more than %d elements", BO_MAX_RESOURCES), example);
    tenant = bo_arguments_tenant(fcinfo);

    bo_store_open(&store);
    count =
        (int)bo_store_run_latest(&store, &bo_sql_lock_closed_resources, bo_text(tenant), bo_array(UUIDARRAYOID, ids));
    names = palloc(sizeof(text *) * Max(count, 1));
    for (int i = 0; i < count; i++)
        names[i] = bo_row_text(bo_store_row(i), BO_LOCK_CLOSED_RESOURCES_RESOURCE);
    if (count > 0)
    {
        (void)closure_lock(&store, tenant, names, count);
        reopened = bo_store_run_latest(&store, &bo_sql_delete_closures, bo_text(tenant), bo_array(UUIDARRAYOID, ids));
        bo_store_run_latest(&store, &bo_sql_unmark_closed, bo_text(tenant), bo_texts(names, count));
        bo_line_serve_all(&store, tenant, names, count);
    }
    bo_store_close(&store);
    bo_durable_rest_on(InvalidTransactionId);

    PG_RETURN_INT32((int32)reopened);
}

/* list_closures(within, resources, at_most, after_start, after_id, tenant) */
Datum bookonce_list_closures(PG_FUNCTION_ARGS)
{
    text *tenant = bo_arguments_tenant(fcinfo);
    ArrayType *names =
        PG_ARGISNULL(1) ? NULL : bo_arguments_texts(fcinfo, 1, "resources", RESOURCES_EXAMPLE, BO_MAX_RESOURCES);
    BoPage page;
    BoStore store;

    bo_read_page(fcinfo, 0, 2, false, &page);
    bo_read_begin(fcinfo, &store);
    if (names != NULL && bo_store_run(&store, &bo_sql_read_missing, bo_text(tenant), bo_array(TEXTARRAYOID, names)) > 0)
        bo_error_unknown_resource(bo_row_text(bo_store_row(0), BO_READ_MISSING_RESOURCE));
    bo_read_answer(fcinfo, &store, "closure_row", bo_sql_read_closures, bo_text(tenant),
                   bo_range(bo_read_range(page.from, page.until)), bo_parameter_or_null(TEXTARRAYOID, names),
                   bo_instant(page.after_start), bo_uuid(&page.after_id), bo_int4(page.at_most),
                   bo_instant(GetCurrentTimestamp()));
    return (Datum)0;
}
