/*
 * find_slots.c
 *   find_slots(): the times at which all that is needed is free together, and the resources.
 *
 * Only reads, as free_slots() does. The slots to try are those that free_slots() would try for any of the candidates.
 * For each slot, the match judges only the candidates that it gets to.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/tuplestore.h"

#include "base/arguments.h"
#include "base/error.h"
#include "store/parameter_array.h"
#include "verbs/needs.h"
#include "verbs/read.h"

PG_FUNCTION_INFO_V1(bookonce_find_slots);

typedef struct Slot
{
    TimestampTz start;
    TimestampTz end;
} Slot;

/* The slots to try, each once, in order. */
typedef struct Slots
{
    int count;
    int room;
    Slot *list;
} Slots;

static void find_append(void *context, TimestampTz start, TimestampTz end)
{
    Slots *slots = context;

    if (slots->count == slots->room)
    {
        slots->room *= 2;
        slots->list = repalloc(slots->list, sizeof(Slot) * slots->room);
    }
    slots->list[slots->count++] = (Slot){start, end};
}

static int find_compare(const void *a, const void *b)
{
    const Slot *left = a;
    const Slot *right = b;

    if (left->start != right->start)
        return left->start < right->start ? -1 : 1;
    return left->end < right->end ? -1 : left->end > right->end;
}

/* Sorts the slots and removes duplicates: slots of several resources may begin at the same times. */
static void find_unite(Slots *slots)
{
    int count = 0;

    qsort(slots->list, slots->count, sizeof(Slot), find_compare);
    for (int i = 0; i < slots->count; i++)
        if (count == 0 || find_compare(&slots->list[count - 1], &slots->list[i]) != 0)
            slots->list[count++] = slots->list[i];
    slots->count = count;
    if (count > BO_MAX_CANDIDATES)
        bo_error_argument("step", psprintf("must not make more than %d slots to try", BO_MAX_CANDIDATES),
                          "'15 minutes' within a month");
}

static bool find_same_times(const BoWeekTimes *a, const BoWeekTimes *b)
{
    return a->count == b->count && (a->count == 0 || memcmp(a->seconds, b->seconds, sizeof(int32) * a->count) == 0);
}

/* Returns true if the same slots would be tried for both. */
static bool find_same_grid(const BoRules *a, const BoRules *b)
{
    bool has_grid = a->every != 0 || a->starts.count > 0 || a->ends.count > 0;

    return a->every == b->every && find_same_times(&a->starts, &b->starts) && find_same_times(&a->ends, &b->ends) &&
           (!has_grid || a->zone == b->zone);
}

static void find_slots_to_try(const BoCandidates *candidates, BoSlotTimes *times, Slots *slots)
{
    const BoRules **grids = palloc(sizeof(BoRules *) * candidates->count);
    int grid_count = 0;

    *slots = (Slots){.room = 1024, .list = palloc(sizeof(Slot) * 1024)};
    times->offer = find_append;
    times->context = slots;
    for (int i = 0; i < candidates->count; i++)
    {
        const BoRules *rules = &candidates->list[i].window.rules;
        int same = 0;

        while (same < grid_count && !find_same_grid(grids[same], rules))
            same++;
        if (same < grid_count)
            continue;
        grids[grid_count++] = rules;
        bo_slot_times_each(times, rules);
        find_unite(slots);
        CHECK_FOR_INTERRUPTS();
    }
}

/* The slot for which candidates are being judged. */
typedef struct Try
{
    const BoCandidates *candidates;
    Slot slot;
} Try;

static bool find_is_free(void *context, int candidate)
{
    const Try *it = context;

    return bo_candidate_refusal(it->candidates, candidate, it->slot.start, it->slot.end) == BO_OUTCOME_INVALID;
}

/* during, resources: a name for each place, in the order of the needs */
static void find_answer(FunctionCallInfo fcinfo, const BoWindow *window, const BoNeeds *needs, const Slot *slot,
                        const int *chosen)
{
    ReturnSetInfo *result = (ReturnSetInfo *)fcinfo->resultinfo;
    text **names = palloc(sizeof(text *) * needs->place_count);
    Datum values[2];

    for (int i = 0; i < needs->place_count; i++)
        names[i] = needs->candidates.list[chosen[i]].resource;
    values[0] = RangeTypePGetDatum(bo_availability_slot_of(window, slot->start, slot->end));
    values[1] = bo_texts(names, needs->place_count).value;
    tuplestore_putvalues(result->setResult, result->setDesc, values, (bool[]){false, false});
}

/* find_slots(needs, within, duration, step, at_most, tenant) */
Datum bookonce_find_slots(PG_FUNCTION_ARGS)
{
    BoNeeds needs = {0};
    BoWindow window = {0};
    BoSlotTimes times = {0};
    Slots slots;
    int32 at_most, found = 0;
    Try it = {&needs.candidates};
    BoMatch match;
    BoStore store;

    (void)bo_needs_argument(fcinfo, 0, &needs);
    bo_availability_within_argument(fcinfo, 1, "within", &window);
    bo_availability_steps_argument(fcinfo, 2, &window, &times);
    at_most = bo_read_at_most(fcinfo, 4);
    needs.candidates.tenant = bo_arguments_tenant(fcinfo);

    bo_store_open_to_read(&store);
    bo_needs_find_candidates(&store, &needs);
    bo_candidates_read(&store, &needs.candidates, times.first, times.last);
    bo_store_close(&store);
    bo_candidates_read_lines(&needs.candidates, &window);

    find_slots_to_try(&needs.candidates, &times, &slots);
    match = bo_needs_match(&needs, find_is_free, &it);
    InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
    for (int i = 0; i < slots.count && found < at_most; i++)
    {
        CHECK_FOR_INTERRUPTS();
        it.slot = slots.list[i];
        if (!bo_match_run(&match, true))
            continue;
        find_answer(fcinfo, &window, &needs, &it.slot, match.chosen);
        found++;
    }
    return (Datum)0;
}
