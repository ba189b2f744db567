/*
 * slot_key_check.c
 *   check_slot_index(): compares the index behind booking_no_overlap with the table, row by row.
 *
 * Boxes on the index's inner pages are intervals. So if a probe for the first instant of a row's key and a probe for
 * its last instant both lead to the row, each box above it contains the whole key, and any probe that overlaps the key
 * will find it. One snapshot serves both sides, so bookings may go on meanwhile.
 *
 * The probes for a row take 14 us, and a quick look at the index's pages takes 1. So a row is only probed for where
 * that look finds anything but the row's own entry.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/skey.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

#include "store/store.h"
#include "guard/index_scan.h"
#include "guard/slot_key.h"
#include "guard/slot_key_search.h"

PG_FUNCTION_INFO_V1(bookonce_check_slot_index);

typedef struct Check
{
    Relation table;
    Relation index;
    IndexInfo *definition;
    EState *executor;
    ExprState *is_live; /* the index's WHERE */
    AttrNumber booking_id;
    BlockNumber block;                        /* of the last row */
    OffsetNumber roots[MaxHeapTuplesPerPage]; /* of the rows in that block, where their chains (HOT) begin */
    TupleTableSlot *row;                      /* of the scan of the table */
    TupleTableSlot *found;                    /* by a probe of the index */
    IndexScanDesc probe;                      /* or NULL */
    FmgrInfo overlaps;
    ReturnSetInfo *result;
} Check;

static void check_report(Check *check, const char *problem, TupleTableSlot *row, TupleTableSlot *other)
{
    Datum values[3] = {CStringGetTextDatum(problem)};
    bool nulls[3] = {false, true, true};

    if (row != NULL)
        values[1] = slot_getattr(row, check->booking_id, &nulls[1]);
    if (other != NULL)
        values[2] = slot_getattr(other, check->booking_id, &nulls[2]);
    tuplestore_putvalues(check->result->setResult, check->result->setDesc, values, nulls);
}

/* Returns false if the index should have no key for this row; otherwise the key that it should have. */
static bool check_key_of(Check *check, TupleTableSlot *row, BoSlotKey *key)
{
    ExprContext *context = GetPerTupleExprContext(check->executor);
    Datum values[INDEX_MAX_KEYS];
    bool nulls[INDEX_MAX_KEYS];
    bool has_key = false;

    context->ecxt_scantuple = row;
    if (ExecQual(check->is_live, context))
    {
        FormIndexDatum(check->definition, row, check->executor, values, nulls);
        has_key = !nulls[0];
        if (has_key)
            *key = *DatumGetSlotKeyP(values[0]);
    }
    ResetExprContext(context);
    return has_key;
}

static void check_end_probe(Check *check)
{
    if (check->probe != NULL)
        index_endscan(check->probe);
    check->probe = NULL;
}

/* Each probe is a scan of its own: a restarted scan can damage the index (sql/slot_key.sql, at is_live()). */
static void check_begin_probe(Check *check, const BoSlotKey *key)
{
    ScanKeyData condition;

    check_end_probe(check);
    ScanKeyEntryInitialize(&condition, 0, 1, BO_SLOT_STRATEGY_OVERLAPS, InvalidOid, InvalidOid, check->overlaps.fn_oid,
                           PointerGetDatum(key));
    check->probe = bo_index_scan_begin(check->table, check->index, &condition, 1);
}

/* How often an instant of the row's key leads to the row; it should be once. */
static int check_times_found(Check *check, const BoSlotKey *instant)
{
    int times = 0;

    check_begin_probe(check, instant);
    while (index_getnext_slot(check->probe, ForwardScanDirection, check->found))
        times += ItemPointerEquals(&check->row->tts_tid, &check->found->tts_tid) ? 1 : 0;
    return times;
}

/* Reports what a row's key leads to besides the row itself. A pair that overlaps is reported once. */
static void check_others(Check *check, const BoSlotKey *key)
{
    BoSlotKey other;

    check_begin_probe(check, key);
    while (index_getnext_slot(check->probe, ForwardScanDirection, check->found))
    {
        if (ItemPointerEquals(&check->row->tts_tid, &check->found->tts_tid))
            continue;
        if (!check_key_of(check, check->found, &other) || other.resource_id != key->resource_id ||
            other.unit_low != key->unit_low || !bo_slot_key_times_overlap(key, &other))
            check_report(check, "the index has a row under a key that is not its own", check->found, check->row);
        else if (ItemPointerCompare(&check->row->tts_tid, &check->found->tts_tid) < 0)
            check_report(check, "two bookings overlap", check->row, check->found);
    }
}

