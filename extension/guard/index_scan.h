/*
 * index_scan.h
 *   A fresh scan of an index.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_INDEX_SCAN_H
#define BOOKONCE_INDEX_SCAN_H

#include "bookonce.h"

#include "access/genam.h"

extern IndexScanDesc bo_index_scan_begin_as(Relation table, Relation index, Snapshot snapshot, ScanKey keys, int count);
extern IndexScanDesc bo_index_scan_begin(Relation table, Relation index, ScanKey keys, int count);

#endif
