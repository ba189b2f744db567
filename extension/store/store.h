/*
 * store.h
 *   Runs the statements of store_*.c as the owner of the tables.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_STORE_H
#define BOOKONCE_STORE_H

#include "bookonce.h"

#include "executor/spi.h"

typedef struct BoStatement
{
    const char *sql;
    int parameters;
    Oid types[BO_MAX_PARAMETERS];
    bool loops;      /* it may look into the guard's index several times */
    SPIPlanPtr plan; /* made at the first run */
} BoStatement;

typedef struct BoStore
{
    ErrorContextCallback errors; /* while open, one of those that are asked about an error */
    Oid caller;
    int caller_context;
    bool reads_only;
    MemoryContext answer_context; /* what must outlive bo_store_close is made here */
    MemoryContext whole_context;  /* during a part: where the caller was */
} BoStore;

extern void bo_store_open(BoStore *store);
extern void bo_store_open_to_read(BoStore *store);
extern void bo_store_close(BoStore *store);
extern void bo_store_begin_part(BoStore *store);
extern void bo_store_end_part(BoStore *store);
extern uint64 bo_store_run(BoStore *store, BoStatement *statement, const Datum *values, const char *nulls);
extern uint64 bo_store_run_latest(BoStore *store, BoStatement *statement, const Datum *values, const char *nulls);
extern Datum bo_store_column(int column, bool *is_null);
extern Datum bo_store_cell(uint64 row, int column, bool *is_null);
extern void *bo_store_copy(BoStore *store, Datum varlena);

#endif
