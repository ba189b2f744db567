/*
 * row_type.h
 *   The composite types of SQL as this library knows them.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_ROW_TYPE_H
#define BOOKONCE_ROW_TYPE_H

#include "bookonce.h"

#include "access/htup.h"
#include "access/tupdesc.h"
#include "fmgr.h"

/* Room for the attributes of any of these types. */
#define BO_ROW_TYPE_ROOM 16

typedef struct BoAttribute
{
    const char *name;
    Oid type;               /* InvalidOid: an enum, whose labels label.c looks up when they are needed */
    const char *older_name; /* what an older version calls it, or NULL */
} BoAttribute;

/* Initialized where it is defined; the fields after `attributes` are learnt. */
typedef struct BoRowType
{
    const char *name;
    int count;
    const BoAttribute *attributes; /* in the order of the values that are formed and deformed */
    uint64 identifier;             /* of the version that was checked */
    int columns;                   /* of that version, with the dropped ones */
    int places[BO_ROW_TYPE_ROOM];  /* which column an attribute is; -1: the type is older and does not have it */
    Oid types[BO_ROW_TYPE_ROOM];
} BoRowType;

/* Makes the row of a checked type from an answer. */
typedef HeapTuple (*BoRowMaker)(TupleDesc type, const void *answer);

extern TupleDesc bo_row_type_open(BoRowType *known, Oid type);
extern void bo_row_type_check(BoRowType *known, TupleDesc type);
extern HeapTuple bo_row_type_form(const BoRowType *known, TupleDesc type, const Datum *values, const bool *nulls);
extern Datum bo_row_type_answer(FunctionCallInfo fcinfo, BoRowType *known, BoRowMaker make, const void *answer);
extern void bo_row_type_answers(FunctionCallInfo fcinfo, BoRowType *known, BoRowMaker make, const void *answers,
                                size_t size, int count);
extern void bo_row_type_deform(const BoRowType *known, TupleDesc type, HeapTupleHeader row, Datum *values, bool *nulls);

#endif
