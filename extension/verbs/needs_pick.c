/*
 * needs_pick.c
 *   Whom a need prefers: who was named first, has the fewest bookings, or is free for the shortest time around the
 * slot.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/needs.h"

#include "utils/builtins.h"

#include "base/error.h"
#include "verbs/load.h"

BoNeedsPick bo_needs_pick_argument(const text *pick)
{
    static const char *const names[] = {[BO_NEEDS_PICK_FIRST] = "first",
                                        [BO_NEEDS_PICK_LEAST_BOOKED] = "least_booked",
                                        [BO_NEEDS_PICK_TIGHTEST] = "tightest"};

    for (int i = BO_NEEDS_PICK_FIRST; i < lengthof(names); i++)
        if (strcmp(text_to_cstring(pick), names[i]) == 0)
            return i;
    bo_error_argument("pick", "must be first, least_booked or tightest", "'least_booked'");
}

/* costs: of each candidate, the lower, the better. */
static void pick_count_booked(BoStore *store, const BoCandidates *candidates, RangeType *during, int64 *costs)
{
    int64 *ids = palloc(sizeof(int64) * candidates->count);
    int *taken = palloc(sizeof(int) * candidates->count);

    for (int i = 0; i < candidates->count; i++)
        ids[i] = candidates->list[i].resource_id;
    bo_load_count(store, ids, candidates->count, during, taken);
    for (int i = 0; i < candidates->count; i++)
        costs[i] = taken[i];
}

static int pick_compare_costs(const void *a, const void *b, void *costs)
{
    int64 left = ((const int64 *)costs)[*(const int *)a];
    int64 right = ((const int64 *)costs)[*(const int *)b];

    return left < right ? -1 : left > right;
}

/* Puts each need's choices in the order in which they are preferred for a slot: during, from start to end. */
void bo_needs_pick_order(BoStore *store, const BoNeeds *needs, BoNeedsPick pick, RangeType *during, TimestampTz start,
                         TimestampTz end)
{
    const BoCandidates *candidates = &needs->candidates;
    int64 *costs;

    if (pick == BO_NEEDS_PICK_FIRST)
        return;
    costs = palloc(sizeof(int64) * candidates->count);
    if (pick == BO_NEEDS_PICK_LEAST_BOOKED)
        pick_count_booked(store, candidates, during, costs);
    else
        for (int i = 0; i < candidates->count; i++)
            costs[i] = bo_candidate_free_around(candidates, i, start, end);
    for (int i = 0; i < candidates->count; i++) /* of equals, the one that was named first */
        costs[i] = costs[i] * BO_MAX_RESOURCES + i;
    for (int i = 0; i < needs->count; i++)
    {
        const BoChoices *choices = &needs->needs[i].choices;

        qsort_arg((int *)choices->candidates, choices->count, sizeof(int), pick_compare_costs, costs);
    }
}
