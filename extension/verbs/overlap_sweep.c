/*
 * overlap_sweep.c
 *   The pairs that overlap among any number of slots, by one sort and one pass.
 *
 * Slots are sorted by resource and start. Those that have not ended when the next one starts are kept in a heap, the
 * first to end on top: each of them overlaps the next one. So all pairs are counted in n log n, however many there are,
 * and only those that are to be shown are visited one by one.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/overlap_sweep.h"

#include "access/tupdesc.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/tuplesort.h"

enum
{
    SWEEP_RESOURCE = 1,
    SWEEP_START,
    SWEEP_END,
    SWEEP_TABLE,
    SWEEP_PLACE,
    SWEEP_COLUMNS = SWEEP_PLACE
};

typedef struct SweepSlot
{
    int64 resource;
    int64 start;
    int64 end;
    BoRowPlace row;
} SweepSlot;

struct BoSweep
{
    TupleTableSlot *put; /* what goes into the sort */
    TupleTableSlot *row; /* what comes out of it */
    Tuplesortstate *sort;
    SweepSlot *open; /* a heap: of the resource at hand, those that have not ended */
    uint64 open_count;
    uint64 open_room;
    BoOverlap *pairs;
    uint64 pair_count;
    uint64 pair_room;
};

#define INT8_LESS 412 /* the operators < of bigint and tid */
#define TID_LESS 2799

BoSweep *bo_sweep_begin(void)
{
    BoSweep *sweep = palloc0(sizeof(BoSweep));
    TupleDesc columns = CreateTemplateTupleDesc(SWEEP_COLUMNS);
    /* Sorted down to the place of the row, so that the same pairs are shown each time. */
    AttrNumber by[] = {SWEEP_RESOURCE, SWEEP_START, SWEEP_END, SWEEP_PLACE};
    Oid operators[] = {INT8_LESS, INT8_LESS, INT8_LESS, TID_LESS};
    Oid collations[] = {InvalidOid, InvalidOid, InvalidOid, InvalidOid};
    bool nulls_first[] = {false, false, false, false};

    TupleDescInitEntry(columns, SWEEP_RESOURCE, "resource", INT8OID, -1, 0);
    TupleDescInitEntry(columns, SWEEP_START, "start", INT8OID, -1, 0);
    TupleDescInitEntry(columns, SWEEP_END, "end", INT8OID, -1, 0);
    TupleDescInitEntry(columns, SWEEP_TABLE, "table", OIDOID, -1, 0);
    TupleDescInitEntry(columns, SWEEP_PLACE, "place", TIDOID, -1, 0);
    TupleDescFinalize(columns);
    sweep->sort = tuplesort_begin_heap(columns, lengthof(by), by, operators, collations, nulls_first,
                                       maintenance_work_mem, NULL, TUPLESORT_NONE);
    sweep->put = MakeSingleTupleTableSlot(columns, &TTSOpsVirtual);
    sweep->row = MakeSingleTupleTableSlot(columns, &TTSOpsMinimalTuple);
    return sweep;
}

void bo_sweep_put(BoSweep *sweep, const BoSlotKey *slot, const BoRowPlace *row)
{
    Datum values[] = {Int64GetDatum(slot->resource_id), Int64GetDatum(slot->start), Int64GetDatum(slot->end),
                      ObjectIdGetDatum(row->table), PointerGetDatum(&row->place)};
    TupleTableSlot *put = sweep->put;

    ExecClearTuple(put);
    memcpy(put->tts_values, values, sizeof(values));
    memset(put->tts_isnull, false, sizeof(bool) * SWEEP_COLUMNS);
    tuplesort_puttupleslot(sweep->sort, ExecStoreVirtualTuple(put));
}

static SweepSlot sweep_read(TupleTableSlot *row)
{
    SweepSlot slot;

    slot_getallattrs(row);
    slot.resource = DatumGetInt64(row->tts_values[SWEEP_RESOURCE - 1]);
    slot.start = DatumGetInt64(row->tts_values[SWEEP_START - 1]);
    slot.end = DatumGetInt64(row->tts_values[SWEEP_END - 1]);
    slot.row.table = DatumGetObjectId(row->tts_values[SWEEP_TABLE - 1]);
    slot.row.place = *(ItemPointer)DatumGetPointer(row->tts_values[SWEEP_PLACE - 1]);
    return slot;
}

static void *sweep_make_room(void *array, uint64 count, uint64 *room, Size size)
{
    if (count < *room)
        return array;
    *room = Max(*room * 2, 64);
    return array == NULL ? palloc(*room * size) : repalloc_huge(array, *room * size);
}

static void sweep_open(BoSweep *sweep, const SweepSlot *slot)
{
    uint64 at = sweep->open_count++;

    sweep->open = sweep_make_room(sweep->open, at, &sweep->open_room, sizeof(SweepSlot));
    while (at > 0 && sweep->open[(at - 1) / 2].end > slot->end)
    {
        sweep->open[at] = sweep->open[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    sweep->open[at] = *slot;
}

static void sweep_close_first(BoSweep *sweep)
{
    SweepSlot last = sweep->open[--sweep->open_count];
    uint64 at = 0;

    for (;;)
    {
        uint64 child = at * 2 + 1;

        if (child + 1 < sweep->open_count && sweep->open[child + 1].end < sweep->open[child].end)
            child++;
        if (child >= sweep->open_count || sweep->open[child].end >= last.end)
            break;
        sweep->open[at] = sweep->open[child];
        at = child;
    }
    if (sweep->open_count > 0)
        sweep->open[at] = last;
}

static void sweep_show_pairs(BoSweep *sweep, const SweepSlot *slot, uint64 at_most)
{
    for (uint64 i = 0; i < sweep->open_count && sweep->pair_count < at_most; i++)
    {
        const SweepSlot *other = &sweep->open[i];

        sweep->pairs = sweep_make_room(sweep->pairs, sweep->pair_count, &sweep->pair_room, sizeof(BoOverlap));
        sweep->pairs[sweep->pair_count++] = (BoOverlap){other->row, slot->row, slot->start, Min(slot->end, other->end)};
    }
}

/*
 * Returns how many pairs there are, and sets pairs to the first at_most of them. The sweep cannot be used afterwards.
 */
uint64 bo_sweep_run(BoSweep *sweep, uint64 at_most, BoOverlap **pairs, uint64 *count)
{
    uint64 all = 0;
    int64 resource = 0;

    tuplesort_performsort(sweep->sort);
    while (tuplesort_gettupleslot(sweep->sort, true, false, sweep->row, NULL))
    {
        SweepSlot slot = sweep_read(sweep->row);

        CHECK_FOR_INTERRUPTS();
        if (slot.resource != resource)
            sweep->open_count = 0;
        resource = slot.resource;
        while (sweep->open_count > 0 && sweep->open[0].end <= slot.start)
            sweep_close_first(sweep);
        all += sweep->open_count;
        sweep_show_pairs(sweep, &slot, at_most);
        sweep_open(sweep, &slot);
    }
    ExecDropSingleTupleTableSlot(sweep->put);
    ExecDropSingleTupleTableSlot(sweep->row);
    tuplesort_end(sweep->sort);
    *pairs = sweep->pairs;
    *count = sweep->pair_count;
    return all;
}
