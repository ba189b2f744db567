/*
 * candidate.h
 *   The resources that could meet a need, and what is known of each for a stretch of time.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_CANDIDATE_H
#define BOOKONCE_CANDIDATE_H

#include "verbs/availability.h"
#include "verbs/layout.h"
#include "verbs/spans.h"

/* How far around a slot free time counts, where the candidate with the least of it is preferred. */
#define BO_CANDIDATE_AROUND (USECS_PER_DAY / 2)

typedef struct BoCandidate
{
    int64 resource_id;
    text *resource;
    int32 capacity;
    bool has_rules; /* it is not plain */
    bool has_line;  /* somebody may wait in line for it */
    bool has_parts; /* it is booked with its parts: part_count entries of the list, from first_part on */
    int part_count;
    int first_part;
    int32 quantity;  /* how many units are booked: 1, or for a part as many as its whole takes */
    int last_need;   /* the last need that it was found to meet */
    BoWindow window; /* what its row says, and when a limit is reached; not read if it has no rules */
    bool has_hours;
    BoSpans open;   /* if it has hours */
    BoSpans closed; /* when the whole resource is closed */
    BoSpans busy;   /* when bookings and closures leave too few units free */
    BoSpans kept;   /* for somebody in line, once bo_candidates_read_lines() has read it */
    bool is_gone;   /* it was deleted since it was found */
} BoCandidate;

typedef struct BoCandidates
{
    const text *tenant;
    int count;
    int all; /* including the parts of candidates, which come behind the candidates */
    int room;
    BoCandidate *list;
    int zone_count;
    text **zones; /* of those with rules */
} BoCandidates;

/*
 * Runs a statement, and switches back to the store's answer_context: SPI switches to memory of its own each time, but
 * what is allocated afterwards must outlive the store.
 */
#define bo_candidates_run(store, statement, ...) \
    bo_candidates_have_run(store, bo_store_run_latest(store, statement, __VA_ARGS__))
static inline uint64 bo_candidates_have_run(const BoStore *store, uint64 rows)
{
    MemoryContextSwitchTo(store->answer_context);
    return rows;
}

extern int bo_candidates_make_room(BoCandidates *candidates, int number);
extern void bo_candidates_add_zone(BoCandidates *candidates, const text *resource, const text *zone);
extern void bo_candidates_read(BoStore *store, BoCandidates *candidates, TimestampTz from, TimestampTz to);
extern void bo_candidates_read_lines(BoCandidates *candidates, const BoWindow *within);
extern int64 bo_candidate_free_around(const BoCandidates *candidates, int number, TimestampTz start, TimestampTz end);
extern BoOutcome bo_candidate_refusal(const BoCandidates *candidates, int number, TimestampTz start, TimestampTz end);

#endif
