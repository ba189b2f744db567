/*
 * request.c
 *   open_request() and cancel_request(): how a request begins and ends.
 *
 * A request's positions are made with it. Everything that happens to it later is done under its lock, which comes
 * before all others, and on the latest snapshot: what was committed while the call waited for the lock counts at any
 * isolation level. A row that an older snapshot cannot see is not changed; the call raises 40001.
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
#include "base/wait.h"
#include "store/row_checked.h"
#include "store/store_booking.h"
#include "store/store_dispatch.h"
#include "verbs/dispatch_answer.h"
#include "verbs/line.h"
#include "verbs/request.h"

BO_VERB_THAT_WAITS(open_request, 8);
BO_VERB_THAT_WAITS(cancel_request, 4);

/* Reads the request from the store's row, whose columns are REQUEST_COLUMNS. */
void bo_request_read(BoStore *store, BoRow row, BoRequest *request)
{
    request->request_id = bo_row_uuid(row, BO_REQUEST_ROW_REQUEST_ID);
    request->during = bo_store_keep(store, bo_row_slot(row, BO_REQUEST_ROW_DURING));
    request->positions = bo_row_int4(row, BO_REQUEST_ROW_POSITIONS);
    request->filled = (int)bo_row_int8(row, BO_REQUEST_ROW_FILLED);
    request->free_position = bo_row_int4_or(row, BO_REQUEST_ROW_FREE_POSITION, 0);
    request->closes_at = bo_row_instant_or(row, BO_REQUEST_ROW_CLOSES_AT, DT_NOEND);
    request->is_cancelled = bo_row_bool(row, BO_REQUEST_ROW_IS_CANCELLED);
    request->requester = bo_store_keep(store, bo_row_text(row, BO_REQUEST_ROW_REQUESTER));
    request->request_hash = bo_row_int8_or(row, BO_REQUEST_ROW_REQUEST_HASH, 0);
    request->was_taken = !bo_row_is_null(row, BO_REQUEST_ROW_LAST_BOOKING_ID);
    if (request->was_taken)
        request->last_booking_id = bo_row_uuid(row, BO_REQUEST_ROW_LAST_BOOKING_ID);
    if ((request->free_position == 0) != (request->filled == request->positions))
        bo_error_lacks_positions(&request->request_id);
}

/* Reads the request as it is. An id of another tenant is as unknown as an id that never existed. */
void bo_request_find(BoStore *store, const text *tenant, const pg_uuid_t *request_id, BoRequest *request)
{
    if (bo_store_run_latest(store, &bo_sql_find_request, bo_text(tenant), bo_uuid(request_id)) == 0)
        bo_error_unknown_request(request_id);
    bo_request_read(store, bo_store_row(0), request);
}

/* Returns true if the request takes neither offers nor acceptances any more, for good. */
bool bo_request_is_over(const BoRequest *request, TimestampTz now)
{
    return request->is_cancelled || request->closes_at <= now;
}

BoRequestState bo_request_state(const BoRequest *request, TimestampTz now)
{
    return request->is_cancelled         ? BO_REQUEST_STATE_CANCELLED
           : request->free_position == 0 ? BO_REQUEST_STATE_FILLED
           : request->closes_at <= now   ? BO_REQUEST_STATE_CLOSED
                                         : BO_REQUEST_STATE_OPEN;
}

/* The providers that fill its positions, ordered by name byte by byte. */
BoFiller *bo_request_fillers(BoStore *store, const text *tenant, const pg_uuid_t *request_id, int *count)
{
    BoFiller *fillers;

    *count = (int)bo_store_run_latest(store, &bo_sql_find_fillers, bo_text(tenant), bo_uuid(request_id));
    fillers = palloc0(sizeof(BoFiller) * (*count + 1));
    for (int i = 0; i < *count; i++)
    {
        BoRow row = bo_store_row(i);

        fillers[i].provider = bo_row_text(row, BO_FIND_FILLERS_PROVIDER);
        fillers[i].position = bo_row_int4(row, BO_FIND_FILLERS_POSITION);
        fillers[i].booking_id = bo_row_uuid(row, BO_FIND_FILLERS_BOOKING_ID);
    }
    return fillers;
}

