/*
 * hold.c
 *   Changes of one booking: it is confirmed, extended or cancelled.
 *
 * Each verb tries its one statement; the row that it writes is the decision. Only if no row came back is the reason
 * diagnosed; if that leaves no reason, the statement is tried again. Clocks are read after locks. A statement can still
 * wait for another transaction's row, so the end of a hold is checked once more afterwards, and what came too late is
 * undone and judged again. LAPSED_AT in store/sql.h says when a hold lapses.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "access/xact.h"

#include "base/answer.h"
#include "base/arguments.h"
#include "base/error.h"
#include "base/identifier.h"
#include "base/label.h"
#include "base/lock.h"
#include "base/round.h"
#include "base/value.h"
#include "base/wait.h"
#include "store/booking_row.h"
#include "store/store_booking.h"
#include "store/store_line.h"
#include "guard/direct_cancel.h"
#include "guard/direct_confirm.h"
#include "verbs/filled_booking.h"
#include "verbs/firm.h"
#include "verbs/followed_booking.h"
#include "verbs/line.h"
#include "verbs/slot_resources.h"
#include "verbs/whole.h"

BO_VERB_THAT_WAITS(confirm_booking, 5);
BO_VERB_THAT_WAITS(extend_hold, 5);
BO_VERB_THAT_WAITS(cancel_booking, 5);
PG_FUNCTION_INFO_V1(bookonce_expire_holds);

/* One booking, named by the caller. */
typedef struct BoBookingCall
{
    text *tenant;
    pg_uuid_t *booking_id;
    text *holder;       /* to whom it must belong, or NULL */
    Interval *hold_for; /* extend_hold() only */
    text *reason;       /* cancel_booking() only, or NULL */
} BoBookingCall;

/* What distinguishes the verbs. */
typedef struct HoldVerb
{
    BoStatement *statement; /* its row is the decision */
    int parameters; /* tenant, booking_id, the clock, whether the request is locked; some verbs add one of their own */
    BoOutcome done;
    BoStatus becomes;     /* the status that it leads to; a booking that has it already is a replay */
    bool takes_confirmed; /* the statement also changes confirmed bookings */
    bool frees;           /* it frees time, for which somebody may wait in line */
    int hold_end;         /* the column with the end of the hold, if one had to stand; otherwise 0 */
} HoldVerb;

static const HoldVerb hold_confirms = {
    &bo_sql_confirm_booking, 4, BO_CONFIRMED, BO_STATUS_CONFIRMED, false, false, BO_CHANGE_HOLD_WAS_TO_LAPSE_AT};
static const HoldVerb hold_extends = {&bo_sql_extend_hold,           5, BO_EXTENDED, BO_STATUS_HELD, false, false,
                                      BO_CHANGE_HOLD_WAS_TO_LAPSE_AT};
static const HoldVerb hold_cancels = {&bo_sql_cancel_booking, 5, BO_CANCELLED, BO_STATUS_CANCELLED, true, true, 0};

/*
 * Called when the statement wrote the row. Returns true if the change stands. The hold may have ended while the
 * statement waited for the row, after the clock had been read: then the row is restored, and judged again.
 */
static bool hold_in_time(BoStore *store, const BoBookingCall *call, const HoldVerb *verb, TimestampTz now, BoRow row,
                         BoBookingAnswer *answer)
{
    TimestampTz hold_end = verb->hold_end == 0 ? DT_NOEND : bo_row_instant_or(row, verb->hold_end, DT_NOEND);

    bo_booking_row_read(store, row, now, answer);
    if (answer->status != verb->becomes && !bo_answer_has_lapsed(answer, GetCurrentTimestamp()))
        bo_error_owners_constraint(); /* a trigger kept the row from changing */
    answer->outcome = verb->done;
    if (hold_end > GetCurrentTimestamp())
        return true;
    bo_store_run(store, &bo_sql_put_back_hold, bo_text(call->tenant), bo_uuid(call->booking_id), bo_instant(hold_end));
    return false;
}

/*
 * Finds out why the statement had nothing to do. Returns false if it has something to do by now, because the booking
 * has changed since.
 */
