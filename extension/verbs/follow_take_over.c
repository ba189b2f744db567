/*
 * follow_take_over.c
 *   The rows that a table has when it is followed become bookings.
 *
 * One scan, one sort by resource and time, and a sweep that gives each row the lowest free unit; a row that gets none
 * overlaps. The bookings are written many at a time. If a batch is refused, a booking that a verb made is in the way,
 * and each row is tried alone. Rules are not asked, because the rows exist already, but buffers are kept around them.
 * When the table is followed again, what is booked already stays as it is.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/follow_table.h"

#include "access/tableam.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "base/error.h"
#include "base/error_follow.h"
#include "base/followed_id.h"
#include "store/parameter_array.h"
#include "store/store_booking.h"
#include "store/store_follow.h"
#include "guard/guard.h"
#include "verbs/book_slot.h"
#include "verbs/follow.h"
#include "verbs/followed_known.h"
#include "verbs/policy.h"

/* How many bookings one statement writes, and how many examples an error shows. */
#define BATCH 5000
#define SHOWN 3

/* The resource whose rows are being placed. */
typedef struct Sweep
{
    text *resource; /* or NULL: none yet */
    int64 resource_id;
    int32 capacity;
    BoRules rules;
    TimestampTz *free_at; /* of each unit */
    text **key;           /* of each unit, the key of the row that had it last */
} Sweep;

/* A row that waits to be written, and its units: those of `units` from first on, or none. */
typedef struct Placed
{
    BoFollowedRow row;
    RangeType *blocks;
    int64 resource_id;
    int first;
    int unit_count;
} Placed;

typedef struct TakeOver
{
    const BoFollowed *followed;
    BoStore store;
    bool keeps_overlaps;
    BoTakenOver taken;
    StringInfoData overlaps; /* the first pairs, a line each */
    int overlaps_shown;
    StringInfoData strays; /* the first rows without time */
    HTAB *known;           /* what is booked already, if the table is followed again */
    int64 kept;            /* of these, those without a unit */
    Sweep sweep;
    MemoryContext sweep_context;
    MemoryContext batch_context;
    Placed *placed;
    int placed_count;
    int32 *units;
    int unit_count;
} TakeOver;

/* other: the key of the row that it overlaps; NULL if it overlaps a booking that a verb made. */
static void take_note_overlap(TakeOver *take, const BoFollowedRow *row, const text *other)
{
    take->taken.overlapping++;
    if (take->overlaps_shown++ >= SHOWN)
        return;
    appendStringInfo(&take->overlaps, "%sRow %s at %s overlaps %s in resource \"%s\".",
                     take->overlaps.len == 0 ? "" : "\n", text_to_cstring(row->key), bo_error_range_text(row->during),
                     other == NULL ? "a booking" : psprintf("row %s", text_to_cstring(other)),
                     text_to_cstring(row->resource));
}

/* Returns true if the row is booked already as it is. An overlap that was kept before is kept again. */
static bool take_is_known(TakeOver *take, const BoFollowedRow *row)
{
    const BoFollowedKnown *known = hash_search(take->known, &row->id, HASH_FIND, NULL);

    if (known == NULL)
        return false;
    take->taken.booked++;
    take->kept += known->has_no_unit;
    return true;
}

static void take_note_stray(TakeOver *take, const BoFollowedRow *row)
{
    if (take->taken.without_time++ < SHOWN)
        appendStringInfo(&take->strays, "%s%s", take->strays.len == 0 ? "" : "; ", text_to_cstring(row->key));
}

