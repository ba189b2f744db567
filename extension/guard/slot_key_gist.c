/*
 * slot_key_gist.c
 *   The GiST operator class slot_key_ops, the index behind booking_no_overlap.
 *
 * Know first: keys are kept like those of a B-tree, in the order of resource, start and unit, page after page; each
 * page's box says which resources, units and times lie below it. A probe asks for one resource and a short time, so it
 * is fast if boxes share neither: penalty sends a key to the page where it belongs in the order, and picksplit cuts in
 * that order. GiST calls these functions for each key on each page that it looks at, so they call nothing themselves.
 *
 * Start comes before unit for the sake of &&*, which reads what all units do at a time: with unit first it would read
 * every page of the resource. A probe for one unit pays for this: it skips the neighbours' keys of that time.
 *
 * There is no compress or fetch function: a value is stored as it is, and index-only scans give it back.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "access/gist.h"
#include "access/gist_private.h"
#include "access/itup.h"
#include "access/stratnum.h"
#include "storage/bufpage.h"
#include "utils/sortsupport.h"

#include "guard/slot_key.h"

PG_FUNCTION_INFO_V1(bookonce_slot_key_consistent);
PG_FUNCTION_INFO_V1(bookonce_slot_key_union);
PG_FUNCTION_INFO_V1(bookonce_slot_key_penalty);
PG_FUNCTION_INFO_V1(bookonce_slot_key_picksplit);
PG_FUNCTION_INFO_V1(bookonce_slot_key_same);
PG_FUNCTION_INFO_V1(bookonce_slot_key_sortsupport);

Datum bookonce_slot_key_consistent(PG_FUNCTION_ARGS)
{
    const GISTENTRY *entry = (GISTENTRY *)PG_GETARG_POINTER(0);
    const BoSlotKey *query = PG_GETARG_SLOT_KEY_P(1);
    const StrategyNumber strategy = PG_GETARG_UINT16(2);
    bool *recheck = (bool *)PG_GETARG_POINTER(4);

    Assert(strategy == BO_SLOT_STRATEGY_OVERLAPS || strategy == BO_SLOT_STRATEGY_OVERLAPS_ANY_UNIT);
    *recheck = false;
    PG_RETURN_BOOL(
        bo_slot_key_may_overlap(DatumGetSlotKeyP(entry->key), query, strategy == BO_SLOT_STRATEGY_OVERLAPS_ANY_UNIT));
}

/* Makes the box large enough for the key, which may be a box too. */
static void gist_box_extend(BoSlotKey *box, const BoSlotKey *key)
{
    int64 last = Max(bo_slot_key_last_resource(box), bo_slot_key_last_resource(key));
    int64 first = Min(box->resource_id, key->resource_id);

    if (first == last)
    {
        box->unit_low = Min(box->unit_low, key->unit_low);
        box->unit_high = Max(box->unit_high, key->unit_high);
    }
    else
    {
        const uint64 widest = (UINT64CONST(1) << 62) - 1;
        uint64 span = Min((uint64)last - (uint64)first, widest);

        box->unit_low = (int32)(span >> 31);
        box->unit_high = (int32)((uint32)(span & 0x7fffffff) | 0x80000000);
    }
    box->resource_id = first;
    box->start = Min(box->start, key->start);
    box->end = Max(box->end, key->end);
}

Datum bookonce_slot_key_union(PG_FUNCTION_ARGS)
{
    const GistEntryVector *entries = (GistEntryVector *)PG_GETARG_POINTER(0);
    int *size = (int *)PG_GETARG_POINTER(1);
    BoSlotKey *box = palloc(sizeof(BoSlotKey));

    *box = *DatumGetSlotKeyP(entries->vector[0].key);
    for (int i = 1; i < entries->n; i++)
        gist_box_extend(box, DatumGetSlotKeyP(entries->vector[i].key));
    *size = sizeof(BoSlotKey);
    PG_RETURN_POINTER(box);
}

/* The kinds of penalty in their order: a lower kind beats a higher one, whatever the distance within it. */
typedef enum PenaltyKind
{
    PENALTY_INVALID = 0,
    PENALTY_TIME_AFTER,      /* a page of this resource that starts no later than the key: how much earlier */
    PENALTY_AMONG_RESOURCES, /* a page of several resources, this one among them: how many ids it covers */
    PENALTY_TIME_BEFORE,     /* a page of this resource that starts later: how much */
    PENALTY_RESOURCE         /* other resources: how far */
} PenaltyKind;

