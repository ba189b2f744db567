/*
 * book_slots_arguments.c
 *   What the caller of book_slots() may say, member by member.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "base/arguments.h"
#include "base/error.h"
#include "base/row_type.h"
#include "base/wait.h"
#include "verbs/book_slots.h"

static const BoAttribute slot_attributes[] = {{"resource", TEXTOID},        {"during", TSTZRANGEOID},
                                              {"quantity", INT4OID},        {"holder", TEXTOID},
                                              {"idempotency_key", TEXTOID}, {"details", JSONBOID}};
static BoRowType slot_request = {"slot_request", lengthof(slot_attributes), slot_attributes};

#define SLOTS_EXAMPLE \
    "ARRAY[('room:1', '[2026-01-31 09:00+00, 2026-01-31 10:00+00)', 1, NULL, NULL, NULL)]::bookonce.slot_request[]"

/* The name of an attribute of a member, as errors say it. psprintf() for each took a fiftieth of the call. */
typedef struct MemberName
{
    char text[64];
    int size; /* of "slots[1]." */
} MemberName;

static MemberName slots_member_name(int member)
{
    MemberName name = {"slots["};
    int digits = pg_ltoa(member, name.text + strlen("slots["));

    name.size = (int)strlen("slots[") + digits + (int)strlen("].");
    memcpy(name.text + name.size - strlen("]."), "].", strlen("]."));
    return name;
}

static const char *slots_name_of(MemberName *name, const char *attribute)
{
    strlcpy(name->text + name->size, attribute, sizeof(name->text) - name->size);
    return name->text;
}

/* slot_request: resource, during, quantity, holder, idempotency_key, details */
static void slots_member_argument(TupleDesc type, Datum element, int member, const BoSlotCall *common, BoSlotCall *call)
{
    Datum values[lengthof(slot_attributes)];
    bool nulls[lengthof(slot_attributes)];
    MemberName name = slots_member_name(member);

#define NAME_OF(attribute) slots_name_of(&name, attribute)
    bo_row_type_deform(&slot_request, type, DatumGetHeapTupleHeader(element), values, nulls);
    *call = *common;
    call->member = member;
    call->resource = bo_arguments_checked_text(values[0], nulls[0], NAME_OF("resource"), "'room:1'");
    call->during = bo_arguments_checked_during(values[1], nulls[1], NAME_OF("during"));
    call->quantity = nulls[2] ? 1 : bo_arguments_quantity(values[2], nulls[2], NAME_OF("quantity"));
    if (!nulls[3] || common->holder == NULL)
        call->holder = bo_arguments_checked_text(values[3], nulls[3], NAME_OF("holder"), "'user:42'");
    if (!nulls[4])
        call->idempotency_key =
            bo_arguments_checked_text(values[4], false, NAME_OF("idempotency_key"), "'order:1001/1'");
    if (!nulls[5])
        call->details = DatumGetJsonbP(values[5]);
#undef NAME_OF
}

/* Reads the members, each with its hash if it is decided by itself. Returns the hash of them all. */
static int64 slots_members_argument(BoSlotsCall *group, TupleDesc type, const Datum *elements, const bool *nulls,
                                    const BoSlotCall *common)
{
    int64 hash = BO_HASH_GROUP;

    group->calls = palloc0(sizeof(BoSlotCall) * group->count);
    for (int i = 0; i < group->count; i++)
    {
        BoSlotCall *call = &group->calls[i];

        if (nulls[i])
            bo_error_null_argument(psprintf("slots[%d]", i + 1), SLOTS_EXAMPLE);
        slots_member_argument(type, elements[i], i + 1, common, call);
        if (call->idempotency_key != NULL && group->all_or_nothing)
            bo_error_argument(psprintf("slots[%d].idempotency_key", i + 1),
                              "belongs to the whole call when all_or_nothing is true",
                              "NULL, and idempotency_key => 'order:1001' in the call");
        hash = bo_arguments_hash(hash, call);
        call->request_hash = group->all_or_nothing ? 0 : bo_arguments_hash(BO_HASH_SLOT, call);
    }
    return hash;
}

/* book_slots(slots, holder, hold_for, all_or_nothing, details, idempotency_key, valid_until, kind, max_wait, tenant) */
void bo_book_slots_arguments(FunctionCallInfo fcinfo, BoSlotsCall *group)
{
    BoSlotCall common = {0};
    ArrayType *array;
    TupleDesc type;
    Datum *elements;
    bool *nulls;
    text *key;
    int64 hash;

    bo_arguments_writable("book_slots");
    if (PG_ARGISNULL(0))
        bo_error_null_argument("slots", SLOTS_EXAMPLE);
    array = PG_GETARG_ARRAYTYPE_P(0);
    type = bo_row_type_open(&slot_request, ARR_ELEMTYPE(array));
    deconstruct_array(array, ARR_ELEMTYPE(array), -1, false, TYPALIGN_DOUBLE, &elements, &nulls, &group->count);
    if (group->count == 0)
        bo_error_argument("slots", "must not be empty", SLOTS_EXAMPLE);
    if (group->count > BO_MAX_MEMBERS)
        bo_error_argument("slots", psprintf("must not have more than %d members", BO_MAX_MEMBERS), SLOTS_EXAMPLE);
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
    common.kind = bo_arguments_kind(fcinfo, 7, 10);
    common.tenant = group->tenant = bo_arguments_tenant(fcinfo);
    common.valid_until = DT_NOEND; /* judged for the group as a whole */
    if (group->all_or_nothing)
        common.group_id = &group->group_id;
    common.takes_parts = true;

    hash = slots_members_argument(group, type, elements, nulls, &common);
    ReleaseTupleDesc(type);
    /*
     * The first row carries the key of a call that is all or nothing, and the hash of all its members. A member that is
     * decided by itself has the hash of the equivalent book_slot() call, so either can be a repetition of the other.
     */
    if (group->all_or_nothing)
    {
        group->calls[0].idempotency_key = key;
        group->calls[0].request_hash = hash;
    }
}
