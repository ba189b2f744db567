/*
 * waited_places.c
 *   What a waiter waits for: a resource and its parts.
 *
 * A call that joins a line marks the resource and its parts as waited for. So it locks their rows before the resources,
 * as a call that changes a resource does.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/waited_places.h"

#include "base/arguments.h"
#include "base/error.h"
#include "store/row_checked.h"
#include "store/store_group.h"
#include "store/store_holder.h"
#include "store/store_parts.h"

/* Finds the names of the resource and of its parts. */
void bo_waited_places_find(BoStore *store, const text *tenant, text *resource, BoWaitedPlaces *places)
{
    places->count = 1 + (int)bo_store_run_latest(store, &bo_sql_find_parts, bo_text(tenant), bo_text(resource));
    places->names = palloc(sizeof(text *) * places->count);
    places->names[0] = resource;
    for (int i = 1; i < places->count; i++)
        places->names[i] = bo_row_text(bo_store_row(i - 1), BO_FIND_PARTS_RESOURCE);
}

/* Returns true if a rule counts what a holder has on one of the places. */
bool bo_waited_places_count_holder(BoStore *store, const text *tenant, const BoWaitedPlaces *places)
{
    bool by_holder = false;

    bo_store_run_latest(store, &bo_sql_find_kinds, bo_text(tenant), bo_texts(places->names, places->count));
    for (int i = 0; i < places->count; i++)
        by_holder |= !bo_row_is_null(bo_store_row(i), BO_FIND_KINDS_RESOURCE_ID) &&
                     bo_row_bool(bo_store_row(i), BO_FIND_KINDS_BY_HOLDER);
    return by_holder;
}

/*
 * Locks their rows. From then on nobody renames a part, or sets other parts; 40001 if somebody has done so just before.
 */
void bo_waited_places_lock_rows(BoStore *store, const text *tenant, BoWaitedPlaces *places)
{
    BoWaitedPlaces before = *places;
    bool same;

    bo_store_run_latest(store, &bo_sql_lock_resource_rows, bo_text(tenant), bo_texts(places->names, places->count));
    bo_waited_places_find(store, tenant, places->names[0], places);
    same = places->count == before.count;
    for (int i = 0; i < places->count && same; i++)
        same = bo_arguments_same_text(places->names[i], before.names[i]);
    if (!same)
        bo_error_old_snapshot();
}
