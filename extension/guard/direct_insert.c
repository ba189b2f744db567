/*
 * direct_insert.c
 *   Books a slot as one statement would, but without the statement.
 *
 *     INSERT INTO bookonce.booking (..) SELECT .. FROM bookonce.resource AS r
 *     WHERE r.tenant = $1 AND r.resource = $2 AND (r.plain OR its rules allow it) ON CONFLICT DO NOTHING
 *
 * Starting that statement cost more than running it, above all because of the CHECKs, which the executor reads and
 * compiles each time although they hold for any row built here. So this code calls what the executor would call, in the
 * same order. The constraint decides, as it does for SQL. Nothing that the executor does for an owner's own additions
 * is done here: where there are any, bo_direct_open() declines (store/as_made.c), and SQL books as it does on a
 * resource with rules.
 *
 * What is mirrored of the executor, in PostgreSQL 15 to 18:
 *
 *   here                     there                                      differs by version
 *   bo_direct_open()         ExecInitModifyTable(): InitResultRelInfo(),   no
 *                            ExecOpenIndices(speculative)
 *   (as_made.c)              ExecCheckRTPerms()                         16 on: ExecCheckPermissions()
 *   (direct_resource.c)      IndexNext(), TidNext()                     18: index_beginscan() has another argument
 *   direct_insert_row()      ExecInsert() from "vlock:" on              no
 *   direct_is_free()         ExecCheckIndexConstraints()                18 is told which row is the new one
 *   direct_insert_keys()     ExecInsertIndexTuples()                    16 on: and whether only summarizing indexes
 *   direct_insert_holder_key()  FormIndexDatum(), of the index that reading verbs use           no
 *   bo_event_inserted()      ExecARInsertTriggers(), of the trigger that keep_history() makes       no
 *   (declined)               ExecBRInsertTriggers(), ExecIRInsertTriggers(), ExecARInsertTriggers() of others,
 *                            ExecComputeStoredGenerated(), ExecWithCheckOptions(), ExecPartitionCheck()
 *   (holds by construction)  ExecConstraints(): NOT NULL, is_sound()    18: NOT NULL of virtual columns, declined
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "guard/direct.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "storage/lmgr.h"
#include "utils/snapmgr.h"

#include "base/label.h"
#include "base/round.h"
#include "guard/slot_key.h"
#include "guard/slot_key_search.h"
#include "store/event.h"

static void direct_fill_row(BoDirect *direct, const BoSlotCall *call, const BoBookingAnswer *answer, TimestampTz now)
{
    Datum *values = direct->row->tts_values;
    bool *nulls = direct->row->tts_isnull;

    ExecClearTuple(direct->row);
    memset(nulls, true, sizeof(bool) * direct->row->tts_tupleDescriptor->natts); /* columns that the owner added */
    memset(nulls, false, sizeof(bool) * BO_BOOKING_COLUMN_COUNT);
    values[BO_BOOKING_ID] = UUIDPGetDatum(&answer->booking_id);
    values[BO_BOOKING_GROUP_ID] = UUIDPGetDatum(&answer->group_id);
    nulls[BO_BOOKING_GROUP_ID] = !answer->has_group;
    values[BO_BOOKING_RESOURCE_ID] = Int64GetDatum(direct->resource_id);
    values[BO_BOOKING_CREATED_AT] = TimestampTzGetDatum(now);
    nulls[BO_BOOKING_RELEASED_AT] = true;
    values[BO_BOOKING_LAPSES_AT] = TimestampTzGetDatum(answer->lapses_at);
    nulls[BO_BOOKING_LAPSES_AT] = answer->lapses_at == DT_NOEND;
    values[BO_BOOKING_REQUEST_HASH] = Int64GetDatum(call->request_hash);
    values[BO_BOOKING_UNIT] = Int32GetDatum(direct->unit);
    nulls[BO_BOOKING_UNIT] = call->allow_overlap; /* no unit: outside the constraint */
    values[BO_BOOKING_MEMBER] = Int32GetDatum(call->member);
    values[BO_BOOKING_STATUS] = ObjectIdGetDatum(direct->tables->status[answer->status]);
    values[BO_BOOKING_TENANT] = PointerGetDatum(call->tenant);
    values[BO_BOOKING_DURING] = RangeTypePGetDatum(call->during);
    values[BO_BOOKING_BLOCKS] = RangeTypePGetDatum(direct->blocks);
    values[BO_BOOKING_HOLDER] = PointerGetDatum(call->holder);
    values[BO_BOOKING_IDEMPOTENCY_KEY] = PointerGetDatum(call->idempotency_key);
    nulls[BO_BOOKING_IDEMPOTENCY_KEY] = call->idempotency_key == NULL;
    nulls[BO_BOOKING_REASON] = true;
    values[BO_BOOKING_DETAILS] = PointerGetDatum(call->details);
    nulls[BO_BOOKING_DETAILS] = call->details == NULL;
    values[BO_BOOKING_KIND] = PointerGetDatum(call->kind);
    nulls[BO_BOOKING_KIND] = call->kind == NULL;
    ExecStoreVirtualTuple(direct->row);
}

