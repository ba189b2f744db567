/*
 * followed_row.h
 *   A row of a followed table as bookonce reads it, by the expressions that follow_table() was given.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_FOLLOWED_ROW_H
#define BOOKONCE_FOLLOWED_ROW_H

#include "bookonce.h"

#include "commands/trigger.h"
#include "executor/executor.h"
#include "utils/tuplesort.h"

/* What the triggers of a followed table are told. */
typedef struct BoFollowed
{
    int32 number;
    text *tenant;
    bool rules;
    bool defines;
} BoFollowed;

typedef struct BoFollowedRow
{
    pg_uuid_t id;
    bool is_live;
    bool is_booked; /* live, with a resource and a time */
    text *resource; /* or NULL */
    RangeType *during;
    text *holder;
    int32 quantity;
    bool keeps_start; /* it was booked before, with the same start */
    bool keeps_grid;
    bool keeps_end;
    bool stays_within; /* it was booked before, for all of its time and at least as many units */
    bool is_counted;   /* a rule counts what its holder has there */
    text *key;         /* only if it was asked for */
} BoFollowedRow;

typedef struct BoFollowedReader
{
    MemoryContext memory; /* all of it */
    ExprContext *context;
    ProjectionInfo *projection;
    Oid role;          /* whose right to execute the functions of the expressions was checked when it was made */
    uint64 made_after; /* of the changes that this backend has heard of */
} BoFollowedReader;

extern BoFollowed bo_followed_load(Relation relation, const Trigger *trigger);
extern Oid bo_followed_view(int32 number);
extern BoFollowedReader bo_followed_reader(int32 number, Relation relation);
extern BoFollowedReader bo_followed_reader_with_key(int32 number, Relation relation);
extern void bo_followed_reader_end(BoFollowedReader *reader);
extern void bo_followed_reader_keep(int32 number, BoFollowedReader *reader);
extern void bo_followed_read(BoFollowedReader *reader, TupleTableSlot *row, BoFollowedRow *read);
extern TupleTableSlot *bo_followed_project(BoFollowedReader *reader, TupleTableSlot *row);
extern void bo_followed_read_columns(TupleTableSlot *columns, BoFollowedRow *read);
extern Tuplesortstate *bo_followed_sort(TupleDesc columns);
extern void bo_followed_check(const BoFollowedRow *row);
extern bool bo_followed_same_place(const BoFollowedRow *a, const BoFollowedRow *b);

#endif