/* Collects the rows that are live and have a resource and a time, sorted by these. */
static Tuplesortstate *take_sort(TakeOver *take, Relation relation, TupleTableSlot **sorted)
{
    BoFollowedReader reader = bo_followed_reader_with_key(take->followed->number, relation);
    Snapshot snapshot = RegisterSnapshot(GetLatestSnapshot());
    TableScanDesc scan = table_beginscan(relation, snapshot, 0, NULL BO_NO_SCAN_FLAGS);
    TupleTableSlot *row = table_slot_create(relation, NULL);
    TupleDesc columns = CreateTupleDescCopy(reader.projection->pi_state.resultslot->tts_tupleDescriptor);
    Tuplesortstate *sort = bo_followed_sort(columns);

    *sorted = MakeSingleTupleTableSlot(columns, &TTSOpsMinimalTuple);
    while (table_scan_getnextslot(scan, ForwardScanDirection, row))
    {
        BoFollowedRow read;
        TupleTableSlot *read_columns = bo_followed_project(&reader, row);
        MemoryContext caller = MemoryContextSwitchTo(take->batch_context);

        CHECK_FOR_INTERRUPTS();
        bo_followed_read_columns(read_columns, &read);
        if (!read.is_live)
            take->taken.not_live++;
        else if (!read.is_booked || !bo_value_is_slot(read.during))
            take_note_stray(take, &read);
        else if (!take_is_known(take, &read))
        {
            bo_followed_check(&read);
            tuplesort_puttupleslot(sort, read_columns);
        }
        MemoryContextSwitchTo(caller);
        MemoryContextReset(take->batch_context);
    }
    ExecDropSingleTupleTableSlot(row);
    table_endscan(scan);
    UnregisterSnapshot(snapshot);
    bo_followed_reader_end(&reader);
    tuplesort_performsort(sort);
    return sort;
}

/* Looks the resource up, and defines it if that is allowed. */
static void take_find_rules(TakeOver *take, text *resource)
{
    Sweep *sweep = &take->sweep;
    BoStore *store = &take->store;
    BoRow row;

    bo_store_begin_part(store);
    if (bo_store_run_latest(store, &bo_sql_find_rules, bo_text(take->followed->tenant), bo_text(resource)) == 0)
    {
        if (!take->followed->defines)
            bo_error_unknown_resource(resource);
        bo_store_run(store, &bo_sql_define_plain_resources, bo_text(take->followed->tenant), bo_texts(&resource, 1));
        if (bo_store_run_latest(store, &bo_sql_find_rules, bo_text(take->followed->tenant), bo_text(resource)) == 0)
            bo_error_owners_constraint();
    }
    row = bo_store_row(0);
    sweep->resource_id = bo_row_int8(row, BO_FIND_RULES_RESOURCE_ID);
    sweep->capacity = bo_policy_read_capacity(row, BO_FIND_RULES_CAPACITY, resource);
    (void)bo_policy_read_rules(row, BO_FIND_RULES_RULES, resource, &sweep->rules);
    bo_store_end_part(store);
}

static void take_begin_resource(TakeOver *take, text *resource)
{
    Sweep *sweep = &take->sweep;
    MemoryContext caller = CurrentMemoryContext;

    MemoryContextReset(take->sweep_context);
    take_find_rules(take, resource);
    MemoryContextSwitchTo(take->sweep_context);
    sweep->resource = (text *)PG_DETOAST_DATUM_COPY(PointerGetDatum(resource));
    sweep->free_at = palloc_extended(sizeof(TimestampTz) * sweep->capacity, MCXT_ALLOC_HUGE);
    sweep->key = palloc0(sizeof(text *) * sweep->capacity);
    for (int unit = 0; unit < sweep->capacity; unit++)
        sweep->free_at[unit] = DT_NOBEGIN;
    MemoryContextSwitchTo(caller);
}

/* Appends the lowest free units to those of the batch. Returns false if there are too few. */
static bool take_find_units(TakeOver *take, Placed *placed, TimestampTz start)
{
    const Sweep *sweep = &take->sweep;

    placed->first = take->unit_count;
    placed->unit_count = 0;
    for (int unit = 0; unit < sweep->capacity && placed->unit_count < placed->row.quantity; unit++)
        if (sweep->free_at[unit] <= start)
            take->units[placed->first + placed->unit_count++] = unit + 1;
    return placed->unit_count == placed->row.quantity;
}

static void take_units(TakeOver *take, const Placed *placed, TimestampTz end)
{
    Sweep *sweep = &take->sweep;
    MemoryContext caller = MemoryContextSwitchTo(take->sweep_context);

    for (int i = 0; i < placed->unit_count; i++)
    {
        int unit = take->units[placed->first + i] - 1;

        sweep->free_at[unit] = end;
        if (sweep->key[unit] != NULL)
            pfree(sweep->key[unit]);
        sweep->key[unit] = (text *)PG_DETOAST_DATUM_COPY(PointerGetDatum(placed->row.key));
    }
    take->unit_count += placed->unit_count;
    MemoryContextSwitchTo(caller);
}

