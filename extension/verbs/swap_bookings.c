/*
 * swap_bookings.c
 *   swap_bookings(): two bookings exchange their places.
 *
 * It locks both bookings, then both resources exclusively in hash order, as a move does (move.c).
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
#include "store/store_dispatch.h"
#include "store/store_group.h"
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

/*
 * Each booking takes the other's place: resource, unit, time and buffers. Nothing new is taken, so there is nothing to
 * judge. Both are taken out of the constraint first, because it is checked row by row. Returns false if a row had
 * changed or lapsed; then everything must be undone.
 */
static bool swap_try(void *argument)
{
    const Swap *it = argument;
    BoRow places[2];
    TimestampTz decided;

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
    swap_offers(it);
    decided = GetCurrentTimestamp();
    for (int i = 0; i < 2; i++)
        if (bo_answer_has_lapsed(&it->answers[i], decided))
            return false;
    return true;
}

static void swap_decide(Swap *swap)
{
    BoSlotLock locks[2];

    if (!swap_find_both(swap))
        return;
    bo_kind_require_same(swap->answers[0].kind, swap->answers[1].kind);
    /* Nobody can move them now, so these remain their resources. */
    bo_move_lock_both(swap->tenant, swap->answers[0].resource, swap->answers[1].resource, locks);
    for (int round = 0; swap_find_both(swap); bo_round_next(&round))
    {
        if (swap_provider_is_busy(swap))
        {
            swap->answers[0].outcome = BO_PROVIDER_BUSY;
            return;
        }
        if (!bo_holder_judge_swap(swap->store, swap->tenant, swap->ids, swap->answers, locks))
            continue;
        if (swap->answers[0].outcome != BO_OUTCOME_INVALID)
            return;
        if (bo_subtransaction_run(swap_try, swap, NULL))
        {
            (void)swap_find_both(swap);
            swap->answers[0].outcome = BO_SWAPPED;
            return;
        }
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
    bo_whole_refuse(&store, swap.tenant, swap.ids, 2);
    bo_filled_booking_lock(&store, swap.tenant, swap.ids, 2, swap.request_ids);
    swap_decide(&swap);
    if (swap.answers[0].outcome == BO_SWAPPED)
        bo_event_say(BO_EVENT_SWAPPED);
    bo_store_close(&store);

    return bo_answer_booking(fcinfo, &swap.answers[0]);
}