/*
 * GiST wants a float and compares nothing else. Positive floats are ordered like their bits, so kind, distance and a
 * tie-breaker are packed as bits: the kind on top; below it the distance as a float without its lowest bits, which
 * leaves it a precision of two in a million for any distance up to 2^64; and last what decides between equals.
 */
static float gist_make_penalty(PenaltyKind kind, uint64 distance, bool worse)
{
    const uint32 bits_of_one = 0x3f800000;
    union
    {
        float value;
        uint32 bits;
    } penalty = {.value = (float)distance + 1.0f};

    penalty.bits = (uint32)kind << 26 | ((penalty.bits - bits_of_one) >> 3 & ~1u) | (worse ? 1 : 0);
    return penalty.value;
}

/*
 * The cost of taking the key into the box. As in a B-tree, a key goes to the last page that does not start after it. So
 * pages of a resource share no more time than bookings of different units do.
 */
static inline float slot_key_penalty(const BoSlotKey *box, const BoSlotKey *key)
{
    int64 last_resource = bo_slot_key_last_resource(box);
    bool other_unit = key->unit_low < box->unit_low || key->unit_low > box->unit_high;

    if (key->resource_id < box->resource_id)
        return gist_make_penalty(PENALTY_RESOURCE, (uint64)box->resource_id - (uint64)key->resource_id, false);
    if (key->resource_id > last_resource)
        return gist_make_penalty(PENALTY_RESOURCE, (uint64)key->resource_id - (uint64)last_resource, false);
    if (bo_slot_key_spans(box))
        return gist_make_penalty(PENALTY_AMONG_RESOURCES, (uint64)last_resource - (uint64)box->resource_id, false);
    /*
     * Nothing can be better, so GiST may stop searching: bookings of one unit do not overlap, so no other page has this
     * time.
     */
    if (box->unit_low == box->unit_high && !other_unit && box->start <= key->start && key->end <= box->end)
        return 0.0f;
    if (key->start < box->start)
        return gist_make_penalty(PENALTY_TIME_BEFORE, (uint64)box->start - (uint64)key->start, other_unit);
    return gist_make_penalty(PENALTY_TIME_AFTER, (uint64)key->start - (uint64)box->start, other_unit);
}

Datum bookonce_slot_key_penalty(PG_FUNCTION_ARGS)
{
    const GISTENTRY *box = (GISTENTRY *)PG_GETARG_POINTER(0);
    const GISTENTRY *key = (GISTENTRY *)PG_GETARG_POINTER(1);
    float *penalty = (float *)PG_GETARG_POINTER(2);

    *penalty = slot_key_penalty(DatumGetSlotKeyP(box->key), DatumGetSlotKeyP(key->key));
    PG_RETURN_POINTER(penalty);
}

/* The order of the index; end is part of it only to make equal mean equal. */
static inline int gist_slot_key_compare(const BoSlotKey *a, const BoSlotKey *b)
{
    if (a->resource_id != b->resource_id)
        return a->resource_id < b->resource_id ? -1 : 1;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    if (a->unit_low != b->unit_low)
        return a->unit_low < b->unit_low ? -1 : 1;
    if (a->end != b->end)
        return a->end < b->end ? -1 : 1;
    return 0;
}

typedef struct SplitItem
{
    const BoSlotKey *key;
    OffsetNumber offset;
} SplitItem;

static int gist_compare_items(const void *a, const void *b)
{
    return gist_slot_key_compare(((const SplitItem *)a)->key, ((const SplitItem *)b)->key);
}

/*
 * How many of the sorted items go to the left page: half of them, or, near that, the cut at which the resource changes,
 * or at which everything before is over, so that the boxes left and right of the cut share no resource or no time.
 *
 * If the new key is the last in order, the page is probably filled at its end, by bookings made in the order of time;
 * then the left page is left nearly full, as a B-tree does.
 *
 * A sorted build hands over the keys of several full pages at once, in order, and treats the fill factor as advice
 * only. There the cut is at a whole number of pages, enough of them that none is more than nine tenths full: in a new
 * index of full pages, nearly each first booking would split one.
 */
