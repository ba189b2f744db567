/*
 * direct_closures.c
 *   Finds out without SQL whether a resource has a closure in the time that a slot would block.
 *
 * Most resources with closures have none at the time in question. Only that is found out here, by the index that the
 * statement bo_sql_find_closures uses. What a closure means, whether it is of all places, of some, or of something that
 * is out, is left to SQL. Closures are written under the resource's exclusive lock.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "guard/direct.h"

#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_type.h"
#include "storage/lmgr.h"
#include "utils/fmgroids.h"

#include "base/value.h"
#include "guard/index_scan.h"

/* resource_id = $1 AND COALESCE(upper(during), 'infinity') > lower($2) */
static IndexScanDesc closures_begin_scan(const BoDirect *direct, Relation closures, Relation index)
{
    ScanKeyData keys[2];

    ScanKeyInit(&keys[0], 1, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(direct->resource_id));
    ScanKeyInit(&keys[1], 2, BTGreaterStrategyNumber, F_TIMESTAMPTZ_GT,
                TimestampTzGetDatum(bo_value_bound(direct->blocks, false)));
    return bo_index_scan_begin(closures, index, keys, lengthof(keys));
}

static bool closures_meet(const BoDirect *direct, Relation closures, Relation index)
{
    TypeCacheEntry *type = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);
    IndexScanDesc scan = closures_begin_scan(direct, closures, index);
    TupleTableSlot *row = table_slot_create(closures, NULL);
    bool meet = false;

    while (!meet && index_getnext_slot(scan, ForwardScanDirection, row))
    {
        bool is_null;
        Datum during = slot_getattr(row, direct->tables->closure_during, &is_null);

        meet = is_null || range_overlaps_internal(type, DatumGetRangeTypeP(during), direct->blocks);
    }
    index_endscan(scan);
    ExecDropSingleTupleTableSlot(row);
    return meet;
}

/*
 * Returns false if SQL must look. It does not wait for the table: it holds locks on the others, and an owner who is
 * changing this table may wait for one of those.
 */
bool bo_direct_meets_no_closure(const BoDirect *direct)
{
    Oid table = direct->tables->closure;
    Relation closures, index;
    bool meet;

    if (!OidIsValid(table) || !ConditionalLockRelationOid(table, AccessShareLock) || !bo_catalog_learn_closures())
        return false;
    closures = table_open(table, NoLock);
    index = index_open(direct->tables->closure_ends, AccessShareLock);
    meet = closures_meet(direct, closures, index);
    index_close(index, NoLock);
    table_close(closures, NoLock);
    return !meet;
}
