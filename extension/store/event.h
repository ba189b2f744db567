/*
 * event.h
 *   History: each effect on a booking becomes a row of booking_event, in its transaction.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_EVENT_H
#define BOOKONCE_EVENT_H

#include "bookonce.h"

#include "access/htup.h"
#include "access/xact.h"
#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "utils/rangetypes.h"
#include "utils/rel.h"
#include "utils/uuid.h"

#include "base/label.h"

/* Somebody joins a line or leaves it. */
typedef struct BoWaiterChange
{
    BoEventKind kind;
    pg_uuid_t waiter_id;
    const text *tenant;
    const text *resource;
    const RangeType *during;
    const text *holder;
} BoWaiterChange;

/* What one row of booking was, and what it has become. */
typedef struct BoChange
{
    SubTransactionId subtransaction; /* the one in which it was made */
    HeapTuple before;                /* NULL: there was no row */
    HeapTuple after;                 /* NULL: the row is gone */
    const text *resource;            /* the resource's name after the change, if it was known, or NULL */
    bool is_offer;                   /* the row is an offer to a waiter */
    pg_uuid_t waiter_id;             /* the waiter, if it is an offer */
    const BoWaiterChange *waiter;    /* not NULL: the change is not of a row, but of a waiter */
    const text *because;             /* the reason that the verb gave for its own booking, or NULL */
} BoChange;

extern char *bo_event_actor; /* the setting bookonce.actor */

extern void bo_event_begin(void);
extern bool bo_event_end(void);
extern void bo_event_inserted(Relation booking, TupleTableSlot *row, const text *resource);
extern void bo_event_updated(Relation booking, TupleTableSlot *before, TupleTableSlot *after, const text *resource);
extern void bo_event_say(BoEventKind kind);
extern void bo_event_because(const text *reason);
extern void bo_event_offer_to(const pg_uuid_t *waiter_id);
extern void bo_event_waiter(const BoWaiterChange *change);
extern void bo_event_write(void);

/* event_kind.c */
extern BoEventKind bo_event_kind_of(TupleDesc type, const BoChange *change, BoEventKind said);
extern bool bo_event_is_kept(const Trigger *trigger, const text *tenant, BoEventKind kind);
extern bool bo_event_rings(const Trigger *trigger, const text *tenant);

/* event_row.c */
typedef struct BoEventWriter BoEventWriter;

extern BoEventWriter *bo_event_writer_begin(Relation booking);
extern void bo_event_writer_add(BoEventWriter *writer, const BoChange *change, BoEventKind kind, bool rings);
extern void bo_event_writer_end(BoEventWriter *writer);

/* event_era.c */
extern bool bo_event_tables_exist(void);
extern int32 bo_event_era(void);
extern int32 bo_event_era_to_write(void);

#endif
