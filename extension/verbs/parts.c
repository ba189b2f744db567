/*
 * parts.c
 *   set_parts() and list_parts(): what is booked along with a resource.
 *
 * In a tenant, parts are changed by one call at a time: otherwise two calls could close a circle together, each not
 * seeing the other's half. The resource, all that take it along, and the parts are locked exclusively, in hash order: a
 * call that books one of them has read the old parts and committed, or reads the new ones. Parts do not change under
 * bookings.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/resource.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "base/arguments.h"
#include "base/error.h"
#include "base/error_parts.h"
#include "base/lock.h"
#include "base/round.h"
#include "base/wait.h"
#include "store/parameter_array.h"
#include "store/row_checked.h"
#include "store/store_holder.h"
#include "store/store_parts.h"
#include "store/store_policy.h"
#include "verbs/read.h"

BO_VERB_THAT_WAITS(set_parts, 5);
PG_FUNCTION_INFO_V1(bookonce_list_parts);

#define PARTS_EXAMPLE "ARRAY['room:1', 'room:2']"
#define QUANTITIES_EXAMPLE "ARRAY[1, 2]"

/* Parts of resources change one call at a time. No holder has this name by chance. */
#define PARTS_SCOPE "bookonce: the parts of resources"

typedef struct PartsCall
{
    BoStore *store;
    text *tenant;
    text *resource;
    int count;
    text **parts;
    int32 *quantities;
    int whole_count; /* the resource itself, and those that take it along */
    text **wholes;
} PartsCall;

static void parts_quantities_argument(FunctionCallInfo fcinfo, int n, PartsCall *call)
{
    ArrayType *array;

    call->quantities = palloc(sizeof(int32) * Max(call->count, 1));
    for (int i = 0; i < call->count; i++)
        call->quantities[i] = 1;
    if (PG_ARGISNULL(n))
        return;
    array = PG_GETARG_ARRAYTYPE_P(n);
    if (ARR_NDIM(array) > 1 || array_contains_nulls(array) ||
        ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)) != call->count)
        bo_error_argument("quantities", "must have a number for each of parts", QUANTITIES_EXAMPLE);
    memcpy(call->quantities, ARR_DATA_PTR(array), sizeof(int32) * call->count);
    for (int i = 0; i < call->count; i++)
        if (call->quantities[i] < 1 || call->quantities[i] > BO_MAX_CAPACITY)
            bo_error_argument("quantities", psprintf("must be from 1 to %d", BO_MAX_CAPACITY), QUANTITIES_EXAMPLE);
}

static void parts_arguments(FunctionCallInfo fcinfo, PartsCall *call)
{
    ArrayType *array;
    Datum *elements;

    bo_arguments_writable("set_parts");
    call->resource = bo_arguments_text(fcinfo, 0, "resource", "'hall'");
    if (PG_ARGISNULL(1))
        bo_error_null_argument("parts", PARTS_EXAMPLE);
    array = PG_GETARG_ARRAYTYPE_P(1);
    if (ARR_NDIM(array) > 0) /* an empty list takes the parts away */
        array = bo_arguments_texts(fcinfo, 1, "parts", PARTS_EXAMPLE, BO_MAX_PARTS);
    deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements, NULL, &call->count);
    call->parts = palloc(sizeof(text *) * Max(call->count, 1));
    for (int i = 0; i < call->count; i++)
    {
        call->parts[i] = DatumGetTextPP(elements[i]);
        if (bo_arguments_same_text(call->parts[i], call->resource))
            bo_error_parts_circle(call->resource);
        for (int k = 0; k < i; k++)
            if (bo_arguments_same_text(call->parts[k], call->parts[i]))
                bo_error_argument("parts", "must not name a resource twice", "its quantity instead");
    }
    parts_quantities_argument(fcinfo, 2, call);
    call->tenant = bo_arguments_tenant(fcinfo);
}

