/*
 * waited_places.h
 *   What a waiter waits for: a resource and its parts.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_WAITED_PLACES_H
#define BOOKONCE_WAITED_PLACES_H

#include "store/store.h"

typedef struct BoWaitedPlaces
{
    int count;
    text **names; /* the resource comes first */
} BoWaitedPlaces;

extern void bo_waited_places_find(BoStore *store, const text *tenant, text *resource, BoWaitedPlaces *places);
extern bool bo_waited_places_count_holder(BoStore *store, const text *tenant, const BoWaitedPlaces *places);
extern void bo_waited_places_lock_rows(BoStore *store, const text *tenant, BoWaitedPlaces *places);

#endif
