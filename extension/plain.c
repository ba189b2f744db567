/*
 * plain.c
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
 * rules, columns or checks of the owner's own, bo_plain_open() declines, and the slot
 * is decided by SQL as on a resource with rules. The owner's indexes are welcome.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "plain.h"

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
#include "slot_key.h"

/* What a statement does first: it sees what this transaction has done and what is committed by now. */
static void begin_statement(void)
{
    CommandCounterIncrement();
    PushActiveSnapshot(GetTransactionSnapshot());
}

static void end_statement(void)
{
    PopActiveSnapshot();
}

/* False: the tables are not as setup() made them. True: to be closed by bo_plain_close(). */
bool bo_plain_open(BoPlain *plain)
{
    Oid booking;

    /* Who changes a table does so before we have locked it, which we then hear of, or after our transaction. */
    do
    {
        booking = bo_tables()->booking;
        LockRelationOid(booking, RowExclusiveLock);
        LockRelationOid(bo_tables()->resource, AccessShareLock);
    } while (bo_tables()->booking != booking);
    plain->tables = bo_tables();
    if (!plain->tables->inserts_as_made)
        return false;

    plain->booking = table_open(plain->tables->booking, NoLock);
    plain->resource = table_open(plain->tables->resource, NoLock);
    plain->state = CreateExecutorState();
    plain->target = makeNode(ResultRelInfo);
    InitResultRelInfo(plain->target, plain->booking, 1, NULL, 0);
    ExecOpenIndices(plain->target, true);
    plain->row = MakeSingleTupleTableSlot(RelationGetDescr(plain->booking), &TTSOpsVirtual);
    return true;
}

void bo_plain_close(BoPlain *plain)
{
    ExecDropSingleTupleTableSlot(plain->row);
    ExecCloseIndices(plain->target);
    FreeExecutorState(plain->state);
    table_close(plain->resource, NoLock);
    table_close(plain->booking, NoLock);
}

/* One of the indexes that are open with the table. */
static int index_number(const BoPlain *plain, Oid index)
{
    int i = 0;

    while (RelationGetRelid(plain->target->ri_IndexRelationDescs[i]) != index)
        i++;
    return i;
}

static Relation open_index(const BoPlain *plain, Oid index)
{
    return plain->target->ri_IndexRelationDescs[index_number(plain, index)];
}

/* By (text, text), as names and keys are looked up: tenant first. */
static IndexScanDesc begin_name_scan(Relation table, Relation index, const text *tenant, const text *name)
{
    ScanKeyData keys[2];

    for (int i = 0; i < 2; i++)
        ScanKeyEntryInitialize(&keys[i], 0, i + 1, BTEqualStrategyNumber, InvalidOid, C_COLLATION_OID, F_TEXTEQ,
                               PointerGetDatum(i == 0 ? tenant : name));
    return bo_begin_index_scan(table, index, keys, lengthof(keys));
}

static BoPlainResult find_resource(BoPlain *plain, const BoSlotRequest *request)
{
    Relation index = index_open(plain->tables->resource_name, AccessShareLock);
    TupleTableSlot *row = table_slot_create(plain->resource, NULL);
    IndexScanDesc scan = begin_name_scan(plain->resource, index, request->tenant, request->resource);
    BoPlainResult result = BO_PLAIN_UNKNOWN_RESOURCE;
    bool is_null;

    if (index_getnext_slot(scan, ForwardScanDirection, row))
    {
        plain->resource_id = DatumGetInt64(slot_getattr(row, plain->tables->resource_id, &is_null));
        result = DatumGetBool(slot_getattr(row, plain->tables->resource_plain, &is_null)) ? BO_PLAIN_INSERTED
                                                                                          : BO_PLAIN_HAS_RULES;
    }
    index_endscan(scan);
    ExecDropSingleTupleTableSlot(row);
    index_close(index, NoLock);
    return result;
}