/*
 * Called before a provider is told that its booking is no longer its own: raises XX001 if a position is filled by a
 * booking whose resource is gone, because that may be the provider's.
 */
void bo_request_check_fillers(BoStore *store, const text *tenant, const pg_uuid_t *request_id)
{
    int count;

    (void)bo_request_fillers(store, tenant, request_id, &count);
}

/* Frees the time of the provider and of its parts, and with it the position. Returns false if it was free already. */
bool bo_request_give_back(BoStore *store, const text *tenant, const pg_uuid_t *booking_id, const BoWhole *whole,
                          const text *reason)
{
    if (bo_store_run_latest(store, &bo_sql_cancel_booking, bo_text(tenant), bo_uuid(booking_id),
                            bo_instant(GetCurrentTimestamp()), bo_bool(true), bo_text_or_null(reason)) == 0)
        return false;
    if (whole->count > 0)
        bo_whole_follow(store, tenant, booking_id, whole, false);
    return true;
}

/* The arguments of open_request(). */
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
    BoRow row;

    bo_identifier_new(&request->request_id, now);
    if (bo_store_run_latest(store, &bo_sql_insert_request, bo_text(opening->tenant), bo_uuid(&request->request_id),
                            bo_range(opening->during), bo_int4(opening->positions), bo_text(opening->requester),
                            bo_jsonb_or_null(opening->details), bo_end_or_null(opening->closes_at),
                            bo_text_or_null(opening->idempotency_key), bo_int8(opening->request_hash),
                            bo_instant(now)) == 0)
        return false;

    row = bo_store_row(0);
    request->request_id = bo_row_uuid(row, BO_INSERT_REQUEST_REQUEST_ID);
    request->during = bo_store_keep(store, bo_row_slot(row, BO_INSERT_REQUEST_DURING));
    request->positions = bo_row_int4(row, BO_INSERT_REQUEST_POSITIONS);
    request->filled = 0;
    request->free_position = 1;
    request->closes_at = bo_row_instant_or(row, BO_INSERT_REQUEST_CLOSES_AT, DT_NOEND);
    answer->state = BO_REQUEST_STATE_OPEN;
    return true;
}

static bool request_replay(BoStore *store, const BoOpening *opening, BoRequestAnswer *answer)
{
    if (opening->idempotency_key == NULL ||
        bo_store_run_latest(store, &bo_sql_find_request_key, bo_text(opening->tenant),
                            bo_text(opening->idempotency_key)) == 0)
        return false;
    bo_request_read(store, bo_store_row(0), &answer->request);
    if (answer->request.request_hash != opening->request_hash)
        bo_error_key_reused(opening->idempotency_key);
    answer->state = bo_request_state(&answer->request, GetCurrentTimestamp());
    answer->replayed = true;
    return true;
}

/* Raised only once no replay explains it: a first attempt may have been in time. */
static void request_check_closes_at(BoStore *store, const BoOpening *opening, BoRequestAnswer *answer, TimestampTz now)
{
    if (opening->closes_at <= now && !request_replay(store, opening, answer))
        bo_error_argument("closes_at", "must not be in the past", "now() + interval '1 hour'");
}

/* open_request(during, positions, requester, details, closes_at, idempotency_key, max_wait, tenant) */
static Datum open_request_call(FunctionCallInfo fcinfo)
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
    opening.tenant = bo_arguments_tenant(fcinfo);
    opening.request_hash = request_hash_opening(&opening);

    bo_store_open_for(&store, BO_TABLES_DISPATCH);
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