static bool hold_is_settled(BoStore *store, const BoBookingCall *call, const HoldVerb *verb, TimestampTz now,
                            TimestampTz until, BoBookingAnswer *answer)
{
    bool is_changeable;

    bo_booking_row_find(store, call->tenant, call->booking_id, now, answer);
    is_changeable =
        answer->status == BO_STATUS_HELD || (verb->takes_confirmed && answer->status == BO_STATUS_CONFIRMED);
    answer->replayed = answer->status == verb->becomes && answer->lapses_at >= until;
    answer->outcome = answer->replayed                      ? verb->done
                      : answer->status == BO_STATUS_EXPIRED ? BO_HOLD_EXPIRED
                                                            : BO_NOT_LIVE;
    return answer->replayed || !is_changeable;
}

/* The booking's resource, as BO_FIND_BOOKED_ON says. Returns false if there is none. */
static bool hold_find_place(BoStore *store, const BoBookingCall *call, BoRow *row)
{
    if (bo_direct_find_booked_on(call->tenant, call->booking_id, row))
        return true;
    if (bo_store_run_latest(store, &bo_sql_find_booked_on, bo_text(call->tenant), bo_uuid(call->booking_id)) == 0)
        return false;
    *row = bo_store_row(0);
    return true;
}

/*
 * Locks the resource whose time will become free, as bo_slot_lock_to_free() does, except that the resource is read
 * before it is locked: the statement that cancels looks once more, on its snapshot, and does nothing if the lock is not
 * the right one.
 */
static void hold_lock_place(BoStore *store, const BoBookingCall *call, BoResources *place)
{
    BoSlotLock *lock;
    BoRow row;

    *place = (BoResources){0};
    if (!hold_find_place(store, call, &row))
        return;
    *place = bo_slot_resources(call->tenant, 1);
    bo_slot_name(place, 0, bo_row_text(row, BO_FIND_BOOKED_ON_RESOURCE));
    lock = &place->locks[0];
    bo_lock_learn(lock,
                  bo_lock_kind_of(bo_row_bool(row, BO_FIND_BOOKED_ON_PLAIN), bo_row_bool(row, BO_FIND_BOOKED_ON_COUNTS),
                                  bo_row_bool(row, BO_FIND_BOOKED_ON_HAS_WAITERS)),
                  bo_row_bool(row, BO_FIND_BOOKED_ON_BY_HOLDER));
    lock->exclusive = lock->kind == BO_KIND_COUNTS;
    bo_lock_slots(lock, 1);
}

/*
 * The same for an old snapshot, which does not show who has joined the line since: the resource is read again under its
 * lock.
 */
static void hold_lock_place_latest(BoStore *store, const BoBookingCall *call, BoResources *place)
{
    for (int round = 0;; bo_round_next(&round))
    {
        text *name;

        *place = (BoResources){0};
        if (bo_store_run_latest(store, &bo_sql_find_booked_on, bo_text(call->tenant), bo_uuid(call->booking_id)) == 0)
            return;
        name = bo_row_text(bo_store_row(0), BO_FIND_BOOKED_ON_RESOURCE);
        *place = bo_slot_lock_to_free(store, call->tenant, &name, 1, false);
        if (place->ids[0] != 0)
            return;
        bo_slot_give_back_all(place, false); /* it was renamed meanwhile */
    }
}

static void hold_lock(BoStore *store, const BoBookingCall *call, const HoldVerb *verb, BoResources *place)
{
    *place = (BoResources){0};
    if (verb->frees && IsolationUsesXactSnapshot())
        hold_lock_place_latest(store, call, place);
    else if (verb->frees)
        hold_lock_place(store, call, place);
}

/* Tries to do without the statement. place: the resource to look at again, or NULL. */
static bool hold_is_direct(const BoBookingCall *call, const HoldVerb *verb, TimestampTz now, bool needs_no_lock,
                           BoResources *place, BoRow *row)
{
    if (verb == &hold_confirms)
        return bo_direct_confirm(call->tenant, call->booking_id, now, needs_no_lock, row);
    return place != NULL && bo_direct_cancel(call->tenant, call->booking_id, now, needs_no_lock, call->reason,
                                             place->names[0], place->locks[0].exclusive, row);
}

