/*
 * match.h
 *   Which place gets which candidate: places to fill, and the candidates of each.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_MATCH_H
#define BOOKONCE_MATCH_H

#include "bookonce.h"

/* The candidates of a place, in order of preference. Places of the same need share a list. */
typedef struct BoChoices
{
    int count;
    const int *candidates; /* numbers from 0 */
} BoChoices;

typedef struct BoMatch
{
    int place_count;
    const BoChoices *const *places; /* of each place */
    int candidate_count;
    bool (*is_free)(void *context, int candidate); /* called at most once for each candidate */
    void *context;
    bool (*clash)(const void *of_clash, int a, int b); /* whether two candidates exclude each other; NULL: none do */
    const void *of_clash;
    int *chosen; /* of each place, or -1; the result */

    /* The rest belongs to one run. */
    bool *out;         /* of each candidate: left out, because it clashes with another */
    int *best;         /* the best match that has been found so far */
    int runs;          /* how many matches may still be tried */
    int *owners;       /* the place of each candidate, or -1 */
    signed char *free; /* of each candidate: 1, 0, or -1 for not asked yet */
    uint32 *seen;      /* the last search that visited each candidate */
    uint32 search;
} BoMatch;

extern void bo_match_begin(BoMatch *match);
extern bool bo_match_run(BoMatch *match, bool only_whole);

#endif