/* Finds the resource and those that take it along. With refuses, an error if one of them is booked or waited for. */
static void parts_find_wholes(PartsCall *call, bool refuses)
{
    call->whole_count = (int)bo_store_run_latest(call->store, &bo_sql_find_wholes, bo_text(call->tenant),
                                                 bo_text(call->resource), bo_instant(GetCurrentTimestamp()));
    call->wholes = palloc(sizeof(text *) * Max(call->whole_count, 1));
    for (int i = 0; i < call->whole_count; i++)
    {
        BoRow row = bo_store_row(i);

        call->wholes[i] = bo_row_text(row, BO_FIND_WHOLES_RESOURCE);
        if (refuses && bo_row_bool(row, BO_FIND_WHOLES_IS_BOOKED))
            bo_error_parts_in_use(call->wholes[i], false);
        if (refuses && bo_row_bool(row, BO_FIND_WHOLES_HAS_WAITERS))
            bo_error_parts_in_use(call->wholes[i], true);
    }
}

/* The locks of the resource, of those that take it along, and of its parts. Returns how many there are. */
static int parts_locks(const PartsCall *call, BoSlotLock **locks)
{
    int count = call->whole_count + call->count + 1;

    *locks = palloc(sizeof(BoSlotLock) * count);
    for (int i = 0; i < call->whole_count; i++)
        (*locks)[i] = bo_lock_slot_of(call->tenant, call->wholes[i]);
    for (int i = 0; i < call->count; i++)
        (*locks)[call->whole_count + i] = bo_lock_slot_of(call->tenant, call->parts[i]);
    (*locks)[count - 1] = bo_lock_slot_of(call->tenant, call->resource);
    for (int i = 0; i < count; i++)
        (*locks)[i].exclusive = true;
    return count;
}

/*
 * Takes these locks. A resource that takes this one along may be renamed meanwhile: then they are searched for and
 * locked once more.
 */
static void parts_lock(PartsCall *call)
{
    text *scope = cstring_to_text(PARTS_SCOPE);

    bo_lock_holders(call->tenant, &scope, 1);
    bo_store_run_latest(call->store, &bo_sql_lock_resource_row, bo_text(call->tenant), bo_text(call->resource));
    parts_find_wholes(call, false);
    for (int round = 0;; bo_round_next(&round))
    {
        BoSlotLock *locks;
        int count = parts_locks(call, &locks);
        PartsCall before = *call;
        bool same;

        bo_lock_slots(locks, count);
        parts_find_wholes(call, false);
        same = call->whole_count == before.whole_count;
        for (int i = 0; i < call->whole_count && same; i++)
            same = bo_arguments_same_text(call->wholes[i], before.wholes[i]);
        if (same)
            return;
        bo_lock_release_slots(locks, count);
    }
}

/* Returns true if the resource has these parts already. */
static bool parts_are_set(const PartsCall *call, BoRow row, const int64 *ids)
{
    ArrayType *own = bo_row_array_or_null(row, BO_FIND_OWN_PARTS_IDS, INT8ARRAYOID);
    ArrayType *quantities = bo_row_array_or_null(row, BO_FIND_OWN_PARTS_QUANTITIES, INT4ARRAYOID);

    if (own == NULL || quantities == NULL)
        return call->count == 0 && own == NULL;
    return ArrayGetNItems(ARR_NDIM(own), ARR_DIMS(own)) == call->count &&
           ArrayGetNItems(ARR_NDIM(quantities), ARR_DIMS(quantities)) == call->count &&
           memcmp(ARR_DATA_PTR(own), ids, sizeof(int64) * call->count) == 0 &&
           memcmp(ARR_DATA_PTR(quantities), call->quantities, sizeof(int32) * call->count) == 0;
}

