/*
 * swap_bookings.c
 *   swap_bookings(): two bookings exchange their places.
 *
 * It locks both bookings, then both resources exclusively in hash order, as a move does (move.c), and with them those
 * of the parts. The rows of parts stay where they are: they become the parts of the other booking.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/move.h"

#include "catalog/pg_type.h"

#include "base/answer.h"
#include "base/arguments.h"
#include "base/error.h"
#include "base/lock.h"
#include "base/round.h"
#include "base/subtransaction.h"
#include "base/wait.h"
#include "store/booking_row.h"
#include "store/event.h"
#include "store/parameter_array.h"
#include "store/row_checked.h"
#include "store/store_booking.h"
#include "store/store_closure.h"
#include "store/store_dispatch.h"
#include "store/store_group.h"
#include "store/store_parts.h"
#include "guard/guard.h"
#include "verbs/filled_booking.h"
#include "verbs/followed_booking.h"
#include "verbs/holder.h"
#include "verbs/kind.h"
#include "verbs/whole.h"

BO_VERB_THAT_WAITS(swap_bookings, 4);

typedef struct Swap
{
    BoStore *store;
    TimestampTz now;
    text *tenant;
    pg_uuid_t ids[2];
    pg_uuid_t request_ids[2]; /* the requests whose positions they fill, locked; or none */
    BoBookingAnswer answers[2];
    BoWhole wholes[2];  /* their parts, before the swap */
    BoResources places; /* the resources of both and of all parts, locked */
    text *holders[2];
    BoDecision decision; /* of rules on holders */
    BoOutcome refusal;   /* if they have answered */
} Swap;

/* Returns true if both are live. Otherwise the first answer has the reason why one of them is not. */
static bool swap_find_both(Swap *swap)
{
    bool first_is_live, second_is_live;

    swap->now = GetCurrentTimestamp();
    first_is_live = bo_move_find_live(swap->store, swap->tenant, &swap->ids[0], &swap->answers[0], swap->now);
    second_is_live = bo_move_find_live(swap->store, swap->tenant, &swap->ids[1], &swap->answers[1], swap->now);

    if (first_is_live && !second_is_live)
        swap->answers[0].outcome = swap->answers[1].outcome;
    return first_is_live && second_is_live;
}

/* Returns true if a provider would then fill two positions of a request. */
static bool swap_provider_is_busy(const Swap *swap)
{
    for (int i = 0; i < 2; i++)
        if (bo_move_provider_is_busy(swap->store, swap->tenant, &swap->request_ids[i], swap->answers[i].resource,
                                     swap->answers[1 - i].resource, &swap->ids[1 - i]))
            return true;
    return false;
}

/*
 * Swaps the offers of two positions of one request: each provider stays accepted, with the other booking. Between two
 * requests the offers stay with their bookings, which then belong to another provider.
 */
static void swap_offers(const Swap *swap)
{
    if (bo_filled_booking_fills(&swap->request_ids[0]) &&
        memcmp(&swap->request_ids[0], &swap->request_ids[1], UUID_LEN) == 0)
        bo_store_run_latest(swap->store, &bo_sql_swap_offers, bo_text(swap->tenant), bo_uuid(&swap->request_ids[0]),
                            bo_uuid(&swap->ids[0]), bo_uuid(&swap->ids[1]));
}

/* Each booking takes the other's parts. What was taken out of them is back, as it is of a booking that leaves. */
static void swap_parts(const Swap *it)
{
    for (int i = 0; i < 2; i++)
    {
        const BoWhole *parts = &it->wholes[1 - i];

        if (parts->count == 0)
            continue;
        bo_whole_make(it->store, it->tenant, &it->ids[i], &it->wholes[i]);
        if (bo_store_run_latest(it->store, &bo_sql_take_over_parts, bo_text(it->tenant), bo_uuid(&it->ids[i]),
                                bo_uuids(parts->ids, parts->count)) != (uint64)parts->count)
            bo_error_old_snapshot(); /* one has lapsed with its whole, and another call has just released it */
        for (int part = 0; part < parts->count; part++)
            bo_store_run_latest(it->store, &bo_sql_give_back, bo_text(it->tenant), bo_uuid(&parts->ids[part]));
    }
}

/*
 * Returns false if a rule refuses one of the holders at the places that it now has, or if they must be locked first. If
 * both bookings have the same holder, nobody has more than before.
 */
static bool swap_judge_holders(Swap *it)
{
    for (int i = 0; i < 2; i++)
        it->holders[i] = bo_holder_of(it->store, it->tenant, &it->ids[i]);
    for (int i = 0; i < 2 && !bo_arguments_same_text(it->holders[0], it->holders[1]); i++)
        for (int part = 0; part <= it->wholes[1 - i].count && it->decision == BO_UNDECIDED; part++)
        {
            const pg_uuid_t *id = bo_whole_id(&it->wholes[1 - i], &it->ids[i], part);
            BoBookingAnswer booking = {0};

            bo_booking_row_find_latest(it->store, it->tenant, id, it->now, &booking);
            it->decision = bo_holder_judge_place(it->store, it->tenant, &booking, it->holders[i], id);
            it->refusal = booking.outcome;
        }
    return it->decision == BO_UNDECIDED;
}

/*
 * Each booking takes the other's place: resource, unit, time and buffers. Nothing new is taken, so only rules on
 * holders are asked. Both are taken out of the constraint first, because it is checked row by row. Returns false if
 * they refuse, or if a row had changed or lapsed; then everything must be undone.
 */
