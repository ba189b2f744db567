/*
 * booking.c
 *   book_slot(), and what may become of one booking: confirmed, extended, cancelled.
 *
 * Each verb tries its one statement; the row it writes is the decision. Only when
 * no row came back is anything diagnosed, and then the statement is tried again
 * unless the diagnosis is an answer. Clocks are read after locks. A statement can
 * still wait for another transaction's row, so a time limit is looked at once more
 * afterwards, and what came too late is undone and judged again.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "miscadmin.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(bookonce_book_slot);
PG_FUNCTION_INFO_V1(bookonce_confirm_booking);
PG_FUNCTION_INFO_V1(bookonce_extend_hold);
PG_FUNCTION_INFO_V1(bookonce_cancel_booking);
PG_FUNCTION_INFO_V1(bookonce_expire_holds);

static TimestampTz later(TimestampTz now, const Interval *hold_for)
{
    return DatumGetTimestampTz(
        DirectFunctionCall2(timestamptz_pl_interval, TimestampTzGetDatum(now), IntervalPGetDatum(hold_for)));
}

/* True: the row is there and the answer complete. False: the slot or the key was not free, or there is no such
 * resource. */
static bool insert_booking(BoStore *store, const BoSlotRequest *request, BoBookingAnswer *answer, TimestampTz now)
{
    Datum values[11];
    char nulls[] = "           ";

    bo_identifier_new(&answer->booking_id, now);
    answer->unit = request->allow_overlap ? 0 : 1;
    answer->hold_expires_at = request->hold_for == NULL ? DT_NOEND : later(now, request->hold_for);

    values[0] = PointerGetDatum(request->tenant);
    values[1] = PointerGetDatum(request->resource);
    values[2] = UUIDPGetDatum(&answer->booking_id);
    values[3] = Int32GetDatum(1);
    values[4] = PointerGetDatum(request->during);
    values[5] = PointerGetDatum(request->holder);
    values[6] = TimestampTzGetDatum(answer->hold_expires_at);
    values[7] = PointerGetDatum(request->idempotency_key);
    values[8] = Int64GetDatum(request->request_hash);
    values[9] = PointerGetDatum(request->details);
    values[10] = TimestampTzGetDatum(now);
    nulls[3] = request->allow_overlap ? 'n' : ' '; /* no unit: outside the constraint */
    nulls[6] = request->hold_for == NULL ? 'n' : ' ';
    nulls[7] = request->idempotency_key == NULL ? 'n' : ' ';
    nulls[9] = request->details == NULL ? 'n' : ' ';
    if (bo_store_run(store, &bo_insert_booking, values, nulls) == 0)
        return false;

    answer->outcome = BO_BOOKED;
    answer->status = request->hold_for == NULL ? BO_STATUS_CONFIRMED : BO_STATUS_HELD;
    return true;
}

/* The insert may have waited for a transaction that then rolled back; by now the caller's limit or the hold may be
 * over. */
static bool came_too_late(BoStore *store, const BoSlotRequest *request, const BoBookingAnswer *answer)
{
    TimestampTz decided = GetCurrentTimestamp();
    Datum values[] = {PointerGetDatum(request->tenant), UUIDPGetDatum(&answer->booking_id)};

    if (decided < request->valid_until && decided < answer->hold_expires_at)
        return false;
    bo_store_run(store, &bo_delete_booking, values, NULL);
    return true;
}

/* The key's own row: the first answer again, or an error when it was made for something else. */
static bool replay(BoStore *store, const BoSlotRequest *request, BoBookingAnswer *answer, TimestampTz now)
{
    Datum values[] = {PointerGetDatum(request->tenant), PointerGetDatum(request->idempotency_key)};
    bool is_null;

    if (request->idempotency_key == NULL || bo_store_run(store, &bo_find_key, values, NULL) == 0)
        return false;
    if (DatumGetInt64(bo_store_column(6, &is_null)) != request->request_hash || is_null)
        bo_error_key_reused(request->idempotency_key);
    bo_answer_read_booking(store, answer, now);
    answer->outcome = BO_BOOKED;
    answer->replayed = true;
    return true;
}

/*
 * What blocks the slot. Lapsed holds do not: when nothing else does, they are
 * released and the slot is worth another try, as it is when the blocker went away
 * in the meantime.
 */