/*
 * ExecCheckIndexConstraints() for one index. Sets *met to the row that is in the way, if there is one. PostgreSQL 18
 * must be told which row is the new one: none, so far.
 */
static bool direct_is_free(BoDirect *direct, Oid index, ItemPointer met)
{
#if PG_VERSION_NUM >= 180000
    ItemPointerData none;

    ItemPointerSetInvalid(&none);
    return ExecCheckIndexConstraints(direct->target, direct->row, direct->state, met, &none, list_make1_oid(index));
#else
    return ExecCheckIndexConstraints(direct->target, direct->row, direct->state, met, list_make1_oid(index));
#endif
}

/*
 * Returns true if nobody has begun to change or release the row. A row that a statement has confirmed or extended keeps
 * the lock of that transaction; the constraint does not wait for a lock either (HeapTupleSatisfiesDirty()).
 */
static bool direct_is_untouched(TupleTableSlot *row)
{
    uint16 mask = ExecFetchSlotHeapTuple(row, false, NULL)->t_data->t_infomask;

    return (mask & HEAP_XMAX_INVALID) != 0 || HEAP_XMAX_IS_LOCKED_ONLY(mask);
}

/* The result of a look at the slot before anything is written. */
typedef enum SlotLook
{
    SLOT_EMPTY, /* the guard's index has no entry there, dead or alive */
    SLOT_FREE,  /* there are entries, but the guard says that no row counts */
    SLOT_TAKEN
} SlotLook;

/*
 * Looks at the slot. Nearly always the index alone is enough: it has nothing there, or a row that stands and takes all
 * of the time. The constraint judges anything else, and whatever comes later; it waits for the transaction that is
 * changing such a row.
 */
static SlotLook direct_look_at_slot(BoDirect *direct, const BoSlotCall *call, TimestampTz now)
{
    Relation index = bo_direct_open_index(direct, direct->tables->no_overlap);
    IndexFetchTableData *fetch;
    TupleTableSlot *row;
    bool is_taken, has_more = false;

    if (call->allow_overlap)
        return SLOT_FREE;
    if (direct->unit_is_empty)
    {
        /* As bo_direct_find_unit() has just seen, which looked before anything was written, too. */
        direct->unit_is_empty = false;
        return SLOT_EMPTY;
    }
    if (!bo_slot_key_look(index, DatumGetSlotKeyP(bo_direct_slot_of(direct)), NULL, &direct->conflicting))
        return SLOT_EMPTY;
    /*
     * Fetched as an index scan does it, because the index has the row of a confirmed hold under the place where it was
     * first written.
     */
    row = table_slot_create(direct->booking, NULL);
    fetch = table_index_fetch_begin(direct->booking BO_NO_SCAN_FLAGS);
    is_taken = table_index_fetch_tuple(fetch, &direct->conflicting, GetActiveSnapshot(), row, &has_more, NULL) &&
               direct_is_untouched(row) && bo_direct_blocks_all(direct, row, now);
    if (is_taken)
        direct->conflicting = row->tts_tid;
    table_index_fetch_end(fetch);
    ExecDropSingleTupleTableSlot(row);
    return !is_taken && direct_is_free(direct, direct->tables->no_overlap, &direct->conflicting) ? SLOT_FREE
                                                                                                 : SLOT_TAKEN;
}

