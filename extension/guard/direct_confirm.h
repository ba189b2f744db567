/*
 * direct_confirm.h
 *   What the light path offers to hold.c: a hold is confirmed without SQL.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_DIRECT_CONFIRM_H
#define BOOKONCE_DIRECT_CONFIRM_H

#include "bookonce.h"

#include "executor/tuptable.h"
#include "utils/rel.h"

#include "store/row.h"

extern bool bo_direct_confirm(const text *tenant, const pg_uuid_t *booking_id, TimestampTz now, bool needs_no_lock,
                              BoRow *confirmed);

/* Shared with direct_cancel.c. */
extern bool bo_direct_may_change_booking(void);
extern TupleTableSlot *bo_direct_find_booked_resource(TupleTableSlot *booking, Relation *resources);
extern text *bo_direct_name_of(TupleTableSlot *resource);
extern bool bo_direct_stands_alone(const text *tenant, const pg_uuid_t *booking_id, TupleTableSlot *booking);
extern void bo_direct_form_booking(TupleTableSlot *booking, text *resource, TupleDesc *type, Oid last_type, Datum last,
                                   bool last_is_null, BoRow *formed);

#endif
