/*
 * move.c
 *   reschedule_booking() and swap_bookings(): a booking goes to another time or resource.
 *
 * It keeps its id and its key. A move locks its booking, then both resources
 * exclusively in hash order: one that held only the resource it goes to would wait
 * for a row that another move, going the other way, has just left. An UPDATE has no
 * ON CONFLICT, so room is found first, under the lock, and a raw INSERT that was
 * quicker is met by the constraint: then the subtransaction is rolled back and room
 * is looked for again.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "miscadmin.h"

PG_FUNCTION_INFO_V1(bookonce_reschedule_booking);
PG_FUNCTION_INFO_V1(bookonce_swap_bookings);

typedef struct MoveRequest
{
    pg_uuid_t *booking_id;
    bool keeps_resource;
    BoSlotRequest slot; /* where it goes */
} MoveRequest;

/* True: it is a live booking. False: the answer says why it cannot be changed. */
static bool find_live(BoStore *store, const text *tenant, const pg_uuid_t *booking_id, BoBookingAnswer *answer,
                      TimestampTz now)
{
    Datum values[] = {PointerGetDatum(tenant), UUIDPGetDatum(booking_id)};

    if (bo_store_run_latest(store, &bo_find_booking, values, NULL) == 0)
        bo_error_unknown_booking(booking_id);
    bo_answer_read_booking(store, answer, 0, now);
    if (answer->status == BO_STATUS_HELD || answer->status == BO_STATUS_CONFIRMED)
        return true;
    answer->outcome = answer->status == BO_STATUS_EXPIRED ? BO_HOLD_EXPIRED : BO_NOT_LIVE;
    return false;
}

static void lock_both(const text *tenant, const text *from, const text *to)
{
    BoSlotLock locks[] = {bo_lock_slot_of(tenant, from), bo_lock_slot_of(tenant, to)};

    locks[0].exclusive = locks[1].exclusive = true;
    bo_lock_slots(locks, 2);
}

static bool is_there(const MoveRequest *request, const BoBookingAnswer *booking)
{
    TypeCacheEntry *type = lookup_type_cache(RangeTypeGetOid(booking->during), TYPECACHE_RANGE_INFO);

    return range_eq_internal(type, booking->during, request->slot.during) &&
           VARSIZE_ANY_EXHDR(booking->resource) == VARSIZE_ANY_EXHDR(request->slot.resource) &&
           memcmp(VARDATA_ANY(booking->resource), VARDATA_ANY(request->slot.resource),
                  VARSIZE_ANY_EXHDR(booking->resource)) == 0;
}

typedef struct MoveTry
{
    BoStore *store;
    const MoveRequest *request;
    const BoPlace *place;
    TimestampTz now;
    BoBookingAnswer *answer;
    bool taken;
} MoveTry;

/* Room is made, the row moves and is in time; or nothing shall have happened. */
static bool try_move(void *argument)
{
    MoveTry *it = argument;
    BoStore *store = it->store;
    const BoSlotRequest *slot = &it->request->slot;
    const pg_uuid_t *moving = it->request->booking_id;
    Datum values[] = {PointerGetDatum(slot->tenant),
                      UUIDPGetDatum(moving),
                      TimestampTzGetDatum(it->now),
                      Int64GetDatum(it->place->resource_id),
                      (Datum)0,
                      RangeTypePGetDatum(slot->during),
                      RangeTypePGetDatum(it->place->blocks)};
    TimestampTz decided;
    int32 unit = 0;
    Datum busy;

    if (!slot->allow_overlap && !bo_free_units(store, it->place, 1, moving, &unit) &&
        !bo_make_room(store, slot->tenant, it->place, 1, moving, it->now, &unit, &busy))
    {
        it->taken = true;
        it->answer->busy = SPI_datumTransfer(busy, false, -1);
        return false;
    }
    values[4] = Int32GetDatum(unit);
    if (bo_store_run_latest(store, &bo_move_booking, values, slot->allow_overlap ? "    n  " : NULL) == 0)
        return false;
    decided = GetCurrentTimestamp();
    bo_answer_read_booking(store, it->answer, 0, it->now);
    return decided <= it->place->decide_by &&
           (it->answer->status != BO_STATUS_HELD || decided < it->answer->hold_expires_at);
}

static void decide_move(BoStore *store, MoveRequest *request, BoBookingAnswer *answer)
{
    BoSlotRequest *slot = &request->slot;

    if (!find_live(store, slot->tenant, request->booking_id, answer, GetCurrentTimestamp()))
        return;
    if (request->keeps_resource)
        slot->resource = answer->resource;
    lock_both(slot->tenant, answer->resource, slot->resource);
    for (int round = 0;; bo_next_round(&round))
    {
        TimestampTz now = GetCurrentTimestamp();
        BoPlace place;
        MoveTry it;

        if (!find_live(store, slot->tenant, request->booking_id, answer, now))
            return;
        if (is_there(request, answer))
        {
            answer->outcome = BO_RESCHEDULED;
            answer->replayed = true;
            return;
        }
        slot->allow_overlap = answer->unit_count == 0;
        bo_judge_slot(store, slot, request->booking_id, now, &place);
        place.stands_still = true;
        if (place.refusal != BO_OUTCOME_INVALID)
        {
            answer->outcome = place.refusal;
            return;
        }
        if (place.counted_lapsed)
        {
            bo_release_counted_holds(store, slot, now);
            continue;
        }
        it = (MoveTry){store, request, &place, now, answer, false};
        if (bo_attempt(try_move, &it, ERRCODE_EXCLUSION_VIOLATION))
        {
            answer->outcome = BO_RESCHEDULED;
            return;
        }
        if (it.taken)
        {
            answer->outcome = BO_TAKEN;
            return;
        }
    }
}

