/*
 * position.c
 *   accept_offer(), and later changes of the position: release_position() and reassign_position().
 *
 * An acceptance is decided by two rows that only one call can write: the provider's booking, because of the exclusion
 * constraint, and the position, of which no two acceptances can replace the same booking. Sibling offers are neither
 * read nor written, so an acceptance costs the same among two offers as among two thousand.
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
#include "base/wait.h"
#include "store/row_checked.h"
#include "store/store_dispatch.h"
#include "guard/direct_dispatch.h"
#include "guard/guard.h"
#include "verbs/book_slot.h"
#include "verbs/dispatch_answer.h"
#include "verbs/line.h"
#include "verbs/offer.h"
#include "verbs/position.h"
#include "verbs/request.h"

BO_VERB_THAT_WAITS(accept_offer, 4);
BO_VERB_THAT_WAITS(release_position, 5);
BO_VERB_THAT_WAITS(reassign_position, 5);

/* What takes the time of the provider and its parts for the request, as book_slot() would. */
static BoSlotCall position_slot(text *tenant, text *provider, const BoRequest *request, RangeType *during,
                                TimestampTz valid_until)
{
    return (BoSlotCall){.tenant = tenant,
                        .resource = provider,
                        .during = during,
                        .holder = request->requester,
                        .quantity = 1,
                        .member = 1,
                        .takes_parts = true,
                        .valid_until = valid_until};
}

/*
 * Gives the booking to the request's free position and to the offer. Their rows change only under the request's lock.
 */
static void position_fill(BoStore *store, const text *tenant, const BoRequest *request, BoOffer *offer,
                          const pg_uuid_t *booking_id)
{
    const pg_uuid_t *last = request->was_taken ? &request->last_booking_id : NULL;
    TimestampTz now;

    if ((!bo_direct_may_dispatch() ||
         !bo_direct_take_position(tenant, &request->request_id, request->free_position, booking_id, last)) &&
        bo_store_run_latest(store, &bo_sql_take_position, bo_text(tenant), bo_uuid(&request->request_id),
                            bo_int4(request->free_position), bo_uuid(booking_id), bo_uuid_or_null(last)) == 0)
        bo_error_old_snapshot();
    now = GetCurrentTimestamp();
    if ((!bo_direct_may_dispatch() || !bo_direct_accept_offer(tenant, &offer->offer_id, booking_id, now)) &&
        bo_store_run_latest(store, &bo_sql_accept_offer, bo_text(tenant), bo_uuid(&offer->offer_id),
                            bo_uuid(booking_id), bo_instant(now)) == 0)
        bo_error_old_snapshot();
    offer->position = request->free_position;
    offer->has_booking = true;
    offer->booking_id = *booking_id;
}

/* Returns the answer if nothing has to be booked, otherwise BO_OUTCOME_INVALID. */
static BoOutcome position_answer_at_once(BoStore *store, const text *tenant, const BoRequest *request,
                                         BoOfferAnswer *answer)
{
    TimestampTz now = GetCurrentTimestamp();
    BoOutcome refusal = bo_offer_refusal(&answer->offer, request, now);

    answer->state = bo_offer_state(&answer->offer, request, now);
    answer->replayed = refusal == BO_OFFER_ACCEPTED;
    if (answer->replayed)
        return BO_ACCEPTED;
    if (refusal == BO_OFFER_RELEASED)
        bo_request_check_fillers(store, tenant, &request->request_id);
    if (refusal != BO_OUTCOME_INVALID)
        return refusal;
    if (request->free_position == 0)
        return BO_FILLED;
    /*
     * The provider may have been given a position, or another provider's booking: with a capacity above 1, its time
     * would still be free.
     */
    return answer->offer.provider_fills ? BO_PROVIDER_BUSY : BO_OUTCOME_INVALID;
}

/*
 * Books before the position is taken, so that a busy provider leaves nothing behind. The time limits of the offer and
 * the request are passed to the booking, which reads the clock again after its waits.
 */
static void position_decide_accept(BoStore *store, text *tenant, const pg_uuid_t *offer_id, BoOfferAnswer *answer)
{
    for (int round = 0;; bo_round_next(&round))
    {
        BoRequest request;
        BoBookingAnswer booked;
        BoSlotCall slot;

        bo_offer_find(store, tenant, offer_id, &request, &answer->offer);
        answer->outcome = position_answer_at_once(store, tenant, &request, answer);
        if (answer->outcome != BO_OUTCOME_INVALID)
            return;

        slot = position_slot(tenant, answer->offer.provider, &request, request.during, answer->offer.expires_at);
        bo_slot_book(store, &slot, &booked);
        if (booked.outcome == BO_TOO_LATE)
            continue;
        answer->outcome = BO_PROVIDER_BUSY;
        if (booked.outcome != BO_BOOKED)
            return;
        position_fill(store, tenant, &request, &answer->offer, &booked.booking_id);
        answer->outcome = BO_ACCEPTED;
        answer->state = BO_OFFER_STATE_ACCEPTED;
        return;
    }
}