/* Tries the statement. Returns true if its row stands; is_written is false if there was none. */
static bool hold_try(BoStore *store, const BoBookingCall *call, const HoldVerb *verb, TimestampTz now,
                     TimestampTz until, bool needs_no_lock, BoResources *place, bool *is_written,
                     BoBookingAnswer *answer)
{
    bool looks_again = place->count == 1 && !IsolationUsesXactSnapshot();
    BoRow row;
    BoParameter parameters[7] = {bo_text(call->tenant), bo_uuid(call->booking_id), bo_instant(now),
                                 bo_bool(needs_no_lock),
                                 call->hold_for != NULL ? bo_instant(until) : bo_text_or_null(call->reason)};

    if (hold_is_direct(call, verb, now, needs_no_lock, looks_again ? place : NULL, &row))
    {
        *is_written = true;
        return hold_in_time(store, call, verb, now, row, answer);
    }
    if (looks_again)
    {
        parameters[5] = bo_text(place->names[0]);
        parameters[6] = bo_bool(place->locks[0].exclusive);
    }
    *is_written = looks_again ? bo_store_run_list(store, &bo_sql_cancel_on, parameters, 7) > 0
                              : bo_store_run_list(store, verb->statement, parameters, verb->parameters) > 0;
    if (*is_written && looks_again)
        place->locks[0].has_line = bo_row_bool(bo_store_row(0), BO_CANCEL_ON_HAS_WAITERS);
    return *is_written && hold_in_time(store, call, verb, now, bo_store_row(0), answer);
}

/*
 * Locks the request whose position the booking fills, the booking, and what its parts are on. Returns true if it has
 * parts.
 */
static bool hold_lock_all(BoStore *store, const BoBookingCall *call, BoWhole *whole, BoResources *places)
{
    pg_uuid_t request_id;

    bo_filled_booking_lock(store, call->tenant, call->booking_id, 1, &request_id);
    bo_booking_row_check_holder(store, call->tenant, call->booking_id, call->holder);
    return bo_whole_lock(store, call->tenant, call->booking_id, whole, places);
}

/*
 * Called when nothing has been written: releases the locks and takes them again, because the booking may fill a
 * position, whose request must be locked first, or have parts, or because its resource has changed. Returns true if it
 * has parts.
 */
static bool hold_lock_again(BoStore *store, const BoBookingCall *call, const HoldVerb *verb, bool locks_all,
                            BoWhole *whole, BoResources *place)
{
    if (place->count > 0)
        bo_slot_give_back_all(place, false);
    if (locks_all)
        bo_lock_release_bookings(call->tenant, call->booking_id, 1);
    if (locks_all && hold_lock_all(store, call, whole, place))
        return true;
    hold_lock(store, call, verb, place);
    return false;
}

/*
 * The procedure that the verbs on one booking share: it locks the booking, runs the statement, and if that finds
 * nothing, finds out why.
 */
