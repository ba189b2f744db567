/*
 * spans.h
 *   Times that do not overlap, in ascending order.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_SPANS_H
#define BOOKONCE_SPANS_H

#include "bookonce.h"

/* start, end, start, end, .. on the scale of slot_key.h */
typedef struct BoSpans
{
    int count; /* of times */
    int64 *ends;
} BoSpans;

extern int bo_spans_first_after(const BoSpans *spans, int64 at);
extern bool bo_spans_overlap(const BoSpans *spans, int64 start, int64 end);
extern bool bo_spans_contain(const BoSpans *spans, int64 start, int64 end);
extern void bo_spans_add(BoSpans *spans, int *room, int64 start, int64 end);

#endif
