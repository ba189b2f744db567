/*
 * event_target.h
 *   The table of events, open to be written to.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_EVENT_TARGET_H
#define BOOKONCE_EVENT_TARGET_H

#include "bookonce.h"

#include "nodes/execnodes.h"
#include "utils/rel.h"

typedef struct BoEventTarget
{
    Relation event;
    Oid sequence;
    Oid kinds; /* the type of the column kind; InvalidOid: the caller has not checked the columns yet */
    EState *state;
    ResultRelInfo *result;
    TupleTableSlot *row;
    Datum session_role; /* its name, or 0 if it is gone */

    /* of event_target.c only */
    MemoryContext memory; /* all of this is in it */
    Oid role;             /* the role that has this name */
    Oid table;
    Oid *indexes;
    bool is_bare;
    uint64 learned;
    uint64 made_after;
} BoEventTarget;

extern void bo_event_target_open(BoEventTarget *target);
extern void bo_event_target_close(BoEventTarget *target);

#endif
