/*
 * candidate.c
 *   Judges a slot of a resource by what was read of the resource (candidate_read.c), without making a range for the
 *   slot.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/candidate.h"

#include "base/value.h"

/* The number of the first time that ends after an instant. */
static int candidate_first_after(const BoSpans *spans, int64 at)
{
    int low = 0, high = spans->count;

    while (low < high)
    {
        int middle = low + (high - low) / 2;

        if (spans->ends[2 * middle + 1] > at)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static bool candidate_overlaps(const BoSpans *spans, TimestampTz start, TimestampTz end)
{
    int first = candidate_first_after(spans, start * 2);

    return first < spans->count && spans->ends[2 * first] < end * 2;
}

static bool candidate_contains(const BoSpans *spans, TimestampTz start, TimestampTz end)
{
    int first = candidate_first_after(spans, start * 2);

    return first < spans->count && spans->ends[2 * first] <= start * 2 && spans->ends[2 * first + 1] >= end * 2;
}

/* Without its parts. */
static BoOutcome candidate_own_refusal(const BoCandidate *candidate, TimestampTz start, TimestampTz end)
{
    const BoRules *rules = &candidate->window.rules;
    TimestampTz from = start, to = end;

    if (candidate->is_gone || candidate->quantity > candidate->capacity)
        return BO_TAKEN;
    if (candidate->has_rules)
    {
        BoOutcome refusal;

        if (candidate_overlaps(&candidate->closed, start, end) ||
            (candidate->has_hours && !candidate_contains(&candidate->open, start, end)))
            return BO_CLOSED;
        refusal = bo_rules_refusal(rules, start, end, candidate->window.now);
        if (refusal != BO_OUTCOME_INVALID)
            return refusal;
        if (bo_availability_is_full(&candidate->window, start))
            return BO_LIMIT_REACHED;
        if (!bo_value_is_zero(&rules->before))
            from = bo_value_shift(start, &rules->before, -1, rules->zone);
        if (!bo_value_is_zero(&rules->after))
            to = bo_value_shift(end, &rules->after, 1, rules->zone);
        if (to >= BO_TIME_LIMIT)
            return BO_TOO_FAR;
    }
    return candidate_overlaps(&candidate->kept, from, to)   ? BO_WAITED_FOR
           : candidate_overlaps(&candidate->busy, from, to) ? BO_TAKEN
                                                            : BO_OUTCOME_INVALID;
}

/* What book_slot() would answer, apart from rules about the holder; BO_OUTCOME_INVALID if it would book. */
BoOutcome bo_candidate_refusal(const BoCandidates *candidates, int number, TimestampTz start, TimestampTz end)
{
    const BoCandidate *whole = &candidates->list[number];
    BoOutcome refusal = candidate_own_refusal(whole, start, end);

    for (int i = 0; i < whole->part_count && refusal == BO_OUTCOME_INVALID; i++)
        refusal = candidate_own_refusal(&candidates->list[whole->first_part + i], start, end);
    return refusal;
}

/* Without its parts. */
static int64 candidate_own_free_around(const BoCandidate *candidate, TimestampTz start, TimestampTz end)
{
    int64 first = (start - BO_CANDIDATE_AROUND) * 2, last = (end + BO_CANDIDATE_AROUND) * 2;
    const BoSpans *busy = &candidate->busy;
    int next = candidate_first_after(busy, start * 2);

    if (candidate->has_hours)
    {
        int own = candidate_first_after(&candidate->open, start * 2);

        if (own < candidate->open.count)
        {
            first = Max(first, candidate->open.ends[2 * own]);
            last = Min(last, candidate->open.ends[2 * own + 1]);
        }
    }
    if (next > 0)
        first = Max(first, busy->ends[2 * next - 1]);
    if (next < busy->count)
        last = Min(last, busy->ends[2 * next]);
    return last - first;
}

/*
 * How long the candidate is free around a free slot, in half-microseconds: up to what is booked or closed next to it,
 * and no more than twelve hours each way. A candidate with parts is free as long as all of its parts are.
 */
int64 bo_candidate_free_around(const BoCandidates *candidates, int number, TimestampTz start, TimestampTz end)
{
    const BoCandidate *whole = &candidates->list[number];
    int64 around = candidate_own_free_around(whole, start, end);

    for (int i = 0; i < whole->part_count; i++)
        around = Min(around, candidate_own_free_around(&candidates->list[whole->first_part + i], start, end));
    return around;
}
