/*
 * change_booking.c
 *   change_booking(): another holder, or other details, for a live booking.
 *
 * Its time, key and status stay. So does the request_hash: if the call that made the booking is repeated with its key,
 * and with the holder and the details that it named, it is still answered. The parts of a booking go to the new holder
 * with it, each by the rules of its resource.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "base/answer.h"
#include "base/arguments.h"
#include "base/error.h"
#include "base/lock.h"
#include "base/round.h"
#include "base/subtransaction.h"
#include "base/wait.h"
#include "store/booking_row.h"
#include "store/store_booking.h"
#include "verbs/filled_booking.h"
#include "verbs/followed_booking.h"
#include "verbs/holder.h"
#include "verbs/whole.h"

BO_VERB_THAT_WAITS(change_booking, 5);

typedef struct ChangeCall
{
    BoStore *store;
    text *tenant;
    pg_uuid_t *booking_id;
    text *holder;   /* NULL: it stays */
    Jsonb *details; /* likewise */
    BoBookingAnswer answer;
    BoWhole whole; /* its parts, which get the new holder too; or none */
    BoResources places;
    BoDecision decision; /* on the booking and its parts */
} ChangeCall;

/*
 * Returns true if the row was changed. Returns false if it is already as asked for, or was released, or if its hold
 * ended while the statement waited for the row; then what was written must be undone.
 */
static bool change_try(void *argument)
{
    ChangeCall *call = argument;
    TimestampTz now = GetCurrentTimestamp();

    if (bo_store_run(call->store, &bo_sql_change_booking, bo_text(call->tenant), bo_uuid(call->booking_id),
                     bo_text_or_null(call->holder), bo_jsonb_or_null(call->details), bo_instant(now)) == 0)
        return false;
    bo_booking_row_read(call->store, bo_store_row(0), now, &call->answer);
    return !bo_answer_has_lapsed(&call->answer, GetCurrentTimestamp());
}

/* Returns true, with the answer, if there is nothing to change. Returns false if there is something to change. */
static bool change_is_settled(ChangeCall *call)
{
    BoBookingAnswer *answer = &call->answer;

    bo_booking_row_find(call->store, call->tenant, call->booking_id, GetCurrentTimestamp(), answer);
    if (!bo_answer_stands(answer))
    {
        answer->outcome = bo_answer_ended(answer);
        return true;
    }
    answer->outcome = BO_CHANGED;
    answer->replayed =
        bo_store_run(call->store, &bo_sql_find_changed_booking, bo_text(call->tenant), bo_uuid(call->booking_id),
                     bo_text_or_null(call->holder), bo_jsonb_or_null(call->details)) > 0;
    return answer->replayed;
}

/*
 * Judges another holder where rules count what a holder has; no other rule is asked again. Returns BO_UNDECIDED if
 * nothing is against it.
 */
static BoDecision change_judge_holder(ChangeCall *call)
{
    if (call->holder == NULL ||
        bo_arguments_same_text(call->holder, bo_holder_of(call->store, call->tenant, call->booking_id)))
        return BO_UNDECIDED;
    return bo_holder_judge_place(call->store, call->tenant, &call->answer, call->holder, call->booking_id);
}

/*
 * Changes the booking and then its parts, each by the rules of its resource. Returns false if one of them cannot be
 * changed; then all must stay.
 */
static bool change_try_all(void *argument)
{
    ChangeCall *call = argument;
    bool has_other_holder =
        !bo_arguments_same_text(call->holder, bo_holder_of(call->store, call->tenant, call->booking_id));

    for (int i = 0; i <= (has_other_holder ? call->whole.count : 0); i++)
    {
        ChangeCall one = *call;

        one.booking_id = (pg_uuid_t *)bo_whole_id(&call->whole, call->booking_id, i);
        one.details = i == 0 ? call->details : NULL;
        bo_booking_row_find_latest(call->store, call->tenant, one.booking_id, GetCurrentTimestamp(), &one.answer);
        call->decision = change_judge_holder(&one);
        if (call->decision == BO_ANSWERED)
            call->answer.outcome = one.answer.outcome;
        if (call->decision != BO_UNDECIDED || !change_try(&one))
            return false;
        if (i == 0)
            call->answer = one.answer;
    }
    return true;
}

/*
 * Called when nothing was written. Locks the holder, whose lock comes before those of the resources of a booking with
 * parts.
 */
static void change_enter_holder(ChangeCall *call)
{
    const BoResources *places = &call->places;

    if (places->count > 0)
        bo_lock_release_slots(places->locks, places->count);
    bo_holder_enter(call->store, call->tenant, &call->holder, 1, places->locks, places->count);
    if (places->count > 0)
        bo_lock_slots(places->locks, places->count);
}

static void change_decide(ChangeCall *call)
{
    /* Look first: a settled call writes nothing, and needs no subtransaction. */
    for (int round = 0; !change_is_settled(call); bo_round_next(&round))
    {
        bool has_parts = call->places.count > 0;

        call->decision = has_parts ? BO_UNDECIDED : change_judge_holder(call);
        if (call->decision == BO_UNDECIDED &&
            bo_subtransaction_run(has_parts ? change_try_all : change_try, call, NULL))
        {
            call->answer.outcome = BO_CHANGED;
            return;
        }
        if (call->decision == BO_ANSWERED)
            return;
        if (call->decision == BO_NEEDS_HOLDER)
            change_enter_holder(call);
    }
}

/* change_booking(booking_id, holder, details, max_wait, tenant) */
static Datum change_booking_call(FunctionCallInfo fcinfo)
{
    ChangeCall call = {0};
    BoStore store;
    pg_uuid_t request_id;

    bo_arguments_writable("change_booking");
    call.booking_id = bo_arguments_uuid(fcinfo, 0, "booking_id");
    call.holder = bo_arguments_optional_text(fcinfo, 1, "holder", "'user:42'");
    call.details = PG_ARGISNULL(2) ? NULL : PG_GETARG_JSONB_P(2);
    if (call.holder == NULL && call.details == NULL)
        bo_error_argument("holder", "must not be null where details is", "'user:42'");
    call.tenant = bo_arguments_tenant(fcinfo);
    call.store = &store;

    bo_store_open_for(&store, BO_TABLES_DISPATCH);
    bo_followed_booking_refuse(&store, call.tenant, call.booking_id, 1);
    (void)bo_whole_find(&store, call.tenant, call.booking_id, &call.whole); /* an error for a part */
    bo_filled_booking_lock(&store, call.tenant, call.booking_id, 1, &request_id);
    if (call.holder == NULL || !bo_whole_lock(&store, call.tenant, call.booking_id, &call.whole, &call.places))
        call.places.count = 0;
    change_decide(&call);
    bo_store_close(&store);

    return bo_answer_booking(fcinfo, &call.answer);
}