static void fill_row(BoPlain *plain, const BoSlotRequest *request, const BoBookingAnswer *answer, TimestampTz now)
{
    Datum *values = plain->row->tts_values;
    bool *nulls = plain->row->tts_isnull;

    ExecClearTuple(plain->row);
    memset(nulls, false, sizeof(bool) * BO_BOOKING_COLUMN_COUNT);
    values[BO_BOOKING_ID] = UUIDPGetDatum(&answer->booking_id);
    nulls[BO_BOOKING_GROUP_ID] = true;
    values[BO_BOOKING_RESOURCE_ID] = Int64GetDatum(plain->resource_id);
    values[BO_BOOKING_CREATED_AT] = TimestampTzGetDatum(now);
    nulls[BO_BOOKING_RELEASED_AT] = true;
    values[BO_BOOKING_HOLD_EXPIRES_AT] = TimestampTzGetDatum(answer->hold_expires_at);
    nulls[BO_BOOKING_HOLD_EXPIRES_AT] = answer->status != BO_STATUS_HELD;
    values[BO_BOOKING_REQUEST_HASH] = Int64GetDatum(request->request_hash);
    values[BO_BOOKING_UNIT] = Int32GetDatum(1);
    nulls[BO_BOOKING_UNIT] = request->allow_overlap; /* no unit: outside the constraint */
    values[BO_BOOKING_MEMBER] = Int32GetDatum(1);
    values[BO_BOOKING_STATUS] = ObjectIdGetDatum(plain->tables->status[answer->status]);
    values[BO_BOOKING_TENANT] = PointerGetDatum(request->tenant);
    values[BO_BOOKING_DURING] = RangeTypePGetDatum(request->during);
    values[BO_BOOKING_BLOCKS] = RangeTypePGetDatum(request->during);
    values[BO_BOOKING_HOLDER] = PointerGetDatum(request->holder);
    values[BO_BOOKING_IDEMPOTENCY_KEY] = PointerGetDatum(request->idempotency_key);
    nulls[BO_BOOKING_IDEMPOTENCY_KEY] = request->idempotency_key == NULL;
    nulls[BO_BOOKING_REASON] = true;
    values[BO_BOOKING_DETAILS] = PointerGetDatum(request->details);
    nulls[BO_BOOKING_DETAILS] = request->details == NULL;
    ExecStoreVirtualTuple(plain->row);
}

/* ExecCheckIndexConstraints() of one index. PostgreSQL 18 asks which row is the new one itself: none, so far. */
static bool is_free(BoPlain *plain, Oid index)
{
#if PG_VERSION_NUM >= 180000
    ItemPointerData none;

    ItemPointerSetInvalid(&none);
    return ExecCheckIndexConstraints(plain->target, plain->row, plain->state, &plain->conflicting, &none,
                                     list_make1_oid(index));
#else
    return ExecCheckIndexConstraints(plain->target, plain->row, plain->state, &plain->conflicting,
                                     list_make1_oid(index));
#endif
}

static Datum column(TupleTableSlot *row, BoBookingColumn which, bool *is_null)
{
    return slot_getattr(row, which + 1, is_null);
}

static BoStatus status_of(const BoPlain *plain, TupleTableSlot *row)
{
    bool is_null;
    Oid label = DatumGetObjectId(column(row, BO_BOOKING_STATUS, &is_null));
    BoStatus status = BO_STATUS_HELD;

    while (status < BO_STATUS_EXPIRED && plain->tables->status[status] != label)
        status++;
    return status;
}

static bool has_lapsed(const BoPlain *plain, TupleTableSlot *row, TimestampTz now)
{
    bool is_null;

    return status_of(plain, row) == BO_STATUS_HELD &&
           DatumGetTimestampTz(column(row, BO_BOOKING_HOLD_EXPIRES_AT, &is_null)) <= now;
}