/* The primary key's index; InvalidOid if the table has none. */
static Oid direct_id_index(const BoDirect *direct)
{
#if PG_VERSION_NUM >= 180000
    return RelationGetPrimaryKeyIndex(direct->booking, false);
#else
    return RelationGetPrimaryKeyIndex(direct->booking);
#endif
}

/*
 * ExecInsertIndexTuples(), whose arguments changed in PostgreSQL 16 and 19. Returns false if somebody wrote at the same
 * instant, or if the id of a followed row exists already. For any other booking, an existing id is an error that
 * PostgreSQL raises.
 */
static bool direct_insert_keys(BoDirect *direct, const BoSlotCall *call)
{
    List *arbiters = list_make2_oid(direct->tables->no_overlap, direct->tables->key);
    bool conflict = false;

    if (call->followed_id != NULL)
        arbiters = lappend_oid(arbiters, direct_id_index(direct));
#if PG_VERSION_NUM >= 190000
    ExecInsertIndexTuples(direct->target, direct->state, EIIT_NO_DUPE_ERROR, direct->row, arbiters, &conflict);
#elif PG_VERSION_NUM >= 160000
    ExecInsertIndexTuples(direct->target, direct->row, direct->state, false, true, &conflict, arbiters, false);
#else
    ExecInsertIndexTuples(direct->target, direct->row, direct->state, false, true, &conflict, arbiters);
#endif
    return !conflict;
}

/* booking_holder: (holder, tenant, lower(during), booking_id) */
static void direct_insert_holder_key(BoDirect *direct, const BoSlotCall *call)
{
    const Datum *row = direct->row->tts_values;
    Datum values[] = {row[BO_BOOKING_HOLDER], row[BO_BOOKING_TENANT], 0, row[BO_BOOKING_ID]};
    bool nulls[lengthof(values)] = {false};
    RangeBound lower, upper;
    bool is_empty;

    if (!OidIsValid(direct->tables->by_holder))
        return;
    range_deserialize(lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO), call->during, &lower, &upper, &is_empty);
    values[2] = lower.val;
    if (direct->by_holder == NULL)
        direct->by_holder = index_open(direct->tables->by_holder, RowExclusiveLock);
    index_insert(direct->by_holder, values, nulls, &direct->row->tts_tid, direct->booking, UNIQUE_CHECK_NO, false,
                 NULL); /* a B-tree needs no IndexInfo */
}

/*
 * The same for a slot at which the index had no entry. Like the constraint, it first inserts the entry and then looks,
 * so that of two transactions that write at the same instant, at least one meets the other. If the look finds no other
 * entry, the constraint has nothing to judge.
 */
static bool direct_insert_keys_where_empty(BoDirect *direct, const BoSlotCall *call)
{
    int guard = bo_direct_index_number(direct, direct->tables->no_overlap);
    Relation index = direct->target->ri_IndexRelationDescs[guard];
    IndexInfo *info = direct->target->ri_IndexRelationInfo[guard];
    Datum slot = bo_direct_slot_of(direct);
    bool is_null = false, inserted;

    index_insert(index, &slot, &is_null, &direct->row->tts_tid, direct->booking, UNIQUE_CHECK_NO, false, info);
    if (bo_slot_key_look(index, DatumGetSlotKeyP(slot), &direct->row->tts_tid, &direct->conflicting))
        return false;
    info->ii_ReadyForInserts = false; /* it has its entry already */
    inserted = direct_insert_keys(direct, call);
    info->ii_ReadyForInserts = true;
    return inserted;
}

