/*
 * arrival.c
 *   check_in() and no_show(): whether the holder of a booking has come.
 *
 * On a resource with check_in_within, a confirmed booking has a lapses_at until it is checked in, and lapses by the
 * clock as a hold does. So check_in() is to it what confirm_booking() is to a hold. A call that wants the time of a
 * lapsed booking releases its row first. It waits for a check-in in progress, and a check-in that had to wait for the
 * row reads the clock again, so both come to the same verdict. no_show() does at once what the clock would do.
 *
 * The parts of a booking have its lapses_at, so they are checked in, or lapse, with the whole.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "base/answer.h"
#include "base/arguments.h"
#include "base/error.h"
#include "base/label.h"
#include "base/round.h"
#include "base/subtransaction.h"
#include "base/value.h"
#include "base/wait.h"
#include "store/booking_row.h"
#include "store/store_booking.h"
#include "verbs/booked_place.h"
#include "verbs/filled_booking.h"
#include "verbs/followed_booking.h"
#include "verbs/overdue.h"
#include "verbs/whole.h"

BO_VERB_THAT_WAITS(check_in, 4);
BO_VERB_THAT_WAITS(no_show, 4);

typedef struct ArrivalCall
{
    BoStore *store;
    text *tenant;
    pg_uuid_t *booking_id;
    text *reason;       /* no_show() only, or NULL */
    BoWhole whole;      /* the bookings that are parts of it; or none */
    BoResources places; /* if it has parts: the resources of all, locked */
    BoArrival rules;
    BoBookingAnswer answer;
} ArrivalCall;

/* Reads the booking. Returns true if it is confirmed and stands; otherwise false, with the reason in the answer. */
static bool arrival_is_confirmed(ArrivalCall *call, TimestampTz now)
{
    BoBookingAnswer *answer = &call->answer;

    bo_booking_row_find_latest(call->store, call->tenant, call->booking_id, now, answer);
    answer->replayed = false;
    answer->outcome = bo_answer_ended(answer);
    return answer->status == BO_STATUS_CONFIRMED;
}

/*
 * Returns false if the row has changed since it was read, or if the booking lapsed while the statement waited for the
 * row.
 */
static bool arrival_try_check_in(void *argument)
{
    ArrivalCall *call = argument;
    TimestampTz lapses_at = call->answer.lapses_at, now = GetCurrentTimestamp();

    if (call->rules.blocks)
        bo_overdue_take_out(call->store, call->tenant, call->booking_id, &call->whole);
    if (lapses_at == DT_NOEND)
        return true;
    if (bo_store_run_latest(call->store, &bo_sql_check_in, bo_text(call->tenant), bo_uuid(call->booking_id),
                            bo_instant(now)) == 0)
        return false;
    bo_booking_row_read(call->store, bo_store_row(0), now, &call->answer);
    if (call->answer.lapses_at != DT_NOEND)
        bo_error_owners_constraint(); /* a trigger kept the row from changing */
    if (call->whole.count > 0)
        bo_whole_follow(call->store, call->tenant, call->booking_id, &call->whole, true);
    return GetCurrentTimestamp() < lapses_at;
}

/* Returns true if the booking has begun; with end, if it has ended. */
static bool arrival_is_past(const ArrivalCall *call, TimestampTz now, bool end)
{
    return bo_value_bound(call->answer.during, end) <= now;
}

static bool arrival_is_out(const ArrivalCall *call)
{
    return call->rules.blocks && bo_overdue_is_out(call->store, call->tenant, call->booking_id, &call->whole);
}

static BoArrival arrival_rules(const ArrivalCall *call)
{
    return bo_overdue_rules(call->store, call->tenant, call->booking_id, &call->whole);
}

static void arrival_check_in(ArrivalCall *call)
{
    BoBookingAnswer *answer = &call->answer;

    if (!arrival_is_confirmed(call, GetCurrentTimestamp()))
        return;
    call->rules = arrival_rules(call);
    if (call->rules.blocks)
        bo_booked_place_lock(call->store, call->tenant, call->booking_id, &call->whole, answer);
    for (int round = 0; arrival_is_confirmed(call, GetCurrentTimestamp()); bo_round_next(&round))
    {
        bool never_lapses = answer->lapses_at == DT_NOEND;

        answer->replayed = never_lapses && (!call->rules.blocks || arrival_is_out(call));
        if (never_lapses && !answer->replayed && arrival_is_past(call, GetCurrentTimestamp(), true))
            return; /* what was taken out is back, or nobody came: not_live */
        if (answer->replayed || bo_subtransaction_run(arrival_try_check_in, call, NULL))
        {
            answer->outcome = BO_CHECKED_IN;
            return;
        }
    }
}