static bool find_blockers(BoStore *store, const BoSlotRequest *request, BoBookingAnswer *answer, TimestampTz now)
{
    Datum values[] = {PointerGetDatum(request->tenant), PointerGetDatum(request->resource),
                      PointerGetDatum(request->during), TimestampTzGetDatum(now)};
    Datum busy, lapsed;
    bool is_free, none_lapsed;

    if (bo_store_run(store, &bo_find_blockers, values, NULL) == 0)
        bo_error_unknown_resource(request->resource);
    if (request->allow_overlap)
        return false; /* nothing blocks it but its key, whose row has just gone */
    busy = bo_store_column(1, &is_free);
    lapsed = bo_store_column(2, &none_lapsed);
    if (is_free)
    {
        if (!none_lapsed && DatumGetBool(lapsed))
            bo_store_run(store, &bo_release_lapsed, values, NULL);
        return false;
    }

    answer->outcome = BO_TAKEN;
    answer->status = BO_STATUS_INVALID;
    answer->unit = 0;
    answer->busy = SPI_datumTransfer(busy, false, -1);
    return true;
}

/*
 * valid_until has passed. An earlier attempt with the same key may still be under
 * way, so its end is waited for: "too late" must stay true.
 */
static void answer_too_late(BoStore *store, const BoSlotRequest *request, BoBookingAnswer *answer)
{
    Datum values[] = {PointerGetDatum(request->tenant), PointerGetDatum(request->resource)};

    bo_lock_resource_instead_of_shared(request->tenant, request->resource);
    if (replay(store, request, answer, GetCurrentTimestamp()))
        return;
    if (bo_store_run(store, &bo_find_resource, values, NULL) == 0)
        bo_error_unknown_resource(request->resource);
    answer->outcome = BO_TOO_LATE;
    answer->status = BO_STATUS_INVALID;
    answer->unit = 0;
}

/* The one path by which time is taken: lock the resource, insert, diagnose. The answer needs no preparation. */
void bo_book_slot(BoStore *store, const BoSlotRequest *request, BoBookingAnswer *answer)
{
    memset(answer, 0, sizeof(*answer));
    answer->resource = request->resource;
    answer->during = request->during;
    bo_lock_resource_shared(request->tenant, request->resource);
    for (;;)
    {
        TimestampTz now = GetCurrentTimestamp();

        CHECK_FOR_INTERRUPTS();
        if (now >= request->valid_until)
        {
            answer_too_late(store, request, answer);
            return;
        }
        if (insert_booking(store, request, answer, now))
        {
            if (came_too_late(store, request, answer))
                continue;
            return;
        }
        if (replay(store, request, answer, now) || find_blockers(store, request, answer, now))
            return;
    }
}

Datum bookonce_book_slot(PG_FUNCTION_ARGS)
{
    BoSlotRequest request;
    BoBookingAnswer answer;
    BoStore store;

    bo_arguments_slot(fcinfo, &request);

    bo_store_open(&store);
    bo_book_slot(&store, &request, &answer);
    bo_store_close(&store);

    return bo_answer_booking(fcinfo, &answer);
}

/* One booking, named by the caller. */
typedef struct BoBookingRequest
{
    text *tenant;
    pg_uuid_t *booking_id;
    Interval *hold_for; /* extend_hold() only */
    text *reason;       /* cancel_booking() only, or NULL */
} BoBookingRequest;

/* The booking as it is. An id of another tenant is as unknown as one that never was. */
static void find_booking(BoStore *store, const BoBookingRequest *request, BoBookingAnswer *answer, TimestampTz now)
{
    Datum values[] = {PointerGetDatum(request->tenant), UUIDPGetDatum(request->booking_id)};

    if (bo_store_run(store, &bo_find_booking, values, NULL) == 0)
        bo_error_unknown_booking(request->booking_id);
    bo_answer_read_booking(store, answer, now);
}

/* True when the hold ended while the statement waited for its row, after the clock had been read. */
static bool lapsed_meanwhile(TimestampTz hold_expires_at)
{
    return hold_expires_at <= GetCurrentTimestamp();
}

static void decide_confirm(BoStore *store, const BoBookingRequest *request, BoBookingAnswer *answer)
{
    for (;;)
    {
        TimestampTz now = GetCurrentTimestamp();
        Datum values[] = {PointerGetDatum(request->tenant), UUIDPGetDatum(request->booking_id),
                          TimestampTzGetDatum(now)};

        CHECK_FOR_INTERRUPTS();
        if (bo_store_run(store, &bo_confirm_booking, values, NULL) > 0)
        {
            bo_answer_read_booking(store, answer, now);
            answer->outcome = BO_CONFIRMED;
            if (!lapsed_meanwhile(answer->hold_expires_at))
                return;
            values[2] = TimestampTzGetDatum(answer->hold_expires_at);
            bo_store_run(store, &bo_put_back_hold, values, NULL);
            continue;
        }

        find_booking(store, request, answer, now);
        answer->replayed = answer->status == BO_STATUS_CONFIRMED;
        answer->outcome = answer->replayed                      ? BO_CONFIRMED
                          : answer->status == BO_STATUS_EXPIRED ? BO_HOLD_EXPIRED
                                                                : BO_NOT_LIVE;
        if (answer->status != BO_STATUS_HELD)
            return;
    }
}

