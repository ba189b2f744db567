/*
 * book_needs.c
 *   book_needs(): any doctor and any room, in one commit.
 *
 * Which resources are free is read on the latest snapshot and under no lock, and all needs are matched at once. Then
 * only the chosen resources are locked, in hash order, and booked as book_slots() books a group, all or nothing in a
 * subtransaction. If one of them is refused, because somebody else was faster, the locks are released and everything is
 * read and matched again. So a need is reported as unmet only on the strength of what was read just before, and no call
 * waits for a resource that this one will not book.
 *
 * A repeated call would not know what the first one has chosen, and could be refused while that one is in progress. So
 * a call with a key first takes a lock on the key. Its class is that of requests, which comes before all others.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "base/answer.h"
#include "base/arguments.h"
#include "base/error.h"
#include "base/identifier.h"
#include "base/lock.h"
#include "base/wait.h"
#include "guard/guard.h"
#include "verbs/book_slot.h"
#include "verbs/book_slots.h"
#include "verbs/needs.h"

BO_VERB_THAT_WAITS(book_needs, 10);

typedef struct NeedsCall
{
    BoNeeds needs;
    BoNeedsPick pick;
    BoWindow window; /* the time asked for */
    TimestampTz start, end;
    bool is_unmet;     /* a need is, as far as could be read with the store open */
    BoSlotCall common; /* what is the same for each member */
    BoSlotsCall group;
    BoOutcome *refusals; /* of each candidate, a refusal that could not be read beforehand */
    int *refused;        /* how often each candidate was refused although it was read as free */
} NeedsCall;

/* book_needs(needs, during, holder, pick, hold_for, details, idempotency_key, valid_until, max_wait, tenant) */
static void needs_call_arguments(FunctionCallInfo fcinfo, NeedsCall *call)
{
    BoSlotCall *common = &call->common;
    Jsonb *said;

    bo_arguments_writable("book_needs");
    said = bo_needs_argument(fcinfo, 0, &call->needs);
    bo_availability_within_argument(fcinfo, 1, "during", &call->window);
    call->start = DatumGetTimestampTz(call->window.lower.val);
    call->end = DatumGetTimestampTz(call->window.upper.val);
    common->during = call->window.range;
    common->holder = bo_arguments_text(fcinfo, 2, "holder", "'user:42'");
    common->resource = bo_arguments_text(fcinfo, 3, "pick", "'first'"); /* for the hash; each member has its own */
    call->pick = bo_needs_pick_argument(common->resource);
    common->quantity = 1;
    common->takes_parts = true;
    common->hold_for = call->group.hold_for = bo_arguments_length(fcinfo, 4, "hold_for");
    common->details = PG_ARGISNULL(5) ? NULL : PG_GETARG_JSONB_P(5);
    common->idempotency_key = bo_arguments_optional_text(fcinfo, 6, "idempotency_key", "'order:1001'");
    call->group.valid_until = PG_ARGISNULL(7) ? DT_NOEND : PG_GETARG_TIMESTAMPTZ(7);
    common->valid_until = DT_NOEND; /* judged for the group as a whole */
    common->tenant = call->group.tenant = bo_arguments_tenant(fcinfo);
    call->needs.candidates.tenant = common->tenant;
    common->request_hash = bo_arguments_hash(bo_arguments_hash_varlena(BO_HASH_NEEDS, said), common);
}

/* Makes a group as book_slots() does: the first row has the key. Its resources are chosen later. */
static void needs_make_group(NeedsCall *call)
{
    BoSlotsCall *group = &call->group;

    group->count = group->asked = call->needs.place_count;
    group->all_or_nothing = true;
    group->was_looked_at = true;
    group->calls = palloc(sizeof(BoSlotCall) * group->count);
    group->answers = palloc0(sizeof(BoBookingAnswer) * group->count);
    group->order = palloc(sizeof(int) * group->count);
    bo_identifier_new(&group->group_id, GetCurrentTimestamp());
    for (int i = 0; i < group->count; i++)
    {
        group->calls[i] = call->common;
        group->calls[i].group_id = &group->group_id;
        group->calls[i].member = i + 1;
        if (i == 0)
            continue;
        group->calls[i].idempotency_key = NULL;
        group->calls[i].request_hash = 0;
    }
}

/* Fills in the refusal of a place for which nothing was chosen. */
static void needs_refuse(const NeedsCall *call, int place, BoOutcome outcome)
{
    call->group.answers[place] = (BoBookingAnswer){.during = call->common.during};
    bo_slot_refuse(&call->group.answers[place], outcome);
}

