/*
 * read.h
 *   Rows of a statement as the rows of an answer.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_READ_H
#define BOOKONCE_READ_H

#include "bookonce.h"

#include "store/store.h"

/* A page of a list. It begins behind the row with this start and this id. */
typedef struct BoPage
{
    int32 at_most;
    TimestampTz after_start;
    pg_uuid_t after_id;
    TimestampTz from; /* within is [from, until) */
    TimestampTz until;
} BoPage;

extern int32 bo_read_at_most(FunctionCallInfo fcinfo, int n);
extern void bo_read_page(FunctionCallInfo fcinfo, int within, int at_most, bool begins_in, BoPage *page);
extern RangeType *bo_read_range(TimestampTz from, TimestampTz until);
extern void bo_read_begin(FunctionCallInfo fcinfo, BoStore *store);
extern void bo_read_end(FunctionCallInfo fcinfo, BoStore *store, const char *type, uint64 rows);

/* bo_read_answer(fcinfo, &store, "booking_row", bo_sql_read_booking, bo_text(tenant), ..) */
#define bo_read_answer(fcinfo, store, type, statement, ...) \
    bo_read_end(fcinfo, store, type, bo_store_run(store, &(statement), __VA_ARGS__))

#endif
