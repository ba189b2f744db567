/*
 * direct_diagnose.c
 *   Why bo_direct_insert() met a conflict: the key's own row, which repeats the first answer, or what is in the way.
 *
 * It only reads, like two queries that see what is committed by now. The SQL is shown above the code that replaces it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "guard/direct.h"

#include "access/genam.h"
#include "access/sysattr.h"
#include "access/tableam.h"
#include "catalog/pg_type.h"
#include "utils/snapmgr.h"

#include "base/error.h"
#include "base/label.h"
#include "guard/index_scan.h"
#include "guard/slot_key.h"

/* If the key's booking was made alone and is still on the resource of the call, its row is the whole answer. */
static BoDirectDiagnosis direct_read_replay(BoDirect *direct, BoStore *store, const BoSlotCall *call,
                                            TupleTableSlot *row, BoBookingAnswer *answer, TimestampTz now)
{
    bool is_null;
    Datum value = bo_direct_column(row, BO_BOOKING_REQUEST_HASH, &is_null);

    if (is_null || DatumGetInt64(value) != call->request_hash)
        bo_error_key_reused(call->idempotency_key);
    (void)bo_direct_column(row, BO_BOOKING_GROUP_ID, &is_null);
    if (!is_null || DatumGetInt64(bo_direct_column(row, BO_BOOKING_RESOURCE_ID, &is_null)) != direct->resource_id)
        return BO_DIRECT_KEY_ELSEWHERE;

    answer->outcome = BO_BOOKED;
    answer->replayed = true;
    answer->writer = DatumGetTransactionId(slot_getsysattr(row, MinTransactionIdAttributeNumber, &is_null));
    answer->booking_id = *DatumGetUUIDP(bo_direct_column(row, BO_BOOKING_ID, &is_null));
    answer->units[0] = DatumGetInt32(bo_direct_column(row, BO_BOOKING_UNIT, &is_null));
    answer->unit_count = is_null ? 0 : 1;
    answer->during = bo_store_copy(store, bo_direct_column(row, BO_BOOKING_DURING, &is_null));
    answer->status = bo_direct_status_of(direct, row);
    answer->lapses_at = DatumGetTimestampTz(bo_direct_column(row, BO_BOOKING_LAPSES_AT, &is_null));
    if (is_null)
        answer->lapses_at = DT_NOEND;
    if (bo_answer_has_lapsed(answer, now))
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
 * A copy of the time that the row takes, as verbs/capacity.c reports it: on a plain resource all of it, elsewhere the
 * part within what the slot would block.
 */
static RangeType *direct_busy_time(const BoDirect *direct, TupleTableSlot *row)
{
    bool is_null;
    RangeType *blocks = DatumGetRangeTypePCopy(bo_direct_column(row, BO_BOOKING_BLOCKS, &is_null));

    return direct->is_plain ? blocks
                            : range_intersect_internal(lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO), blocks,
                                                       direct->blocks);
}

/*
 * SELECT .. FROM bookonce.booking WHERE slot_key(resource_id, unit, blocks) && slot_key($1, 1, $2) AND
 * is_live(released_at). Returns the times of those that count, or 0, and whether there are lapsed holds.
 */
static Datum direct_find_blockers(BoDirect *direct, BoStore *store, TimestampTz now, bool *lapsed)
{
    TupleTableSlot *row = table_slot_create(direct->booking, NULL);
    IndexScanDesc scan;
    ScanKeyData key;
    int room = 4, count = 0;
    RangeType **times = palloc(sizeof(RangeType *) * room);

    ScanKeyInit(&key, 1, BO_SLOT_STRATEGY_OVERLAPS, direct->tables->overlaps, bo_direct_slot_of(direct));
    scan = bo_index_scan_begin(direct->booking, bo_direct_open_index(direct, direct->tables->no_overlap), &key, 1);
    while (index_getnext_slot(scan, ForwardScanDirection, row))
    {
        if (bo_direct_has_lapsed(row, now))
        {
            *lapsed = true;
            continue;
        }
        if (count == room)
            times = repalloc(times, sizeof(RangeType *) * (room *= 2));
        times[count++] = direct_busy_time(direct, row);
    }
    index_endscan(scan);
    ExecDropSingleTupleTableSlot(row);
    return count == 0 ? (Datum)0 : direct_as_multirange(store, times, count);
}