/* The place by which indexes know the row. The scan has the block pinned, so nobody prunes its chains. */
static ItemPointerData check_root(Check *check)
{
    ItemPointerData root = check->row->tts_tid;
    BlockNumber block = ItemPointerGetBlockNumber(&root);

    if (block != check->block)
    {
        Buffer buffer = ReadBuffer(check->table, block);

        LockBuffer(buffer, BUFFER_LOCK_SHARE);
        heap_get_root_tuples(BufferGetPage(buffer), check->roots);
        UnlockReleaseBuffer(buffer);
        check->block = block;
    }
    ItemPointerSetOffsetNumber(&root, check->roots[ItemPointerGetOffsetNumber(&root) - 1]);
    return root;
}

static void check_row(Check *check)
{
    BoSlotKey key, first, last;
    ItemPointerData root;
    int first_found, last_found;

    if (!check_key_of(check, check->row, &key))
        return;
    root = check_root(check);
    if (bo_slot_key_is_sound(check->index, &key, &root))
        return;
    first = last = key;
    first.end = first.start + 1;
    last.start = last.end - 1;
    first_found = check_times_found(check, &first);
    last_found = check_times_found(check, &last);
    if (first_found == 0 || last_found == 0)
        check_report(check, "the index does not find a row by its key", check->row, NULL);
    else if (first_found > 1 || last_found > 1)
        check_report(check, "the index finds a row twice", check->row, NULL);
    check_others(check, &key);
}

static void check_all_rows(Check *check)
{
    TableScanDesc scan = table_beginscan(check->table, GetActiveSnapshot(), 0, NULL BO_NO_SCAN_FLAGS);

    while (table_scan_getnextslot(scan, ForwardScanDirection, check->row))
    {
        CHECK_FOR_INTERRUPTS();
        check_row(check);
    }
    check_end_probe(check);
    table_endscan(scan);
}

/* Opens the guard's index; NULL if there is none, or if it does not guard. */
static Relation check_open_guard(Oid oid)
{
    Relation index;

    if (!OidIsValid(oid) || get_rel_relkind(oid) != RELKIND_INDEX)
        return NULL;
    index = index_open(oid, AccessShareLock);
    if (index->rd_index->indisexclusion && index->rd_index->indisvalid && index->rd_index->indisready &&
        index->rd_index->indimmediate)
        return index;
    index_close(index, AccessShareLock);
    return NULL;
}

/* check_slot_index() -> (problem, booking_id, other_booking_id): a row for each disagreement. */
Datum bookonce_check_slot_index(PG_FUNCTION_ARGS)
{
    Check check = {.result = (ReturnSetInfo *)fcinfo->resultinfo};
    Oid schema = get_namespace_oid("bookonce", false);
    BoStore store;

    check.block = InvalidBlockNumber;
    InitMaterializedSRF(fcinfo, 0);
    bo_store_open_to_read(&store);
    check.table = table_open(get_relname_relid("booking", schema), AccessShareLock);
    check.index = check_open_guard(get_relname_relid("booking_no_overlap", schema));
    if (check.index == NULL || check.index->rd_index->indrelid != RelationGetRelid(check.table))
        check_report(&check, "the constraint booking_no_overlap is missing or not valid", NULL, NULL);
    else
    {
        check.booking_id = get_attnum(RelationGetRelid(check.table), "booking_id");
        check.definition = BuildIndexInfo(check.index);
        check.executor = CreateExecutorState();
        check.is_live = ExecPrepareQual(check.definition->ii_Predicate, check.executor);
        check.row = table_slot_create(check.table, NULL);
        check.found = table_slot_create(check.table, NULL);
        fmgr_info(get_opcode(check.definition->ii_ExclusionOps[0]), &check.overlaps);
        check_all_rows(&check);
        ExecDropSingleTupleTableSlot(check.row);
        ExecDropSingleTupleTableSlot(check.found);
        FreeExecutorState(check.executor);
    }
    if (check.index != NULL)
        index_close(check.index, AccessShareLock);
    table_close(check.table, AccessShareLock);
    bo_store_close(&store);
    return (Datum)0;
}