static BoOutcome needs_refusal(const NeedsCall *call, int candidate)
{
    return call->refusals[candidate] != BO_OUTCOME_INVALID
               ? call->refusals[candidate]
               : bo_candidate_refusal(&call->needs.candidates, candidate, call->start, call->end);
}

static bool needs_is_free(void *context, int candidate)
{
    return needs_refusal(context, candidate) == BO_OUTCOME_INVALID;
}

/* Why a place cannot be filled. As in book_any_slot(), taken takes precedence over what no other time would change. */
static BoOutcome needs_unmet(const NeedsCall *call, const BoNeed *need)
{
    BoOutcome first = BO_OUTCOME_INVALID;

    for (int i = 0; i < need->choices.count; i++)
    {
        BoOutcome refusal = needs_refusal(call, need->choices.candidates[i]);

        if (refusal == BO_OUTCOME_INVALID || refusal == BO_TAKEN) /* it is free, but another place has it */
            return BO_TAKEN;
        if (first == BO_OUTCOME_INVALID)
            first = refusal;
    }
    return first;
}

static void needs_answer_unmet(const NeedsCall *call, const BoMatch *match)
{
    for (int i = 0; i < call->needs.place_count; i++)
        needs_refuse(call, i, match->chosen[i] >= 0 ? BO_ABORTED : needs_unmet(call, call->needs.need_of[i]));
}

static void needs_order_choices(BoStore *store, NeedsCall *call)
{
    bo_needs_pick_order(store, &call->needs, call->pick, call->common.during, call->start, call->end);
}

/* How many choices of each need are looked at first, in addition to one for each place. */
#define LOOKED_AT_FIRST 4

/*
 * Reads which of the first choices are free. Returns how many choices of each need were read, or 0 if these would be
 * too many, or if some candidates have parts, which another candidate may share.
 */
static int needs_read_first(BoStore *store, NeedsCall *call)
{
    BoCandidates *all = &call->needs.candidates, first = *all;
    int *numbers = palloc(sizeof(int) * all->count), depth = call->needs.place_count + LOOKED_AT_FIRST;
    bool *is_first = palloc0(sizeof(bool) * all->count);

    if (all->all > all->count)
        return 0;
    first.list = palloc(sizeof(BoCandidate) * all->count);
    first.count = 0;
    for (int i = 0; i < call->needs.count; i++)
        for (int n = 0; n < Min(depth, call->needs.needs[i].choices.count); n++)
        {
            int candidate = call->needs.needs[i].choices.candidates[n];

            if (is_first[candidate])
                continue;
            is_first[candidate] = true;
            numbers[first.count] = candidate;
            first.list[first.count++] = all->list[candidate];
        }
    if (first.count > all->count / 2)
        return 0;
    first.all = first.count;
    bo_candidates_read(store, &first, call->start, call->end);
    for (int i = 0; i < first.count; i++)
        all->list[numbers[i]] = first.list[i];
    all->zones = first.zones;
    all->zone_count = first.zone_count;
    return depth;
}

static bool needs_is_chosen(const BoMatch *match, int place, int candidate)
{
    for (int i = 0; i < place; i++)
        if (match->chosen[i] == candidate)
            return true;
    return false;
}

/*
 * Gives each place the first of its choices that is free and has no place yet, among those that are looked at first. If
 * that fills all places, it is what bo_match_run() would find among all candidates, because that serves the places in
 * their order. So as long as the first choices are free, a call reads only a few candidates. Returns false if there is
 * no choice left for a place.
 */
static bool needs_choose_first(BoStore *store, NeedsCall *call, BoMatch *match)
{
    int depth = needs_read_first(store, call);

    for (int i = 0; i < call->needs.place_count; i++)
    {
        const BoChoices *choices = match->places[i];
        int n = 0;

        while (n < Min(depth, choices->count) &&
               (needs_is_chosen(match, i, choices->candidates[n]) || !needs_is_free(call, choices->candidates[n])))
            n++;
        if (n >= Min(depth, choices->count))
            return false;
        match->chosen[i] = choices->candidates[n];
    }
    return true;
}

/* The same among all candidates, matched as a whole. */
static bool needs_choose_of_all(BoStore *store, NeedsCall *call, BoMatch *match)
{
    int64 around = call->pick == BO_NEEDS_PICK_TIGHTEST ? BO_CANDIDATE_AROUND : 0;

    bo_candidates_read(store, &call->needs.candidates, call->start - around, call->end + around);
    if (call->pick == BO_NEEDS_PICK_TIGHTEST)
        needs_order_choices(store, call);
    return bo_match_run(match, false);
}

