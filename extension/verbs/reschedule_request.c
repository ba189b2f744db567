/*
 * reschedule_request.c
 *   reschedule_request(): a request and the bookings of its positions move to another time, all or none of them.
 *
 * The request's lock keeps its positions as they are, and the exclusive locks of all its providers keep their time. So
 * the move is judged for each of them by reading, and written only if all of them can move: a refusal writes nothing,
 * and names the provider. Providers of one request are different resources, so none is in another's way. But they may
 * take the same parts along: where one has parts, each booking is judged once more when it moves, after those before
 * it, and a refusal undoes what was written.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "base/answer.h"
#include "base/arguments.h"
#include "base/error.h"
#include "base/label.h"
#include "base/lock.h"
#include "base/round.h"
#include "base/subtransaction.h"
#include "base/wait.h"
#include "guard/guard.h"
#include "store/booking_row.h"
#include "store/store_dispatch.h"
#include "verbs/capacity.h"
#include "verbs/dispatch_answer.h"
#include "verbs/holder.h"
#include "verbs/line.h"
#include "verbs/move.h"
#include "verbs/policy.h"
#include "verbs/request.h"

BO_VERB_THAT_WAITS(reschedule_request, 4);

/* A booking that fills a position, or a part of one, which comes behind it. */
typedef struct RescheduleMember
{
    pg_uuid_t booking_id;
    struct RescheduleMember *filler; /* the one that fills the position: itself, if it is no part */
    BoWhole whole;                   /* if it is that one: its parts */
    BoBookingAnswer booking;
    text *holder; /* NULL until a rule needs it */
    bool moves;   /* it is live and not there yet */
    BoSlotCall slot;
    BoPlace place;
} RescheduleMember;

typedef struct Rescheduling
{
    BoStore *store;
    text *tenant;
    RangeType *during;
    TimestampTz now; /* of the round */
    int count;
    RescheduleMember *members;
    bool needs_holder;
    bool has_parts;    /* one of them has parts */
    bool serves_lines; /* all can move unless somebody stands in line: now the lines are served first */
    BoRescheduleAnswer answer;
} Rescheduling;

static bool reschedule_same_time(const RangeType *a, const RangeType *b)
{
    return range_eq_internal(lookup_type_cache(RangeTypeGetOid(a), TYPECACHE_RANGE_INFO), a, b);
}

static void reschedule_lock_members(Rescheduling *it)
{
    BoResources places;
    int count;
    BoFiller *fillers =
        bo_request_lock_fillers(it->store, it->tenant, &it->answer.request.request.request_id, true, &count, &places);
    RescheduleMember *member = palloc0(sizeof(RescheduleMember) * (places.count + 1));

    it->count = places.count;
    it->has_parts = places.count > count;
    it->members = member;
    for (int i = 0; i < count; i++)
    {
        RescheduleMember *filler = member;

        filler->whole = fillers[i].whole;
        for (int part = 0; part <= filler->whole.count; part++, member++)
        {
            member->booking_id = *bo_whole_id(&filler->whole, &fillers[i].booking_id, part);
            member->filler = filler;
        }
    }
}

/* Reads the members' present times. Returns true if the request and all of its bookings have the new time already. */
static bool reschedule_is_done(Rescheduling *it)
{
    bool is_done = reschedule_same_time(it->answer.request.request.during, it->during);

    for (int i = 0; i < it->count; i++)
    {
        RescheduleMember *member = &it->members[i];

        bo_booking_row_find_latest(it->store, it->tenant, &member->booking_id, it->now, &member->booking);
        member->moves = bo_answer_stands(&member->booking) && !reschedule_same_time(member->booking.during, it->during);
        member->slot = (BoSlotCall){.tenant = it->tenant,
                                    .resource = member->booking.resource,
                                    .during = it->during,
                                    .quantity = 1,
                                    .takes_parts = true,
                                    .member = member->filler == member ? 1 : -1,
                                    .keeps_start = bo_move_keeps_start(it->during, member->booking.during),
                                    .keeps_grid = bo_move_keeps_start(it->during, member->booking.during),
                                    .keeps_end = bo_move_keeps_end(it->during, member->booking.during),
                                    .stays_within = bo_move_stays_within(it->during, member->booking.during),
                                    .allow_overlap = member->booking.unit_count == 0};
        is_done &= !member->moves;
    }
    return is_done;
}