/* Gives the row its units, or none where it overlaps. */
static void take_place(TakeOver *take, const BoFollowedRow *row)
{
    Placed *placed = &take->placed[take->placed_count];
    RangeBound lower, upper;
    bool is_empty;

    *placed = (Placed){.row = *row, .resource_id = take->sweep.resource_id};
    placed->blocks =
        take->followed->rules ? bo_policy_widen(&take->store, row->during, &take->sweep.rules) : row->during;
    range_deserialize(lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO), placed->blocks, &lower, &upper, &is_empty);
    if (take_find_units(take, placed, DatumGetTimestampTz(lower.val)))
        take_units(take, placed, DatumGetTimestampTz(upper.val));
    else
    {
        placed->unit_count = 0;
        take_note_overlap(take, row, take->sweep.key[0]);
    }
    take->placed_count++;
}

typedef struct TakeColumns
{
    BoArrayMaker booking_ids;
    BoArrayMaker resource_ids;
    BoArrayMaker units;
    BoArrayMaker durings;
    BoArrayMaker blocks;
    BoArrayMaker holders;
    BoArrayMaker group_ids;
} TakeColumns;

static void take_append_row(TakeOver *take, TakeColumns *columns, const Placed *placed)
{
    for (int i = 0; i < placed->row.quantity; i++)
    {
        pg_uuid_t *id = palloc(sizeof(pg_uuid_t));

        bo_followed_id_of_unit(id, &placed->row.id, i + 1);
        bo_array_append(&columns->booking_ids, bo_uuid(id));
        bo_array_append(&columns->resource_ids, bo_int8(placed->resource_id));
        bo_array_append(&columns->units,
                        placed->unit_count == 0 ? bo_null(INT4OID) : bo_int4(take->units[placed->first + i]));
        bo_array_append(&columns->durings, bo_range(placed->row.during));
        bo_array_append(&columns->blocks, bo_range(placed->blocks));
        bo_array_append(&columns->holders, bo_text(placed->row.holder));
        bo_array_append(&columns->group_ids, bo_nullable(bo_uuid(&placed->row.id), placed->row.quantity == 1));
    }
}

/* Returns true if every booking of the rows was written. */
static bool take_insert(TakeOver *take, const Placed *placed, int count)
{
    int most = 0;
    TakeColumns columns;

    for (int i = 0; i < count; i++)
        most += placed[i].row.quantity;
    columns = (TakeColumns){bo_array_maker(UUIDOID, most),      bo_array_maker(INT8OID, most),
                            bo_array_maker(INT4OID, most),      bo_array_maker(TSTZRANGEOID, most),
                            bo_array_maker(TSTZRANGEOID, most), bo_array_maker(TEXTOID, most),
                            bo_array_maker(UUIDOID, most)};
    for (int i = 0; i < count; i++)
        take_append_row(take, &columns, &placed[i]);
    return bo_store_run_latest(&take->store, &bo_sql_insert_followed, bo_text(take->followed->tenant),
                               bo_array_made(&columns.booking_ids), bo_array_made(&columns.resource_ids),
                               bo_array_made(&columns.units), bo_array_made(&columns.durings),
                               bo_array_made(&columns.blocks), bo_array_made(&columns.holders),
                               bo_array_made(&columns.group_ids)) == (uint64)most;
}