/* Reads which candidates are free, and matches them. Returns false, with the answers, if a need is unmet. */
static bool needs_choose(BoStore *store, NeedsCall *call, BoMatch *match)
{
    bool is_ordered = call->pick != BO_NEEDS_PICK_TIGHTEST;

    if (is_ordered)
        needs_order_choices(store, call);
    if (!(is_ordered && needs_choose_first(store, call, match)) && !needs_choose_of_all(store, call, match))
    {
        call->is_unmet = true;
        needs_answer_unmet(call, match);
        return false;
    }
    for (int i = 0; i < call->group.count; i++)
        call->group.calls[i].resource = call->needs.candidates.list[match->chosen[i]].resource;
    return true;
}

/*
 * A candidate with rules that was refused this often is taken to be refused by a rule, and not by others who were
 * faster.
 */
#define REFUSALS_OF_A_RULE 3

/*
 * Notes the refusals that reading cannot foresee: by a rule on the holder, or because somebody in line comes first.
 * Returns true if there was one; that candidate is then not chosen again.
 */
static bool needs_note_refusals(NeedsCall *call, const BoMatch *match)
{
    bool noted = false;

    for (int i = 0; i < call->group.count; i++)
    {
        BoOutcome outcome = call->group.answers[i].outcome;

        if (outcome == BO_ABORTED)
            continue;
        if (outcome != BO_HOLDER_BUSY && outcome != BO_HOLDER_LIMIT && outcome != BO_WAITED_FOR &&
            (bo_slots_is_plain(&call->group, i) || ++call->refused[match->chosen[i]] < REFUSALS_OF_A_RULE))
            continue;
        call->refusals[match->chosen[i]] = outcome;
        noted = true;
    }
    return noted;
}

/*
 * Locks the chosen resources, and books them. Returns false if one of them was refused; then their locks are released.
 */
static bool needs_book_chosen(BoStore *store, NeedsCall *call)
{
    BoSlotsCall *group = &call->group;

    group->resources = bo_slot_resources(group->tenant, group->count);
    group->resources.keyed = call->common.idempotency_key != NULL;
    for (int i = 0; i < group->count; i++)
        bo_slot_book_for(&group->resources, i, &group->calls[i]);
    bo_slots_book(store, group);
    for (int i = 0; i < group->count; i++)
        if (group->answers[i].outcome != BO_BOOKED)
        {
            bo_slot_give_back_all(&group->resources, false);
            return false;
        }
    return true;
}

static bool needs_are_too_late(const NeedsCall *call)
{
    if (GetCurrentTimestamp() < call->group.valid_until)
        return false;
    for (int i = 0; i < call->needs.place_count; i++)
        needs_refuse(call, i, BO_TOO_LATE);
    return true;
}

/* Decides the call: afterwards each member has its answer. */
static void needs_decide(BoStore *store, NeedsCall *call)
{
    BoMatch match;

    if (bo_slots_replay(store, &call->group, GetCurrentTimestamp()))
        return;
    bo_needs_find_candidates(store, &call->needs);
    call->refusals = MemoryContextAllocZero(store->answer_context, sizeof(BoOutcome) * call->needs.candidates.count);
    call->refused = palloc0(sizeof(int) * call->needs.candidates.count);
    match = bo_needs_match(&call->needs, needs_is_free, call);
    for (int round = 0; round < BO_MAX_MATCHES;)
    {
        if (needs_are_too_late(call) || !needs_choose(store, call, &match) || needs_book_chosen(store, call))
            return;
        if (!needs_note_refusals(call, &match))
            round++;
    }
    bo_error_old_snapshot();
}

/*
 * A need that is unmet refuses the call before any other candidate is tried, which alone would tell what is kept for
 * somebody in line. So that the needs that are unmet for that reason do not read as aborted, the lines are read.
 */
static void needs_judge_lines(NeedsCall *call)
{
    BoMatch match;

    for (int i = 0; i < call->needs.candidates.count; i++)
        call->refusals[i] = needs_refusal(call, i);
    bo_candidates_read_lines(&call->needs.candidates, &call->window);
    match = bo_needs_match(&call->needs, needs_is_free, call);
    if (!bo_match_run(&match, false))
        needs_answer_unmet(call, &match);
}

static Datum book_needs_call(FunctionCallInfo fcinfo)
{
    NeedsCall call = {0};
    BoStore store;

    needs_call_arguments(fcinfo, &call);
    needs_make_group(&call);

    bo_store_open(&store);
    bo_guard_require();
    if (call.common.idempotency_key != NULL)
        bo_lock_key(call.common.tenant, call.common.idempotency_key);
    needs_decide(&store, &call);
    bo_store_close(&store);
    if (call.is_unmet)
        needs_judge_lines(&call);

    bo_answer_bookings(fcinfo, call.group.answers, call.group.count);
    return (Datum)0;
}