static int gist_choose_cut(const SplitItem *items, int count, OffsetNumber newest)
{
    const int page_holds = (BLCKSZ - SizeOfPageHeaderData - sizeof(GISTPageOpaqueData)) /
                           (MAXALIGN(sizeof(IndexTupleData)) + sizeof(BoSlotKey) + sizeof(ItemIdData));
    const bool many_pages = count > page_holds + page_holds / 4;
    const int pages = many_pages ? 1 + (count - 1) / (page_holds - page_holds / 10) : 2;
    const int middle = count * (pages / 2) / pages;
    const int reach = many_pages ? count / 32 : count / 6;
    int64 resource = items[0].key->resource_id; /* the highest on the left */
    int64 end = items[0].key->end;              /* of what is on the left and belongs to that resource */
    int best = middle;
    int best_cost = 2 * count;

    if (!many_pages && items[count - 1].offset == newest)
        return count - Max(count / 10, 1);

    /* A cut costs its distance from the middle; more than any such distance if resources are shared. */
    for (int i = 1; i < Min(middle + reach, count); i++)
    {
        const BoSlotKey *before = items[i - 1].key;
        const BoSlotKey *after = items[i].key;
        int cost = abs(i - middle);

        end = before->resource_id > resource ? before->end : Max(end, before->end);
        resource = Max(resource, bo_slot_key_last_resource(before));
        if (i < middle - reach || (after->resource_id <= resource && after->start < end))
            continue;
        cost += after->resource_id > resource ? 0 : count;
        if (cost < best_cost)
        {
            best = i;
            best_cost = cost;
        }
    }
    return best;
}

/* Gives items to one side of a split: their offsets, their number and their box. */
static Datum gist_fill_side(const SplitItem *items, int count, OffsetNumber **offsets, int *offset_count)
{
    BoSlotKey *box = palloc(sizeof(BoSlotKey));

    Assert(count > 0);
    *offsets = palloc(count * sizeof(OffsetNumber));
    *offset_count = count;
    *box = *items[0].key;
    for (int i = 0; i < count; i++)
    {
        (*offsets)[i] = items[i].offset;
        gist_box_extend(box, items[i].key);
    }
    return PointerGetDatum(box);
}

Datum bookonce_slot_key_picksplit(PG_FUNCTION_ARGS)
{
    const GistEntryVector *entries = (GistEntryVector *)PG_GETARG_POINTER(0);
    GIST_SPLITVEC *split = (GIST_SPLITVEC *)PG_GETARG_POINTER(1);
    OffsetNumber newest = entries->n - 1;
    int count = entries->n - FirstOffsetNumber;
    SplitItem *items = palloc(count * sizeof(SplitItem));
    int left;

    for (OffsetNumber offset = FirstOffsetNumber; offset <= newest; offset = OffsetNumberNext(offset))
    {
        items[offset - FirstOffsetNumber].key = DatumGetSlotKeyP(entries->vector[offset].key);
        items[offset - FirstOffsetNumber].offset = offset;
    }
    qsort(items, count, sizeof(SplitItem), gist_compare_items);

    left = gist_choose_cut(items, count, newest);
    Assert(left > 0 && left < count);
    split->spl_ldatum = gist_fill_side(items, left, &split->spl_left, &split->spl_nleft);
    split->spl_rdatum = gist_fill_side(items + left, count - left, &split->spl_right, &split->spl_nright);
    PG_RETURN_POINTER(split);
}

Datum bookonce_slot_key_same(PG_FUNCTION_ARGS)
{
    bool *same = (bool *)PG_GETARG_POINTER(2);

    /* The fields leave no padding, so comparing bytes is enough. */
    *same = memcmp(PG_GETARG_SLOT_KEY_P(0), PG_GETARG_SLOT_KEY_P(1), sizeof(BoSlotKey)) == 0;
    PG_RETURN_POINTER(same);
}

static int gist_compare_for_build(Datum a, Datum b, SortSupport sort)
{
    return gist_slot_key_compare(DatumGetSlotKeyP(a), DatumGetSlotKeyP(b));
}

/* Sorting before the build makes CREATE INDEX and REINDEX fast, and fills the pages evenly. */
Datum bookonce_slot_key_sortsupport(PG_FUNCTION_ARGS)
{
    ((SortSupport)PG_GETARG_POINTER(0))->comparator = gist_compare_for_build;
    PG_RETURN_VOID();
}