static Datum hold_change_booking(FunctionCallInfo fcinfo, const BoBookingCall *call, const HoldVerb *verb)
{
    BoBookingAnswer answer = {0};
    bool needs_no_lock = false; /* no lock is missing: the request and the parts are locked, or need not be */
    bool has_parts = false;
    BoResources place; /* the resource whose time is freed, and those of its parts */
    BoWhole whole;
    BoStore store;

    bo_store_open_for(&store, BO_TABLES_DISPATCH);
    bo_booking_row_check_holder(&store, call->tenant, call->booking_id, call->holder);
    bo_followed_booking_refuse(&store, call->tenant, call->booking_id, 1);
    /* Few others have parts. With these, the statement finds nothing to do, and everything is locked then. */
    if (bo_identifier_may_be_joined(call->booking_id))
        has_parts = needs_no_lock = hold_lock_all(&store, call, &whole, &place);
    else
    {
        bo_lock_booking(call->tenant, call->booking_id);
        bo_booking_row_check_holder(&store, call->tenant, call->booking_id, call->holder);
    }
    if (!has_parts)
        hold_lock(&store, call, verb, &place);
    for (int round = 0;; bo_round_next(&round))
    {
        TimestampTz now = GetCurrentTimestamp();
        TimestampTz until = call->hold_for == NULL ? DT_NOBEGIN : bo_value_later(now, call->hold_for);
        bool is_written = false;

        if (hold_try(&store, call, verb, now, until, needs_no_lock, &place, &is_written, &answer) ||
            (!is_written && hold_is_settled(&store, call, verb, now, until, &answer)))
            break;
        if (!is_written && !has_parts && (!needs_no_lock || verb->frees))
            has_parts = hold_lock_again(&store, call, verb, !needs_no_lock, &whole, &place);
        needs_no_lock = true;
    }
    if (has_parts && answer.outcome == verb->done && !answer.replayed)
        bo_whole_follow(&store, call->tenant, call->booking_id, &whole, !verb->frees);
    if (!answer.replayed && verb->frees)
        bo_line_serve_freed(&store, call->tenant, &place);
    bo_store_close(&store);

    return bo_answer_booking(fcinfo, &answer);
}

/* confirm_booking(booking_id, exclusive, holder, max_wait, tenant); the function of 0.1.0 has no exclusive */
static Datum confirm_booking_call(FunctionCallInfo fcinfo)
{
    BoBookingCall call = {0};
    BoBookingAnswer answer = {0};
    bool exclusive;

    bo_arguments_writable("confirm_booking");
    call.booking_id = bo_arguments_uuid(fcinfo, 0, "booking_id");
    if (PG_NARGS() == 5 && PG_ARGISNULL(1))
        bo_error_null_argument("exclusive", "false");
    exclusive = PG_NARGS() == 5 && PG_GETARG_BOOL(1);
    call.holder = bo_arguments_own_holder(fcinfo, 5);
    call.tenant = bo_arguments_tenant(fcinfo);
    if (exclusive && bo_firm_booking(call.tenant, call.booking_id, call.holder, &answer))
        return bo_answer_booking(fcinfo, &answer);
    return hold_change_booking(fcinfo, &call, &hold_confirms);
}

/* extend_hold(booking_id, hold_for, holder, max_wait, tenant) */
static Datum extend_hold_call(FunctionCallInfo fcinfo)
{
    BoBookingCall call = {0};

    bo_arguments_writable("extend_hold");
    call.booking_id = bo_arguments_uuid(fcinfo, 0, "booking_id");
    call.hold_for = bo_arguments_length(fcinfo, 1, "hold_for");
    if (call.hold_for == NULL)
        bo_error_null_argument("hold_for", "'10 minutes'");
    call.holder = bo_arguments_own_holder(fcinfo, 5);
    call.tenant = bo_arguments_tenant(fcinfo);
    return hold_change_booking(fcinfo, &call, &hold_extends);
}

/* cancel_booking(booking_id, reason, holder, max_wait, tenant) */
static Datum cancel_booking_call(FunctionCallInfo fcinfo)
{
    BoBookingCall call = {0};

    bo_arguments_writable("cancel_booking");
    call.booking_id = bo_arguments_uuid(fcinfo, 0, "booking_id");
    call.reason = bo_arguments_reason(fcinfo, 1);
    call.holder = bo_arguments_own_holder(fcinfo, 5);
    call.tenant = bo_arguments_tenant(fcinfo);
    return hold_change_booking(fcinfo, &call, &hold_cancels);
}

/* expire_holds(at_most): returns how many lapsed holds it released */
Datum bookonce_expire_holds(PG_FUNCTION_ARGS)
{
    int32 at_most;
    BoStore store;
    uint64 released;

    bo_arguments_writable("expire_holds");
    at_most = bo_arguments_positive(fcinfo, 0, "at_most");

    bo_store_open(&store);
    released = bo_store_run(&store, &bo_sql_expire_holds, bo_int4(at_most), bo_instant(GetCurrentTimestamp()));
    bo_store_close(&store);

    PG_RETURN_INT32((int32)released);
}
