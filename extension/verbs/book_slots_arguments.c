/*
 * book_slots_arguments.c
 *   What the caller of book_slots() may say, member by member.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "access/htup_details.h"
#include "executor/executor.h"
#include "utils/builtins.h"

#include "base/arguments.h"
#include "base/error.h"
#include "verbs/book_slots.h"

/* slot_request: resource, during, quantity, holder, idempotency_key, details */
static void slots_member_argument(Datum element, int member, const BoSlotCall *common, BoSlotCall *call)
{
    HeapTupleHeader row = DatumGetHeapTupleHeader(element);
    Datum value;
    bool is_null;

#define NAME_OF(attribute) psprintf("slots[%d]." attribute, member)
    *call = *common;
    call->member = member;
    value = GetAttributeByNum(row, 1, &is_null);
    call->resource = bo_arguments_checked_text(value, is_null, NAME_OF("resource"), "'room:1'");
    value = GetAttributeByNum(row, 2, &is_null);
    call->during = bo_arguments_checked_during(value, is_null, NAME_OF("during"));
    value = GetAttributeByNum(row, 3, &is_null);
    call->quantity = is_null ? 1 : bo_arguments_quantity(value, is_null, NAME_OF("quantity"));
    value = GetAttributeByNum(row, 4, &is_null);
    if (!is_null || common->holder == NULL)
        call->holder = bo_arguments_checked_text(value, is_null, NAME_OF("holder"), "'user:42'");
    value = GetAttributeByNum(row, 5, &is_null);
    if (!is_null)
        call->idempotency_key = bo_arguments_checked_text(value, false, NAME_OF("idempotency_key"), "'order:1001/1'");
    value = GetAttributeByNum(row, 6, &is_null);
    if (!is_null)
        call->details = DatumGetJsonbP(value);
#undef NAME_OF
}

/* book_slots(slots, holder, hold_for, all_or_nothing, details, idempotency_key, valid_until, tenant) */
void bo_book_slots_arguments(FunctionCallInfo fcinfo, BoSlotsCall *group)
{
    static const char *const example = "ARRAY[('room:1', '[2026-01-31 09:00+00, 2026-01-31 10:00+00)', 1, NULL, NULL, "
                                       "NULL)]::bookonce.slot_request[]";
    BoSlotCall common = {0};
    ArrayType *array;
    Datum *elements;
    bool *nulls;
    text *key;
    int64 hash = BO_HASH_GROUP;

    bo_arguments_writable("book_slots");
    if (PG_ARGISNULL(0))
        bo_error_null_argument("slots", example);
    array = PG_GETARG_ARRAYTYPE_P(0);
    deconstruct_array(array, ARR_ELEMTYPE(array), -1, false, TYPALIGN_DOUBLE, &elements, &nulls, &group->count);
    if (group->count == 0)
        bo_error_argument("slots", "must not be empty", example);
    if (group->count > BO_MAX_MEMBERS)
        bo_error_argument("slots", psprintf("must not have more than %d members", BO_MAX_MEMBERS), example);
    common.holder = bo_arguments_optional_text(fcinfo, 1, "holder", "'user:42'");
    common.hold_for = group->hold_for = bo_arguments_length(fcinfo, 2, "hold_for");
    if (PG_ARGISNULL(3))
        bo_error_null_argument("all_or_nothing", "true");
    group->all_or_nothing = PG_GETARG_BOOL(3);
    common.details = PG_ARGISNULL(4) ? NULL : PG_GETARG_JSONB_P(4);
    key = bo_arguments_optional_text(fcinfo, 5, "idempotency_key", "'order:1001'");
    if (key != NULL && !group->all_or_nothing)
        bo_error_argument("idempotency_key", "belongs to each slot when all_or_nothing is false",
                          "NULL, and a key of its own in each slot_request");
    group->valid_until = PG_ARGISNULL(6) ? DT_NOEND : PG_GETARG_TIMESTAMPTZ(6);
    common.tenant = group->tenant = bo_arguments_text(fcinfo, 7, "tenant", "'default'");
    common.valid_until = DT_NOEND; /* judged for the group as a whole */
    if (group->all_or_nothing)
        common.group_id = &group->group_id;

    group->calls = palloc0(sizeof(BoSlotCall) * group->count);
    for (int i = 0; i < group->count; i++)
    {
        BoSlotCall *call = &group->calls[i];

        if (nulls[i])
            bo_error_null_argument(psprintf("slots[%d]", i + 1), example);
        slots_member_argument(elements[i], i + 1, &common, call);
        if (call->idempotency_key != NULL && group->all_or_nothing)
            bo_error_argument(psprintf("slots[%d].idempotency_key", i + 1),
                              "belongs to the whole call when all_or_nothing is true",
                              "NULL, and idempotency_key => 'order:1001' in the call");
        hash = bo_arguments_hash(hash, call);
        call->request_hash = group->all_or_nothing ? 0 : bo_arguments_hash(BO_HASH_SLOT, call);
    }
    /* The first row carries the key of a call that is all or nothing, and the hash of all its members. A member that is
     * decided by itself has the hash of the book_slot() that it is: either may repeat the other. */
    if (group->all_or_nothing)
    {
        group->calls[0].idempotency_key = key;
        group->calls[0].request_hash = hash;
    }
}
