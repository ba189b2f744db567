/*
 * spans.c
 *   Times that do not overlap, in ascending order: found by halving.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/spans.h"

/* The number of the first time that ends after an instant. */
int bo_spans_first_after(const BoSpans *spans, int64 at)
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

/* Returns true if one of the times overlaps this one. */
bool bo_spans_overlap(const BoSpans *spans, int64 start, int64 end)
{
    int first = bo_spans_first_after(spans, start);

    return first < spans->count && spans->ends[2 * first] < end;
}

/* Returns true if one of the times has all of this one. */
bool bo_spans_contain(const BoSpans *spans, int64 start, int64 end)
{
    int first = bo_spans_first_after(spans, start);

    return first < spans->count && spans->ends[2 * first] <= start && spans->ends[2 * first + 1] >= end;
}

/* Adds a time; those that overlap it become one with it. room: how many times the memory has room for. */
void bo_spans_add(BoSpans *spans, int *room, int64 start, int64 end)
{
    int first = bo_spans_first_after(spans, start), behind = first;

    for (; behind < spans->count && spans->ends[2 * behind] < end; behind++)
    {
        start = Min(start, spans->ends[2 * behind]);
        end = Max(end, spans->ends[2 * behind + 1]);
    }
    if (spans->count == *room)
    {
        *room = Max(2 * *room, 4);
        spans->ends =
            spans->ends == NULL ? palloc(sizeof(int64) * 2 * *room) : repalloc(spans->ends, sizeof(int64) * 2 * *room);
    }
    memmove(&spans->ends[2 * (first + 1)], &spans->ends[2 * behind], sizeof(int64) * 2 * (spans->count - behind));
    spans->ends[2 * first] = start;
    spans->ends[2 * first + 1] = end;
    spans->count += first + 1 - behind;
}
