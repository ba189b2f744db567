/*
 * value.c
 *   Values as PostgreSQL wants them: arrays, ranges, lengths of time.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/value.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

Datum bo_value_uuids(const pg_uuid_t *ids, int count)
{
    Datum *elements = palloc(sizeof(Datum) * Max(count, 1));

    for (int i = 0; i < count; i++)
        elements[i] = UUIDPGetDatum(&ids[i]);
    return PointerGetDatum(construct_array(elements, count, UUIDOID, UUID_LEN, false, TYPALIGN_CHAR));
}

Datum bo_value_units(const int32 *units, int count)
{
    Datum *elements = palloc(sizeof(Datum) * Max(count, 1));

    for (int i = 0; i < count; i++)
        elements[i] = Int32GetDatum(units[i]);
    return PointerGetDatum(construct_array(elements, count, INT4OID, sizeof(int32), true, TYPALIGN_INT));
}

TimestampTz bo_value_later(TimestampTz now, const Interval *length)
{
    return DatumGetTimestampTz(
        DirectFunctionCall2(timestamptz_pl_interval, TimestampTzGetDatum(now), IntervalPGetDatum(length)));
}
