/*
 * index_scan.c
 *   A fresh scan of an index. Never restart a scan (rescan): on PostgreSQL 18 that loses live entries of the guard's
 *   index.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "guard/index_scan.h"

#include "utils/snapmgr.h"

/* index_beginscan() and index_rescan(). */
IndexScanDesc bo_index_scan_begin_as(Relation table, Relation index, Snapshot snapshot, ScanKey keys, int count)
{
#if PG_VERSION_NUM >= 180000
    IndexScanDesc scan = index_beginscan(table, index, snapshot, NULL, count, 0 BO_NO_SCAN_FLAGS);
#else
    IndexScanDesc scan = index_beginscan(table, index, snapshot, count, 0);
#endif

    index_rescan(scan, keys, count, NULL, 0);
    return scan;
}

/* The same with the active snapshot. */
IndexScanDesc bo_index_scan_begin(Relation table, Relation index, ScanKey keys, int count)
{
    return bo_index_scan_begin_as(table, index, GetActiveSnapshot(), keys, count);
}