/* The ids of the parts; OB002 if one of them, or the resource, does not exist. */
static int64 *parts_ids(const PartsCall *call)
{
    int64 *ids = palloc(sizeof(int64) * Max(call->count, 1));

    for (int i = 0; i < call->count; i++)
    {
        if (bo_store_run_latest(call->store, &bo_sql_find_resource, bo_text(call->tenant), bo_text(call->parts[i])) ==
            0)
            bo_error_unknown_resource(call->parts[i]);
        ids[i] = bo_row_int8(bo_store_row(0), BO_FIND_RESOURCE_RESOURCE_ID);
    }
    return ids;
}

static BoParameter parts_ids_parameter(const int64 *ids, int count)
{
    BoArrayMaker maker = bo_array_maker(INT8OID, count);

    for (int i = 0; i < count; i++)
        bo_array_append(&maker, bo_int8(ids[i]));
    return bo_array_made(&maker);
}

/* Checks all parts that a whole now has. The resource itself is checked first, because a circle has no end. */
static void parts_check(const PartsCall *call, text *whole)
{
    uint64 found = bo_store_run_latest(call->store, &bo_sql_find_parts, bo_text(call->tenant), bo_text(whole));

    for (uint64 i = 0; i < found; i++)
        if (bo_arguments_same_text(bo_row_text(bo_store_row(i), BO_FIND_PARTS_RESOURCE), call->resource) &&
            bo_arguments_same_text(whole, call->resource))
            bo_error_parts_circle(call->resource);
    for (uint64 i = 0; i < found; i++)
    {
        BoRow row = bo_store_row(i);
        int32 quantity = bo_row_quantity(row, BO_FIND_PARTS_QUANTITY);
        int32 capacity = bo_row_int4(row, BO_FIND_PARTS_CAPACITY);

        if (bo_row_int4(row, BO_FIND_PARTS_WAYS) > BO_MAX_PARTS)
            bo_error_parts_many(whole);
        if (bo_row_int4(row, BO_FIND_PARTS_DEPTH) > BO_MAX_PART_DEPTH)
            bo_error_parts_depth(whole);
        if (quantity > capacity)
            bo_error_parts_capacity(whole, bo_row_text(row, BO_FIND_PARTS_RESOURCE), quantity, capacity);
    }
}

/* set_parts(resource, parts, quantities, max_wait, tenant) */
static Datum set_parts_call(FunctionCallInfo fcinfo)
{
    PartsCall call = {0};
    BoStore store;
    int64 *ids;

    parts_arguments(fcinfo, &call);
    call.store = &store;

    bo_store_open(&store);
    parts_lock(&call);
    ids = parts_ids(&call);
    if (bo_store_run_latest(&store, &bo_sql_find_own_parts, bo_text(call.tenant), bo_text(call.resource)) == 0)
        bo_error_unknown_resource(call.resource);
    if (!parts_are_set(&call, bo_store_row(0), ids))
    {
        parts_find_wholes(&call, true);
        bo_store_run_latest(&store, &bo_sql_set_parts, bo_text(call.tenant), bo_text(call.resource),
                            bo_nullable(parts_ids_parameter(ids, call.count), call.count == 0),
                            bo_nullable(bo_int4s(call.quantities, call.count), call.count == 0));
        parts_check(&call, call.resource);
        for (int i = 0; i < call.whole_count; i++)
            parts_check(&call, call.wholes[i]);
    }
    bo_store_close(&store);

    PG_RETURN_VOID();
}

/* list_parts(resource, tenant) */
Datum bookonce_list_parts(PG_FUNCTION_ARGS)
{
    text *resource = bo_arguments_text(fcinfo, 0, "resource", "'hall'");
    text *tenant = bo_arguments_tenant(fcinfo);
    BoStore store;

    bo_read_begin(fcinfo, &store);
    if (bo_store_run(&store, &bo_sql_find_resource, bo_text(tenant), bo_text(resource)) == 0)
        bo_error_unknown_resource(resource);
    bo_read_answer(fcinfo, &store, "part", bo_sql_read_parts, bo_text(tenant), bo_text(resource));
    return (Datum)0;
}
