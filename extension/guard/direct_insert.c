/*
 * direct_insert.c
 *   Books a plain resource as one statement would, without the statement.
 *
 *     INSERT INTO bookonce.booking (..) SELECT .. FROM bookonce.resource AS r
 *     WHERE r.tenant = $1 AND r.resource = $2 AND r.plain ON CONFLICT DO NOTHING
 *
 * To start that statement cost more than to run it, most of all for the CHECKs, which
 * the executor reads and compiles anew each time, and which hold for what is built
 * here. So this calls what the executor would call, in its order: ExecInsert() in
 * nodeModifyTable.c is the model. The constraint decides, as it does for SQL.
 *
 * Only for tables on which an insert does what setup() made it do: with triggers,
 * rules, columns or checks of the owner's own, bo_direct_open() declines, and the slot
 * is decided by SQL as on a resource with rules. The owner's indexes are welcome.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "guard/direct_insert.h"

#include "access/genam.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/answer.h"
#include "base/arguments.h"
#include "base/error.h"
#include "base/label.h"
#include "store/catalog.h"
#include "store/store.h"
#include "guard/index_scan.h"
#include "guard/slot_key.h"

/* What a statement does first: it sees what this transaction has done and what is committed by now. */
static void direct_begin_statement(void)
{
    CommandCounterIncrement();
    PushActiveSnapshot(GetTransactionSnapshot());
}

static void direct_end_statement(void)
{
    PopActiveSnapshot();
}

/* False: the tables are not as setup() made them. True: to be closed by bo_direct_close(). */
bool bo_direct_open(BoDirect *direct)
{
    Oid booking;

    /* Who changes a table does so before we have locked it, which we then hear of, or after our transaction. */
    do
    {
        booking = bo_catalog()->booking;
        LockRelationOid(booking, RowExclusiveLock);
        LockRelationOid(bo_catalog()->resource, AccessShareLock);
    } while (bo_catalog()->booking != booking);
    direct->tables = bo_catalog();
    if (!direct->tables->inserts_as_made)
        return false;

    direct->booking = table_open(direct->tables->booking, NoLock);
    direct->resource = table_open(direct->tables->resource, NoLock);
    direct->state = CreateExecutorState();
    direct->target = makeNode(ResultRelInfo);
    InitResultRelInfo(direct->target, direct->booking, 1, NULL, 0);
    ExecOpenIndices(direct->target, true);
    direct->row = MakeSingleTupleTableSlot(RelationGetDescr(direct->booking), &TTSOpsVirtual);
    return true;
}

void bo_direct_close(BoDirect *direct)
{
    ExecDropSingleTupleTableSlot(direct->row);
    ExecCloseIndices(direct->target);
    FreeExecutorState(direct->state);
    table_close(direct->resource, NoLock);
    table_close(direct->booking, NoLock);
}

/* One of the indexes that are open with the table. */
static int direct_index_number(const BoDirect *direct, Oid index)
{
    int i = 0;

    while (RelationGetRelid(direct->target->ri_IndexRelationDescs[i]) != index)
        i++;
    return i;
}

static Relation direct_open_index(const BoDirect *direct, Oid index)
{
    return direct->target->ri_IndexRelationDescs[direct_index_number(direct, index)];
}

/* By (text, text), as names and keys are looked up: tenant first. */
static IndexScanDesc direct_begin_name_scan(Relation table, Relation index, const text *tenant, const text *name)
{
    ScanKeyData keys[2];

    for (int i = 0; i < 2; i++)
        ScanKeyEntryInitialize(&keys[i], 0, i + 1, BTEqualStrategyNumber, InvalidOid, C_COLLATION_OID, F_TEXTEQ,
                               PointerGetDatum(i == 0 ? tenant : name));
    return bo_index_scan_begin(table, index, keys, lengthof(keys));
}

static BoDirectResult direct_find_resource(BoDirect *direct, const BoSlotCall *call)
{
    Relation index = index_open(direct->tables->resource_name, AccessShareLock);
    TupleTableSlot *row = table_slot_create(direct->resource, NULL);
    IndexScanDesc scan = direct_begin_name_scan(direct->resource, index, call->tenant, call->resource);
    BoDirectResult result = BO_DIRECT_UNKNOWN_RESOURCE;
    bool is_null;

    if (index_getnext_slot(scan, ForwardScanDirection, row))
    {
        direct->resource_id = DatumGetInt64(slot_getattr(row, direct->tables->resource_id, &is_null));
        result = DatumGetBool(slot_getattr(row, direct->tables->resource_plain, &is_null)) ? BO_DIRECT_INSERTED
                                                                                           : BO_DIRECT_HAS_RULES;
    }
    index_endscan(scan);
    ExecDropSingleTupleTableSlot(row);
    index_close(index, NoLock);
    return result;
}