/* Does the row take all of the time that is asked for? Then nothing else does: bookings of a unit do not overlap. */
static bool blocks_all(BoPlain *plain, const BoSlotRequest *request, TupleTableSlot *row, TimestampTz now)
{
    bool is_null, is_live, has_no_unit;
    int32 unit = DatumGetInt32(column(row, BO_BOOKING_UNIT, &has_no_unit));

    (void)column(row, BO_BOOKING_RELEASED_AT, &is_live);
    return is_live && !has_no_unit && unit == 1 &&
           DatumGetInt64(column(row, BO_BOOKING_RESOURCE_ID, &is_null)) == plain->resource_id &&
           !has_lapsed(plain, row, now) &&
           range_contains_internal(lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO),
                                   DatumGetRangeTypeP(column(row, BO_BOOKING_BLOCKS, &is_null)), request->during);
}

static Datum slot_of(const BoPlain *plain, const BoSlotRequest *request)
{
    return DirectFunctionCall3(bookonce_slot_key, Int64GetDatum(plain->resource_id), Int32GetDatum(1),
                               RangeTypePGetDatum(request->during));
}

/* Nobody has begun to change or to release it. */
static bool is_untouched(TupleTableSlot *row)
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
static SlotLook look_at_slot(BoPlain *plain, const BoSlotRequest *request, TimestampTz now)
{
    Relation index = open_index(plain, plain->tables->no_overlap);
    IndexFetchTableData *fetch;
    TupleTableSlot *row;
    bool is_taken, has_more = false;

    if (request->allow_overlap)
        return SLOT_FREE;
    if (!bo_slot_key_look(index, DatumGetSlotKeyP(slot_of(plain, request)), NULL, &plain->conflicting))
        return SLOT_EMPTY;
    /* By way of the index, which knows a confirmed hold by the place where it was made. */
    row = table_slot_create(plain->booking, NULL);
    fetch = table_index_fetch_begin(plain->booking);
    is_taken = table_index_fetch_tuple(fetch, &plain->conflicting, GetActiveSnapshot(), row, &has_more, NULL) &&
               is_untouched(row) && blocks_all(plain, request, row, now);
    if (is_taken)
        plain->conflicting = row->tts_tid;
    table_index_fetch_end(fetch);
    ExecDropSingleTupleTableSlot(row);
    return !is_taken && is_free(plain, plain->tables->no_overlap) ? SLOT_FREE : SLOT_TAKEN;
}

/* ExecInsertIndexTuples(), whose arguments changed in PostgreSQL 16. False: somebody wrote at the same instant. */
static bool insert_keys(BoPlain *plain)
{
    List *arbiters = list_make2_oid(plain->tables->no_overlap, plain->tables->key);
    bool conflict = false;

#if PG_VERSION_NUM >= 160000
    ExecInsertIndexTuples(plain->target, plain->row, plain->state, false, true, &conflict, arbiters, false);
#else
    ExecInsertIndexTuples(plain->target, plain->row, plain->state, false, true, &conflict, arbiters);
#endif
    return !conflict;
}

/*
 * The same, for a slot at which the index had nothing. As the constraint does: the entry first, then a look, so that of
 * two who write at the same instant one at least meets the other. If it finds as little as before, there is nothing
 * that the constraint would have to judge.
 */
