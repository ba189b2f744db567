/*
 * suggest_slots.c
 *   suggest_slots(): other times for a slot that was refused.
 *
 * A function of its own and not a part of every refusal: only a caller that asks for suggestions pays for them, it
 * takes no lock, and a standby can answer it. availability.c judges the slots, so the suggestions are slots that
 * free_slots() lists and book_slot() would book.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/tuplestore.h"

#include "base/arguments.h"
#include "base/shape.h"
#include "base/value.h"
#include "verbs/availability.h"
#include "verbs/read.h"

PG_FUNCTION_INFO_V1(bookonce_suggest_slots);

/* The nearest time is read first. Each look reaches this many times further than the one before it. */
#define FURTHER 8

/* How many days ahead to look if the caller does not say. */
#define DAYS_AHEAD 31

typedef struct Suggestions
{
    ReturnSetInfo *result;
    BoWindow window;
    TimestampTz tried; /* slots that end by then have been tried */
    int32 left;        /* how many more are wanted */
} Suggestions;

static void suggest_try(void *context, TimestampTz start, TimestampTz end)
{
    Suggestions *it = context;
    RangeType *slot;

    CHECK_FOR_INTERRUPTS();
    if (it->left == 0 || end <= it->tried)
        return;
    slot = bo_availability_slot_of(&it->window, start, end);
    if (bo_availability_verdict(&it->window, slot) != BO_OUTCOME_INVALID)
        return;
    tuplestore_putvalues(it->result->setResult, it->result->setDesc, &(Datum){RangeTypePGetDatum(slot)},
                         &(bool){false});
    it->left--;
}

/* Returns true if slots begin at the times of the resource's own grid. */
static bool suggest_on_grid(const BoRules *rules, const BoSlotTimes *times)
{
    return times->step == 0 && (rules->every != 0 || rules->starts.count > 0);
}

/*
 * The length of the slot as free_slots() takes it: where the resource counts nights, a day for each night, so that a
 * stay keeps its nights and its end when the clocks change. A few hours over midnight are no night.
 */
static int64 suggest_length(const BoRules *rules, TimestampTz start, TimestampTz end)
{
    int64 nights = rules->ends.count == 0 ? 0 : bo_shape_nights(rules, start, end);

    return nights > 0 && end - start >= nights * USECS_PER_DAY / 2 ? nights * USECS_PER_DAY : end - start;
}

/* Where to begin: at the slot's own start, or if that is in the past, at the first start after it that is not. */
static TimestampTz suggest_first(const Suggestions *it, const BoSlotTimes *times, TimestampTz start)
{
    TimestampTz earliest = it->window.now - BO_RULES_NOW_TOLERANCE;
    int64 step = times->step != 0 ? times->step : times->duration;

    if (start >= earliest)
        return start;
    if (suggest_on_grid(&it->window.rules, times))
        return earliest;
    return start + (earliest - start + step - 1) / step * step;
}

/* How far to look, so that there are fewer slots than may be tried. */
static TimestampTz suggest_reach(const Suggestions *it, const BoSlotTimes *times)
{
    const BoRules *rules = &it->window.rules;
    const int64 furthest = BO_MAX_WITHIN_DAYS * USECS_PER_DAY; /* as free_slots() may be asked */
    int64 step = times->step != 0 ? times->step : times->duration;

    if (suggest_on_grid(rules, times))
        step = rules->starts.count > 0 ? 7 * USECS_PER_DAY / rules->starts.count
                                       : USECS_PER_DAY / ((USECS_PER_DAY + rules->every - 1) / rules->every);
    /* A day on which the clock is put back has more starts than others. */
    step = Min(step, furthest / (BO_MAX_CANDIDATES * 9 / 10));
    return times->first + Min(step * (BO_MAX_CANDIDATES * 9 / 10) + times->duration, furthest);
}

/* Reads the window between two instants. */
static void suggest_look(Suggestions *it, text *tenant, text *resource, int32 quantity, TimestampTz from,
                         TimestampTz until)
{
    BoWindow *window = &it->window;

    window->lower.val = TimestampTzGetDatum(from);
    window->upper.val = TimestampTzGetDatum(until);
    window->range = bo_value_range(window->type, &window->lower, &window->upper);
    window->kept = NULL;
    bo_availability_read_window(window, tenant, resource, quantity);
}

/* suggest_slots(resource, during, at_most, until, step, quantity, kind, tenant) */
Datum bookonce_suggest_slots(PG_FUNCTION_ARGS)
{
    Suggestions it = {.result = (ReturnSetInfo *)fcinfo->resultinfo, .tried = DT_NOBEGIN};
    BoSlotTimes times = {.offer = suggest_try, .context = &it};
    text *resource = bo_arguments_text(fcinfo, 0, "resource", "'room:1'");
    TimestampTz start, end, last;
    int32 quantity;
    text *tenant;

    bo_availability_within_argument(fcinfo, 1, "during", &it.window);
    start = DatumGetTimestampTz(it.window.lower.val);
    end = DatumGetTimestampTz(it.window.upper.val);
    it.left = bo_read_at_most(fcinfo, 2);
    times.step = PG_ARGISNULL(4) ? 0 : bo_arguments_exact_length(fcinfo, 4, "step", 1);
    quantity = bo_arguments_quantity(PG_GETARG_DATUM(5), PG_ARGISNULL(5), "quantity");
    it.window.kind = bo_arguments_kind(fcinfo, 6, 8);
    tenant = bo_arguments_tenant(fcinfo);

    bo_availability_read_window(&it.window, tenant, resource, quantity);
    times.duration = suggest_length(&it.window.rules, start, end);
    times.first = suggest_first(&it, &times, start);
    last = PG_ARGISNULL(3) ? times.first + DAYS_AHEAD * USECS_PER_DAY + times.duration : PG_GETARG_TIMESTAMPTZ(3);
    last = Min(Min(last, suggest_reach(&it, &times)), BO_TIME_LIMIT - 1);

    InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
    for (int64 span = times.duration + USECS_PER_DAY; it.left > 0 && it.tried < last && times.first < last;
         span *= FURTHER)
    {
        times.last = Min(times.first + span, last);
        suggest_look(&it, tenant, resource, quantity, times.first, times.last);
        bo_slot_times_each(&times, &it.window.rules);
        it.tried = times.last;
    }
    return (Datum)0;
}
