/*
 * slot_times.c
 *   Which slots of a resource are worth a try.
 *
 * Only the grid of times matters here; the caller judges whether a slot is free.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/slot_times.h"

#include "base/error.h"
#include "base/shape.h"

static void slot_times_check_count(int64 count)
{
    if (count > BO_MAX_CANDIDATES)
        bo_error_argument("step", psprintf("must not make more than %d slots to try", BO_MAX_CANDIDATES),
                          "'15 minutes' within a month");
}

/*
 * Offers the slots of this length with this start: one, or where days count as nights, one for each time at which a
 * stay may end.
 */
static void slot_times_offer_from(const BoSlotTimes *times, const BoRules *rules, TimestampTz start)
{
    TimestampTz end;
    int position = 0;

    if (!bo_shape_counts_nights(rules, times->duration))
    {
        if (start <= times->last - times->duration)
            times->offer(times->context, start, start + times->duration);
        return;
    }
    while ((end = bo_shape_next_end(rules, start, times->duration, &position)) != DT_NOEND)
        if (end <= times->last)
            times->offer(times->context, start, end);
}

/* Offers the slots with each start that the resource's grid or fixed starts allow. */
static void slot_times_offer_starts(const BoSlotTimes *times, const BoRules *rules)
{
    TimestampTz start = times->first;
    int64 count = 0;

    if (!bo_shape_may_start(rules, start))
        start = bo_shape_next_start(rules, start, times->last);
    for (; start < times->last; start = bo_shape_next_start(rules, start, times->last))
    {
        slot_times_check_count(++count);
        slot_times_offer_from(times, rules, start);
    }
}

/* Offers the slots in ascending order; an error if there are too many. */
void bo_slot_times_each(const BoSlotTimes *times, const BoRules *rules)
{
    int64 length = times->last - times->first, step = times->step, count;

    if (step == 0 && (rules->every != 0 || rules->starts.count > 0))
    {
        slot_times_offer_starts(times, rules);
        return;
    }
    if (step == 0)
        step = times->duration;
    count = length < times->duration ? 0 : (length - times->duration) / step + 1;
    if (bo_shape_counts_nights(rules, times->duration))
        count = (length - 1) / step + 1;
    slot_times_check_count(count);
    for (int64 i = 0; i < count; i++)
        slot_times_offer_from(times, rules, times->first + i * step);
}