/* accept_offer(offer_id, provider, max_wait, tenant) */
static Datum accept_offer_call(FunctionCallInfo fcinfo)
{
    pg_uuid_t *offer_id;
    text *provider, *tenant;
    BoOfferAnswer answer = {0};
    BoStore store;

    bo_arguments_writable("accept_offer");
    offer_id = bo_arguments_uuid(fcinfo, 0, "offer_id");
    provider = bo_arguments_text(fcinfo, 1, "provider", "'user:42'");
    tenant = bo_arguments_tenant(fcinfo);

    bo_store_open_for(&store, BO_TABLES_DISPATCH);
    bo_guard_require();
    bo_offer_lock(&store, tenant, offer_id, provider, &answer.request_id);
    position_decide_accept(&store, tenant, offer_id, &answer);
    bo_store_close(&store);

    return bo_answer_offer(fcinfo, &answer);
}

/* The provider's place in the request, according to its booking. */
BoHeldPosition bo_position_find(BoStore *store, const text *tenant, const pg_uuid_t *request_id, const text *provider)
{
    BoHeldPosition place = {0};
    BoRow row;

    if (bo_store_run_latest(store, &bo_sql_find_position, bo_text(tenant), bo_uuid(request_id), bo_text(provider)) == 0)
        return place;
    row = bo_store_row(0);
    place.was = true;
    place.booking_id = bo_row_uuid(row, BO_FIND_POSITION_BOOKING_ID);
    place.during = bo_store_keep(store, bo_row_slot(row, BO_FIND_POSITION_DURING));
    if (bo_row_bool(row, BO_FIND_POSITION_IS_TAKEN))
        place.position = bo_row_int4(row, BO_FIND_POSITION_POSITION);
    return place;
}

/* The same, and locks the booking, so that nobody else can change it. */
static BoHeldPosition position_lock_place(BoStore *store, const text *tenant, const pg_uuid_t *request_id,
                                          const text *provider)
{
    pg_uuid_t locked = {0};

    for (int round = 0;; bo_round_next(&round))
    {
        BoHeldPosition place = bo_position_find(store, tenant, request_id, provider);

        if (place.position == 0)
            bo_request_check_fillers(store, tenant, request_id);
        if (place.position == 0 || memcmp(&place.booking_id, &locked, sizeof(locked)) == 0)
            return place;
        locked = place.booking_id;
        bo_lock_booking(tenant, &locked);
    }
}

/*
 * Finds the offer by which the provider has its position, or if it has no position, the offer that it accepted last.
 * Returns false if there is no such offer.
 */
static bool position_find_accepted(BoStore *store, const text *tenant, const BoRequest *request, const text *provider,
                                   const BoHeldPosition *place, BoOffer *offer)
{
    if (bo_store_run_latest(store, &bo_sql_find_accepted_offer, bo_text(tenant), bo_uuid(&request->request_id),
                            bo_text(provider), bo_uuid_or_null(place->position > 0 ? &place->booking_id : NULL)) == 0)
        return false;
    bo_offer_read(store, bo_store_row(0), 0, request, offer);
    return true;
}

/* Describes a provider's place by the offer that gave it, if one did. */
static void position_answer_place(BoStore *store, const text *tenant, const BoRequest *request,
                                  const BoHeldPosition *place, BoOfferState state, BoOfferAnswer *answer)
{
    if (position_find_accepted(store, tenant, request, answer->offer.provider, place, &answer->offer))
        answer->state = state;
    else if (!place->was)
        bo_error_no_position(answer->offer.provider, &request->request_id);
    if (place->position == 0)
        return;
    answer->offer.position = place->position;
    answer->offer.has_booking = true;
    answer->offer.booking_id = place->booking_id;
}

/* release_position(request_id, provider, reason, max_wait, tenant) */
static Datum release_position_call(FunctionCallInfo fcinfo)
{
    pg_uuid_t *request_id;
    text *provider, *reason, *tenant;
    BoOfferAnswer answer = {.outcome = BO_RELEASED};
    BoResources freed;
    BoWhole whole = {0};
    BoRequest request;
    BoHeldPosition place;
    BoStore store;

    bo_arguments_writable("release_position");
    request_id = bo_arguments_uuid(fcinfo, 0, "request_id");
    provider = bo_arguments_text(fcinfo, 1, "provider", "'user:42'");
    reason = bo_arguments_optional_text(fcinfo, 2, "reason", "'ill'");
    tenant = bo_arguments_tenant(fcinfo);
    answer.request_id = *request_id;
    answer.offer.provider = provider;

    bo_store_open_for(&store, BO_TABLES_DISPATCH);
    bo_lock_request(tenant, request_id);
    bo_request_find(&store, tenant, request_id, &request);
    place = position_lock_place(&store, tenant, request_id, provider);
    position_answer_place(&store, tenant, &request, &place, BO_OFFER_STATE_RELEASED, &answer);
    if (place.position == 0 || !bo_whole_lock(&store, tenant, &place.booking_id, &whole, &freed))
        freed = bo_slot_lock_to_free(&store, tenant, &provider, place.position > 0, false);
    answer.replayed = place.position == 0 || !bo_request_give_back(&store, tenant, &place.booking_id, &whole, reason);
    if (!answer.replayed)
        bo_line_serve_freed(&store, tenant, &freed);
    bo_store_close(&store);

    return bo_answer_offer(fcinfo, &answer);
}