/*
 * Returns false if the id of a followed table's row exists already, because somebody wrote to that table while its
 * triggers were disabled; SQL then raises the error. Called only where the insert met something, because a look at the
 * index costs as much as an entry.
 */
static bool direct_has_new_id(BoDirect *direct, const BoSlotCall *call)
{
    Oid index = direct_id_index(direct);
    ItemPointerData with_same_id; /* what the insert met stays known: the diagnosis reads that row */

    if (call->followed_id == NULL || !OidIsValid(index))
        return true;
    bo_direct_open_all_indexes(direct);
    return direct_is_free(direct, index, &with_same_id);
}

/*
 * ON CONFLICT DO NOTHING, as ExecInsert() does it: look, before anything is written, and wait for any transaction in
 * progress; write; and if somebody wrote at the same instant, delete the row and look again, from then on with
 * PostgreSQL's own look, which knows which of the two must wait for the other. Only the key and the slot can conflict:
 * where an owner has a unique index of his own, bo_direct_open() declines. The key comes first, because a repeated call
 * does not need the slot.
 */
static bool direct_insert_row(BoDirect *direct, const BoSlotCall *call, TimestampTz now)
{
    bool inserted = false;

    for (int round = 0; !inserted; bo_round_next(&round))
    {
        TransactionId xid;
        uint32 token;
        SlotLook look;

        ResetPerTupleExprContext(direct->state);
        if (!direct_is_free(direct, direct->tables->key, &direct->conflicting) ||
            (round > 0 && !direct_has_new_id(direct, call)))
            return false;
        look = direct_look_at_slot(direct, call, now);
        if (look == SLOT_TAKEN)
            return false;
        bo_direct_open_all_indexes(direct);
        xid = GetCurrentTransactionId();
        token = SpeculativeInsertionLockAcquire(xid);
        table_tuple_insert_speculative(direct->booking, direct->row, GetCurrentCommandId(true), 0, NULL, token);
        inserted = look == SLOT_EMPTY && round == 0 ? direct_insert_keys_where_empty(direct, call)
                                                    : direct_insert_keys(direct, call);
        if (inserted)
            direct_insert_holder_key(direct, call);
        table_tuple_complete_speculative(direct->booking, direct->row, token, inserted);
        SpeculativeInsertionLockRelease(xid);
    }
    return true;
}

/*
 * Inserts the row that the answer describes, if nothing is in its way. Unless it is a hold, sets when it lapses without
 * a check-in.
 */
BoDirectInsert bo_direct_insert(BoDirect *direct, const BoSlotCall *call, BoBookingAnswer *answer, TimestampTz now)
{
    BoDirectInsert result;

    bo_direct_begin_statement();
    result = bo_direct_find_resource(direct, call, now);
    if (result == BO_DIRECT_INSERTED && direct->capacity > 1 && !call->allow_overlap &&
        !bo_direct_find_unit(direct, now))
        result = BO_DIRECT_CONFLICT;
    if (result == BO_DIRECT_INSERTED)
    {
        answer->units[0] = direct->unit;
        if (call->hold_for == NULL)
            answer->lapses_at = direct->check_in_by;
        direct_fill_row(direct, call, answer, now);
        if (!direct_insert_row(direct, call, now))
            result = direct_has_new_id(direct, call) ? BO_DIRECT_CONFLICT : BO_DIRECT_HAS_RULES;
        else if (OidIsValid(direct->tables->event))
            bo_event_inserted(direct->booking, direct->row, call->resource);
    }
    bo_direct_end_statement();
    return result;
}