/* The member cannot move, so nothing does. */
static void reschedule_refuse(Rescheduling *it, const RescheduleMember *member, BoOutcome refusal,
                              const MultirangeType *busy)
{
    it->answer.request.outcome = BO_PROVIDER_BUSY;
    it->answer.provider = member->filler->booking.resource;
    it->answer.refusal = refusal;
    it->answer.busy = busy == NULL ? NULL : bo_store_keep(it->store, busy);
}

/*
 * Judges the move by the rules of the member's resource and by what is booked there. Returns true if the member can
 * move.
 */
static bool reschedule_judge_member(Rescheduling *it, RescheduleMember *member)
{
    MultirangeType *busy;

    if (member->whole.count > 0)
        bo_whole_require_current(it->store, it->tenant, &member->booking_id, &member->whole);
    member->slot.holder = member->holder;
    if (it->serves_lines)
        (void)bo_line_judge(it->store, &member->slot, &member->booking_id, it->now, &member->place);
    else
        bo_policy_judge(it->store, &member->slot, &member->booking_id, it->now, &member->place);
    member->place.stands_still = true;
    if (member->place.needs_holder)
    {
        it->needs_holder = true;
        return true;
    }
    if (member->place.refusal != BO_OUTCOME_INVALID)
    {
        reschedule_refuse(it, member, member->place.refusal, NULL);
        return false;
    }
    if (member->slot.allow_overlap)
        return true;
    busy = bo_capacity_crowded(it->store, &member->place, 1, &member->booking_id, it->now);
    if (busy != NULL)
        reschedule_refuse(it, member, BO_TAKEN, busy);
    return busy == NULL;
}

/* Judges all of them before anything is written. Returns false if one refuses. */
static bool reschedule_judge(Rescheduling *it)
{
    for (int i = 0; i < it->count; i++)
        if (it->members[i].moves && !reschedule_judge_member(it, &it->members[i]))
            return false;
    return true;
}

/*
 * Called when a rule counts what holders have: releases the resources, enters the holders, and locks the resources
 * again.
 */
static void reschedule_enter_holders(Rescheduling *it)
{
    BoSlotLock *locks = palloc(sizeof(BoSlotLock) * it->count);
    text **holders = palloc(sizeof(text *) * it->count);

    for (int i = 0; i < it->count; i++)
    {
        RescheduleMember *member = &it->members[i];

        locks[i] = bo_lock_slot_of(it->tenant, member->booking.resource);
        locks[i].exclusive = true;
        if (member->holder == NULL)
            member->holder = bo_holder_of(it->store, it->tenant, &member->booking_id);
        holders[i] = member->holder;
    }
    bo_lock_release_slots(locks, it->count);
    bo_holder_enter(it->store, it->tenant, holders, it->count, locks, it->count);
    bo_lock_slots(locks, it->count);
    it->needs_holder = false;
}

/* Serves the lines, if there are any, and judges all members once more. Returns false if one refuses. */
static bool reschedule_let_lines_pass(Rescheduling *it)
{
    bool has_line = false, can_come;

    for (int i = 0; i < it->count; i++)
        has_line |= it->members[i].moves && it->members[i].place.has_line;
    if (!has_line)
        return true;
    it->serves_lines = true;
    can_come = reschedule_judge(it);
    it->serves_lines = false;
    if (it->needs_holder)
        bo_error_old_snapshot();
    return can_come;
}

/* Called when the members have moved: what they left is for those who stand in line. */
static void reschedule_serve_lines(const Rescheduling *it)
{
    for (int i = 0; i < it->count; i++)
        if (it->members[i].moves && it->members[i].place.has_line)
            bo_line_serve_all(it->store, it->tenant, &it->members[i].slot.resource, 1);
}

/* Returns true if lapsed holds counted against a limit: they are released, and the limit must be judged again. */
static bool reschedule_release_counted(const Rescheduling *it)
{
    bool released = false;

    for (int i = 0; i < it->count; i++)
    {
        const RescheduleMember *member = &it->members[i];

        if (!member->moves || !member->place.counted_lapsed)
            continue;
        bo_policy_release_counted(it->store, &member->slot, it->now);
        released = true;
    }
    return released;
}

/* Judges a member once more, where those before it have moved. Returns false if it cannot move. */
static bool reschedule_judge_again(Rescheduling *it, RescheduleMember *member)
{
    if (!reschedule_judge_member(it, member) || it->needs_holder)
        return false;
    if (!member->place.counted_lapsed)
        return true;
    bo_policy_release_counted(it->store, &member->slot, it->now);
    return reschedule_judge_member(it, member) && !it->needs_holder;
}

