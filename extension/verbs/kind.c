/*
 * kind.c
 *   Kinds of booking: a haircut takes 30 minutes, and 10 to clean up.
 *
 * A rule of the kind replaces the resource's own; where the kind has no rule, the resource's applies. So a kind can
 * have more time between bookings than the resource asks for, or none. It is read under the shared lock of the kind,
 * which is taken before the locks of holders and resources and lasts until the end of the transaction; a call that
 * defines or deletes a kind holds that lock exclusively. A booking of no kind takes no such lock, and looks up nothing.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/kind.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "base/durable.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/lock.h"
#include "base/value.h"
#include "base/wait.h"
#include "guard/direct_insert.h"
#include "store/store_kind.h"
#include "verbs/book_slot.h"
#include "verbs/read.h"
#include "verbs/resource.h"

BO_VERB_THAT_WAITS(define_kind, 6);
BO_VERB_THAT_WAITS(delete_kind, 3);
PG_FUNCTION_INFO_V1(bookonce_list_kinds);

#define LENGTHS_EXAMPLE "ARRAY['30 minutes', '1 hour']::interval[]"

/* Reads the kind from the row of the last statement, bo_sql_find_kind. It outlives bo_store_close(). */
static const BoBookingKind *kind_read(BoStore *store, const text *kind)
{
    static const Oid types[BO_KIND_RULE_COUNT] = {INTERVALOID, INTERVALOID, INTERVALARRAYOID};
    NullableDatum says[BO_KIND_RULE_COUNT];
    const BoBookingKind *it;
    MemoryContext caller;

    StaticAssertStmt(BO_KIND_RULE_COUNT == (int)BO_FIND_KIND_COLUMNS, "the statement returns what the rules are");
    for (int i = 0; i < BO_KIND_RULE_COUNT; i++)
        says[i].value = bo_row_datum_or_null(bo_store_row(0), i + 1, types[i], &says[i].isnull);
    caller = MemoryContextSwitchTo(store->answer_context);
    it = bo_rules_read_kind(says, kind);
    MemoryContextSwitchTo(caller);
    return it;
}

/*
 * For a verb that learns only from the booking whether it has a kind. By then it has locked the booking, and would wait
 * for the table behind an ALTER TABLE; that may wait for another caller, which waits for the booking.
 */
void bo_kind_lock_table(void)
{
    bo_table_lock_to_read(BO_TABLES_KIND_NAMED);
}

/*
 * Locks the kind of a booking and reads its rules. Returns NULL for a booking of no kind, and for a kind that has been
 * deleted since: then the resource's own rules apply. Called before any resource is locked.
 */
const BoBookingKind *bo_kind_of(BoStore *store, const text *tenant, const text *kind)
{
    const BoBookingKind *it;

    if (kind == NULL)
        return NULL;
    bo_kind_lock_table();
    bo_lock_kind(tenant, kind, false);
    if (bo_direct_read_kind(tenant, kind, store->answer_context, &it))
        return it;
    if (bo_store_run_latest(store, &bo_sql_find_kind, bo_text(tenant), bo_text(kind)) == 0)
        return NULL;
    return kind_read(store, kind);
}

void bo_kind_refuse_unknown(BoStore *store, const text *tenant, const text *kind)
{
    text *known = NULL;

    if (bo_store_run(store, &bo_sql_find_any_kind, bo_text(tenant)) > 0)
        known = bo_row_text(bo_store_row(0), BO_FIND_ANY_KIND_NAME);
    bo_error_unknown_kind(kind, known);
}

/* The same for a caller that only reads: on the snapshot of its query, and under no lock. */
const BoBookingKind *bo_kind_look(BoStore *store, const text *tenant, const text *kind)
{
    if (kind == NULL)
        return NULL;
    bo_kind_lock_table();
    if (bo_store_run(store, &bo_sql_find_kind, bo_text(tenant), bo_text(kind)) == 0)
        bo_kind_refuse_unknown(store, tenant, kind);
    return kind_read(store, kind);
}

/*
 * Locks the kind that the call names, if it names one, and reads its rules. Returns false if the answer is a replay:
 * the kind was deleted since the call was first made. The call that deleted it has waited for any earlier try, so that
 * try's row is visible.
 */
bool bo_kind_enter(BoStore *store, BoSlotCall *call, BoBookingAnswer *answer)
{
    if (call->kind == NULL)
        return true;
    call->of_kind = bo_kind_of(store, call->tenant, call->kind);
    if (call->of_kind != NULL)
        return true;
    bo_slot_prepare(store, call, answer);
    if (!bo_slot_replay(store, call, answer, GetCurrentTimestamp()))
        bo_kind_refuse_unknown(store, call->tenant, call->kind);
    return false;
}

/* For two bookings that take each other's places, and with them each other's buffers. */
void bo_kind_require_same(const text *kind, const text *other)
{
    if (kind == NULL ? other != NULL : other == NULL || !bo_arguments_same_text(kind, other))
        bo_error_other_kind();
}

