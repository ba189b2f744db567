/*
 * explain_slot.c
 *   Why a slot is not free.
 *
 * Like availability.c it only reads, and by the same rules.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/availability.h"

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "base/arguments.h"
#include "base/label.h"
#include "base/shape.h"
#include "base/value.h"

PG_FUNCTION_INFO_V1(bookonce_explain_slot);

/* Where the reasons are put. */
typedef struct Explanation
{
    ReturnSetInfo *result;
    const text *part; /* the part that they are about; NULL: the resource itself */
} Explanation;

/*
 * Adds a reason against the slot, as a row of explain_slot(). NULL and DT_NOBEGIN stand for columns that have nothing
 * to say.
 */
static void explain_add(const Explanation *it, BoOutcome outcome, const char *rule, const MultirangeType *times,
                        TimestampTz since, TimestampTz until)
{
    const char *whose = it->part == NULL ? rule : psprintf("%s of %s", rule, text_to_cstring(it->part));
    Datum values[5] = {bo_label_outcome(TupleDescAttr(it->result->setDesc, 0)->atttypid, outcome),
                       CStringGetTextDatum(whose), PointerGetDatum(times), TimestampTzGetDatum(since),
                       TimestampTzGetDatum(until)};
    bool nulls[5] = {false, false, times == NULL, since == DT_NOBEGIN, until == DT_NOBEGIN};

    tuplestore_putvalues(it->result->setResult, it->result->setDesc, values, nulls);
}

static MultirangeType *explain_one(const BoWindow *window, RangeType *range)
{
    return make_multirange(TSTZMULTIRANGEOID, window->type, 1, &range);
}

/* The part of a range that lies in the times, or the part outside of them. */
static MultirangeType *explain_part(const BoWindow *window, RangeType *range, MultirangeType *times, bool in)
{
    MultirangeType *all = explain_one(window, range);

    return in ? bo_value_both(window->type, all, times) : bo_value_without(window->type, all, times);
}

/* Returns true if the whole resource is closed at some time of the window, which book_slot() would answer. */
static bool explain_is_closed(const BoWindow *window)
{
    return window->closed != NULL && range_overlaps_multirange_internal(window->type, window->range, window->closed);
}

static void explain_times(const Explanation *it, const BoWindow *window, TimestampTz start, TimestampTz end)
{
    const BoRules *rules = &window->rules;
    TimestampTz decide_by = bo_rules_decide_by(rules, start);

    if (bo_shape_off_grid(rules, start) != 0)
        explain_add(it, BO_OFF_GRID, "start_every", NULL, DT_NOBEGIN, DT_NOBEGIN);
    if (!bo_shape_is_at(rules, &rules->starts, start))
        explain_add(it, BO_OFF_GRID, "starts", NULL, DT_NOBEGIN, DT_NOBEGIN);
    if (!bo_shape_is_at(rules, &rules->ends, end))
        explain_add(it, BO_OFF_GRID, "ends", NULL, DT_NOBEGIN, DT_NOBEGIN);
    if (window->now > decide_by)
        explain_add(it, BO_TOO_SOON, "min_notice", NULL, decide_by, DT_NOBEGIN);
    if (rules->has_horizon && start > bo_value_shift(window->now, &rules->horizon, 1, rules->zone))
        explain_add(it, BO_TOO_FAR, "max_ahead", NULL, DT_NOBEGIN,
                    bo_value_shift(start, &rules->horizon, -1, rules->zone));
    if (bo_shape_too_short(rules, start, end))
        explain_add(it, BO_TOO_SHORT, rules->length_count > 0 ? "durations" : "min_duration", NULL, DT_NOBEGIN,
                    DT_NOBEGIN);
    if (bo_shape_too_long(rules, start, end))
    {
        TimestampTz latest = Min(bo_value_shift(start, &rules->longest, 1, rules->zone), end);

        explain_add(it, BO_TOO_LONG, rules->length_count > 0 ? "durations" : "max_duration",
                    explain_one(window, bo_availability_slot_of(window, latest, end)), DT_NOBEGIN, DT_NOBEGIN);
    }
}

/* Adds every reason of the resource without its parts, or of one part. */
static void explain_window(const Explanation *it, BoWindow *window)
{
    TimestampTz start = DatumGetTimestampTz(window->lower.val), end = DatumGetTimestampTz(window->upper.val);
    RangeType *blocks =
        bo_availability_slot_of(window, bo_value_shift(start, &window->rules.before, -1, window->rules.zone),
                                bo_value_shift(end, &window->rules.after, 1, window->rules.zone));

    if (explain_is_closed(window))
    {
        explain_add(it, BO_CLOSED, "closure", explain_part(window, window->range, window->closed, true), DT_NOBEGIN,
                    DT_NOBEGIN);
        window->busy = bo_value_without(window->type, window->busy, window->closed);
    }
    if (window->open != NULL && !multirange_contains_range_internal(window->type, window->open, window->range))
        explain_add(it, BO_CLOSED, "opening_hours", explain_part(window, window->range, window->open, false),
                    DT_NOBEGIN, DT_NOBEGIN);
    explain_times(it, window, start, end);
    if (bo_availability_is_full(window, start))
        explain_add(it, BO_LIMIT_REACHED, "booking_limit", NULL, DT_NOBEGIN, DT_NOBEGIN);
    if (window->kept != NULL && range_overlaps_multirange_internal(window->type, blocks, window->kept))
        explain_add(it, BO_WAITED_FOR, "waitlist", explain_part(window, blocks, window->kept, true), DT_NOBEGIN,
                    DT_NOBEGIN);
    if (window->busy != NULL && range_overlaps_multirange_internal(window->type, blocks, window->busy))
        explain_add(it, BO_TAKEN, "capacity", explain_part(window, blocks, window->busy, true), DT_NOBEGIN, DT_NOBEGIN);
    else if (window->is_too_small)
        explain_add(it, BO_TAKEN, "capacity", explain_one(window, window->range), DT_NOBEGIN, DT_NOBEGIN);
}

/*
 * explain_slot(resource, during, quantity, kind, tenant): a row for each reason, first the one that book_slot() would
 * answer; then those of its parts. What is in the way is shown as times only, never with its holder.
 */
Datum bookonce_explain_slot(PG_FUNCTION_ARGS)
{
    ReturnSetInfo *result = (ReturnSetInfo *)fcinfo->resultinfo;
    BoWindow window = {0};
    text *resource = bo_arguments_text(fcinfo, 0, "resource", "'room:1'");

    bo_availability_within_argument(fcinfo, 1, "during", &window);
    window.kind = bo_arguments_kind(fcinfo, 3, 5);
    bo_availability_read_window(&window, bo_arguments_tenant(fcinfo), resource,
                                bo_arguments_quantity(PG_GETARG_DATUM(2), PG_ARGISNULL(2), "quantity"));

    InitMaterializedSRF(fcinfo, 0);
    explain_window(&(Explanation){result, NULL}, &window);
    for (int i = 0; i < window.part_count; i++)
        explain_window(&(Explanation){result, window.part_names[i]}, &window.parts[i]);
    return (Datum)0;
}