/* The arguments of reassign_position(). */
typedef struct BoReassignment
{
    text *tenant;
    pg_uuid_t *request_id;
    text *from;
    text *to;
} BoReassignment;

/*
 * Returns true if a refusal or a replay is the answer. Returns false if `from` has a position and `to` has none in this
 * request.
 */
static bool position_answer_without_move(BoStore *store, const BoReassignment *move, const BoRequest *request,
                                         const BoHeldPosition *from, BoOfferAnswer *answer)
{
    BoHeldPosition to = bo_position_find(store, move->tenant, move->request_id, move->to);
    BoOffer left;

    if (!from->was && !position_find_accepted(store, move->tenant, request, move->from, from, &left))
        bo_error_no_position(move->from, move->request_id);
    if (request->is_cancelled)
        answer->outcome = BO_REQUEST_CLOSED;
    else if (from->position > 0)
        answer->outcome = to.position > 0 ? BO_PROVIDER_BUSY : BO_OUTCOME_INVALID;
    else if (to.position == 0)
        answer->outcome = BO_NOT_LIVE;
    else
    {
        answer->outcome = BO_REASSIGNED;
        answer->replayed = true;
        position_answer_place(store, move->tenant, request, &to, BO_OFFER_STATE_ACCEPTED, answer);
    }
    return answer->outcome != BO_OUTCOME_INVALID;
}

/* Finds the offer by which the new provider will hold the position: one that it has not answered yet, or a new one. */
static void position_offer_for(BoStore *store, const BoReassignment *move, const BoRequest *request, TimestampTz now,
                               BoOffer *offer)
{
    if (bo_store_run_latest(store, &bo_sql_find_latest_offer, bo_text(move->tenant), bo_uuid(move->request_id),
                            bo_text(move->to)) > 0)
    {
        bo_offer_read(store, bo_store_row(0), 0, request, offer);
        if (offer->said == BO_OFFER_STATE_PENDING && offer->expires_at > now)
            return;
    }
    offer->provider = move->to;
    bo_offer_make(store, move->tenant, request, &offer, 1, DT_NOEND, now);
}

/*
 * The booking, which takes the new provider's time, comes first: if the provider is busy, nothing has changed. Both
 * providers are locked before that, as for a move: the old one's time will become free, and somebody may wait for it.
 */
static void position_decide_reassign(BoStore *store, const BoReassignment *move, BoOfferAnswer *answer)
{
    BoRequest request;
    BoHeldPosition from;
    BoBookingAnswer booked;
    BoResources both;
    BoSlotCall slot;
    BoWhole whole;

    bo_request_find(store, move->tenant, move->request_id, &request);
    from = position_lock_place(store, move->tenant, move->request_id, move->from);
    if (position_answer_without_move(store, move, &request, &from, answer))
        return;
    slot = position_slot(move->tenant, move->to, &request, from.during, DT_NOEND);
    bo_whole_lock_both(store, &slot, move->from, &from.booking_id, &whole, &both);
    bo_slot_book(store, &slot, &booked);
    if (booked.outcome != BO_BOOKED)
    {
        answer->outcome = BO_PROVIDER_BUSY;
        return;
    }
    bo_request_give_back(store, move->tenant, &from.booking_id, &whole, NULL);
    position_offer_for(store, move, &request, GetCurrentTimestamp(), &answer->offer);
    request.free_position = from.position;
    request.was_taken = true;
    request.last_booking_id = from.booking_id;
    position_fill(store, move->tenant, &request, &answer->offer, &booked.booking_id);
    bo_line_serve_freed(store, move->tenant, &both);
    answer->outcome = BO_REASSIGNED;
    answer->state = BO_OFFER_STATE_ACCEPTED;
}

/* reassign_position(request_id, from_provider, to_provider, max_wait, tenant) */
static Datum reassign_position_call(FunctionCallInfo fcinfo)
{
    BoReassignment move;
    BoOfferAnswer answer = {0};
    BoStore store;

    bo_arguments_writable("reassign_position");
    move.request_id = bo_arguments_uuid(fcinfo, 0, "request_id");
    move.from = bo_arguments_text(fcinfo, 1, "from_provider", "'user:42'");
    move.to = bo_arguments_text(fcinfo, 2, "to_provider", "'user:43'");
    move.tenant = bo_arguments_tenant(fcinfo);
    if (bo_arguments_same_text(move.from, move.to))
        bo_error_argument("to_provider", "must not be from_provider", "'user:43'");
    answer.request_id = *move.request_id;
    answer.offer.provider = move.to;

    bo_store_open_for(&store, BO_TABLES_DISPATCH);
    bo_guard_require();
    bo_lock_request(move.tenant, move.request_id);
    position_decide_reassign(&store, &move, &answer);
    bo_store_close(&store);

    return bo_answer_offer(fcinfo, &answer);
}
