/*
 * move_whole.c
 *   A booking with parts moves to another time, and its parts with it.
 *
 * All of their resources are locked exclusively. Then each booking takes its new place in turn, judged like a new
 * booking, so that those on the same resource count each other. All this happens in a subtransaction: one refusal
 * undoes all of it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/move.h"

#include "base/error.h"
#include "base/error_parts.h"
#include "base/label.h"
#include "base/round.h"
#include "base/subtransaction.h"
#include "guard/guard.h"
#include "store/booking_row.h"
#include "verbs/holder.h"
#include "verbs/kind.h"
#include "verbs/line.h"
#include "verbs/whole.h"

typedef struct WholeMove
{
    BoStore *store;
    const BoSlotCall *call; /* where it goes */
    const pg_uuid_t *booking_id;
    BoWhole whole;
    BoResources places;
    text *holder; /* NULL until a rule needs it */
    TimestampTz now;
    BoBookingAnswer moved;   /* the whole, afterwards */
    BoBookingAnswer refused; /* the first booking that was refused; BO_OUTCOME_INVALID as outcome: none was */
    bool needs_holder;
} WholeMove;

/*
 * Moves one booking: the whole for i = 0, then its parts. Returns false if it cannot move; then all stay where they
 * are.
 */
static bool move_one(WholeMove *it, int i)
{
    const pg_uuid_t *id = bo_whole_id(&it->whole, it->booking_id, i);
    BoBookingAnswer answer = {0};
    BoSlotCall slot = *it->call;
    BoPlace place;
    BoMove move = {it->store, &slot, id, &place, it->now, &answer, false};

    bo_booking_row_find_latest(it->store, slot.tenant, id, it->now, &answer);
    if (!bo_answer_stands(&answer))
        bo_error_old_snapshot(); /* it has lapsed with its whole, and another call has just released it */
    slot.resource = answer.resource;
    slot.holder = it->holder;
    slot.takes_parts = true;
    slot.member = i == 0 ? 1 : -1;
    slot.keeps_start = slot.keeps_grid = bo_move_keeps_start(slot.during, answer.during);
    slot.keeps_end = bo_move_keeps_end(slot.during, answer.during);
    slot.stays_within = bo_move_stays_within(slot.during, answer.during);
    (void)bo_line_judge(it->store, &slot, id, it->now, &place);
    if (place.counted_lapsed)
    {
        bo_policy_release_counted(it->store, &slot, it->now);
        (void)bo_line_judge(it->store, &slot, id, it->now, &place);
    }
    it->needs_holder = place.needs_holder;
    if (it->needs_holder)
        return false;
    place.stands_still = true;
    if (place.refusal == BO_OUTCOME_INVALID && bo_move_try(&move))
    {
        if (i == 0)
            it->moved = answer;
        return true;
    }
    if (place.refusal == BO_OUTCOME_INVALID && !move.taken)
        return false;
    it->refused = answer;
    it->refused.outcome = move.taken ? BO_TAKEN : place.refusal;
    return false;
}

static bool move_all(void *argument)
{
    WholeMove *it = argument;

    for (int i = 0; i <= it->whole.count; i++)
        if (!move_one(it, i))
            return false;
    return true;
}

static bool move_keeps_time(const RangeType *to, const RangeType *from)
{
    return bo_move_keeps_start(to, from) && bo_move_keeps_end(to, from);
}

/* Enters the holder of the whole, which is also that of the parts. */
static void move_enter_holder(WholeMove *it)
{
    BoSlotCall slot = *it->call;

    slot.holder = it->holder;
    bo_holder_enter_moving(it->store, &slot, it->booking_id, it->places.locks, it->places.count);
    it->holder = slot.holder;
}

/* Returns false if the booking has no parts. Otherwise the answer names the resource that refused, if one did. */
bool bo_move_whole(BoStore *store, BoSlotCall *call, const pg_uuid_t *booking_id, BoBookingAnswer *answer)
{
    WholeMove it = {.store = store, .call = call, .booking_id = booking_id};

    if (!bo_whole_find(store, call->tenant, booking_id, &it.whole))
        return false;
    bo_booking_row_find_latest(store, call->tenant, booking_id, GetCurrentTimestamp(), answer);
    call->of_kind = bo_kind_of(store, call->tenant, answer->kind); /* before the locks of resources */
    if (!bo_whole_lock(store, call->tenant, booking_id, &it.whole, &it.places))
        return false;
    if (call->resource != NULL && !bo_arguments_same_text(call->resource, it.whole.resource))
        bo_error_whole_booking(booking_id);
    for (int round = 0;; bo_round_next(&round))
    {
        it.now = GetCurrentTimestamp();
        it.refused.outcome = BO_OUTCOME_INVALID;
        bo_booking_row_find_latest(store, call->tenant, booking_id, it.now, answer);
        if (!bo_answer_stands(answer))
        {
            answer->outcome = bo_answer_ended(answer);
            return true;
        }
        bo_whole_require_current(store, call->tenant, booking_id, &it.whole);
        if (move_keeps_time(call->during, answer->during))
        {
            answer->outcome = BO_RESCHEDULED;
            answer->replayed = true;
            return true;
        }
        if (bo_subtransaction_run(move_all, &it, bo_guard_refused))
        {
            *answer = it.moved;
            answer->outcome = BO_RESCHEDULED;
            bo_line_serve_freed(store, call->tenant, &it.places);
            return true;
        }
        if (it.refused.outcome != BO_OUTCOME_INVALID)
        {
            answer->outcome = it.refused.outcome;
            answer->resource = it.refused.resource;
            answer->busy = it.refused.busy;
            return true;
        }
        if (it.needs_holder)
            move_enter_holder(&it);
    }
}