static void direct_fill_row(BoDirect *direct, const BoSlotCall *call, const BoBookingAnswer *answer, TimestampTz now)
{
    Datum *values = direct->row->tts_values;
    bool *nulls = direct->row->tts_isnull;

    ExecClearTuple(direct->row);
    memset(nulls, false, sizeof(bool) * BO_BOOKING_COLUMN_COUNT);
    values[BO_BOOKING_ID] = UUIDPGetDatum(&answer->booking_id);
    nulls[BO_BOOKING_GROUP_ID] = true;
    values[BO_BOOKING_RESOURCE_ID] = Int64GetDatum(direct->resource_id);
    values[BO_BOOKING_CREATED_AT] = TimestampTzGetDatum(now);
    nulls[BO_BOOKING_RELEASED_AT] = true;
    values[BO_BOOKING_HOLD_EXPIRES_AT] = TimestampTzGetDatum(answer->hold_expires_at);
    nulls[BO_BOOKING_HOLD_EXPIRES_AT] = answer->status != BO_STATUS_HELD;
    values[BO_BOOKING_REQUEST_HASH] = Int64GetDatum(call->request_hash);
    values[BO_BOOKING_UNIT] = Int32GetDatum(1);
    nulls[BO_BOOKING_UNIT] = call->allow_overlap; /* no unit: outside the constraint */
    values[BO_BOOKING_MEMBER] = Int32GetDatum(1);
    values[BO_BOOKING_STATUS] = ObjectIdGetDatum(direct->tables->status[answer->status]);
    values[BO_BOOKING_TENANT] = PointerGetDatum(call->tenant);
    values[BO_BOOKING_DURING] = RangeTypePGetDatum(call->during);
    values[BO_BOOKING_BLOCKS] = RangeTypePGetDatum(call->during);
    values[BO_BOOKING_HOLDER] = PointerGetDatum(call->holder);
    values[BO_BOOKING_IDEMPOTENCY_KEY] = PointerGetDatum(call->idempotency_key);
    nulls[BO_BOOKING_IDEMPOTENCY_KEY] = call->idempotency_key == NULL;
    nulls[BO_BOOKING_REASON] = true;
    values[BO_BOOKING_DETAILS] = PointerGetDatum(call->details);
    nulls[BO_BOOKING_DETAILS] = call->details == NULL;
    ExecStoreVirtualTuple(direct->row);
}

/* ExecCheckIndexConstraints() of one index. PostgreSQL 18 asks which row is the new one itself: none, so far. */
static bool direct_is_free(BoDirect *direct, Oid index)
{
#if PG_VERSION_NUM >= 180000
    ItemPointerData none;

    ItemPointerSetInvalid(&none);
    return ExecCheckIndexConstraints(direct->target, direct->row, direct->state, &direct->conflicting, &none,
                                     list_make1_oid(index));
#else
    return ExecCheckIndexConstraints(direct->target, direct->row, direct->state, &direct->conflicting,
                                     list_make1_oid(index));
#endif
}

static Datum direct_column(TupleTableSlot *row, BoBookingColumn which, bool *is_null)
{
    return slot_getattr(row, which + 1, is_null);
}

static BoStatus direct_status_of(const BoDirect *direct, TupleTableSlot *row)
{
    bool is_null;
    Oid label = DatumGetObjectId(direct_column(row, BO_BOOKING_STATUS, &is_null));
    BoStatus status = BO_STATUS_HELD;

    while (status < BO_STATUS_EXPIRED && direct->tables->status[status] != label)
        status++;
    return status;
}

static bool direct_has_lapsed(const BoDirect *direct, TupleTableSlot *row, TimestampTz now)
{
    bool is_null;

    return direct_status_of(direct, row) == BO_STATUS_HELD &&
           DatumGetTimestampTz(direct_column(row, BO_BOOKING_HOLD_EXPIRES_AT, &is_null)) <= now;
}

