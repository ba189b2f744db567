/*
 * end_booking.c
 *   end_booking(): a booking that has begun ends now, and the rest of its time is free.
 *
 * What was taken out (overdue.c) is given back. No time is taken, so no rule is asked. The row keeps its unit and the
 * buffer behind it, which begins at the new end. Like a move (move.c) it holds the resource exclusively: the constraint
 * checks the row that is written, and must not wait there for a call that waits for this one. The parts of a booking
 * end with it, each with its own buffer.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "catalog/pg_type.h"

#include "base/answer.h"
#include "base/arguments.h"
#include "base/error.h"
#include "base/label.h"
#include "base/round.h"
#include "base/value.h"
#include "base/wait.h"
#include "guard/guard.h"
#include "store/booking_row.h"
#include "store/row_checked.h"
#include "store/store_group.h"
#include "verbs/booked_place.h"
#include "verbs/filled_booking.h"
#include "verbs/followed_booking.h"
#include "verbs/overdue.h"
#include "verbs/whole.h"

BO_VERB_THAT_WAITS(end_booking, 4);

typedef struct EndCall
{
    BoStore *store;
    text *tenant;
    pg_uuid_t *booking_id;
    BoWhole whole;      /* the bookings that are parts of it; or none */
    BoResources places; /* if it has parts: the resources of all, locked */
    BoBookingAnswer answer;
} EndCall;

static void end_bounds(RangeType *range, RangeBound *lower, RangeBound *upper)
{
    bool is_empty;

    range_deserialize(lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO), range, lower, upper, &is_empty);
}

/* Returns true if the booking has begun and is not over. Otherwise the answer says why there is nothing to end. */
static bool end_is_due(EndCall *call, TimestampTz now)
{
    BoBookingAnswer *answer = &call->answer;
    RangeBound lower, upper;

    bo_booking_row_find_latest(call->store, call->tenant, call->booking_id, now, answer);
    if (!bo_answer_stands(answer))
    {
        answer->outcome = bo_answer_ended(answer);
        return false;
    }
    end_bounds(answer->during, &lower, &upper);
    if (answer->status == BO_STATUS_HELD || DatumGetTimestampTz(lower.val) >= now)
    {
        answer->outcome = BO_NOT_LIVE;
        return false;
    }
    answer->outcome = BO_RESCHEDULED;
    answer->replayed = DatumGetTimestampTz(upper.val) <= now;
    return !answer->replayed;
}

/* Ends the booking, or one of its parts. Returns false if the row has changed since it was read. */
static bool end_write_row(const EndCall *call, const pg_uuid_t *booking_id, TimestampTz now, BoBookingAnswer *answer)
{
    TypeCacheEntry *type = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);
    RangeBound lower, upper, blocks_lower, blocks_upper;
    int64 behind;
    BoRow place;

    if (bo_store_run_latest(call->store, &bo_sql_find_place, bo_text(call->tenant), bo_uuid(booking_id)) == 0)
        return false;
    place = bo_store_row(0);
    end_bounds(bo_row_slot(place, BO_FIND_PLACE_DURING), &lower, &upper);
    end_bounds(bo_row_slot(place, BO_FIND_PLACE_BLOCKS), &blocks_lower, &blocks_upper);
    behind = DatumGetTimestampTz(blocks_upper.val) - DatumGetTimestampTz(upper.val);
    upper.val = TimestampTzGetDatum(now);
    blocks_upper.val = TimestampTzGetDatum(now + behind);
    if (bo_store_run_latest(call->store, &bo_sql_end_booking, bo_text(call->tenant), bo_uuid(booking_id),
                            bo_instant(now), bo_range(bo_value_range(type, &lower, &upper)),
                            bo_range(bo_value_range(type, &blocks_lower, &blocks_upper))) == 0)
        return false;
    bo_booking_row_read(call->store, bo_store_row(0), now, answer);
    return true;
}

/* Ends the booking and all of its parts. */
static bool end_write(EndCall *call, TimestampTz now)
{
    if (!end_write_row(call, call->booking_id, now, &call->answer))
        return false;
    for (int i = 0; i < call->whole.count; i++)
    {
        BoBookingAnswer part;

        if (!end_write_row(call, &call->whole.ids[i], now, &part))
            bo_error_old_snapshot(); /* it was just released, for example by expire_holds(), which releases the whole
                                      * too */
    }
    return true;
}

/* Returns true if the booking was over before, but what it has taken out is not back yet. */
static bool end_is_overdue(EndCall *call)
{
    return call->answer.replayed &&
           bo_overdue_rules(call->store, call->tenant, call->booking_id, &call->whole).blocks &&
           bo_overdue_is_out(call->store, call->tenant, call->booking_id, &call->whole);
}

static void end_decide(EndCall *call)
{
    if (!end_is_due(call, GetCurrentTimestamp()) && !end_is_overdue(call))
        return;
    bo_booked_place_lock(call->store, call->tenant, call->booking_id, &call->whole, &call->answer);
    for (int round = 0;; bo_round_next(&round))
    {
        TimestampTz now = GetCurrentTimestamp();
        bool is_due = end_is_due(call, now);

        if (!is_due && !end_is_overdue(call))
            return;
        if (is_due && !end_write(call, now))
            continue;
        if (bo_overdue_rules(call->store, call->tenant, call->booking_id, &call->whole).blocks)
            bo_overdue_give_back(call->store, call->tenant, call->booking_id, &call->whole);
        call->answer.outcome = BO_RESCHEDULED;
        call->answer.replayed = false;
        bo_booked_place_serve(call->store, call->tenant, &call->whole, &call->places, &call->answer);
        return;
    }
}

/* end_booking(booking_id, holder, max_wait, tenant) */
static Datum end_booking_call(FunctionCallInfo fcinfo)
{
    EndCall call = {0};
    pg_uuid_t request_id;
    BoStore store;
    text *holder;

    bo_arguments_writable("end_booking");
    call.booking_id = bo_arguments_uuid(fcinfo, 0, "booking_id");
    holder = bo_arguments_own_holder(fcinfo, 4);
    call.tenant = bo_arguments_tenant(fcinfo);
    call.store = &store;

    bo_store_open_for(&store, BO_TABLES_DISPATCH);
    bo_guard_require();
    bo_booking_row_check_holder(&store, call.tenant, call.booking_id, holder);
    bo_followed_booking_refuse(&store, call.tenant, call.booking_id, 1);
    bo_filled_booking_lock(&store, call.tenant, call.booking_id, 1, &request_id);
    bo_booking_row_check_holder(&store, call.tenant, call.booking_id, holder);
    (void)bo_whole_lock(&store, call.tenant, call.booking_id, &call.whole, &call.places);
    end_decide(&call);
    bo_store_close(&store);

    return bo_answer_booking(fcinfo, &call.answer);
}
