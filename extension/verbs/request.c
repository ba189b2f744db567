/*
 * request.c
 *   open_request() and cancel_request(): the need, and its end.
 *
 * A request's positions are made with it. Everything that happens to it later is
 * done under its lock, which comes before all others, and on the latest snapshot:
 * what was committed while the lock was waited for counts at any isolation level,
 * and a row that an older snapshot cannot see is not changed, but raises 40001.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "base/arguments.h"
#include "base/error.h"
#include "base/identifier.h"
#include "base/label.h"
#include "base/lock.h"
#include "base/round.h"
#include "store/statements.h"
#include "store/store.h"
#include "verbs/dispatch.h"

PG_FUNCTION_INFO_V1(bookonce_open_request);
PG_FUNCTION_INFO_V1(bookonce_cancel_request);

/* The request in the store's row, whose columns are REQUEST_COLUMNS. */
void bo_request_read(BoStore *store, BoRequest *request)
{
    bool is_null;
    Datum value;

    request->request_id = *DatumGetUUIDP(bo_store_column(1, &is_null));
    request->during = bo_store_copy(store, bo_store_column(2, &is_null));
    request->positions = DatumGetInt32(bo_store_column(3, &is_null));
    request->filled = (int)DatumGetInt64(bo_store_column(4, &is_null));
    value = bo_store_column(5, &is_null);
    request->free_position = is_null ? 0 : DatumGetInt32(value);
    value = bo_store_column(6, &is_null);
    request->closes_at = is_null ? DT_NOEND : DatumGetTimestampTz(value);
    request->is_cancelled = DatumGetBool(bo_store_column(7, &is_null));
    request->requester = bo_store_copy(store, bo_store_column(8, &is_null));
    value = bo_store_column(9, &is_null);
    request->request_hash = is_null ? 0 : DatumGetInt64(value);
    value = bo_store_column(10, &is_null);
    request->was_taken = !is_null;
    if (!is_null)
        request->last_booking_id = *DatumGetUUIDP(value);
    Assert((request->free_position == 0) == (request->filled == request->positions));
}

/* The request as it is. An id of another tenant is as unknown as one that never was. */
void bo_request_find(BoStore *store, const text *tenant, const pg_uuid_t *request_id, BoRequest *request)
{
    Datum values[] = {PointerGetDatum(tenant), UUIDPGetDatum(request_id)};

    if (bo_store_run_latest(store, &bo_sql_find_request, values, NULL) == 0)
        bo_error_unknown_request(request_id);
    bo_request_read(store, request);
}

/* True: for good, it takes neither offers nor acceptances any more. */
bool bo_request_is_over(const BoRequest *request, TimestampTz now)
{
    return request->is_cancelled || request->closes_at <= now;
}

static BoRequestState request_state_of(const BoRequest *request, TimestampTz now)
{
    return request->is_cancelled         ? BO_REQUEST_STATE_CANCELLED
           : request->free_position == 0 ? BO_REQUEST_STATE_FILLED
           : request->closes_at <= now   ? BO_REQUEST_STATE_CLOSED
                                         : BO_REQUEST_STATE_OPEN;
}

/* Who fills its positions, in the order of the providers' names byte by byte. */
BoFiller *bo_request_providers(BoStore *store, const text *tenant, const BoRequest *request, int *count)
{
    Datum values[] = {PointerGetDatum(tenant), UUIDPGetDatum(&request->request_id)};
    BoFiller *fillers;
    bool is_null;

    *count = request->filled == 0 ? 0 : (int)bo_store_run_latest(store, &bo_sql_find_providers, values, NULL);
    fillers = palloc(sizeof(BoFiller) * (*count + 1));
    for (int i = 0; i < *count; i++)
    {
        fillers[i].provider = DatumGetTextPP(bo_store_cell(i, 1, &is_null));
        fillers[i].position = DatumGetInt32(bo_store_cell(i, 2, &is_null));
        fillers[i].booking_id = *DatumGetUUIDP(bo_store_cell(i, 3, &is_null));
    }
    return fillers;
}

