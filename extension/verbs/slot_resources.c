/*
 * slot_resources.c
 *   The resources of a call that names many of them: all are locked before anything is written.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/slot_resources.h"

#include "base/error.h"
#include "base/round.h"
#include "guard/direct_insert.h"
#include "store/store_group.h"
#include "store/store_follow.h"
#include "verbs/holder.h"
#include "verbs/policy.h"

BoResources bo_slot_resources(const text *tenant, int count)
{
    return (BoResources){.tenant = tenant,
                         .count = count,
                         .names = palloc(sizeof(text *) * count),
                         .locks = palloc(sizeof(BoSlotLock) * count),
                         .ids = palloc(sizeof(int64) * count),
                         .capacities = palloc(sizeof(int32) * count),
                         .holders = palloc0(sizeof(text *) * count)};
}

void bo_slot_name(BoResources *resources, int i, text *name)
{
    resources->names[i] = name;
    resources->locks[i] = bo_lock_slot_of(resources->tenant, name);
}

/* Enters the resource that a call books, and the holder, for rules that count what a holder has. */
void bo_slot_book_for(BoResources *resources, int i, const BoSlotCall *call)
{
    bo_slot_name(resources, i, call->resource);
    resources->holders[i] = call->only_guard ? NULL : call->holder;
}

/*
 * Reads what each resource without an id is: the row of the i-th is rows[i]. Equal names that stand next to each other,
 * as in the sorted rows of a followed table, are asked for once. Returns how many are not defined.
 */
static int slot_find_kinds(BoStore *store, BoResources *resources, int *rows)
{
    text **names = palloc(sizeof(text *) * resources->count);
    int count = 0, missing = 0;

    for (int i = 0; i < resources->count; i++)
    {
        if (resources->ids[i] != 0)
            continue;
        if (count == 0 || !bo_arguments_same_text(names[count - 1], resources->names[i]))
            names[count++] = resources->names[i];
        rows[i] = count - 1;
    }
    if (count == 0)
        return 0;
    bo_store_run_latest(store, &bo_sql_find_kinds, bo_text(resources->tenant), bo_texts(names, count));
    for (int i = 0; i < count; i++)
        missing += bo_row_is_null(bo_store_row(i), BO_FIND_KINDS_RESOURCE_ID);
    pfree(names);
    return missing;
}

/*
 * Learns, under their locks, what each resource is; OB002 if one does not exist. A call with a key may have been made
 * before a resource was renamed: then the id is 0, and the caller looks for the key first.
 */
static void slot_learn(BoStore *store, BoResources *resources)
{
    int *rows = palloc(sizeof(int) * resources->count);

    /* A statement cost a tenth of a booking of a batch. */
    bo_direct_find_plain(resources->tenant, resources->names, resources->count, resources->ids);
    if (slot_find_kinds(store, resources, rows) > 0 && resources->defines)
    {
        bo_store_run(store, &bo_sql_define_plain_resources, bo_text(resources->tenant),
                     bo_texts(resources->names, resources->count));
        (void)slot_find_kinds(store, resources, rows);
    }
    for (int i = 0; i < resources->count; i++)
    {
        BoRow row;

        if (resources->ids[i] != 0)
        {
            resources->capacities[i] = 1;
            resources->locks[i].has_line = resources->locks[i].has_parts = false;
            bo_lock_learn(&resources->locks[i], BO_KIND_PLAIN, false);
            continue;
        }
        row = bo_store_row(rows[i]);
        if (bo_row_is_null(row, BO_FIND_KINDS_RESOURCE_ID))
        {
            if (!resources->keyed)
                bo_error_unknown_resource(resources->names[i]);
            resources->ids[i] = 0;
            resources->capacities[i] = 0;
            bo_lock_learn(&resources->locks[i], BO_KIND_POLICY, false);
            continue;
        }
        resources->ids[i] = bo_row_int8(row, BO_FIND_KINDS_RESOURCE_ID);
        resources->capacities[i] = bo_policy_read_capacity(row, BO_FIND_KINDS_CAPACITY, resources->names[i]);
        resources->locks[i].has_line = bo_row_bool(row, BO_FIND_KINDS_HAS_WAITERS);
        resources->locks[i].has_parts = bo_row_bool(row, BO_FIND_KINDS_HAS_PARTS);
        bo_lock_learn(&resources->locks[i],
                      bo_lock_kind_of(bo_row_bool(row, BO_FIND_KINDS_PLAIN), bo_row_bool(row, BO_FIND_KINDS_COUNTS),
                                      resources->locks[i].has_line),
                      bo_row_bool(row, BO_FIND_KINDS_BY_HOLDER));
    }
    pfree(rows);
}

