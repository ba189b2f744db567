/*
 * hold.c
 *   What may become of one booking: confirmed, extended, cancelled.
 *
 * Each verb tries its one statement; the row it writes is the decision. Only when
 * no row came back is anything diagnosed, and then the statement is tried again
 * unless the diagnosis is an answer. Clocks are read after locks. A statement can
 * still wait for another transaction's row, so a hold's end is looked at once more
 * afterwards, and what came too late is undone and judged again.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "utils/builtins.h"

#include "base/answer.h"
#include "base/arguments.h"
#include "base/error.h"
#include "base/label.h"
#include "base/lock.h"
#include "base/round.h"
#include "base/value.h"
#include "store/booking_row.h"
#include "store/statements.h"
#include "store/store.h"

PG_FUNCTION_INFO_V1(bookonce_confirm_booking);
PG_FUNCTION_INFO_V1(bookonce_extend_hold);
PG_FUNCTION_INFO_V1(bookonce_cancel_booking);
PG_FUNCTION_INFO_V1(bookonce_expire_holds);

/* One booking, named by the caller. */
typedef struct BoBookingRequest
{
    text *tenant;
    pg_uuid_t *booking_id;
    Interval *hold_for; /* extend_hold() only */
    text *reason;       /* cancel_booking() only, or NULL */
} BoBookingRequest;

/* The booking as it is. An id of another tenant is as unknown as one that never was; one that is only too new for the
 * caller's snapshot is not unknown. */
static void hold_find_booking(BoStore *store, const BoBookingRequest *request, BoBookingAnswer *answer, TimestampTz now)
{
    Datum values[] = {PointerGetDatum(request->tenant), UUIDPGetDatum(request->booking_id)};

    if (bo_store_run(store, &bo_sql_find_booking, values, NULL) == 0)
    {
        if (bo_store_run_latest(store, &bo_sql_find_booking, values, NULL) > 0)
            bo_error_old_snapshot();
        bo_error_unknown_booking(request->booking_id);
    }
    bo_booking_row_read(store, answer, 0, now);
}

/* True when the hold ended while the statement waited for its row, after the clock had been read. */
static bool hold_lapsed_meanwhile(TimestampTz hold_expires_at)
{
    return hold_expires_at <= GetCurrentTimestamp();
}

static void hold_decide_confirm(BoStore *store, const BoBookingRequest *request, BoBookingAnswer *answer)
{
    for (int round = 0;; bo_round_next(&round))
    {
        TimestampTz now = GetCurrentTimestamp();
        Datum values[] = {PointerGetDatum(request->tenant), UUIDPGetDatum(request->booking_id),
                          TimestampTzGetDatum(now)};

        if (bo_store_run(store, &bo_sql_confirm_booking, values, NULL) > 0)
        {
            bo_booking_row_read(store, answer, 0, now);
            answer->outcome = BO_CONFIRMED;
            if (!hold_lapsed_meanwhile(answer->hold_expires_at))
                return;
            values[2] = TimestampTzGetDatum(answer->hold_expires_at);
            bo_store_run(store, &bo_sql_put_back_hold, values, NULL);
            continue;
        }

        hold_find_booking(store, request, answer, now);
        answer->replayed = answer->status == BO_STATUS_CONFIRMED;
        answer->outcome = answer->replayed                      ? BO_CONFIRMED
                          : answer->status == BO_STATUS_EXPIRED ? BO_HOLD_EXPIRED
                                                                : BO_NOT_LIVE;
        if (answer->status != BO_STATUS_HELD)
            return;
    }
}

static void hold_decide_extend(BoStore *store, const BoBookingRequest *request, BoBookingAnswer *answer)
{
    for (int round = 0;; bo_round_next(&round))
    {
        TimestampTz now = GetCurrentTimestamp();
        TimestampTz until = bo_value_later(now, request->hold_for);
        Datum values[] = {PointerGetDatum(request->tenant), UUIDPGetDatum(request->booking_id),
                          TimestampTzGetDatum(now), TimestampTzGetDatum(until)};
        bool is_null;

        if (bo_store_run(store, &bo_sql_extend_hold, values, NULL) > 0)
        {
            bo_booking_row_read(store, answer, 0, now);
            answer->outcome = BO_EXTENDED;
            values[2] = bo_store_column(9, &is_null);
            if (!hold_lapsed_meanwhile(DatumGetTimestampTz(values[2])))
                return;
            bo_store_run(store, &bo_sql_put_back_hold, values, NULL);
            continue;
        }

        hold_find_booking(store, request, answer, now);
        answer->replayed = answer->status == BO_STATUS_HELD && answer->hold_expires_at >= until;
        answer->outcome = answer->replayed                      ? BO_EXTENDED
                          : answer->status == BO_STATUS_EXPIRED ? BO_HOLD_EXPIRED
                                                                : BO_NOT_LIVE;
        if (answer->replayed || answer->status != BO_STATUS_HELD)
            return;
    }
}