/* Does the row take all of the time that is asked for? Then nothing else does: bookings of a unit do not overlap. */
static bool direct_blocks_all(BoDirect *direct, const BoSlotCall *call, TupleTableSlot *row, TimestampTz now)
{
    bool is_null, is_live, has_no_unit;
    int32 unit = DatumGetInt32(direct_column(row, BO_BOOKING_UNIT, &has_no_unit));

    (void)direct_column(row, BO_BOOKING_RELEASED_AT, &is_live);
    return is_live && !has_no_unit && unit == 1 &&
           DatumGetInt64(direct_column(row, BO_BOOKING_RESOURCE_ID, &is_null)) == direct->resource_id &&
           !direct_has_lapsed(direct, row, now) &&
           range_contains_internal(lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO),
                                   DatumGetRangeTypeP(direct_column(row, BO_BOOKING_BLOCKS, &is_null)), call->during);
}

static Datum direct_slot_of(const BoDirect *direct, const BoSlotCall *call)
{
    return DirectFunctionCall3(bookonce_slot_key, Int64GetDatum(direct->resource_id), Int32GetDatum(1),
                               RangeTypePGetDatum(call->during));
}

/* Nobody has begun to change or to release it. */
static bool direct_is_untouched(TupleTableSlot *row)
{
    bool is_null;
    Datum changed_by = slot_getsysattr(row, MaxTransactionIdAttributeNumber, &is_null);

    return !TransactionIdIsValid(DatumGetTransactionId(changed_by));
}

/* What a look at the slot found, before anything is written. */
typedef enum SlotLook
{
    SLOT_EMPTY, /* no row at all, dead or alive, is in the guard's index there */
    SLOT_FREE,  /* none that counts, says the guard */
    SLOT_TAKEN
} SlotLook;

/*
 * Nearly always the index alone tells: nothing is there, or what is there stands and has all of the time. Whatever else
 * it holds, and whatever comes after it, is the constraint's to judge: it waits for who is changing that row.
 */
static SlotLook direct_look_at_slot(BoDirect *direct, const BoSlotCall *call, TimestampTz now)
{
    Relation index = direct_open_index(direct, direct->tables->no_overlap);
    IndexFetchTableData *fetch;
    TupleTableSlot *row;
    bool is_taken, has_more = false;

    if (call->allow_overlap)
        return SLOT_FREE;
    if (!bo_slot_key_look(index, DatumGetSlotKeyP(direct_slot_of(direct, call)), NULL, &direct->conflicting))
        return SLOT_EMPTY;
    /* By way of the index, which knows a confirmed hold by the place where it was made. */
    row = table_slot_create(direct->booking, NULL);
    fetch = table_index_fetch_begin(direct->booking);
    is_taken = table_index_fetch_tuple(fetch, &direct->conflicting, GetActiveSnapshot(), row, &has_more, NULL) &&
               direct_is_untouched(row) && direct_blocks_all(direct, call, row, now);
    if (is_taken)
        direct->conflicting = row->tts_tid;
    table_index_fetch_end(fetch);
    ExecDropSingleTupleTableSlot(row);
    return !is_taken && direct_is_free(direct, direct->tables->no_overlap) ? SLOT_FREE : SLOT_TAKEN;
}

/* ExecInsertIndexTuples(), whose arguments changed in PostgreSQL 16. False: somebody wrote at the same instant. */
static bool direct_insert_keys(BoDirect *direct)
{
    List *arbiters = list_make2_oid(direct->tables->no_overlap, direct->tables->key);
    bool conflict = false;

#if PG_VERSION_NUM >= 160000
    ExecInsertIndexTuples(direct->target, direct->row, direct->state, false, true, &conflict, arbiters, false);
#else
    ExecInsertIndexTuples(direct->target, direct->row, direct->state, false, true, &conflict, arbiters);
#endif
    return !conflict;
}

/*
 * The same, for a slot at which the index had nothing. As the constraint does: the entry first, then a look, so that of
 * two who write at the same instant one at least meets the other. If it finds as little as before, there is nothing
 * that the constraint would have to judge.
 */
static bool direct_insert_keys_where_empty(BoDirect *direct, const BoSlotCall *call)
{
    int guard = direct_index_number(direct, direct->tables->no_overlap);
    Relation index = direct->target->ri_IndexRelationDescs[guard];
    IndexInfo *info = direct->target->ri_IndexRelationInfo[guard];
    Datum slot = direct_slot_of(direct, call);
    bool is_null = false, inserted;

    index_insert(index, &slot, &is_null, &direct->row->tts_tid, direct->booking, UNIQUE_CHECK_NO, false, info);
    if (bo_slot_key_look(index, DatumGetSlotKeyP(slot), &direct->row->tts_tid, &direct->conflicting))
        return false;
    info->ii_ReadyForInserts = false; /* it has its entry */
    inserted = direct_insert_keys(direct);
    info->ii_ReadyForInserts = true;
    return inserted;
}

