/*
 * move_whole.c
 *   A booking with parts moves to another time or resource, or one without parts to a resource that has some.
 *
 * The resources that it leaves and those that it goes to, with all parts, are locked exclusively in one order. To
 * another time, the parts move with it. To another resource, they are given back, and it gets the parts of that one:
 * their rows are made outside of the guard, and take a place like any other booking that moves. Each place is judged
 * like a new booking, in turn, so that those on the same resource count each other. All this happens in a
 * subtransaction: one refusal undoes all of it.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/move.h"

#include "base/error.h"
#include "base/error_parts.h"
#include "base/identifier.h"
#include "base/label.h"
#include "base/round.h"
#include "base/subtransaction.h"
#include "guard/guard.h"
#include "store/booking_row.h"
#include "store/parameter_array.h"
#include "store/store_parts.h"
#include "verbs/holder.h"
#include "verbs/kind.h"
#include "verbs/line.h"
#include "verbs/parts.h"
#include "verbs/whole.h"

typedef struct WholeMove
{
    BoStore *store;
    BoSlotCall *call; /* where it goes; resource: NULL if it stays on its own */
    const pg_uuid_t *booking_id;
    bool leaves;          /* it goes to another resource */
    BoBookingAnswer from; /* the booking before the move */
    BoWhole whole;        /* its parts before the move */
    BoResources places;
    BoLine *lines; /* of places: those in line come first */
    TimestampTz now;
    int count; /* the rows that take a place: the booking itself, then the parts that it will have */
    text **to; /* the resource of each */
    pg_uuid_t *ids;
    BoBookingAnswer moved;   /* the whole, afterwards */
    BoBookingAnswer refused; /* the first booking that was refused; BO_OUTCOME_INVALID as outcome: none was */
    bool needs_holder;
} WholeMove;

/* Returns true if the booking has at least so many units of the resource already, itself and its parts together. */
static bool move_has(const WholeMove *it, const text *resource, int units)
{
    int has = bo_arguments_same_text(it->from.resource, resource);

    for (int i = 0; i < it->whole.count; i++)
        has += bo_arguments_same_text(it->whole.resources[i], resource);
    return has >= units;
}

/* Where the i-th row goes. What is the booking's own already was judged when it was booked. */
static BoSlotCall move_slot(const WholeMove *it, int i)
{
    BoSlotCall slot = *it->call;
    int units = 1;
    bool is_own;

    for (int before = 0; before < i; before++)
        units += bo_arguments_same_text(it->to[before], it->to[i]);
    is_own = move_has(it, it->to[i], units);
    slot.resource = it->to[i];
    slot.member = i == 0 ? 1 : -1;
    slot.keeps_start = bo_move_keeps_start(slot.during, it->from.during);
    slot.keeps_grid = is_own && slot.keeps_start;
    slot.keeps_end = is_own && bo_move_keeps_end(slot.during, it->from.during);
    slot.stays_within = is_own && bo_move_stays_within(slot.during, it->from.during);
    return slot;
}

static void move_judge(const WholeMove *it, const BoSlotCall *slot, const pg_uuid_t *id, BoPlace *place)
{
    int n = 0;

    bo_policy_judge(it->store, slot, id, it->now, place);
    while (n < it->places.count && !bo_arguments_same_text(it->places.names[n], slot->resource))
        n++;
    if (n < it->places.count)
        bo_line_refuse_claimed(&it->lines[n], place);
    place->stands_still = true;
}