/* reschedule_booking(booking_id, during, resource, tenant) */
Datum bookonce_reschedule_booking(PG_FUNCTION_ARGS)
{
    MoveRequest request = {0};
    BoBookingAnswer answer = {0};
    BoStore store;

    bo_arguments_writable("reschedule_booking");
    request.booking_id = bo_arguments_uuid(fcinfo, 0, "booking_id");
    request.slot.during = bo_arguments_checked_during(PG_GETARG_DATUM(1), PG_ARGISNULL(1), "during");
    request.slot.resource = bo_arguments_optional_text(fcinfo, 2, "resource", "'room:1'");
    request.keeps_resource = request.slot.resource == NULL;
    request.slot.tenant = bo_arguments_text(fcinfo, 3, "tenant", "'default'");
    request.slot.quantity = 1;

    bo_store_open(&store);
    bo_lock_booking(request.slot.tenant, request.booking_id);
    decide_move(&store, &request, &answer);
    bo_store_close(&store);

    return bo_answer_booking(fcinfo, &answer);
}

/* Both live? Otherwise the answer tells of the first, with the reason of the one that is not. */
static bool find_both(BoStore *store, const text *tenant, pg_uuid_t *const ids[2], BoBookingAnswer answers[2],
                      TimestampTz now)
{
    bool first_is_live = find_live(store, tenant, ids[0], &answers[0], now);
    bool second_is_live = find_live(store, tenant, ids[1], &answers[1], now);

    if (first_is_live && !second_is_live)
        answers[0].outcome = answers[1].outcome;
    return first_is_live && second_is_live;
}

typedef struct SwapTry
{
    BoStore *store;
    text *tenant;
    pg_uuid_t *const *ids;
    const BoBookingAnswer *answers;
} SwapTry;

/*
 * Each takes the other's place: resource, unit, time and buffers. Nothing new is
 * taken, so there is nothing to judge. Both are lifted out of the constraint first,
 * for it is checked row by row. False: a row had changed or lapsed, and nothing
 * shall have happened.
 */
static bool try_swap(void *argument)
{
    const SwapTry *it = argument;
    pg_uuid_t both[] = {*it->ids[0], *it->ids[1]};
    Datum lift[] = {PointerGetDatum(it->tenant), bo_uuid_array(both, 2)};
    Datum places[2][6];
    char nulls[2][7] = {"      ", "      "};
    TimestampTz decided;

    for (int i = 0; i < 2; i++)
    {
        Datum find[] = {PointerGetDatum(it->tenant), UUIDPGetDatum(it->ids[i])};

        bo_store_run_latest(it->store, &bo_find_place, find, NULL);
        for (int column = 1; column <= 4; column++)
        {
            bool is_null;

            places[1 - i][column + 1] = bo_store_column(column, &is_null);
            nulls[1 - i][column + 1] = is_null ? 'n' : ' ';
        }
        places[i][0] = PointerGetDatum(it->tenant);
        places[i][1] = UUIDPGetDatum(it->ids[i]);
    }
    if (bo_store_run_latest(it->store, &bo_lift_units, lift, NULL) != 2)
        return false;
    for (int i = 0; i < 2; i++)
        if (bo_store_run_latest(it->store, &bo_put_place, places[i], nulls[i]) != 1)
            return false;
    decided = GetCurrentTimestamp();
    for (int i = 0; i < 2; i++)
        if (it->answers[i].status == BO_STATUS_HELD && decided >= it->answers[i].hold_expires_at)
            return false;
    return true;
}

/* swap_bookings(booking_id, other_booking_id, tenant). Not repeatable by itself: a second swap swaps back. */
Datum bookonce_swap_bookings(PG_FUNCTION_ARGS)
{
    pg_uuid_t *ids[2];
    text *tenant;
    BoBookingAnswer answers[2] = {{0}};
    BoStore store;

    bo_arguments_writable("swap_bookings");
    ids[0] = bo_arguments_uuid(fcinfo, 0, "booking_id");
    ids[1] = bo_arguments_uuid(fcinfo, 1, "other_booking_id");
    if (memcmp(ids[0], ids[1], UUID_LEN) == 0)
        bo_error_argument("other_booking_id", "must be another booking than booking_id",
                          "'01932c07-3f1e-7b6a-8d52-0f4e6a1c9b3d'");
    tenant = bo_arguments_text(fcinfo, 2, "tenant", "'default'");

    bo_store_open(&store);
    bo_lock_two_bookings(tenant, ids[0], ids[1]);
    if (find_both(&store, tenant, ids, answers, GetCurrentTimestamp()))
    {
        /* Nobody can move them now, so these stay their resources. */
        lock_both(tenant, answers[0].resource, answers[1].resource);
        for (int round = 0; find_both(&store, tenant, ids, answers, GetCurrentTimestamp()); bo_next_round(&round))
        {
            SwapTry it = {&store, tenant, ids, answers};

            if (bo_attempt(try_swap, &it, 0))
            {
                (void)find_live(&store, tenant, ids[0], &answers[0], GetCurrentTimestamp());
                answers[0].outcome = BO_SWAPPED;
                break;
            }
        }
    }
    bo_store_close(&store);

    return bo_answer_booking(fcinfo, &answers[0]);
}