static void decide_extend(BoStore *store, const BoBookingRequest *request, BoBookingAnswer *answer)
{
    for (;;)
    {
        TimestampTz now = GetCurrentTimestamp();
        TimestampTz until = later(now, request->hold_for);
        Datum values[] = {PointerGetDatum(request->tenant), UUIDPGetDatum(request->booking_id),
                          TimestampTzGetDatum(now), TimestampTzGetDatum(until)};
        bool is_null;

        CHECK_FOR_INTERRUPTS();
        if (bo_store_run(store, &bo_extend_hold, values, NULL) > 0)
        {
            bo_answer_read_booking(store, answer, now);
            answer->outcome = BO_EXTENDED;
            values[2] = bo_store_column(9, &is_null);
            if (!lapsed_meanwhile(DatumGetTimestampTz(values[2])))
                return;
            bo_store_run(store, &bo_put_back_hold, values, NULL);
            continue;
        }

        find_booking(store, request, answer, now);
        answer->replayed = answer->status == BO_STATUS_HELD && answer->hold_expires_at >= until;
        answer->outcome = answer->replayed                      ? BO_EXTENDED
                          : answer->status == BO_STATUS_EXPIRED ? BO_HOLD_EXPIRED
                                                                : BO_NOT_LIVE;
        if (answer->replayed || answer->status != BO_STATUS_HELD)
            return;
    }
}

static void decide_cancel(BoStore *store, const BoBookingRequest *request, BoBookingAnswer *answer)
{
    for (;;)
    {
        TimestampTz now = GetCurrentTimestamp();
        Datum values[] = {PointerGetDatum(request->tenant), UUIDPGetDatum(request->booking_id),
                          TimestampTzGetDatum(now), PointerGetDatum(request->reason)};

        CHECK_FOR_INTERRUPTS();
        if (bo_store_run(store, &bo_cancel_booking, values, request->reason == NULL ? "   n" : NULL) > 0)
        {
            bo_answer_read_booking(store, answer, now);
            answer->outcome = BO_CANCELLED;
            return;
        }

        find_booking(store, request, answer, now);
        answer->replayed = answer->status == BO_STATUS_CANCELLED;
        answer->outcome = answer->replayed ? BO_CANCELLED : BO_HOLD_EXPIRED;
        if (answer->status == BO_STATUS_CANCELLED || answer->status == BO_STATUS_EXPIRED)
            return;
    }
}

/* The story that the verbs on one booking share: its lock, then the verb's own decision. */
static Datum change_booking(FunctionCallInfo fcinfo, const BoBookingRequest *request,
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
    return change_booking(fcinfo, &request, decide_confirm);
}

/* extend_hold(booking_id, hold_for, tenant) */
Datum bookonce_extend_hold(PG_FUNCTION_ARGS)
{
    BoBookingRequest request = {0};

    bo_arguments_writable("extend_hold");
    request.booking_id = bo_arguments_uuid(fcinfo, 0, "booking_id");
    request.hold_for = bo_arguments_hold_for(fcinfo, 1);
    if (request.hold_for == NULL)
        bo_error_null_argument("hold_for", "'10 minutes'");
    request.tenant = bo_arguments_text(fcinfo, 2, "tenant", "'default'");
    return change_booking(fcinfo, &request, decide_extend);
}

/* cancel_booking(booking_id, reason, tenant) */
Datum bookonce_cancel_booking(PG_FUNCTION_ARGS)
{
    BoBookingRequest request = {0};

    bo_arguments_writable("cancel_booking");
    request.booking_id = bo_arguments_uuid(fcinfo, 0, "booking_id");
    request.reason = bo_arguments_optional_text(fcinfo, 1, "reason", "'no longer needed'");
    request.tenant = bo_arguments_text(fcinfo, 2, "tenant", "'default'");
    return change_booking(fcinfo, &request, decide_cancel);
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
    released = bo_store_run(&store, &bo_expire_holds, values, NULL);
    bo_store_close(&store);

    PG_RETURN_INT32((int32)released);
}
