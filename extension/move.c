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

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/resowner.h"

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

/* The row moves and is in time, or nothing has happened. */
static bool move_row(BoStore *store, const MoveRequest *request, const BoPlace *place, int32 unit, bool has_unit,
                     TimestampTz now, BoBookingAnswer *answer)
{
    Datum values[] = {PointerGetDatum(request->slot.tenant),
                      UUIDPGetDatum(request->booking_id),
                      TimestampTzGetDatum(now),
                      Int64GetDatum(place->resource_id),
                      Int32GetDatum(unit),
                      RangeTypePGetDatum(request->slot.during),
                      RangeTypePGetDatum(place->blocks)};
    MemoryContext context = CurrentMemoryContext;
    ResourceOwner owner = CurrentResourceOwner;
    volatile bool moved = false;

    BeginInternalSubTransaction(NULL);
    MemoryContextSwitchTo(context);
    PG_TRY();
    {
        if (bo_store_run_latest(store, &bo_move_booking, values, has_unit ? NULL : "    n  ") > 0)
        {
            TimestampTz decided = GetCurrentTimestamp();

            bo_answer_read_booking(store, answer, 0, now);
            moved =
                decided <= place->decide_by && (answer->status != BO_STATUS_HELD || decided < answer->hold_expires_at);
        }
        if (moved)
            ReleaseCurrentSubTransaction();
        else
            RollbackAndReleaseCurrentSubTransaction();
    }
    PG_CATCH();
    {
        ErrorData *error;

        MemoryContextSwitchTo(context);
        error = CopyErrorData();
        if (error->sqlerrcode != ERRCODE_EXCLUSION_VIOLATION)
            PG_RE_THROW();
        FlushErrorState();
        RollbackAndReleaseCurrentSubTransaction();
    }
    PG_END_TRY();
    MemoryContextSwitchTo(context);
    CurrentResourceOwner = owner;
    return moved;
}

static void decide_move(BoStore *store, MoveRequest *request, BoBookingAnswer *answer)
{
    BoSlotRequest *slot = &request->slot;

    if (!find_live(store, slot->tenant, request->booking_id, answer, GetCurrentTimestamp()))
        return;
    if (request->keeps_resource)
        slot->resource = answer->resource;
    lock_both(slot->tenant, answer->resource, slot->resource);
    for (;;)
    {
        TimestampTz now = GetCurrentTimestamp();
        BoPlace place;
        int32 unit = 0;
        Datum busy;

        CHECK_FOR_INTERRUPTS();
        if (!find_live(store, slot->tenant, request->booking_id, answer, now))
            return;
        if (is_there(request, answer))
        {
            answer->outcome = BO_RESCHEDULED;
            answer->replayed = true;
            return;
        }
        bo_judge_slot(store, slot, request->booking_id, now, &place);
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
        if (answer->unit_count > 0 && !bo_free_units(store, &place, 1, request->booking_id, &unit) &&
            !bo_make_room(store, slot->tenant, &place, 1, request->booking_id, now, &unit, &busy))
        {
            answer->outcome = BO_TAKEN;
            answer->busy = SPI_datumTransfer(busy, false, -1);
            return;
        }
        if (move_row(store, request, &place, unit, answer->unit_count > 0, now, answer))
        {
            answer->outcome = BO_RESCHEDULED;
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

/*
 * Each takes the other's place: resource, unit, time and buffers. Nothing new is
 * taken, so there is nothing to judge. Both are lifted out of the constraint first,
 * for it is checked row by row. False: a row had changed or lapsed, and nothing has
 * happened.
 */
static bool exchange(BoStore *store, text *tenant, pg_uuid_t *const ids[2], BoBookingAnswer answers[2])
{
    pg_uuid_t both[] = {*ids[0], *ids[1]};
    Datum lift[] = {PointerGetDatum(tenant), bo_uuid_array(both, 2)};
    Datum places[2][6];
    char nulls[2][7] = {"      ", "      "};
    MemoryContext context = CurrentMemoryContext;
    ResourceOwner owner = CurrentResourceOwner;
    TimestampTz decided;
    bool done;

    for (int i = 0; i < 2; i++)
    {
        Datum find[] = {PointerGetDatum(tenant), UUIDPGetDatum(ids[i])};

        bo_store_run_latest(store, &bo_find_place, find, NULL);
        for (int column = 1; column <= 4; column++)
        {
            bool is_null;

            places[1 - i][column + 1] = bo_store_column(column, &is_null);
            nulls[1 - i][column + 1] = is_null ? 'n' : ' ';
        }
        places[i][0] = PointerGetDatum(tenant);
        places[i][1] = UUIDPGetDatum(ids[i]);
    }

    BeginInternalSubTransaction(NULL);
    MemoryContextSwitchTo(context);
    done = bo_store_run_latest(store, &bo_lift_units, lift, NULL) == 2;
    for (int i = 0; i < 2 && done; i++)
        done = bo_store_run_latest(store, &bo_put_place, places[i], nulls[i]) == 1;
    decided = GetCurrentTimestamp();
    for (int i = 0; i < 2 && done; i++)
        done = answers[i].status != BO_STATUS_HELD || decided < answers[i].hold_expires_at;
    if (done)
        ReleaseCurrentSubTransaction();
    else
        RollbackAndReleaseCurrentSubTransaction();
    MemoryContextSwitchTo(context);
    CurrentResourceOwner = owner;
    return done;
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
        while (find_both(&store, tenant, ids, answers, GetCurrentTimestamp()))
        {
            CHECK_FOR_INTERRUPTS();
            if (exchange(&store, tenant, ids, answers))
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
