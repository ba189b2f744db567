/*
 * value.h
 *   Values as PostgreSQL wants them: arrays, ranges, lengths of time.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_VALUE_H
#define BOOKONCE_VALUE_H

#include "bookonce.h"

#include "pgtime.h"

extern char *bo_value_uuid_text(const pg_uuid_t *id);
extern Datum bo_value_uuids(const pg_uuid_t *ids, int count);
extern Datum bo_value_units(const int32 *units, int count);
extern TimestampTz bo_value_later(TimestampTz now, const Interval *length);

extern TimestampTz bo_value_shift(TimestampTz instant, const Interval *length, int sign, pg_tz *zone);
extern bool bo_value_is_zero(const Interval *length);

/* For an exact length of time, which has no months. */
static inline int64 bo_value_microseconds(const Interval *length)
{
    return length->time + (int64)length->day * USECS_PER_DAY;
}

extern bool bo_value_is_slot(const RangeType *range);
extern TimestampTz bo_value_bound(const RangeType *range, bool is_upper);
extern MultirangeType *bo_value_without(TypeCacheEntry *type, MultirangeType *from, const MultirangeType *times);
extern MultirangeType *bo_value_both(TypeCacheEntry *type, const MultirangeType *one, const MultirangeType *other);

/* make_range(), whose arguments changed in PostgreSQL 16. */
static inline RangeType *bo_value_range(TypeCacheEntry *type, RangeBound *lower, RangeBound *upper)
{
#if PG_VERSION_NUM >= 160000
    return make_range(type, lower, upper, false, NULL);
#else
    return make_range(type, lower, upper, false);
#endif
}

#endif
