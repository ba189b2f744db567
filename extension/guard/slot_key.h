/*
 * slot_key.h
 *   One unit of one resource for one time range, in 32 bytes that compare natively.
 *
 * Know first: BoSlotKey is the on-disk format, in the index behind booking_no_overlap and in any column of the type. A
 * change of it, or of the order of slot_key_compare(), requires a REINDEX in the upgrade script.
 *
 *   bytes   field         in a value                        on an inner page of the index
 *   0..7    resource_id   the resource                      the lowest resource below
 *   8..15   start         first half-microsecond, included  the lowest below
 *   16..23  end           last half-microsecond, excluded   the highest below
 *   24..27  unit_low      the unit                          the lowest unit, or the span (see below)
 *   28..31  unit_high     the unit again                    the highest unit, or the span
 *
 * Integers are in the server's byte order, as everywhere in a data folder.
 *
 * Time counts in half-microseconds since 2000-01-01 UTC: an included start or an excluded end at t is 2t, an excluded
 * start or an included end is 2t + 1. So each of [ ( ] ) is exact, and two ranges overlap if each starts before the
 * other ends. PostgreSQL's last timestamp, in the year 294276, would overflow when doubled; therefore times from
 * BO_TIME_LIMIT on, the year 148000, are refused. -infinity, infinity and "no bound" have codes of their own.
 *
 * A box over several resources needs no units: it stores the distance from its lowest to its highest resource, 62 bits
 * spread over the two fields so that unit_low >= 0 > unit_high, which no box over one resource can have.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_SLOT_KEY_H
#define BOOKONCE_SLOT_KEY_H

#include "base/limits.h"

#include "datatype/timestamp.h"
#include "fmgr.h"
#include "storage/itemptr.h"
#include "utils/relcache.h"

typedef struct BoSlotKey
{
    int64 resource_id;
    int64 start;
    int64 end;
    int32 unit_low;
    int32 unit_high;
} BoSlotKey;

StaticAssertDecl(sizeof(BoSlotKey) == 32, "slot_key is declared with INTERNALLENGTH = 32");

StaticAssertDecl(BO_TIME_LIMIT < PG_INT64_MAX / 2 - 2, "twice a time must stay below the codes of infinity");
StaticAssertDecl(MIN_TIMESTAMP > PG_INT64_MIN / 2 + 2, "twice a time must stay above the codes of -infinity");

/* Even, like each included start; to PostgreSQL, infinity is a point in time, before "no end". */
#define BO_SLOT_NO_START PG_INT64_MIN
#define BO_SLOT_MINUS_INFINITY (PG_INT64_MIN + 2)
#define BO_SLOT_INFINITY (PG_INT64_MAX - 3)
#define BO_SLOT_NO_END PG_INT64_MAX

/* The operators of slot_key_ops by their numbers in sql/slot_key.sql. */
enum
{
    BO_SLOT_STRATEGY_OVERLAPS = 1,         /* && */
    BO_SLOT_STRATEGY_OVERLAPS_ANY_UNIT = 2 /* &&* */
};

#define DatumGetSlotKeyP(datum) ((BoSlotKey *)DatumGetPointer(datum))
#define PG_GETARG_SLOT_KEY_P(n) DatumGetSlotKeyP(PG_GETARG_DATUM(n))

/* slot_key(resource_id, unit, blocks): not strict by itself, and also called directly. */
extern Datum bookonce_slot_key(PG_FUNCTION_ARGS);

static inline bool bo_slot_key_times_overlap(const BoSlotKey *a, const BoSlotKey *b)
{
    return a->start < b->end && b->start < a->end;
}

/* Returns true for a box over several resources. */
static inline bool bo_slot_key_spans(const BoSlotKey *key)
{
    return key->unit_low > key->unit_high;
}

/* The highest resource in a box; a span too wide for its 62 bits reaches to the end. */
static inline int64 bo_slot_key_last_resource(const BoSlotKey *key)
{
    const uint64 widest = (UINT64CONST(1) << 62) - 1;
    uint64 span;

    if (!bo_slot_key_spans(key))
        return key->resource_id;
    span = (uint64)key->unit_low << 31 | ((uint32)key->unit_high & 0x7fffffff);
    return span == widest ? PG_INT64_MAX : (int64)((uint64)key->resource_id + span);
}

/* Returns true if something in the box may overlap the query; exact if the box is a value. */
static inline bool bo_slot_key_may_overlap(const BoSlotKey *box, const BoSlotKey *query, bool any_unit)
{
    if (box->resource_id == query->resource_id)
    {
        if (!any_unit && (query->unit_low < box->unit_low || query->unit_low > box->unit_high) &&
            !bo_slot_key_spans(box))
            return false;
    }
    else if (box->resource_id > query->resource_id || bo_slot_key_last_resource(box) < query->resource_id)
        return false;
    return bo_slot_key_times_overlap(box, query);
}

/* Returns true if the box holds all of the key, so that a search for any part of the key looks into it. */
static inline bool bo_slot_key_holds(const BoSlotKey *box, const BoSlotKey *key)
{
    return box->resource_id <= key->resource_id && bo_slot_key_last_resource(box) >= key->resource_id &&
           box->start <= key->start && key->end <= box->end &&
           (bo_slot_key_spans(box) || (box->unit_low <= key->unit_low && key->unit_high <= box->unit_high));
}

#endif