/* Moves one row to its place. Returns false if it cannot move; then all stay where they are. */
static bool move_one(WholeMove *it, int i)
{
    const pg_uuid_t *id = &it->ids[i];
    BoSlotCall slot = move_slot(it, i);
    BoBookingAnswer answer = {0};
    BoPlace place;
    BoMove move = {it->store, &slot, id, &place, it->now, &answer, false};

    bo_booking_row_find_latest(it->store, slot.tenant, id, it->now, &answer);
    if (!bo_answer_stands(&answer))
        bo_error_old_snapshot(); /* it has lapsed with its whole, and another call has just released it */
    move_judge(it, &slot, id, &place);
    if (place.counted_lapsed)
    {
        bo_policy_release_counted(it->store, &slot, it->now);
        move_judge(it, &slot, id, &place);
    }
    it->needs_holder = place.needs_holder;
    if (it->needs_holder)
        return false;
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

/* The rows that take a place. The parts of another resource are read under its lock, and get new ids. */
static void move_choose_rows(WholeMove *it)
{
    text **parts = it->whole.resources;
    int part_count = it->whole.count;

    if (it->leaves)
        part_count = it->places.locks[0].has_parts ? bo_parts_units(it->store, it->call, &parts) : 0;
    it->count = 1 + part_count;
    it->to = palloc(sizeof(text *) * it->count);
    it->ids = palloc(sizeof(pg_uuid_t) * it->count);
    it->to[0] = it->leaves ? it->call->resource : it->whole.resource;
    it->ids[0] = *it->booking_id;
    for (int i = 1; i < it->count; i++)
    {
        it->to[i] = parts[i - 1];
        if (it->leaves)
            bo_identifier_new_joined(&it->ids[i], it->now);
        else
            it->ids[i] = it->whole.ids[i - 1];
    }
}

/* Before the booking leaves its places, so that these do not count as free. */
static void move_serve_lines(WholeMove *it)
{
    it->lines = palloc0(sizeof(BoLine) * it->places.count);
    for (int i = 0; i < it->places.count; i++)
    {
        int same = 0;

        if (!it->places.locks[i].has_line)
            continue;
        while (!bo_arguments_same_text(it->places.names[same], it->places.names[i]))
            same++;
        it->lines[i] =
            same < i ? it->lines[same] : bo_line_serve(it->store, it->call->tenant, it->places.names[i], PG_INT32_MAX);
    }
}

/* Gives back the parts that the booking has; one that is gone has lapsed with it. */
static void move_give_back(const WholeMove *it)
{
    if (bo_store_run_latest(it->store, &bo_sql_give_back_parts, bo_text(it->call->tenant), bo_uuid(it->booking_id),
                            bo_instant(it->now)) != (uint64)it->whole.count)
        bo_error_old_snapshot();
}

static void move_add_parts(const WholeMove *it)
{
    if (it->count > 1 &&
        bo_store_run_latest(it->store, &bo_sql_add_parts, bo_text(it->call->tenant), bo_uuid(it->booking_id),
                            bo_uuids(it->ids + 1, it->count - 1), bo_texts(it->to + 1, it->count - 1),
                            bo_instant(it->now)) != (uint64)(it->count - 1))
        bo_error_owners_constraint();
}

static bool move_all(void *argument)
{
    WholeMove *it = argument;

    move_serve_lines(it);
    if (it->leaves)
        move_give_back(it);
    if (it->leaves && it->count > 1)
        bo_whole_make(it->store, it->call->tenant, it->booking_id, &it->whole);
    for (int i = 0; i < it->count; i++)
    {
        if (!move_one(it, i))
            return false;
        if (i == 0 && it->leaves)
            move_add_parts(it);
    }
    return true;
}

/* Locks what the booking leaves and what it goes to, by the names that these have under the locks. */
static void move_lock(WholeMove *it)
{
    BoSlotCall *call = it->call;

    for (int round = 0;; bo_round_next(&round))
    {
        bo_booking_row_find_latest(it->store, call->tenant, it->booking_id, GetCurrentTimestamp(), &it->from);
        it->leaves = call->resource != NULL && !bo_arguments_same_text(call->resource, it->from.resource);
        if (!it->leaves && bo_whole_lock(it->store, call->tenant, it->booking_id, &it->whole, &it->places))
            return;
        if (call->resource == NULL)
            call->resource = it->from.resource;
        bo_whole_lock_both(it->store, call, it->from.resource, it->booking_id, &it->whole, &it->places);
        bo_booking_row_find_latest(it->store, call->tenant, it->booking_id, GetCurrentTimestamp(), &it->from);
        it->whole.resource = it->from.resource;
        if (bo_arguments_same_text(it->places.names[1], it->from.resource))
            return;
        bo_slot_give_back_all(&it->places, true);
    }
}

/*
 * Called when nothing was written. Enters the holder of the whole, which is also that of the parts, and locks all
 * again.
 */
static void move_enter_holder(WholeMove *it)
{
    BoSlotCall *call = it->call;

    bo_slot_give_back_all(&it->places, true);
    if (call->holder == NULL)
        call->holder = bo_holder_of(it->store, call->tenant, it->booking_id);
    bo_holder_enter(it->store, call->tenant, &call->holder, 1, it->places.locks, it->places.count);
    it->needs_holder = false;
    move_lock(it);
}

static bool move_keeps_time(const RangeType *to, const RangeType *from)
{
    return bo_move_keeps_start(to, from) && bo_move_keeps_end(to, from);
}

/* Returns true, with the answer, if there is nothing to move. */
static bool move_is_settled(WholeMove *it, const pg_uuid_t *request_id, BoBookingAnswer *answer)
{
    const BoSlotCall *call = it->call;

    it->now = GetCurrentTimestamp();
    it->refused.outcome = BO_OUTCOME_INVALID;
    bo_booking_row_find_latest(it->store, call->tenant, it->booking_id, it->now, answer);
    it->from = *answer;
    if (!bo_answer_stands(answer))
        answer->outcome = bo_answer_ended(answer);
    else if (it->leaves &&
             bo_move_provider_is_busy(it->store, call->tenant, request_id, answer->resource, call->resource, NULL))
        answer->outcome = BO_PROVIDER_BUSY;
    else if (!it->leaves)
    {
        bo_whole_require_current(it->store, call->tenant, it->booking_id, &it->whole);
        answer->replayed = move_keeps_time(call->during, answer->during);
        answer->outcome = answer->replayed ? BO_RESCHEDULED : BO_OUTCOME_INVALID;
    }
    return answer->outcome != BO_OUTCOME_INVALID;
}

/* The answer names the resource that refused, if one did: perhaps a part. */
void bo_move_whole(BoStore *store, BoSlotCall *call, const pg_uuid_t *booking_id, const pg_uuid_t *request_id,
                   BoBookingAnswer *answer)
{
    WholeMove it = {.store = store, .call = call, .booking_id = booking_id};

    bo_booking_row_find_latest(store, call->tenant, booking_id, GetCurrentTimestamp(), answer);
    call->of_kind = bo_kind_of(store, call->tenant, answer->kind); /* before the locks of resources */
    call->member = 1;
    move_lock(&it);
    for (int round = 0; !move_is_settled(&it, request_id, answer); bo_round_next(&round))
    {
        move_choose_rows(&it);
        if (bo_subtransaction_run(move_all, &it, bo_guard_refused))
        {
            *answer = it.moved;
            answer->outcome = BO_RESCHEDULED;
            bo_line_serve_freed(store, call->tenant, &it.places);
            return;
        }
        if (it.refused.outcome != BO_OUTCOME_INVALID)
        {
            answer->outcome = it.refused.outcome;
            answer->resource = it.refused.resource;
            answer->busy = it.refused.busy;
            return;
        }
        if (it.needs_holder)
            move_enter_holder(&it);
    }
}
