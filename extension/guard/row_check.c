/*
 * row_check.c
 *   is_sound(): the rules that every row of bookonce.booking obeys, whoever writes it.
 *
 * One function instead of a CHECK for each rule: every statement that writes the table parses and compiles each CHECK,
 * and six of them were half of the cost of confirm_booking().
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "catalog/pg_type.h"

#include "base/error.h"
#include "base/label.h"

PG_FUNCTION_INFO_V1(bookonce_is_sound);
PG_FUNCTION_INFO_V1(bookonce_is_live);

/* Returns true if both bounds exist and are finite. */
static bool row_check_is_bounded(TypeCacheEntry *type, RangeType *range)
{
    RangeBound lower, upper;
    bool is_empty;

    range_deserialize(type, range, &lower, &upper, &is_empty);
    return !is_empty && !lower.infinite && !upper.infinite && !TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(lower.val)) &&
           !TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(upper.val));
}

/*
 * is_sound(during, blocks, unit, member, status, released_at, lapses_at): true, or 23514 that names the rule.
 * Returns NULL, which a CHECK accepts, if a NOT NULL column is null: its own constraint reports that.
 */
Datum bookonce_is_sound(PG_FUNCTION_ARGS)
{
    TypeCacheEntry *type = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);
    RangeType *during, *blocks;
    BoStatus status;
    bool is_released;

    if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(3) || PG_ARGISNULL(4))
        PG_RETURN_NULL();
    during = PG_GETARG_RANGE_P(0);
    blocks = PG_GETARG_RANGE_P(1);
    status = bo_label_read_status(PG_GETARG_OID(4));
    is_released = status == BO_STATUS_CANCELLED || status == BO_STATUS_EXPIRED;

    if (status == BO_STATUS_INVALID)
        bo_error_unsound("status must be one that bookonce knows", "'confirmed'");
    if (!row_check_is_bounded(type, during))
        bo_error_unsound("during must begin and end at an instant", "'[2030-01-07 09:00, 2030-01-07 10:00)'");
    if (!range_contains_internal(type, blocks, during))
        bo_error_unsound("blocks must contain during", "the same range as during");
    if (!PG_ARGISNULL(2) && PG_GETARG_INT32(2) < 1)
        bo_error_unsound("unit must be 1 or more, or null for what stands outside the guard", "1");
    if (PG_GETARG_INT32(3) == 0)
        bo_error_unsound("member must be 1 or more, or below 0 for a part of that member", "1");
    if (is_released == PG_ARGISNULL(5))
        bo_error_unsound("released_at must be there when status is cancelled or expired, and only then", "now()");
    if (status == BO_STATUS_HELD && PG_ARGISNULL(6))
        bo_error_unsound("lapses_at must be there when status is held", "now() + '10 minutes'");
    PG_RETURN_BOOL(true);
}

/* is_live(released_at): the condition of the guard's index. sql/slot_key.sql says why it is not IS NULL. */
Datum bookonce_is_live(PG_FUNCTION_ARGS)
{
    PG_RETURN_BOOL(PG_ARGISNULL(0));
}