/*
 * Reads the lengths that a booking of the kind may have; NULL means any. Each is checked like any other length of a
 * rule.
 */
static ArrayType *kind_lengths_argument(FunctionCallInfo fcinfo, int n)
{
    ArrayType *array;
    Datum *lengths;
    bool *nulls;
    int count;

    if (PG_ARGISNULL(n))
        return NULL;
    array = PG_GETARG_ARRAYTYPE_P(n);
    if (ARR_NDIM(array) > 1)
        bo_error_argument("durations", "must be a list", LENGTHS_EXAMPLE);
    deconstruct_array(array, INTERVALOID, sizeof(Interval), false, TYPALIGN_DOUBLE, &lengths, &nulls, &count);
    if (count == 0)
        bo_error_argument("durations", "must not be empty; null is any length", LENGTHS_EXAMPLE);
    if (count > BO_MAX_KIND_LENGTHS)
        bo_error_argument("durations", psprintf("must not have more than %d elements", BO_MAX_KIND_LENGTHS),
                          LENGTHS_EXAMPLE);
    for (int i = 0; i < count; i++)
    {
        LOCAL_FCINFO(element, 1);

        if (nulls[i])
            bo_error_null_argument("an element of durations", "'30 minutes'");
        InitFunctionCallInfoData(*element, NULL, 1, InvalidOid, NULL, NULL);
        element->args[0].value = lengths[i];
        element->args[0].isnull = false;
        (void)bo_resource_length_argument(element, 0, "an element of durations", false);
    }
    return array;
}

/* define_kind(kind, buffer_before, buffer_after, durations, max_wait, tenant) */
static Datum define_kind_call(FunctionCallInfo fcinfo)
{
    text *kind, *tenant;
    BoParameter before, after, lengths;
    BoStore store;

    bo_arguments_writable("define_kind");
    kind = bo_arguments_text(fcinfo, 0, "kind", "'haircut'");
    before = bo_interval_or_null(bo_resource_length_argument(fcinfo, 1, "buffer_before", true));
    after = bo_interval_or_null(bo_resource_length_argument(fcinfo, 2, "buffer_after", true));
    lengths = bo_parameter_or_null(INTERVALARRAYOID, kind_lengths_argument(fcinfo, 3));
    tenant = bo_arguments_tenant(fcinfo);

    bo_store_open_for(&store, BO_TABLES_KIND);
    /*
     * An application may define its kinds at each start: if nothing changes, the call waits for nobody and writes
     * nothing.
     */
    if (bo_store_run_latest(&store, &bo_sql_find_same_kind, bo_text(tenant), bo_text(kind), before, after, lengths) ==
        0)
    {
        bo_lock_kind(tenant, kind, true);
        bo_store_run_latest(&store, &bo_sql_define_kind, bo_text(tenant), bo_text(kind), before, after, lengths);
    }
    bo_store_close(&store);
    bo_durable_rest_on(InvalidTransactionId);

    PG_RETURN_VOID();
}

/* delete_kind(kind, max_wait, tenant) */
static Datum delete_kind_call(FunctionCallInfo fcinfo)
{
    text *kind, *tenant;
    int64 bookings;
    BoStore store;

    bo_arguments_writable("delete_kind");
    kind = bo_arguments_text(fcinfo, 0, "kind", "'haircut'");
    tenant = bo_arguments_tenant(fcinfo);

    bo_store_open_for(&store, BO_TABLES_KIND);
    bo_lock_kind(tenant, kind, true);
    bo_store_run_latest(&store, &bo_sql_count_of_kind, bo_text(tenant), bo_text(kind),
                        bo_instant(GetCurrentTimestamp()));
    bookings = bo_row_int8(bo_store_row(0), BO_COUNT_OF_KIND_BOOKINGS);
    if (bookings > 0)
    {
        bo_store_close(&store);
        bo_error_kind_in_use(kind, bookings);
    }
    if (bo_store_run_latest(&store, &bo_sql_delete_kind, bo_text(tenant), bo_text(kind)) == 0)
        bo_kind_refuse_unknown(&store, tenant, kind);
    bo_store_close(&store);

    PG_RETURN_VOID();
}

/* list_kinds(at_most, after_kind, tenant) */
Datum bookonce_list_kinds(PG_FUNCTION_ARGS)
{
    int32 at_most = bo_read_at_most(fcinfo, 0);
    text *after = bo_arguments_optional_text(fcinfo, 1, "after_kind", "'haircut'");
    text *tenant = bo_arguments_tenant(fcinfo);
    BoStore store;

    bo_read_begin(fcinfo, &store);
    bo_read_answer(fcinfo, &store, "kind_row", bo_sql_read_kinds, bo_text(tenant),
                   bo_text(after == NULL ? cstring_to_text("") : after), bo_int4(at_most));
    return (Datum)0;
}