/* The provider's time is free again, and with it the position. False: it was already. */
bool bo_request_give_back(BoStore *store, const text *tenant, const pg_uuid_t *booking_id, const text *reason)
{
    BoParameter parameters[] = {bo_text(tenant), bo_uuid(booking_id), bo_instant(GetCurrentTimestamp()),
                                bo_text_or_null(reason)};

    return bo_store_run_list_latest(store, &bo_sql_cancel_booking, parameters, lengthof(parameters)) > 0;
}

/* What open_request() is asked for. */
typedef struct BoOpening
{
    RangeType *during;
    int positions;
    text *requester;
    Jsonb *details; /* or NULL */
    TimestampTz closes_at;
    text *idempotency_key; /* or NULL */
    text *tenant;
    int64 request_hash;
} BoOpening;

static int64 request_hash_opening(const BoOpening *opening)
{
    unsigned char has_details = opening->details != NULL;
    int64 hash = bo_arguments_hash_varlena(0, opening->during);

    hash = bo_arguments_hash_bytes(hash, &opening->positions, sizeof(opening->positions));
    hash = bo_arguments_hash_varlena(hash, opening->requester);
    hash = bo_arguments_hash_bytes(hash, &opening->closes_at, sizeof(opening->closes_at));
    hash = bo_arguments_hash_bytes(hash, &has_details, 1);
    return has_details ? bo_arguments_hash_varlena(hash, opening->details) : hash;
}

static bool request_insert(BoStore *store, const BoOpening *opening, BoRequestAnswer *answer, TimestampTz now)
{
    BoRequest *request = &answer->request;
    Datum values[] = {PointerGetDatum(opening->tenant),        UUIDPGetDatum(&request->request_id),
                      PointerGetDatum(opening->during),        Int32GetDatum(opening->positions),
                      PointerGetDatum(opening->requester),     PointerGetDatum(opening->details),
                      TimestampTzGetDatum(opening->closes_at), PointerGetDatum(opening->idempotency_key),
                      Int64GetDatum(opening->request_hash),    TimestampTzGetDatum(now)};
    char nulls[] = "          ";

    bo_identifier_new(&request->request_id, now);
    nulls[5] = opening->details == NULL ? 'n' : ' ';
    nulls[6] = opening->closes_at == DT_NOEND ? 'n' : ' ';
    nulls[7] = opening->idempotency_key == NULL ? 'n' : ' ';
    if (bo_store_run_latest(store, &bo_sql_insert_request, values, nulls) == 0)
        return false;

    request->during = opening->during;
    request->positions = opening->positions;
    request->filled = 0;
    request->free_position = 1;
    request->closes_at = opening->closes_at;
    answer->state = BO_REQUEST_STATE_OPEN;
    return true;
}

static bool request_replay(BoStore *store, const BoOpening *opening, BoRequestAnswer *answer)
{
    Datum values[] = {PointerGetDatum(opening->tenant), PointerGetDatum(opening->idempotency_key)};

    if (opening->idempotency_key == NULL || bo_store_run_latest(store, &bo_sql_find_request_key, values, NULL) == 0)
        return false;
    bo_request_read(store, &answer->request);
    if (answer->request.request_hash != opening->request_hash)
        bo_error_key_reused(opening->idempotency_key);
    answer->state = request_state_of(&answer->request, GetCurrentTimestamp());
    answer->replayed = true;
    return true;
}

/* Told only once no replay explains it: a first attempt may have been in time. */
static void request_check_closes_at(BoStore *store, const BoOpening *opening, BoRequestAnswer *answer, TimestampTz now)
{
    if (opening->closes_at <= now && !request_replay(store, opening, answer))
        bo_error_argument("closes_at", "must not be in the past", "now() + interval '1 hour'");
}

