/*
 * change_booking.c
 *   change_booking(): another holder, or other details, for a live booking.
 *
 * Its time, key and status stay. So does the request_hash: a repeat of the call that made the booking is still answered
 * by its key, with the holder and the details that it named.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "base/answer.h"
#include "base/arguments.h"
#include "base/error.h"
#include "base/error_parts.h"
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
} ChangeCall;

/*
 * Returns true if the row was changed. False: it is already as asked for, or was released; or its hold ended while the
 * statement waited for the row, and what was written must be undone.
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

/* Finds out why there was nothing to change. Returns false if there is now, because the booking has changed since. */
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

/* The decision on another holder where rules count what a holder has; nothing else is judged again. */
static BoDecision change_judge_holder(ChangeCall *call)
{
    BoBookingAnswer *answer = &call->answer;
    BoSlotCall slot = bo_holder_slot(call->tenant, answer, call->holder);
    BoPlace place;

    if (call->holder == NULL || answer->unit_count == 0 ||
        !bo_holder_is_counted(call->store, call->tenant, answer->resource) ||
        bo_arguments_same_text(call->holder, bo_holder_of(call->store, call->tenant, call->booking_id)))
        return BO_UNDECIDED;
    bo_policy_judge(call->store, &slot, call->booking_id, GetCurrentTimestamp(), &place);
    if (place.needs_holder)
    {
        bo_holder_enter(call->store, call->tenant, &call->holder, 1, NULL, 0);
        return BO_AGAIN;
    }
    answer->outcome = place.refusal;
    return place.refusal == BO_OUTCOME_INVALID ? BO_UNDECIDED : BO_ANSWERED;
}

static void change_decide(ChangeCall *call)
{
    /* Look first: a settled call writes nothing, and needs no subtransaction. */
    for (int round = 0; !change_is_settled(call); bo_round_next(&round))
    {
        BoDecision decision = change_judge_holder(call);

        if (decision == BO_ANSWERED)
            return;
        if (decision == BO_UNDECIDED && bo_subtransaction_run(change_try, call, NULL))
        {
            call->answer.outcome = BO_CHANGED;
            return;
        }
    }
}

/* change_booking(booking_id, holder, details, max_wait, tenant) */
static Datum change_booking_call(FunctionCallInfo fcinfo)
{
    ChangeCall call = {0};
    BoStore store;
    BoWhole whole;
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
    if (bo_whole_find(&store, call.tenant, call.booking_id, &whole) && call.holder != NULL)
        bo_error_whole_booking(call.booking_id); /* the rules of its parts might count what the new holder has there */
    bo_filled_booking_lock(&store, call.tenant, call.booking_id, 1, &request_id);
    change_decide(&call);
    bo_store_close(&store);

    return bo_answer_booking(fcinfo, &call.answer);
}
