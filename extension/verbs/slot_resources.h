/*
 * slot_resources.h
 *   The resources of a call that names many of them: their locks, and what is learnt under the locks.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_SLOT_RESOURCES_H
#define BOOKONCE_SLOT_RESOURCES_H

#include "base/arguments.h"
#include "base/lock.h"
#include "store/store.h"

/* The resources of one call, in its order, and what is learnt of them under their locks. */
typedef struct BoResources
{
    const text *tenant;
    int count;
    text **names;
    BoSlotLock *locks;
    int64 *ids;
    int32 *capacities;
    text **holders; /* the holder for whom each is booked, for rules that count what a holder has; NULL: none */
    bool keyed;     /* the call or one of its members has a key */
    bool defines;   /* resources that are not defined are created, without rules */
} BoResources;

extern BoResources bo_slot_resources(const text *tenant, int count);
extern void bo_slot_name(BoResources *resources, int i, text *name);
extern void bo_slot_book_for(BoResources *resources, int i, const BoSlotCall *call);
extern void bo_slot_lock_all(BoStore *store, BoResources *resources, BoKind exclusive_from);
extern BoResources bo_slot_lock_to_free(BoStore *store, const text *tenant, text **names, int count, bool exclusive);
extern bool bo_slot_are_locked(const BoResources *resources, text *const *names, int count);
extern bool bo_slot_try_lock_all(BoStore *store, BoResources *resources);
extern void bo_slot_give_back_all(BoResources *resources, bool exclusive);
extern void bo_slot_enter_holders(BoStore *store, BoResources *resources);

#endif
