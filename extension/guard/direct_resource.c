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
#include "common/hashfn.h"
#include "storage/bufmgr.h"
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

/* Finds the resource. Returns BO_DIRECT_INSERTED if its rules, if it has any, allow the slot. */
BoDirectInsert bo_direct_find_resource(BoDirect *direct, const BoSlotCall *call, TimestampTz now)
{
    TupleTableSlot *row = table_slot_create(direct->resource, NULL);
    ItemPointer place = direct_known_place(call);
    BoDirectInsert result = BO_DIRECT_UNKNOWN_RESOURCE;
    bool is_unknown, has_no_id;

    if (direct_is_at(direct, call, place, row) || direct_find_by_index(direct, call, row))
    {
        *place = row->tts_tid;
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
    ExecDropSingleTupleTableSlot(row);
    return result;
}
