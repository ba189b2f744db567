/*
 * overdue.h
 *   What a booking has taken out of a resource, which stays blocked until it is given back.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_OVERDUE_H
#define BOOKONCE_OVERDUE_H

#include "bookonce.h"

#include "store/store.h"
#include "verbs/whole.h"

/* What the rules of a booking's resource require; `blocks` also if the resource of one of its parts does. */
typedef struct BoArrival
{
    bool asks;   /* the holder must check in */
    bool blocks; /* until it is given back */
} BoArrival;

extern BoArrival bo_overdue_rules(BoStore *store, const text *tenant, const pg_uuid_t *booking_id,
                                  const BoWhole *whole);
extern bool bo_overdue_is_out(BoStore *store, const text *tenant, const pg_uuid_t *booking_id, const BoWhole *whole);
extern void bo_overdue_take_out(BoStore *store, const text *tenant, const pg_uuid_t *booking_id, const BoWhole *whole);
extern void bo_overdue_give_back(BoStore *store, const text *tenant, const pg_uuid_t *booking_id, const BoWhole *whole);

#endif