static bool insert_keys_where_empty(BoPlain *plain, const BoSlotRequest *request)
{
    int guard = index_number(plain, plain->tables->no_overlap);
    Relation index = plain->target->ri_IndexRelationDescs[guard];
    IndexInfo *info = plain->target->ri_IndexRelationInfo[guard];
    Datum slot = slot_of(plain, request);
    bool is_null = false, inserted;

    index_insert(index, &slot, &is_null, &plain->row->tts_tid, plain->booking, UNIQUE_CHECK_NO, false, info);
    if (bo_slot_key_look(index, DatumGetSlotKeyP(slot), &plain->row->tts_tid, &plain->conflicting))
        return false;
    info->ii_ReadyForInserts = false; /* it has its entry */
    inserted = insert_keys(plain);
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
static bool insert_row(BoPlain *plain, const BoSlotRequest *request, TimestampTz now)
{
    bool inserted = false, again = false;

    while (!inserted)
    {
        TransactionId xid;
        uint32 token;
        SlotLook look;

        CHECK_FOR_INTERRUPTS();
        ResetPerTupleExprContext(plain->state);
        if (!is_free(plain, plain->tables->key))
            return false;
        look = look_at_slot(plain, request, now);
        if (look == SLOT_TAKEN)
            return false;
        xid = GetCurrentTransactionId();
        token = SpeculativeInsertionLockAcquire(xid);
        table_tuple_insert_speculative(plain->booking, plain->row, GetCurrentCommandId(true), 0, NULL, token);
        inserted = look == SLOT_EMPTY && !again && plain->tables->guard_comes_first
                       ? insert_keys_where_empty(plain, request)
                       : insert_keys(plain);
        table_tuple_complete_speculative(plain->booking, plain->row, token, inserted);
        SpeculativeInsertionLockRelease(xid);
        again = true;
    }
    return true;
}

/* The row that the answer describes, if nothing is in its way. */
BoPlainResult bo_plain_insert(BoPlain *plain, const BoSlotRequest *request, const BoBookingAnswer *answer,
                              TimestampTz now)
{
    BoPlainResult result;

    begin_statement();
    result = find_resource(plain, request);
    if (result == BO_PLAIN_INSERTED)
    {
        fill_row(plain, request, answer, now);
        if (!insert_row(plain, request, now))
            result = BO_PLAIN_CONFLICT;
    }
    end_statement();
    return result;
}

/* A booking made alone and still where it was asked for: the answer is all in its row. */
static BoPlainResult read_replay(BoPlain *plain, BoStore *store, const BoSlotRequest *request, TupleTableSlot *row,
                                 BoBookingAnswer *answer, TimestampTz now)
{
    bool is_null;
    Datum value = column(row, BO_BOOKING_REQUEST_HASH, &is_null);

    if (is_null || DatumGetInt64(value) != request->request_hash)
        bo_error_key_reused(request->idempotency_key);
    (void)column(row, BO_BOOKING_GROUP_ID, &is_null);
    if (!is_null || DatumGetInt64(column(row, BO_BOOKING_RESOURCE_ID, &is_null)) != plain->resource_id)
        return BO_PLAIN_KEY_ELSEWHERE;

    answer->outcome = BO_BOOKED;
    answer->replayed = true;
    answer->booking_id = *DatumGetUUIDP(column(row, BO_BOOKING_ID, &is_null));
    answer->units[0] = DatumGetInt32(column(row, BO_BOOKING_UNIT, &is_null));
    answer->unit_count = is_null ? 0 : 1;
    answer->during = bo_answer_copy(store, column(row, BO_BOOKING_DURING, &is_null));
    answer->status = status_of(plain, row);
    answer->hold_expires_at = DatumGetTimestampTz(column(row, BO_BOOKING_HOLD_EXPIRES_AT, &is_null));
    if (answer->status == BO_STATUS_HELD && answer->hold_expires_at <= now)
        answer->status = BO_STATUS_EXPIRED;
    return BO_PLAIN_REPLAYED;
}

static Datum as_multirange(BoStore *store, RangeType **times, int count)
{
    TypeCacheEntry *type = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);

    return PointerGetDatum(
        bo_answer_copy(store, PointerGetDatum(make_multirange(TSTZMULTIRANGEOID, type, count, times))));
}

/*
 * SELECT .. FROM bookonce.booking WHERE slot_key(resource_id, unit, blocks) && slot_key($1, 1, $2)
 * AND is_live(released_at): the times of those that count, or 0; and are there lapsed holds?
 */
