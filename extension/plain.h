/*
 * plain.h
 *   What plain.c offers to slot.c: the insert of a plain resource's booking, and its diagnosis, without SQL.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_PLAIN_H
#define BOOKONCE_PLAIN_H

#include "tables.h"

#include "nodes/execnodes.h"
#include "utils/rel.h"

/* The tables, open for one call. */
typedef struct BoPlain
{
    const BoTables *tables;
    Relation booking;
    Relation resource;
    EState *state;
    ResultRelInfo *target;       /* booking with its indexes */
    TupleTableSlot *row;         /* to be inserted */
    int64 resource_id;           /* since bo_plain_insert() found it */
    ItemPointerData conflicting; /* the row that it met */
} BoPlain;

typedef enum BoPlainResult
{
    BO_PLAIN_INVALID = 0,
    /* of bo_plain_insert() */
    BO_PLAIN_INSERTED,
    BO_PLAIN_CONFLICT, /* the slot or the key was not free */
    BO_PLAIN_UNKNOWN_RESOURCE,
    BO_PLAIN_HAS_RULES,
    /* of bo_plain_diagnose() */
    BO_PLAIN_REPLAYED,      /* the key's row is the answer */
    BO_PLAIN_KEY_ELSEWHERE, /* the key's row is there, but the answer is more than the row */
    BO_PLAIN_TAKEN,         /* answer->busy says when */
    BO_PLAIN_LAPSED,        /* only lapsed holds are in the way */
    BO_PLAIN_FREE           /* nothing is, any more */
} BoPlainResult;

extern bool bo_plain_open(BoPlain *plain);
extern void bo_plain_close(BoPlain *plain);
extern BoPlainResult bo_plain_insert(BoPlain *plain, const BoSlotRequest *request, const BoBookingAnswer *answer,
                                     TimestampTz now);
extern BoPlainResult bo_plain_diagnose(BoPlain *plain, BoStore *store, const BoSlotRequest *request,
                                       BoBookingAnswer *answer, TimestampTz now);

#endif
