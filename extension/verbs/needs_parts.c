/*
 * needs_parts.c
 *   Candidates with parts: which of them exclude each other, and which parts must be free with them.
 *
 * Each part is read like a candidate, for as many units as its whole takes, but no place gets it. Two candidates clash
 * if together they would take more units of a resource than it has: a hall and one of its rooms, or two halls with a
 * room in common. Other bookings of that resource are not considered; if they leave enough for either candidate but not
 * for both, that turns out when both are booked.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/needs.h"

#include "base/error.h"
#include "base/error_parts.h"
#include "store/row_checked.h"
#include "store/store_parts.h"

static void needs_append_part(BoStore *store, BoNeeds *needs, BoRow row)
{
    BoCandidates *all = &needs->candidates;
    BoCandidate *part;

    if (all->all == BO_MAX_RESOURCES)
        bo_needs_refuse_too_many(needs);
    part = &all->list[bo_candidates_make_room(all, all->all)];
    *part = (BoCandidate){0};
    part->resource_id = bo_row_int8(row, BO_FIND_PARTS_RESOURCE_ID);
    part->resource = bo_store_keep(store, bo_row_text(row, BO_FIND_PARTS_RESOURCE));
    part->capacity = bo_policy_read_capacity(row, BO_FIND_PARTS_CAPACITY, part->resource);
    part->quantity = bo_row_quantity(row, BO_FIND_PARTS_QUANTITY);
    part->has_line = bo_row_bool(row, BO_FIND_PARTS_HAS_LINE);
    part->has_rules = !bo_row_is_null(row, BO_FIND_PARTS_TIME_ZONE);
    if (part->has_rules)
        bo_candidates_add_zone(all, part->resource, bo_row_text(row, BO_FIND_PARTS_TIME_ZONE));
    all->all++;
}

/* Appends the parts to the list, once all candidates have been found. */
void bo_needs_find_parts(BoStore *store, BoNeeds *needs)
{
    BoCandidates *all = &needs->candidates;

    all->all = all->count;
    for (int i = 0; i < all->count; i++)
    {
        const text *resource = all->list[i].resource;
        int count;

        if (!all->list[i].has_parts)
            continue;
        count = (int)bo_candidates_run(store, &bo_sql_find_parts, bo_text(all->tenant), bo_text(resource));
        all->list[i].first_part = all->all;
        all->list[i].part_count = count;
        for (int n = 0; n < count; n++)
        {
            if (bo_row_int4(bo_store_row(n), BO_FIND_PARTS_WAYS) > BO_MAX_PARTS)
                bo_error_parts_many(resource);
            needs_append_part(store, needs, bo_store_row(n));
        }
    }
}

/* The i-th resource that a candidate takes: 0 is the candidate itself, then come its parts. */
static const BoCandidate *needs_taken(const BoCandidates *all, const BoCandidate *whole, int i)
{
    return i == 0 ? whole : &all->list[whole->first_part + i - 1];
}

/* Returns true if two of the candidates cannot be booked together. */
bool bo_needs_clash(const void *candidates, int a, int b)
{
    const BoCandidates *all = candidates;
    const BoCandidate *left = &all->list[a], *right = &all->list[b];

    if (!left->has_parts && !right->has_parts)
        return false;
    for (int i = 0; i <= left->part_count; i++)
        for (int k = 0; k <= right->part_count; k++)
        {
            const BoCandidate *one = needs_taken(all, left, i), *other = needs_taken(all, right, k);

            if (one->resource_id == other->resource_id && one->quantity + other->quantity > one->capacity)
                return true;
        }
    return false;
}