static Datum find_blockers(BoPlain *plain, BoStore *store, const BoSlotRequest *request, TimestampTz now, bool *lapsed)
{
    TupleTableSlot *row = table_slot_create(plain->booking, NULL);
    IndexScanDesc scan;
    ScanKeyData key;
    int room = 4, count = 0;
    RangeType **times = palloc(sizeof(RangeType *) * room);
    bool is_null;

    ScanKeyInit(&key, 1, BO_SLOT_STRATEGY_OVERLAPS, plain->tables->overlaps, slot_of(plain, request));
    scan = bo_begin_index_scan(plain->booking, open_index(plain, plain->tables->no_overlap), &key, 1);
    while (index_getnext_slot(scan, ForwardScanDirection, row))
    {
        if (has_lapsed(plain, row, now))
        {
            *lapsed = true;
            continue;
        }
        if (count == room)
            times = repalloc(times, sizeof(RangeType *) * (room *= 2));
        times[count++] = DatumGetRangeTypePCopy(column(row, BO_BOOKING_BLOCKS, &is_null));
    }
    index_endscan(scan);
    ExecDropSingleTupleTableSlot(row);
    return count == 0 ? (Datum)0 : as_multirange(store, times, count);
}

static bool has_key(TupleTableSlot *row, const BoSlotRequest *request)
{
    bool is_null;
    Datum key = column(row, BO_BOOKING_IDEMPOTENCY_KEY, &is_null);

    return !is_null && request->idempotency_key != NULL &&
           bo_arguments_same_text(DatumGetTextPP(key), request->idempotency_key) &&
           bo_arguments_same_text(DatumGetTextPP(column(row, BO_BOOKING_TENANT, &is_null)), request->tenant);
}

/* SELECT .. FROM bookonce.booking WHERE tenant = $1 AND idempotency_key = $2 */
static BoPlainResult find_key(BoPlain *plain, BoStore *store, const BoSlotRequest *request, BoBookingAnswer *answer,
                              TimestampTz now)
{
    BoPlainResult result = BO_PLAIN_FREE;
    TupleTableSlot *row;
    IndexScanDesc scan;

    if (request->idempotency_key == NULL)
        return result;
    row = table_slot_create(plain->booking, NULL);
    scan = begin_name_scan(plain->booking, open_index(plain, plain->tables->key), request->tenant,
                           request->idempotency_key);
    if (index_getnext_slot(scan, ForwardScanDirection, row))
        result = read_replay(plain, store, request, row, answer, now);
    index_endscan(scan);
    ExecDropSingleTupleTableSlot(row);
    return result;
}

/* Neither key nor slot is to be had from the row that was met: look at what there is now. */
static BoPlainResult search(BoPlain *plain, BoStore *store, const BoSlotRequest *request, BoBookingAnswer *answer,
                            TimestampTz now)
{
    BoPlainResult result = find_key(plain, store, request, answer, now);
    bool lapsed = false;

    if (result != BO_PLAIN_FREE || request->allow_overlap)
        return result;
    answer->busy = find_blockers(plain, store, request, now, &lapsed);
    return answer->busy != 0 ? BO_PLAIN_TAKEN : lapsed ? BO_PLAIN_LAPSED : BO_PLAIN_FREE;
}

/*
 * Why bo_plain_insert() met a conflict, by what is committed now: the key's own row, or
 * what is in the way. Mostly the row that it met says all. If that row has all of the
 * time and still stands, the key cannot have got it since it was found free.
 */
BoPlainResult bo_plain_diagnose(BoPlain *plain, BoStore *store, const BoSlotRequest *request, BoBookingAnswer *answer,
                                TimestampTz now)
{
    TupleTableSlot *met = table_slot_create(plain->booking, NULL);
    BoPlainResult result;

    begin_statement();
    if (!table_tuple_fetch_row_version(plain->booking, &plain->conflicting, GetActiveSnapshot(), met))
        result = search(plain, store, request, answer, now);
    else if (has_key(met, request))
        result = read_replay(plain, store, request, met, answer, now);
    else if (!request->allow_overlap && blocks_all(plain, request, met, now))
    {
        bool is_null;
        RangeType *all = DatumGetRangeTypeP(column(met, BO_BOOKING_BLOCKS, &is_null));

        answer->busy = as_multirange(store, &all, 1);
        result = BO_PLAIN_TAKEN;
    }
    else
        result = search(plain, store, request, answer, now);
    end_statement();
    ExecDropSingleTupleTableSlot(met);
    return result;
}
