/*
 * match.c
 *   Which place gets which candidate: a bipartite matching.
 *
 * A greedy choice can fail where there is a solution, because the first place may take the only candidate of the
 * second. So a place may take a candidate from another place that can have another one, and so on (augmenting paths:
 * they find a whole match if there is one). Among all whole matches, the first one is chosen: the first place gets its
 * best candidate with which the others can still be filled, then the second place does, and so on.
 *
 * A clash is found when a match has both candidates: then a match without the one is searched for, and a match without
 * the other, and so on. That may take long, so the number of tries is limited (BO_MAX_CLASHES).
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/match.h"

#include "miscadmin.h"

#include "base/limits.h"

void bo_match_begin(BoMatch *match)
{
    match->chosen = palloc(sizeof(int) * match->place_count);
    match->owners = palloc(sizeof(int) * match->candidate_count);
    match->out = palloc(sizeof(bool) * match->candidate_count);
    match->best = palloc(sizeof(int) * match->place_count);
    match->free = palloc(sizeof(signed char) * match->candidate_count);
    match->seen = palloc0(sizeof(uint32) * match->candidate_count);
    match->search = 0;
}

static bool match_is_free(BoMatch *match, int candidate)
{
    if (match->free[candidate] < 0)
        match->free[candidate] = match->is_free(match->context, candidate);
    return match->free[candidate] != 0 && !match->out[candidate];
}

static void match_give(BoMatch *match, int place, int candidate)
{
    match->owners[candidate] = place;
    match->chosen[place] = candidate;
}

/*
 * Finds a candidate for the place. A candidate that has a place already is taken from it if another one is found for
 * that place. Places up to `fixed` keep theirs. On success, the place has a candidate and all others still have one.
 */
static bool match_fill(BoMatch *match, int place, int fixed)
{
    const BoChoices *choices = match->places[place];

    for (int i = 0; i < choices->count; i++)
    {
        int candidate = choices->candidates[i];

        if (match->owners[candidate] < 0 && match->seen[candidate] != match->search && match_is_free(match, candidate))
        {
            match_give(match, place, candidate);
            return true;
        }
    }
    for (int i = 0; i < choices->count; i++)
    {
        int candidate = choices->candidates[i], owner = match->owners[candidate];

        if (owner <= fixed || match->seen[candidate] == match->search)
            continue;
        match->seen[candidate] = match->search;
        if (match_fill(match, owner, fixed))
        {
            match_give(match, place, candidate);
            return true;
        }
    }
    return false;
}

/*
 * Gives the place a better candidate, if the places behind it, one of which may have that candidate, can still be
 * filled.
 */
static void match_improve(BoMatch *match, int place)
{
    const BoChoices *choices = match->places[place];

    for (int i = 0; choices->candidates[i] != match->chosen[place]; i++)
    {
        int candidate = choices->candidates[i], owner = match->owners[candidate], was = match->chosen[place];

        if ((owner >= 0 && owner < place) || !match_is_free(match, candidate))
            continue;
        match->owners[was] = -1;
        match_give(match, place, candidate);
        match->seen[candidate] = ++match->search;
        if (owner < 0 || match_fill(match, owner, place))
            return;
        match_give(match, place, was);
        match_give(match, owner, candidate);
    }
}

/*
 * Fills as many places as can be filled; those that come first in the list are filled first. Returns true if that is
 * all of them. only_whole: gives up at the first place that cannot be filled. Clashes are ignored.
 */
static bool match_once(BoMatch *match, bool only_whole)
{
    bool whole = true;

    memset(match->owners, -1, sizeof(int) * match->candidate_count);
    memset(match->chosen, -1, sizeof(int) * match->place_count);
    for (int place = 0; place < match->place_count; place++)
    {
        match->search++;
        if (!match_fill(match, place, -1))
            whole = false;
        if (!whole && only_whole)
            return false;
        CHECK_FOR_INTERRUPTS();
    }
    for (int place = 0; whole && place < match->place_count; place++)
        match_improve(match, place);
    return whole;
}

/* Finds two places whose candidates cannot be had together. The second is the one that comes later. */
static bool match_find_clash(const BoMatch *match, int *first, int *second)
{
    for (*second = 1; *second < match->place_count; (*second)++)
        for (*first = 0; *first < *second; (*first)++)
            if (match->chosen[*first] >= 0 && match->chosen[*second] >= 0 &&
                match->clash(match->of_clash, match->chosen[*first], match->chosen[*second]))
                return true;
    return false;
}

/* Returns true if the whole match `chosen` is better than another one. */
static bool match_is_better(const BoMatch *match, const int *other)
{
    for (int place = 0; place < match->place_count; place++)
    {
        const int *candidate = match->places[place]->candidates;

        if (match->chosen[place] == other[place])
            continue;
        while (*candidate != match->chosen[place] && *candidate != other[place])
            candidate++;
        return *candidate == match->chosen[place];
    }
    return false;
}

/*
 * Finds the best whole match without clashes and without the candidates that are out. Returns true if `best` has one.
 */
static bool match_apart(BoMatch *match, bool has_best)
{
    int first, second;

    if (match->runs-- <= 0 || !match_once(match, true) || (has_best && !match_is_better(match, match->best)))
        return has_best;
    if (!match_find_clash(match, &first, &second))
    {
        memcpy(match->best, match->chosen, sizeof(int) * match->place_count);
        return true;
    }
    first = match->chosen[first];
    second = match->chosen[second];
    match->out[second] = true;
    has_best = match_apart(match, has_best);
    match->out[second] = false;
    match->out[first] = true;
    has_best = match_apart(match, has_best);
    match->out[first] = false;
    return has_best;
}

/* Fills as many places as possible by leaving out, of any two candidates that clash, the later one. */
static bool match_by_turns(BoMatch *match)
{
    bool whole;
    int first, second;

    for (whole = match_once(match, false); match_find_clash(match, &first, &second); whole = match_once(match, false))
        match->out[match->chosen[second]] = true;
    return whole;
}

/*
 * Fills as many places as can be filled; those that come first in the list are filled first. Returns true if that is
 * all of them. only_whole: if not all places can be filled, it does not matter which can.
 */
bool bo_match_run(BoMatch *match, bool only_whole)
{
    memset(match->out, 0, sizeof(bool) * match->candidate_count);
    memset(match->free, -1, sizeof(signed char) * match->candidate_count);
    if (match->clash == NULL)
        return match_once(match, only_whole);
    match->runs = BO_MAX_CLASHES;
    if (!match_apart(match, false))
        return !only_whole && match_by_turns(match);
    memcpy(match->chosen, match->best, sizeof(int) * match->place_count);
    return true;
}