static bool direct_has_key(TupleTableSlot *row, const BoSlotCall *call)
{
    bool is_null;
    Datum key = bo_direct_column(row, BO_BOOKING_IDEMPOTENCY_KEY, &is_null);

    return !is_null && call->idempotency_key != NULL &&
           bo_arguments_same_text(DatumGetTextPP(key), call->idempotency_key) &&
           bo_arguments_same_text(DatumGetTextPP(bo_direct_column(row, BO_BOOKING_TENANT, &is_null)), call->tenant);
}

/* SELECT .. FROM bookonce.booking WHERE tenant = $1 AND idempotency_key = $2 */
static BoDirectDiagnosis direct_find_key(BoDirect *direct, BoStore *store, const BoSlotCall *call,
                                         BoBookingAnswer *answer, TimestampTz now)
{
    BoDirectDiagnosis result = BO_DIRECT_FREE;
    TupleTableSlot *row;
    IndexScanDesc scan;

    if (call->idempotency_key == NULL)
        return result;
    row = table_slot_create(direct->booking, NULL);
    scan = bo_direct_begin_text_scan(direct->booking, bo_direct_open_index(direct, direct->tables->key),
                                     call->idempotency_key, call->tenant);
    if (index_getnext_slot(scan, ForwardScanDirection, row))
        result = direct_read_replay(direct, store, call, row, answer, now);
    index_endscan(scan);
    ExecDropSingleTupleTableSlot(row);
    return result;
}

/* Called when a rule refuses the slot, because a call that has booked it before must be answered with its booking. */
BoDirectDiagnosis bo_direct_replay(BoDirect *direct, BoStore *store, const BoSlotCall *call, BoBookingAnswer *answer,
                                   TimestampTz now)
{
    BoDirectDiagnosis result;

    bo_direct_begin_statement();
    result = direct_find_key(direct, store, call, answer, now);
    bo_direct_end_statement();
    return result;
}

/*
 * Called when the row that was met is neither the key's row nor one that takes the whole slot: looks at what there is
 * now.
 */
static BoDirectDiagnosis direct_search(BoDirect *direct, BoStore *store, const BoSlotCall *call,
                                       BoBookingAnswer *answer, TimestampTz now)
{
    BoDirectDiagnosis result = direct_find_key(direct, store, call, answer, now);
    bool lapsed = false;

    if (result != BO_DIRECT_FREE || call->allow_overlap)
        return result;
    answer->busy = direct_find_blockers(direct, store, now, &lapsed);
    return answer->busy != 0 ? BO_DIRECT_TAKEN : lapsed ? BO_DIRECT_LAPSED : BO_DIRECT_FREE;
}

/*
 * Finds out why bo_direct_insert() met a conflict, from what is committed now: the key's own row, or what is in the
 * way. Usually the row that it met is enough. If that row has all of the time and still stands, nobody can have taken
 * the key since it was found free.
 */
BoDirectDiagnosis bo_direct_diagnose(BoDirect *direct, BoStore *store, const BoSlotCall *call, BoBookingAnswer *answer,
                                     TimestampTz now)
{
    TupleTableSlot *met;
    BoDirectDiagnosis result;

    /* The row that was met has the key, or it has one of several units. */
    if (direct->capacity > 1 && !call->allow_overlap)
    {
        result = bo_direct_replay(direct, store, call, answer, now);
        return result == BO_DIRECT_FREE ? BO_DIRECT_NO_UNIT : result;
    }
    met = table_slot_create(direct->booking, NULL);
    /* An invalid place has InvalidBlockNumber as its block, and a read of that block (P_NEW) extends the table. */
    Assert(ItemPointerIsValid(&direct->conflicting));
    bo_direct_begin_statement();
    if (!table_tuple_fetch_row_version(direct->booking, &direct->conflicting, GetActiveSnapshot(), met))
        result = direct_search(direct, store, call, answer, now);
    else if (direct_has_key(met, call))
        result = direct_read_replay(direct, store, call, met, answer, now);
    else if (!call->allow_overlap && bo_direct_blocks_all(direct, met, now))
    {
        RangeType *all = direct_busy_time(direct, met);

        answer->busy = direct_as_multirange(store, &all, 1);
        result = BO_DIRECT_TAKEN;
    }
    else
        result = direct_search(direct, store, call, answer, now);
    bo_direct_end_statement();
    ExecDropSingleTupleTableSlot(met);
    return result;
}
