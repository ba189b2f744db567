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

#include "store/owner.h"
#include "store/parameter.h"
#include "store/parameter_array.h"
#include "store/row.h"
#include "store/table_lock.h"

typedef struct BoStatement
{
    const char *sql;
    int columns;     /* how many columns its rows have; 0: it returns no rows, or none that are read */
    bool loops;      /* it may search the guard's index several times */
    SPIPlanPtr plan; /* made at the first run, for the types of its parameters */
    bool for_older;  /* the plan is for tables of 0.1.0 */
    bool only_reads; /* known once there is a plan */
} BoStatement;

typedef struct BoStore
{
    ErrorContextCallback errors; /* while the store is open, one of the error context callbacks */
    BoOwner owner;
    BoTables tables;
    int transaction_nest; /* the subtransaction in which the store was opened */
    int settings;         /* the level of the owner's settings; 0: they have not been needed yet */
    bool reads_only;
    bool keeps_history;           /* what it does to bookings becomes events when it is closed */
    MemoryContext answer_context; /* for what must outlive bo_store_close() */
    MemoryContext whole_context;  /* during a part: the caller's context */
} BoStore;

extern void bo_store_open(BoStore *store);
extern void bo_store_open_for(BoStore *store, BoTables tables);
extern void bo_store_open_to_read(BoStore *store);
extern void bo_store_close(BoStore *store);
extern void bo_store_begin_part(BoStore *store);
extern void bo_store_end_part(BoStore *store);
extern uint64 bo_store_run_list(BoStore *store, BoStatement *statement, const BoParameter *parameters, int count);
extern uint64 bo_store_run_list_latest(BoStore *store, BoStatement *statement, const BoParameter *parameters,
                                       int count);
extern BoRow bo_store_row(uint64 n);
extern void *bo_store_copy(BoStore *store, Datum long_value);

/*
 * bo_store_run(store, &bo_sql_find_booking, bo_text(tenant), bo_uuid(id)) returns how many rows were returned or
 * written; bo_store_row() reads them.
 */
#define bo_store_run(store, statement, ...) \
    bo_store_run_list(store, statement, (BoParameter[]){__VA_ARGS__}, lengthof(((BoParameter[]){__VA_ARGS__})))
#define bo_store_run_latest(store, statement, ...) \
    bo_store_run_list_latest(store, statement, (BoParameter[]){__VA_ARGS__}, lengthof(((BoParameter[]){__VA_ARGS__})))

/* A copy of a text, range or the like that outlives bo_store_close(). */
static inline void *bo_store_keep(BoStore *store, const void *varlena)
{
    return bo_store_copy(store, PointerGetDatum(varlena));
}

#endif