/*
 * ON CONFLICT DO NOTHING, as ExecInsert() does it: look, with empty hands, and wait for
 * whoever is under way; write; and if somebody wrote at the same instant, take the row
 * back and look again, from then on with PostgreSQL's own look, which knows who of the two
 * waits for the other. Key and slot are what may conflict; an owner's own unique index
 * is not, and raises. The key comes first: a repeat has no need of the slot.
 */
static bool direct_insert_row(BoDirect *direct, const BoSlotCall *call, TimestampTz now)
{
    bool inserted = false, again = false;

    while (!inserted)
    {
        TransactionId xid;
        uint32 token;
        SlotLook look;

        CHECK_FOR_INTERRUPTS();
        ResetPerTupleExprContext(direct->state);
        if (!direct_is_free(direct, direct->tables->key))
            return false;
        look = direct_look_at_slot(direct, call, now);
        if (look == SLOT_TAKEN)
            return false;
        xid = GetCurrentTransactionId();
        token = SpeculativeInsertionLockAcquire(xid);
        table_tuple_insert_speculative(direct->booking, direct->row, GetCurrentCommandId(true), 0, NULL, token);
        inserted = look == SLOT_EMPTY && !again && direct->tables->guard_comes_first
                       ? direct_insert_keys_where_empty(direct, call)
                       : direct_insert_keys(direct);
        table_tuple_complete_speculative(direct->booking, direct->row, token, inserted);
        SpeculativeInsertionLockRelease(xid);
        again = true;
    }
    return true;
}

/* The row that the answer describes, if nothing is in its way. */
BoDirectResult bo_direct_insert(BoDirect *direct, const BoSlotCall *call, const BoBookingAnswer *answer,
                                TimestampTz now)
{
    BoDirectResult result;

    direct_begin_statement();
    result = direct_find_resource(direct, call);
    if (result == BO_DIRECT_INSERTED)
    {
        direct_fill_row(direct, call, answer, now);
        if (!direct_insert_row(direct, call, now))
            result = BO_DIRECT_CONFLICT;
    }
    direct_end_statement();
    return result;
}

/* A booking made alone and still where it was asked for: the answer is all in its row. */
static BoDirectResult direct_read_replay(BoDirect *direct, BoStore *store, const BoSlotCall *call, TupleTableSlot *row,
                                         BoBookingAnswer *answer, TimestampTz now)
{
    bool is_null;
    Datum value = direct_column(row, BO_BOOKING_REQUEST_HASH, &is_null);

    if (is_null || DatumGetInt64(value) != call->request_hash)
        bo_error_key_reused(call->idempotency_key);
    (void)direct_column(row, BO_BOOKING_GROUP_ID, &is_null);
    if (!is_null || DatumGetInt64(direct_column(row, BO_BOOKING_RESOURCE_ID, &is_null)) != direct->resource_id)
        return BO_DIRECT_KEY_ELSEWHERE;

    answer->outcome = BO_BOOKED;
    answer->replayed = true;
    answer->booking_id = *DatumGetUUIDP(direct_column(row, BO_BOOKING_ID, &is_null));
    answer->units[0] = DatumGetInt32(direct_column(row, BO_BOOKING_UNIT, &is_null));
    answer->unit_count = is_null ? 0 : 1;
    answer->during = bo_store_copy(store, direct_column(row, BO_BOOKING_DURING, &is_null));
    answer->status = direct_status_of(direct, row);
    answer->hold_expires_at = DatumGetTimestampTz(direct_column(row, BO_BOOKING_HOLD_EXPIRES_AT, &is_null));
    if (answer->status == BO_STATUS_HELD && answer->hold_expires_at <= now)
        answer->status = BO_STATUS_EXPIRED;
    return BO_DIRECT_REPLAYED;
}

static Datum direct_as_multirange(BoStore *store, RangeType **times, int count)
{
    TypeCacheEntry *type = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);

    return PointerGetDatum(
        bo_store_copy(store, PointerGetDatum(make_multirange(TSTZMULTIRANGEOID, type, count, times))));
}

/*
 * SELECT .. FROM bookonce.booking WHERE slot_key(resource_id, unit, blocks) && slot_key($1, 1, $2)
 * AND is_live(released_at): the times of those that count, or 0; and are there lapsed holds?
 */