/* Moves all rows. Returns false if that fails or is too late; then everything must be undone. */
static bool reschedule_try(void *argument)
{
    Rescheduling *it = argument;
    const BoRequest *request = &it->answer.request.request;
    TimestampTz decided;

    for (int i = 0; i < it->count; i++)
    {
        RescheduleMember *member = &it->members[i];
        BoMove move = {it->store, &member->slot, &member->booking_id, &member->place, it->now, &member->booking, false};

        if (!member->moves)
            continue;
        if (it->has_parts && !reschedule_judge_again(it, member))
            return false;
        if (bo_move_try(&move))
            continue;
        if (move.taken)
            reschedule_refuse(it, member, BO_TAKEN, DatumGetMultirangeTypeP(member->booking.busy));
        return false;
    }
    if (!reschedule_same_time(request->during, it->during) &&
        bo_store_run_latest(it->store, &bo_sql_move_request, bo_text(it->tenant), bo_uuid(&request->request_id),
                            bo_range(it->during)) == 0)
        bo_error_old_snapshot();
    decided = GetCurrentTimestamp();
    for (int i = 0; i < it->count; i++)
        if (it->members[i].moves && decided > it->members[i].place.decide_by)
            return false;
    return true;
}

/* Returns the outcome, or BO_OUTCOME_INVALID if another round is needed. */
static BoOutcome reschedule_round(Rescheduling *it)
{
    BoRequestAnswer *answer = &it->answer.request;

    it->now = GetCurrentTimestamp();
    answer->state = bo_request_state(&answer->request, it->now);
    answer->replayed = reschedule_is_done(it);
    if (answer->replayed)
        return BO_RESCHEDULED;
    if (answer->state == BO_REQUEST_STATE_CLOSED)
        return BO_REQUEST_CLOSED;
    if (!reschedule_judge(it))
        return BO_PROVIDER_BUSY;
    if (it->needs_holder)
    {
        reschedule_enter_holders(it);
        return BO_OUTCOME_INVALID;
    }
    if (!reschedule_let_lines_pass(it))
        return BO_PROVIDER_BUSY;
    if (reschedule_release_counted(it))
        return BO_OUTCOME_INVALID;
    if (bo_subtransaction_run(reschedule_try, it, bo_guard_refused))
    {
        reschedule_serve_lines(it);
        return BO_RESCHEDULED;
    }
    return it->answer.provider != NULL ? BO_PROVIDER_BUSY : BO_OUTCOME_INVALID;
}

static void reschedule_decide(Rescheduling *it, const pg_uuid_t *request_id)
{
    BoRequestAnswer *answer = &it->answer.request;

    bo_request_find(it->store, it->tenant, request_id, &answer->request);
    answer->state = bo_request_state(&answer->request, GetCurrentTimestamp());
    answer->outcome = BO_REQUEST_CLOSED;
    if (answer->state == BO_REQUEST_STATE_CANCELLED)
        return;
    reschedule_lock_members(it);
    for (int round = 0;; bo_round_next(&round))
    {
        answer->outcome = reschedule_round(it);
        if (answer->outcome != BO_OUTCOME_INVALID)
            break;
        bo_request_find(it->store, it->tenant, request_id, &answer->request);
    }
    if (answer->outcome == BO_RESCHEDULED && !answer->replayed)
        answer->request.during = it->during;
}

/* reschedule_request(request_id, during, max_wait, tenant) */
static Datum reschedule_request_call(FunctionCallInfo fcinfo)
{
    Rescheduling it = {0};
    pg_uuid_t *request_id;
    BoStore store;

    bo_arguments_writable("reschedule_request");
    request_id = bo_arguments_uuid(fcinfo, 0, "request_id");
    it.during = bo_arguments_checked_during(PG_GETARG_DATUM(1), PG_ARGISNULL(1), "during");
    it.tenant = bo_arguments_tenant(fcinfo);
    it.store = &store;

    bo_store_open_for(&store, BO_TABLES_DISPATCH);
    bo_guard_require();
    bo_lock_request(it.tenant, request_id);
    reschedule_decide(&it, request_id);
    bo_store_close(&store);

    return bo_answer_reschedule(fcinfo, &it.answer);
}