/* Collects the holders of those bookings that a rule by holder counts. Returns how many there are. */
static int slot_holders(const BoResources *resources, text **holders)
{
    int count = 0;

    for (int i = 0; i < resources->count; i++)
        if (resources->locks[i].by_holder && resources->holders[i] != NULL)
            holders[count++] = resources->holders[i];
    return count;
}

/* Locks the holders, as far as it is known that a rule counts what they have. */
static void slot_lock_holders(const BoResources *resources)
{
    text **holders = palloc(sizeof(text *) * resources->count);
    int count = slot_holders(resources, holders);

    bo_lock_holders(resources->tenant, holders, count);
}

/* Called when bo_slot_decide() needs a holder, after bo_slot_give_back_all(). */
void bo_slot_enter_holders(BoStore *store, BoResources *resources)
{
    text **holders = palloc(sizeof(text *) * resources->count);
    int count = slot_holders(resources, holders);

    bo_holder_enter(store, resources->tenant, holders, count, resources->locks, resources->count);
}

static bool slot_knows_holders(const BoResources *resources)
{
    for (int i = 0; i < resources->count; i++)
        if (resources->locks[i].by_holder && resources->holders[i] != NULL &&
            !bo_lock_has_holder(resources->tenant, resources->holders[i]))
            return false;
    return true;
}

/*
 * Locks the resources and learns what they are. A resource of kind `exclusive_from` or above needs the exclusive lock.
 * That may turn out only under the lock, as may a rule that counts by holder; then all locks are released and taken
 * again. If two entries name the same resource and one needs an exclusive lock, both get it: bo_lock_slots() sees to
 * that.
 */
void bo_slot_lock_all(BoStore *store, BoResources *resources, BoKind exclusive_from)
{
    for (int round = 0;; bo_round_next(&round))
    {
        BoSlotLock *taken = palloc(sizeof(BoSlotLock) * resources->count);
        bool strong_enough;

        slot_lock_holders(resources);
        memcpy(taken, resources->locks, sizeof(BoSlotLock) * resources->count);
        bo_lock_slots(taken, resources->count);
        slot_learn(store, resources);
        strong_enough = slot_knows_holders(resources);
        for (int i = 0; i < resources->count; i++)
        {
            if (resources->locks[i].kind < exclusive_from || resources->locks[i].exclusive)
                continue;
            resources->locks[i].exclusive = true;
            strong_enough = false;
        }
        if (strong_enough)
            return;
        bo_lock_release_slots(taken, resources->count);
    }
}

/*
 * Locks the resources exclusively without waiting, and learns what they are. Returns false, with none of them locked,
 * if somebody else has one.
 */
bool bo_slot_try_lock_all(BoStore *store, BoResources *resources)
{
    for (int i = 0; i < resources->count; i++)
    {
        resources->locks[i].exclusive = true;
        if (bo_lock_try_slot(&resources->locks[i]))
            continue;
        bo_lock_release_slots(resources->locks, i);
        return false;
    }
    slot_learn(store, resources);
    return true;
}

/*
 * Locks resources whose time will become free, so that nobody joins their lines meanwhile: shared where nothing is
 * counted; otherwise exclusively, or two transactions that cancel and then book would deadlock. One that was just
 * renamed gets the id 0. exclusive: all are locked exclusively.
 */
BoResources bo_slot_lock_to_free(BoStore *store, const text *tenant, text **names, int count, bool exclusive)
{
    BoResources resources = bo_slot_resources(tenant, count);

    resources.keyed = true;
    for (int i = 0; i < count; i++)
    {
        bo_slot_name(&resources, i, names[i]);
        resources.locks[i].exclusive |= exclusive;
    }
    if (count > 0)
        bo_slot_lock_all(store, &resources, BO_KIND_COUNTS);
    return resources;
}

/* Returns true if these names, in this order, are those of resources that are locked and have not been renamed. */
bool bo_slot_are_locked(const BoResources *resources, text *const *names, int count)
{
    if (resources->count != count)
        return false;
    for (int i = 0; i < count; i++)
        if (resources->ids[i] == 0 || !bo_arguments_same_text(resources->names[i], names[i]))
            return false;
    return true;
}

/*
 * Releases all locks; if exclusive is set, they will be taken again exclusively. Only for a call that has written
 * nothing, or has undone all of it.
 */
void bo_slot_give_back_all(BoResources *resources, bool exclusive)
{
    bo_lock_release_slots(resources->locks, resources->count);
    for (int i = 0; i < resources->count; i++)
        resources->locks[i].exclusive |= exclusive;
}