static Datum direct_find_blockers(BoDirect *direct, BoStore *store, const BoSlotCall *call, TimestampTz now,
                                  bool *lapsed)
{
    TupleTableSlot *row = table_slot_create(direct->booking, NULL);
    IndexScanDesc scan;
    ScanKeyData key;
    int room = 4, count = 0;
    RangeType **times = palloc(sizeof(RangeType *) * room);
    bool is_null;

    ScanKeyInit(&key, 1, BO_SLOT_STRATEGY_OVERLAPS, direct->tables->overlaps, direct_slot_of(direct, call));
    scan = bo_index_scan_begin(direct->booking, direct_open_index(direct, direct->tables->no_overlap), &key, 1);
    while (index_getnext_slot(scan, ForwardScanDirection, row))
    {
        if (direct_has_lapsed(direct, row, now))
        {
            *lapsed = true;
            continue;
        }
        if (count == room)
            times = repalloc(times, sizeof(RangeType *) * (room *= 2));
        times[count++] = DatumGetRangeTypePCopy(direct_column(row, BO_BOOKING_BLOCKS, &is_null));
    }
    index_endscan(scan);
    ExecDropSingleTupleTableSlot(row);
    return count == 0 ? (Datum)0 : direct_as_multirange(store, times, count);
}

static bool direct_has_key(TupleTableSlot *row, const BoSlotCall *call)
{
    bool is_null;
    Datum key = direct_column(row, BO_BOOKING_IDEMPOTENCY_KEY, &is_null);

    return !is_null && call->idempotency_key != NULL &&
           bo_arguments_same_text(DatumGetTextPP(key), call->idempotency_key) &&
           bo_arguments_same_text(DatumGetTextPP(direct_column(row, BO_BOOKING_TENANT, &is_null)), call->tenant);
}

/* SELECT .. FROM bookonce.booking WHERE tenant = $1 AND idempotency_key = $2 */
static BoDirectResult direct_find_key(BoDirect *direct, BoStore *store, const BoSlotCall *call, BoBookingAnswer *answer,
                                      TimestampTz now)
{
    BoDirectResult result = BO_DIRECT_FREE;
    TupleTableSlot *row;
    IndexScanDesc scan;

    if (call->idempotency_key == NULL)
        return result;
    row = table_slot_create(direct->booking, NULL);
    scan = direct_begin_name_scan(direct->booking, direct_open_index(direct, direct->tables->key), call->tenant,
                                  call->idempotency_key);
    if (index_getnext_slot(scan, ForwardScanDirection, row))
        result = direct_read_replay(direct, store, call, row, answer, now);
    index_endscan(scan);
    ExecDropSingleTupleTableSlot(row);
    return result;
}

/* Neither key nor slot is to be had from the row that was met: look at what there is now. */
static BoDirectResult direct_search(BoDirect *direct, BoStore *store, const BoSlotCall *call, BoBookingAnswer *answer,
                                    TimestampTz now)
{
    BoDirectResult result = direct_find_key(direct, store, call, answer, now);
    bool lapsed = false;

    if (result != BO_DIRECT_FREE || call->allow_overlap)
        return result;
    answer->busy = direct_find_blockers(direct, store, call, now, &lapsed);
    return answer->busy != 0 ? BO_DIRECT_TAKEN : lapsed ? BO_DIRECT_LAPSED : BO_DIRECT_FREE;
}

/*
 * Why bo_direct_insert() met a conflict, by what is committed now: the key's own row, or
 * what is in the way. Mostly the row that it met says all. If that row has all of the
 * time and still stands, the key cannot have got it since it was found free.
 */
BoDirectResult bo_direct_diagnose(BoDirect *direct, BoStore *store, const BoSlotCall *call, BoBookingAnswer *answer,
                                  TimestampTz now)
{
    TupleTableSlot *met = table_slot_create(direct->booking, NULL);
    BoDirectResult result;

    direct_begin_statement();
    if (!table_tuple_fetch_row_version(direct->booking, &direct->conflicting, GetActiveSnapshot(), met))
        result = direct_search(direct, store, call, answer, now);
    else if (direct_has_key(met, call))
        result = direct_read_replay(direct, store, call, met, answer, now);
    else if (!call->allow_overlap && direct_blocks_all(direct, call, met, now))
    {
        bool is_null;
        RangeType *all = DatumGetRangeTypeP(direct_column(met, BO_BOOKING_BLOCKS, &is_null));

        answer->busy = direct_as_multirange(store, &all, 1);
        result = BO_DIRECT_TAKEN;
    }
    else
        result = direct_search(direct, store, call, answer, now);
    direct_end_statement();
    ExecDropSingleTupleTableSlot(met);
    return result;
}
