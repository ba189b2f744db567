/*
 * row_checked.h
 *   Reads columns whose values are computed with: a quantity, a time. CHECKs keep them in bounds, but the tables' owner
 *   may have dropped the CHECKs and written by hand: then an error is raised instead of an overflow.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_ROW_CHECKED_H
#define BOOKONCE_ROW_CHECKED_H

#include "base/error.h"
#include "base/value.h"
#include "store/row.h"

static inline int32 row_at_least_one(int32 quantity)
{
    if (quantity < 1)
        bo_error_impossible_row("a quantity below 1");
    return quantity;
}

static inline int32 bo_row_quantity(BoRow row, int column)
{
    return row_at_least_one(bo_row_int4(row, column));
}

static inline int32 bo_row_quantity_or(BoRow row, int column, int32 when_null)
{
    return row_at_least_one(bo_row_int4_or(row, column, when_null));
}

/* The time of a booking, or the time that it blocks. */
static inline RangeType *bo_row_slot(BoRow row, int column)
{
    RangeType *slot = bo_row_range(row, column);

    if (!bo_value_is_slot(slot))
        bo_error_impossible_row("a time without a start or an end");
    return slot;
}

#endif