/* The fillers with their parts. Returns how many resources that are; their names are in the same order. */
static int request_places(BoStore *store, const text *tenant, const pg_uuid_t *request_id, BoFiller **fillers,
                          int *filler_count, text ***names)
{
    int count = 0, named = 0;

    *fillers = bo_request_fillers(store, tenant, request_id, filler_count);
    for (int i = 0; i < *filler_count; i++)
    {
        (void)bo_whole_find(store, tenant, &(*fillers)[i].booking_id, &(*fillers)[i].whole);
        count += 1 + (*fillers)[i].whole.count;
    }
    *names = palloc((count + 1) * sizeof(text *));
    for (int i = 0; i < *filler_count; i++)
    {
        const BoFiller *filler = &(*fillers)[i];

        (*names)[named++] = filler->provider;
        for (int part = 0; part < filler->whole.count; part++)
            (*names)[named++] = filler->whole.resources[part];
    }
    return count;
}

/*
 * Locks all bookings that fill positions of the request, and their resources: each is followed by those of its parts. A
 * change of all of them waits for one row while it holds others uncommitted, and so does a repack. So it keeps repacks
 * out by at least a shared lock on each resource. A booking's resource is final only once the booking is locked: hence
 * the second read. Where one has parts, all locks are exclusive, and the names are read once more under them.
 */
BoFiller *bo_request_lock_fillers(BoStore *store, const text *tenant, const pg_uuid_t *request_id, bool exclusive,
                                  int *count, BoResources *places)
{
    BoFiller *fillers = bo_request_fillers(store, tenant, request_id, count);
    pg_uuid_t *booking_ids = palloc((*count + 1) * sizeof(pg_uuid_t));

    for (int i = 0; i < *count; i++)
        booking_ids[i] = fillers[i].booking_id;
    bo_lock_bookings(tenant, booking_ids, *count);
    for (int round = 0;; bo_round_next(&round))
    {
        text **names;
        int named = request_places(store, tenant, request_id, &fillers, count, &names);
        bool has_parts = named > *count;

        *places = bo_slot_lock_to_free(store, tenant, names, named, exclusive || has_parts);
        if (!has_parts)
            return fillers;
        named = request_places(store, tenant, request_id, &fillers, count, &names);
        if (bo_slot_are_locked(places, names, named))
            return fillers;
        bo_slot_give_back_all(places, true);
    }
}

/* Releases all bookings that fill positions of the request. */
static void request_give_back_all(BoStore *store, text *tenant, const pg_uuid_t *request_id, const text *reason)
{
    BoResources freed;
    int count;
    BoFiller *fillers = bo_request_lock_fillers(store, tenant, request_id, false, &count, &freed);

    for (int i = 0; i < count; i++)
        bo_request_give_back(store, tenant, &fillers[i].booking_id, &fillers[i].whole, reason);
    bo_line_serve_freed(store, tenant, &freed);
}

/* cancel_request(request_id, reason, max_wait, tenant) */
static Datum cancel_request_call(FunctionCallInfo fcinfo)
{
    pg_uuid_t *request_id;
    text *reason, *tenant;
    BoRequestAnswer answer = {.outcome = BO_CANCELLED, .state = BO_REQUEST_STATE_CANCELLED};
    BoStore store;

    bo_arguments_writable("cancel_request");
    request_id = bo_arguments_uuid(fcinfo, 0, "request_id");
    reason = bo_arguments_reason(fcinfo, 1);
    tenant = bo_arguments_tenant(fcinfo);

    bo_store_open_for(&store, BO_TABLES_DISPATCH);
    bo_lock_request(tenant, request_id);
    bo_request_find(&store, tenant, request_id, &answer.request);
    answer.replayed = answer.request.is_cancelled;
    if (!answer.replayed)
    {
        if (bo_store_run_latest(&store, &bo_sql_cancel_request, bo_text(tenant), bo_uuid(request_id),
                                bo_instant(GetCurrentTimestamp()), bo_text_or_null(reason)) == 0)
            bo_error_old_snapshot();
        request_give_back_all(&store, tenant, request_id, reason);
        answer.request.filled = 0;
    }
    bo_store_close(&store);

    return bo_answer_request(fcinfo, &answer);
}