static bool swap_try(void *argument)
{
    Swap *it = argument;
    BoRow places[2];
    TimestampTz decided;

    it->decision = BO_UNDECIDED;
    for (int i = 0; i < 2; i++)
    {
        if (bo_store_run_latest(it->store, &bo_sql_find_place, bo_text(it->tenant), bo_uuid(&it->ids[i])) == 0)
            return false;
        places[i] = bo_store_row(0);
    }
    if (bo_store_run_latest(it->store, &bo_sql_lift_units, bo_text(it->tenant), bo_uuids(it->ids, 2)) != 2)
        return false;
    for (int i = 0; i < 2; i++)
    {
        BoRow place = places[1 - i];

        if (bo_store_run_latest(it->store, &bo_sql_put_place, bo_text(it->tenant), bo_uuid(&it->ids[i]),
                                bo_int8(bo_row_int8(place, BO_FIND_PLACE_RESOURCE_ID)),
                                bo_row_parameter(place, BO_FIND_PLACE_UNIT, INT4OID),
                                bo_range(bo_row_slot(place, BO_FIND_PLACE_DURING)),
                                bo_range(bo_row_slot(place, BO_FIND_PLACE_BLOCKS)), bo_instant(it->now)) != 1)
            return false;
    }
    swap_parts(it);
    swap_offers(it);
    if (!swap_judge_holders(it))
        return false;
    decided = GetCurrentTimestamp();
    for (int i = 0; i < 2; i++)
        if (bo_answer_has_lapsed(&it->answers[i], decided))
            return false;
    return true;
}

/* Reads the parts of both. Returns how many resources that are, with both bookings' own; names has their names. */
static int swap_find_parts(Swap *swap, text ***names)
{
    int count = 0, named = 0;

    for (int i = 0; i < 2; i++)
    {
        (void)bo_whole_find(swap->store, swap->tenant, &swap->ids[i], &swap->wholes[i]);
        count += 1 + swap->wholes[i].count;
    }
    *names = palloc(sizeof(text *) * count);
    for (int i = 0; i < 2; i++)
    {
        (*names)[named++] = swap->answers[i].resource;
        for (int part = 0; part < swap->wholes[i].count; part++)
            (*names)[named++] = swap->wholes[i].resources[part];
    }
    return count;
}

/* Locks what both are on. Nobody can move them meanwhile, so only a name can change. Returns false if one has ended. */
static bool swap_lock(Swap *swap)
{
    for (int round = 0; swap_find_both(swap); bo_round_next(&round))
    {
        text **names;
        int count = swap_find_parts(swap, &names);

        if (bo_slot_are_locked(&swap->places, names, count))
            return true;
        if (swap->places.count > 0)
            bo_slot_give_back_all(&swap->places, true);
        swap->places = bo_slot_lock_to_free(swap->store, swap->tenant, names, count, true);
    }
    return false;
}

/* Called when nothing was written, before everything is locked again: holders come before resources. */
static void swap_enter_holders(Swap *swap)
{
    bo_slot_give_back_all(&swap->places, true);
    bo_holder_enter(swap->store, swap->tenant, swap->holders, 2, swap->places.locks, swap->places.count);
    swap->places.count = 0;
}

static void swap_decide(Swap *swap)
{
    if (!swap_find_both(swap))
        return;
    bo_kind_require_same(swap->answers[0].kind, swap->answers[1].kind);
    for (int round = 0; swap_lock(swap); bo_round_next(&round))
    {
        if (swap_provider_is_busy(swap))
        {
            swap->answers[0].outcome = BO_PROVIDER_BUSY;
            return;
        }
        if (bo_subtransaction_run(swap_try, swap, NULL))
        {
            (void)swap_find_both(swap);
            swap->answers[0].outcome = BO_SWAPPED;
            return;
        }
        if (swap->decision == BO_ANSWERED)
        {
            swap->answers[0].outcome = swap->refusal;
            return;
        }
        if (swap->decision == BO_NEEDS_HOLDER)
            swap_enter_holders(swap);
    }
}

/* swap_bookings(booking_id, other_booking_id, max_wait, tenant). Not repeatable by itself: a second swap swaps back. */
static Datum swap_bookings_call(FunctionCallInfo fcinfo)
{
    Swap swap = {0};
    BoStore store;

    bo_arguments_writable("swap_bookings");
    swap.ids[0] = *bo_arguments_uuid(fcinfo, 0, "booking_id");
    swap.ids[1] = *bo_arguments_uuid(fcinfo, 1, "other_booking_id");
    if (memcmp(&swap.ids[0], &swap.ids[1], UUID_LEN) == 0)
        bo_error_argument("other_booking_id", "must be another booking than booking_id",
                          "'01932c07-3f1e-7b6a-8d52-0f4e6a1c9b3d'");
    swap.tenant = bo_arguments_tenant(fcinfo);
    swap.store = &store;

    bo_store_open_for(&store, BO_TABLES_DISPATCH);
    bo_guard_require();
    bo_followed_booking_refuse(&store, swap.tenant, swap.ids, 2);
    bo_filled_booking_lock(&store, swap.tenant, swap.ids, 2, swap.request_ids);
    swap_decide(&swap);
    if (swap.answers[0].outcome == BO_SWAPPED)
        bo_event_say(BO_EVENT_SWAPPED);
    bo_store_close(&store);

    return bo_answer_booking(fcinfo, &swap.answers[0]);
}