/* Books a row alone, on whatever units are left, because a verb's booking is in its place. */
static void take_again(TakeOver *take, Placed *placed)
{
    pg_uuid_t *ids = palloc(sizeof(pg_uuid_t) * placed->row.quantity);
    BoBookingAnswer answer = {0};
    BoSlotCall call;
    int written;

    for (int i = 0; i < placed->row.quantity; i++)
        bo_followed_id_of_unit(&ids[i], &placed->row.id, i + 1);
    written = (int)bo_store_run_latest(&take->store, &bo_sql_find_bookings, bo_text(take->followed->tenant),
                                       bo_uuids(ids, placed->row.quantity));
    if (written == placed->row.quantity)
        return;
    if (written > 0)
        bo_store_run_latest(&take->store, &bo_sql_delete_bookings, bo_text(take->followed->tenant),
                            bo_uuids(ids, placed->row.quantity));
    if (placed->unit_count > 0)
    {
        bo_follow_call(take->followed, &placed->row, &call);
        call.only_guard = true;
        bo_slot_book(&take->store, &call, &answer);
        if (answer.outcome == BO_BOOKED)
            return;
        take_note_overlap(take, &placed->row, NULL);
        placed->unit_count = 0;
    }
    if (take->keeps_overlaps && !take_insert(take, placed, 1))
        bo_error_owners_constraint();
}

static void take_flush(TakeOver *take)
{
    bool is_refused = take->taken.overlapping > 0 && !take->keeps_overlaps; /* then only the count matters */

    if (!is_refused && take->placed_count > 0)
    {
        bo_store_begin_part(&take->store);
        if (!take_insert(take, take->placed, take->placed_count))
            for (int i = 0; i < take->placed_count; i++)
                take_again(take, &take->placed[i]);
        bo_store_end_part(&take->store);
    }
    take->taken.booked += take->placed_count;
    take->placed_count = take->unit_count = 0;
    MemoryContextReset(take->batch_context);
}

static void take_all(TakeOver *take, Tuplesortstate *sort, TupleTableSlot *sorted)
{
    MemoryContext caller = CurrentMemoryContext;

    take->placed = palloc(sizeof(Placed) * BATCH);
    take->units = palloc(sizeof(int32) * (BATCH + BO_MAX_CAPACITY));
    take->store.answer_context = take->batch_context;
    while (tuplesort_gettupleslot(sort, true, false, sorted, NULL))
    {
        BoFollowedRow row;

        CHECK_FOR_INTERRUPTS();
        MemoryContextSwitchTo(take->batch_context);
        bo_followed_read_columns(sorted, &row);
        MemoryContextSwitchTo(caller);
        if (take->sweep.resource == NULL || !bo_arguments_same_text(take->sweep.resource, row.resource))
            take_begin_resource(take, row.resource);
        take_place(take, &row);
        if (take->placed_count == BATCH || take->unit_count >= BATCH)
            take_flush(take);
    }
    take_flush(take);
}

static void take_tell(const TakeOver *take, Relation relation)
{
    if (take->taken.overlapping > 0 && !take->keeps_overlaps)
        bo_error_followed_overlaps(relation, take->taken.overlapping, take->overlaps.data);
    if (take->taken.overlapping > 0)
        bo_tell_followed_overlaps(relation, take->taken.overlapping, take->overlaps.data);
    if (take->taken.without_time > 0)
        bo_tell_followed_strays(relation, take->taken.without_time, take->strays.data);
}

/* Raises 23P01 if rows overlap, unless they are to be kept. The caller has locked the table and made its triggers. */
BoTakenOver bo_follow_take_over(BoFollowed *followed, Relation relation, bool keeps_overlaps)
{
    TakeOver take = {.followed = followed, .keeps_overlaps = keeps_overlaps};
    TupleTableSlot *sorted;
    Tuplesortstate *sort;

    take.sweep_context = AllocSetContextCreate(CurrentMemoryContext, "bookonce resource", ALLOCSET_DEFAULT_SIZES);
    take.batch_context = AllocSetContextCreate(CurrentMemoryContext, "bookonce batch", ALLOCSET_DEFAULT_SIZES);
    initStringInfo(&take.overlaps);
    initStringInfo(&take.strays);
    take.known = bo_followed_known(followed->number, followed->tenant);
    sort = take_sort(&take, relation, &sorted);

    bo_store_open(&take.store);
    bo_guard_require();
    take_all(&take, sort, sorted);
    bo_store_close(&take.store);

    ExecDropSingleTupleTableSlot(sorted);
    tuplesort_end(sort);
    MemoryContextDelete(take.batch_context);
    MemoryContextDelete(take.sweep_context);
    take_tell(&take, relation);
    take.taken.overlapping += take.kept;
    return take.taken;
}