/* open_request(during, positions, requester, details, closes_at, idempotency_key, tenant) */
Datum bookonce_open_request(PG_FUNCTION_ARGS)
{
    BoOpening opening;
    BoRequestAnswer answer = {.outcome = BO_OPENED};
    BoStore store;
    int round = 0;

    bo_arguments_writable("open_request");
    opening.during = bo_arguments_checked_during(PG_GETARG_DATUM(0), PG_ARGISNULL(0), "during");
    opening.positions = bo_arguments_positive(fcinfo, 1, "positions");
    if (opening.positions > BO_MAX_POSITIONS)
        bo_error_argument("positions", psprintf("must not be above %d", BO_MAX_POSITIONS), "2");
    opening.requester = bo_arguments_text(fcinfo, 2, "requester", "'user:42'");
    opening.details = PG_ARGISNULL(3) ? NULL : PG_GETARG_JSONB_P(3);
    opening.closes_at = PG_ARGISNULL(4) ? DT_NOEND : PG_GETARG_TIMESTAMPTZ(4);
    opening.idempotency_key = bo_arguments_optional_text(fcinfo, 5, "idempotency_key", "'order:1001'");
    opening.tenant = bo_arguments_text(fcinfo, 6, "tenant", "'default'");
    opening.request_hash = request_hash_opening(&opening);

    bo_store_open(&store);
    do
    {
        TimestampTz now = GetCurrentTimestamp();

        bo_round_next(&round);
        request_check_closes_at(&store, &opening, &answer, now);
        if (answer.replayed || request_insert(&store, &opening, &answer, now))
            break;
    } while (!request_replay(&store, &opening, &answer));
    bo_store_close(&store);

    return bo_answer_request(fcinfo, &answer);
}

/*
 * Gives back all bookings that fill positions of the request. It waits for one row
 * with others in its hands, as does whoever moves the bookings of a resource between
 * its units; so it keeps those away by a shared lock on each resource. Which that is
 * stands still only once the bookings are locked.
 */
static void request_give_back_all(BoStore *store, const text *tenant, const pg_uuid_t *request_id, const text *reason)
{
    Datum values[] = {PointerGetDatum(tenant), UUIDPGetDatum(request_id)};
    int count = (int)bo_store_run_latest(store, &bo_sql_find_fillers, values, NULL);
    pg_uuid_t *booking_ids = palloc((count + 1) * sizeof(pg_uuid_t));
    BoSlotLock *locks = palloc((count + 1) * sizeof(BoSlotLock));
    bool is_null;

    for (int i = 0; i < count; i++)
        booking_ids[i] = *DatumGetUUIDP(bo_store_cell(i, 1, &is_null));
    bo_lock_bookings(tenant, booking_ids, count);

    count = (int)bo_store_run_latest(store, &bo_sql_find_fillers, values, NULL);
    for (int i = 0; i < count; i++)
    {
        booking_ids[i] = *DatumGetUUIDP(bo_store_cell(i, 1, &is_null));
        locks[i] = bo_lock_slot_of(tenant, DatumGetTextPP(bo_store_cell(i, 2, &is_null)));
        locks[i].exclusive = false;
    }
    bo_lock_slots(locks, count);
    for (int i = 0; i < count; i++)
        bo_request_give_back(store, tenant, &booking_ids[i], reason);
}

/* cancel_request(request_id, reason, tenant) */
Datum bookonce_cancel_request(PG_FUNCTION_ARGS)
{
    pg_uuid_t *request_id;
    text *reason, *tenant;
    BoRequestAnswer answer = {.outcome = BO_CANCELLED, .state = BO_REQUEST_STATE_CANCELLED};
    Datum values[4];
    BoStore store;

    bo_arguments_writable("cancel_request");
    request_id = bo_arguments_uuid(fcinfo, 0, "request_id");
    reason = bo_arguments_optional_text(fcinfo, 1, "reason", "'no longer needed'");
    tenant = bo_arguments_text(fcinfo, 2, "tenant", "'default'");

    bo_store_open(&store);
    bo_lock_request(tenant, request_id);
    bo_request_find(&store, tenant, request_id, &answer.request);
    answer.replayed = answer.request.is_cancelled;
    if (!answer.replayed)
    {
        values[0] = PointerGetDatum(tenant);
        values[1] = UUIDPGetDatum(request_id);
        values[2] = TimestampTzGetDatum(GetCurrentTimestamp());
        values[3] = PointerGetDatum(reason);
        if (bo_store_run_latest(&store, &bo_sql_cancel_request, values, reason == NULL ? "   n" : NULL) == 0)
            bo_error_old_snapshot();
        request_give_back_all(&store, tenant, request_id, reason);
        answer.request.filled = 0;
    }
    bo_store_close(&store);

    return bo_answer_request(fcinfo, &answer);
}
