/*
 * candidate.c
 *   Judges a slot of a resource by what was read of the resource (candidate_read.c), without making a range for the
 *   slot.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/candidate.h"

#include "base/value.h"

/* Makes room for the candidate with this number, which it returns. What was in the list moves. */
int bo_candidates_make_room(BoCandidates *candidates, int number)
{
    if (number >= candidates->room)
    {
        candidates->room = Max(2 * candidates->room, 32);
        candidates->list = candidates->list == NULL
                               ? palloc(sizeof(BoCandidate) * candidates->room)
                               : repalloc(candidates->list, sizeof(BoCandidate) * candidates->room);
    }
    return number;
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

        if (bo_spans_overlap(&candidate->closed, start * 2, end * 2) ||
            (candidate->has_hours && !bo_spans_contain(&candidate->open, start * 2, end * 2)))
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
    return bo_spans_overlap(&candidate->kept, from * 2, to * 2)   ? BO_WAITED_FOR
           : bo_spans_overlap(&candidate->busy, from * 2, to * 2) ? BO_TAKEN
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
    int next = bo_spans_first_after(busy, start * 2);

    if (candidate->has_hours)
    {
        int own = bo_spans_first_after(&candidate->open, start * 2);

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