static void hold_decide_cancel(BoStore *store, const BoBookingRequest *request, BoBookingAnswer *answer)
{
    for (int round = 0;; bo_round_next(&round))
    {
        TimestampTz now = GetCurrentTimestamp();
        Datum values[] = {PointerGetDatum(request->tenant), UUIDPGetDatum(request->booking_id),
                          TimestampTzGetDatum(now), PointerGetDatum(request->reason)};

        if (bo_store_run(store, &bo_sql_cancel_booking, values, request->reason == NULL ? "   n" : NULL) > 0)
        {
            bo_booking_row_read(store, answer, 0, now);
            answer->outcome = BO_CANCELLED;
            return;
        }

        hold_find_booking(store, request, answer, now);
        answer->replayed = answer->status == BO_STATUS_CANCELLED;
        answer->outcome = answer->replayed ? BO_CANCELLED : BO_HOLD_EXPIRED;
        if (answer->status == BO_STATUS_CANCELLED || answer->status == BO_STATUS_EXPIRED)
            return;
    }
}

/* The story that the verbs on one booking share: its lock, then the verb's own decision. */
static Datum hold_change_booking(FunctionCallInfo fcinfo, const BoBookingRequest *request,
                                 void (*decide)(BoStore *, const BoBookingRequest *, BoBookingAnswer *))
{
    BoBookingAnswer answer = {0};
    BoStore store;

    bo_store_open(&store);
    bo_lock_booking(request->tenant, request->booking_id);
    decide(&store, request, &answer);
    bo_store_close(&store);

    return bo_answer_booking(fcinfo, &answer);
}

/* confirm_booking(booking_id, tenant) */
Datum bookonce_confirm_booking(PG_FUNCTION_ARGS)
{
    BoBookingRequest request = {0};

    bo_arguments_writable("confirm_booking");
    request.booking_id = bo_arguments_uuid(fcinfo, 0, "booking_id");
    request.tenant = bo_arguments_text(fcinfo, 1, "tenant", "'default'");
    return hold_change_booking(fcinfo, &request, hold_decide_confirm);
}

/* extend_hold(booking_id, hold_for, tenant) */
Datum bookonce_extend_hold(PG_FUNCTION_ARGS)
{
    BoBookingRequest request = {0};

    bo_arguments_writable("extend_hold");
    request.booking_id = bo_arguments_uuid(fcinfo, 0, "booking_id");
    request.hold_for = bo_arguments_length(fcinfo, 1, "hold_for");
    if (request.hold_for == NULL)
        bo_error_null_argument("hold_for", "'10 minutes'");
    request.tenant = bo_arguments_text(fcinfo, 2, "tenant", "'default'");
    return hold_change_booking(fcinfo, &request, hold_decide_extend);
}

/* cancel_booking(booking_id, reason, tenant) */
Datum bookonce_cancel_booking(PG_FUNCTION_ARGS)
{
    BoBookingRequest request = {0};

    bo_arguments_writable("cancel_booking");
    request.booking_id = bo_arguments_uuid(fcinfo, 0, "booking_id");
    request.reason = bo_arguments_optional_text(fcinfo, 1, "reason", "'no longer needed'");
    request.tenant = bo_arguments_text(fcinfo, 2, "tenant", "'default'");
    return hold_change_booking(fcinfo, &request, hold_decide_cancel);
}

/* expire_holds(at_most): how many lapsed holds it released */
Datum bookonce_expire_holds(PG_FUNCTION_ARGS)
{
    int32 at_most;
    BoStore store;
    uint64 released;
    Datum values[2];

    bo_arguments_writable("expire_holds");
    at_most = bo_arguments_positive(fcinfo, 0, "at_most");

    bo_store_open(&store);
    values[0] = Int32GetDatum(at_most);
    values[1] = TimestampTzGetDatum(GetCurrentTimestamp());
    released = bo_store_run(&store, &bo_sql_expire_holds, values, NULL);
    bo_store_close(&store);

    PG_RETURN_INT32((int32)released);
}
