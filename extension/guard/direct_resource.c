/*
 * direct_resource.c
 *   Finds a resource by its name, without SQL.
 *
 * The same resources are asked for again and again, so this backend remembers where it last saw each. No invalidation
 * is needed: the row at that place is read with the statement's snapshot, and used only if it has the name. Names are
 * unique, so it is the row that the index would have found.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "guard/direct.h"

#include "access/tableam.h"
#include "access/xact.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#define PLACES 8192 /* a power of 2; two names that share a place push each other out */

static ItemPointerData known_places[PLACES];

static ItemPointer direct_known_place(const BoSlotCall *call)
{
    uint32 tenant = hash_bytes((const unsigned char *)VARDATA_ANY(call->tenant), VARSIZE_ANY_EXHDR(call->tenant));
    uint32 name = hash_bytes((const unsigned char *)VARDATA_ANY(call->resource), VARSIZE_ANY_EXHDR(call->resource));

    return &known_places[hash_combine(tenant, name) & (PLACES - 1)];
}

static bool direct_has_text(TupleTableSlot *row, AttrNumber column, const text *value)
{
    bool is_null;
    Datum found = slot_getattr(row, column, &is_null);

    return !is_null && bo_arguments_same_text(DatumGetTextPP(found), value);
}

/*
 * The table is locked, so no VACUUM takes blocks from its end meanwhile; but one may have done so before, and a block
 * that is not there cannot be read.
 */
static bool direct_is_at(const BoDirect *direct, const BoSlotCall *call, ItemPointer place, TupleTableSlot *row)
{
    return ItemPointerIsValid(place) &&
           ItemPointerGetBlockNumberNoCheck(place) < RelationGetNumberOfBlocks(direct->resource) &&
           table_tuple_fetch_row_version(direct->resource, place, GetActiveSnapshot(), row) &&
           direct_has_text(row, direct->tables->resource_name_column, call->resource) &&
           direct_has_text(row, direct->tables->resource_tenant, call->tenant);
}

static bool direct_find_by_index(BoDirect *direct, const BoSlotCall *call, TupleTableSlot *row)
{
    Relation index = index_open(direct->tables->resource_name, AccessShareLock);
    IndexScanDesc scan = bo_direct_begin_text_scan(direct->resource, index, call->tenant, call->resource);
    bool is_found = index_getnext_slot(scan, ForwardScanDirection, row);

    if (is_found)
        ExecMaterializeSlot(row);
    index_endscan(scan);
    index_close(index, NoLock);
    return is_found;
}

/* Finds the resource of the call, with the active snapshot. */
static bool direct_find_name(BoDirect *direct, const BoSlotCall *call)
{
    ItemPointer place = direct_known_place(call);

    if (!direct_is_at(direct, call, place, direct->found) && !direct_find_by_index(direct, call, direct->found))
        return false;
    *place = direct->found->tts_tid;
    return true;
}

/* Returns BO_DIRECT_INSERTED if the rules of the resource, if it has any, allow the slot. */
BoDirectInsert bo_direct_find_resource(BoDirect *direct, const BoSlotCall *call, TimestampTz now)
{
    TupleTableSlot *row = direct->found;
    BoDirectInsert result = BO_DIRECT_UNKNOWN_RESOURCE;
    bool is_unknown, has_no_id;

    if (direct_find_name(direct, call))
    {
        direct->resource_id = DatumGetInt64(slot_getattr(row, direct->tables->resource_id, &has_no_id));
        direct->is_plain = DatumGetBool(slot_getattr(row, direct->tables->resource_plain, &is_unknown));
        direct->capacity = direct->unit = 1;
        direct->unit_is_empty = false;
        direct->standing_count = 0;
        direct->blocks = call->during;
        direct->decide_by = direct->check_in_by = DT_NOEND;
        result = has_no_id || is_unknown                     ? BO_DIRECT_HAS_RULES
                 : direct->is_plain && call->of_kind == NULL ? BO_DIRECT_INSERTED
                                                             : bo_direct_judge(direct, call, row, now);
    }
    ExecClearTuple(row);
    return result;
}

/*
 * As bo_sql_find_kinds, for plain resources: sets their ids, and 0 for any other name. The resources are locked, and so
 * is the table.
 */
void bo_direct_find_plain(const text *tenant, text *const *names, int count, int64 *ids)
{
    BoSlotCall call = {.tenant = unconstify(text *, tenant)};
    BoDirect direct;
    MemoryContext of_row, caller;

    memset(ids, 0, sizeof(int64) * count);
    if (IsolationUsesXactSnapshot() || !bo_direct_open(&direct, true))
        return;
    of_row = AllocSetContextCreate(CurrentMemoryContext, "bookonce resources", ALLOCSET_SMALL_SIZES);
    caller = MemoryContextSwitchTo(of_row);
    bo_direct_begin_statement();
    for (int i = 0; i < count; i++)
    {
        bool is_unknown, has_no_id;

        CHECK_FOR_INTERRUPTS();
        call.resource = names[i];
        if (direct_find_name(&direct, &call) &&
            DatumGetBool(slot_getattr(direct.found, direct.tables->resource_plain, &is_unknown)) && !is_unknown)
            ids[i] = DatumGetInt64(slot_getattr(direct.found, direct.tables->resource_id, &has_no_id));
        ExecClearTuple(direct.found);
        MemoryContextReset(of_row);
    }
    bo_direct_end_statement();
    MemoryContextSwitchTo(caller);
    MemoryContextDelete(of_row);
    bo_direct_close(&direct);
}
