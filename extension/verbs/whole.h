/*
 * whole.h
 *   A booking with parts, and what follows it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_WHOLE_H
#define BOOKONCE_WHOLE_H

#include "store/store.h"
#include "verbs/slot_resources.h"

/* Which bookings are the parts of one. */
typedef struct BoWhole
{
    text *resource; /* the resource of the whole */
    int count;      /* the number of parts; 0: none */
    pg_uuid_t *ids;
    text **resources;
    int standing; /* how many of them are not released */
} BoWhole;

/* The booking itself for 0, and then its parts. */
static inline const pg_uuid_t *bo_whole_id(const BoWhole *whole, const pg_uuid_t *booking_id, int i)
{
    return i == 0 ? booking_id : &whole->ids[i - 1];
}

extern bool bo_whole_find(BoStore *store, const text *tenant, const pg_uuid_t *booking_id, BoWhole *whole);
extern bool bo_whole_lock(BoStore *store, const text *tenant, const pg_uuid_t *booking_id, BoWhole *whole,
                          BoResources *places);
extern void bo_whole_lock_both(BoStore *store, const BoSlotCall *to, text *from, const pg_uuid_t *booking_id,
                               BoWhole *whole, BoResources *places);
extern void bo_whole_follow(BoStore *store, const text *tenant, const pg_uuid_t *booking_id, const BoWhole *whole,
                            bool stands);
extern void bo_whole_make(BoStore *store, const text *tenant, const pg_uuid_t *booking_id, const BoWhole *whole);
extern void bo_whole_require_current(BoStore *store, const text *tenant, const pg_uuid_t *booking_id,
                                     const BoWhole *whole);

#endif