/* Returns true if the booking has begun and its holder may be missing. Otherwise the answer says why not. */
static bool arrival_is_awaited(ArrivalCall *call, TimestampTz now)
{
    BoBookingAnswer *answer = &call->answer;

    if (!arrival_is_confirmed(call, now))
    {
        answer->replayed = answer->status == BO_STATUS_EXPIRED;
        if (answer->replayed)
            answer->outcome = BO_NO_SHOW;
        return false;
    }
    answer->outcome = BO_NOT_LIVE;
    if (!arrival_is_past(call, now, false))
        return false;
    answer->outcome = BO_CHECKED_IN;
    if (answer->lapses_at != DT_NOEND)
        return true;
    call->rules = arrival_rules(call);
    return !call->rules.asks && !arrival_is_out(call);
}

static void arrival_no_show(ArrivalCall *call)
{
    BoBookingAnswer *answer = &call->answer;

    if (!arrival_is_awaited(call, GetCurrentTimestamp()))
        return;
    bo_booked_place_lock(call->store, call->tenant, call->booking_id, &call->whole, answer);
    for (int round = 0;; bo_round_next(&round))
    {
        TimestampTz now = GetCurrentTimestamp();

        if (!arrival_is_awaited(call, now))
            return;
        if (bo_store_run_latest(call->store, &bo_sql_no_show, bo_text(call->tenant), bo_uuid(call->booking_id),
                                bo_instant(now), bo_text_or_null(call->reason)) > 0)
            break;
    }
    bo_booking_row_read(call->store, bo_store_row(0), GetCurrentTimestamp(), answer);
    if (answer->status != BO_STATUS_EXPIRED)
        bo_error_owners_constraint();
    answer->outcome = BO_NO_SHOW;
    if (call->whole.count > 0)
        bo_whole_follow(call->store, call->tenant, call->booking_id, &call->whole, false);
    bo_booked_place_serve(call->store, call->tenant, &call->whole, &call->places, answer);
}

static Datum arrival_decide(FunctionCallInfo fcinfo, ArrivalCall *call, const text *holder,
                            void (*decide)(ArrivalCall *))
{
    pg_uuid_t request_id;
    BoStore store;

    call->store = &store;
    bo_store_open_for(&store, BO_TABLES_DISPATCH);
    bo_booking_row_check_holder(&store, call->tenant, call->booking_id, holder);
    bo_followed_booking_refuse(&store, call->tenant, call->booking_id, 1);
    bo_filled_booking_lock(&store, call->tenant, call->booking_id, 1, &request_id);
    bo_booking_row_check_holder(&store, call->tenant, call->booking_id, holder);
    (void)bo_whole_lock(&store, call->tenant, call->booking_id, &call->whole, &call->places);
    decide(call);
    bo_store_close(&store);

    return bo_answer_booking(fcinfo, &call->answer);
}

/* check_in(booking_id, holder, max_wait, tenant) */
static Datum check_in_call(FunctionCallInfo fcinfo)
{
    ArrivalCall call = {0};
    const text *holder;

    bo_arguments_writable("check_in");
    call.booking_id = bo_arguments_uuid(fcinfo, 0, "booking_id");
    holder = bo_arguments_own_holder(fcinfo, 4);
    call.tenant = bo_arguments_tenant(fcinfo);
    return arrival_decide(fcinfo, &call, holder, arrival_check_in);
}

/* no_show(booking_id, reason, max_wait, tenant) */
static Datum no_show_call(FunctionCallInfo fcinfo)
{
    ArrivalCall call = {0};

    bo_arguments_writable("no_show");
    call.booking_id = bo_arguments_uuid(fcinfo, 0, "booking_id");
    call.reason = bo_arguments_reason(fcinfo, 1);
    call.tenant = bo_arguments_tenant(fcinfo);
    return arrival_decide(fcinfo, &call, NULL, arrival_no_show);
}
