/*
 * direct_row.h
 *   What the light path offers on single rows: one is found by a unique key, or updated, without SQL.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_DIRECT_ROW_H
#define BOOKONCE_DIRECT_ROW_H

#include "bookonce.h"

#include "access/skey.h"
#include "executor/tuptable.h"
#include "utils/rel.h"

/* A new value of a column. */
typedef struct BoNewValue
{
    AttrNumber column;
    Datum value;
    bool is_null;
} BoNewValue;

extern void bo_direct_key_of_id(ScanKey keys, const pg_uuid_t *id, const text *tenant);
extern TupleTableSlot *bo_direct_find_row(Relation table, Oid index, ScanKey keys, int count);
extern TupleTableSlot *bo_direct_find_id(Oid table, Oid key, const pg_uuid_t *id, const text *tenant, Relation *open);
extern void bo_direct_close_found(Relation table, TupleTableSlot *row);
extern TupleTableSlot *bo_direct_update_row(Relation table, TupleTableSlot *row, const BoNewValue *values, int count,
                                            bool indexes_are_plain);
extern TupleDesc bo_direct_row_type(TupleDesc *known, const Oid *types, int count);

#endif
