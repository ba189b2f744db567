/*
 * slot.c
 *   book_slot(): the one path that takes time.
 *
 * The insert is the decision. Where the constraint is the only rule, one statement
 * books; elsewhere the rules are read first, under the lock. What was not inserted
 * is diagnosed afterwards: the key's own row, what blocks the slot, or nothing any
 * more, and then the insert is tried again. Clocks are read after locks; an insert
 * can still wait for another transaction's row, so time limits are looked at once
 * more, and what came too late is undone and judged again.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "plain.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(bookonce_book_slot);

TimestampTz bo_later(TimestampTz now, const Interval *length)
{
    return DatumGetTimestampTz(
        DirectFunctionCall2(timestamptz_pl_interval, TimestampTzGetDatum(now), IntervalPGetDatum(length)));
}

static void booked(const BoSlotRequest *request, BoBookingAnswer *answer, TimestampTz now)
{
    answer->outcome = BO_BOOKED;
    answer->status = request->hold_for == NULL ? BO_STATUS_CONFIRMED : BO_STATUS_HELD;
    answer->hold_expires_at = request->hold_for == NULL ? DT_NOEND : bo_later(now, request->hold_for);
}

/* Nothing was written for it. */
void bo_refuse_slot(BoBookingAnswer *answer, BoOutcome outcome)
{
    answer->outcome = outcome;
    answer->status = BO_STATUS_INVALID;
    answer->unit_count = 0;
    answer->has_group = false;
}

/* True: the row is there and the answer complete. */
static BoPlainResult insert_plain(BoPlain *plain, const BoSlotRequest *request, BoBookingAnswer *answer,
                                  TimestampTz now)
{
    booked(request, answer, now);
    bo_identifier_new(&answer->booking_id, now);
    answer->unit_count = request->allow_overlap ? 0 : 1;
    answer->units[0] = 1;
    return bo_plain_insert(plain, request, answer, now);
}

static void delete_bookings(BoStore *store, const BoSlotRequest *request, const pg_uuid_t *ids, int count)
{
    Datum values[] = {PointerGetDatum(request->tenant), bo_uuid_array(ids, count)};

    bo_store_run(store, &bo_delete_bookings, values, NULL);
}

/* The same for a resource with rules: a row for each of answer->units, all of them or none. */
static bool insert_units(BoStore *store, const BoSlotRequest *request, const BoPlace *place, BoBookingAnswer *answer,
                         pg_uuid_t *ids, TimestampTz now)
{
    int count = request->quantity;
    bool has_own_group = count > 1 && request->group_id == NULL;
    Datum values[14];
    char nulls[] = "              ";
    int inserted;

    booked(request, answer, now);
    for (int i = 0; i < count; i++)
        bo_identifier_new(&ids[i], now);
    answer->booking_id = ids[0];
    answer->has_group = count > 1 || request->group_id != NULL;
    if (has_own_group)
        bo_identifier_new(&answer->group_id, now);
    else if (request->group_id != NULL)
        answer->group_id = *request->group_id;
    answer->unit_count = request->allow_overlap ? 0 : count;

    values[0] = PointerGetDatum(request->tenant);
    values[1] = Int64GetDatum(place->resource_id);
    values[2] = bo_uuid_array(ids, count);
    values[3] = bo_unit_array(answer->units, answer->unit_count);
    values[4] = RangeTypePGetDatum(request->during);
    values[5] = RangeTypePGetDatum(place->blocks);
    values[6] = PointerGetDatum(request->holder);
    values[7] = TimestampTzGetDatum(answer->hold_expires_at);
    values[8] = PointerGetDatum(request->idempotency_key);
    values[9] = Int64GetDatum(request->request_hash);
    values[10] = PointerGetDatum(request->details);
    values[11] = TimestampTzGetDatum(now);
    values[12] = UUIDPGetDatum(&answer->group_id);
    values[13] = Int32GetDatum(request->member);
    nulls[7] = request->hold_for == NULL ? 'n' : ' ';
    nulls[8] = request->idempotency_key == NULL ? 'n' : ' ';
    nulls[10] = request->details == NULL ? 'n' : ' ';
    nulls[12] = answer->has_group ? ' ' : 'n';
    inserted = (int)bo_store_run(store, &bo_insert_units, values, nulls);
    if (inserted > 0 && inserted < count)
        delete_bookings(store, request, ids, count);
    return inserted == count;
}

/*
 * The insert may have waited for a transaction that then rolled back; by now a time
 * limit may be over. undone: it was so before. A hold that then has lapsed again is
 * let be: one that is shorter than its own insert would be tried for ever.
 */
static bool came_too_late(BoStore *store, const BoSlotRequest *request, const BoBookingAnswer *answer,
                          TimestampTz decide_by, bool undone, const pg_uuid_t *ids)
{
    TimestampTz decided = GetCurrentTimestamp();

    if (decided < request->valid_until && decided <= decide_by && (undone || decided < answer->hold_expires_at))
        return false;
    delete_bookings(store, request, ids, request->quantity);
    return true;
}

/* The key's own row: the first answer again, or an error when it was made for something else. */
bool bo_replay_slot(BoStore *store, const BoSlotRequest *request, BoBookingAnswer *answer, TimestampTz now)
{
    Datum values[] = {PointerGetDatum(request->tenant), PointerGetDatum(request->idempotency_key)};
    bool is_null;

    if (request->idempotency_key == NULL || bo_store_run_latest(store, &bo_find_key, values, NULL) == 0)
        return false;
    if (DatumGetInt64(bo_store_column(6, &is_null)) != request->request_hash || is_null)
        bo_error_key_reused(request->idempotency_key);
    bo_answer_read_booking(store, answer, 0, now);
    answer->outcome = BO_BOOKED;
    answer->replayed = true;
    return true;
}

typedef enum Diagnosis
{
    DIAGNOSIS_INVALID = 0,
    ANSWERED,
    TRY_AGAIN,
    HAS_RULES,
    MUST_STAND_STILL
} Diagnosis;

/*
 * The call may write more than its own booking. It then waits for others with those
 * rows in its hands, so under a shared lock a group, which waits for them with a
 * booking in its own hands, could wait for us and we for it.
 */
static bool stands_still(const BoSlotLock *lock)
{
    return lock->exclusive || lock->undone;
}

/*
 * Why nothing was inserted. Lapsed holds do not block: when nothing else does, they
 * are released and the slot is worth another try, as it is when the blocker went
 * away in the meantime.
 */
static Diagnosis diagnose_plain(BoPlain *plain, BoStore *store, const BoSlotRequest *request, const BoSlotLock *lock,
                                BoBookingAnswer *answer, TimestampTz now)
{
    Datum there[] = {Int64GetDatum(plain->resource_id), RangeTypePGetDatum(request->during), TimestampTzGetDatum(now)};

    switch (bo_plain_diagnose(plain, store, request, answer, now))
    {
        case BO_PLAIN_REPLAYED: return ANSWERED;
        case BO_PLAIN_KEY_ELSEWHERE: return bo_replay_slot(store, request, answer, now) ? ANSWERED : TRY_AGAIN;
        case BO_PLAIN_TAKEN: bo_refuse_slot(answer, BO_TAKEN); return ANSWERED;
        case BO_PLAIN_LAPSED:
            if (!stands_still(lock))
                return MUST_STAND_STILL;
            bo_store_run(store, &bo_release_lapsed, there, NULL);
            return TRY_AGAIN;
        default: return TRY_AGAIN;
    }
}

/*
 * A refusal for the time being. An earlier attempt with the same key may be under
 * way and still win, which a repeat must then learn, so its end is waited for: with
 * the exclusive lock nobody else is under way. False: that lock is needed first.
 * Not when our own insert came too late: then no other attempt had the key; and who
 * now waits for our transaction may hold the lock that we would wait for.
 */
static bool refuse(BoStore *store, const BoSlotRequest *request, const BoSlotLock *lock, BoBookingAnswer *answer,
                   BoOutcome outcome)
{
    Datum values[] = {PointerGetDatum(request->tenant), PointerGetDatum(request->resource)};

    if (request->idempotency_key != NULL && !stands_still(lock))
        return false;
    if (bo_replay_slot(store, request, answer, GetCurrentTimestamp()))
        return true;
    if (bo_store_run_latest(store, &bo_find_resource, values, NULL) == 0)
        bo_error_unknown_resource(request->resource);
    bo_refuse_slot(answer, outcome);
    return true;
}

/* The rules, then units, then the insert. True: answered. False: the exclusive lock is needed first. */
static bool decide_by_rules(BoStore *store, const BoSlotRequest *request, BoSlotLock *lock, BoBookingAnswer *answer)
{
    pg_uuid_t *ids = palloc(sizeof(pg_uuid_t) * request->quantity);
    bool met_another = false;

    for (int round = 0;; bo_next_round(&round))
    {
        TimestampTz now = GetCurrentTimestamp();
        BoPlace place;
        Datum busy;

        if (now >= request->valid_until)
            return refuse(store, request, lock, answer, BO_TOO_LATE);
        bo_judge_slot(store, request, NULL, now, &place);
        place.stands_still = stands_still(lock);
        bo_lock_learn(lock, place.kind);
        if (place.kind == BO_KIND_COUNTS && !lock->exclusive)
            return false;
        /* Of a party's rows only the first has the key, so the insert would write the others. */
        if (request->quantity > 1 && bo_replay_slot(store, request, answer, now))
            return true;
        if (request->quantity > place.capacity)
            bo_error_above_capacity(place.capacity);
        if (place.refusal != BO_OUTCOME_INVALID)
            return refuse(store, request, lock, answer, place.refusal);
        if (place.counted_lapsed)
        {
            bo_release_counted_holds(store, request, now);
            continue;
        }

        /* With a capacity of 1 the insert itself tells, until it has met another booking. */
        answer->units[0] = 1;
        if (!request->allow_overlap && (place.capacity > 1 || met_another) &&
            !bo_free_units(store, &place, request->quantity, NULL, answer->units))
        {
            if (bo_replay_slot(store, request, answer, now))
                return true;
            if (!bo_make_room(store, request->tenant, &place, request->quantity, NULL, now, answer->units, &busy))
            {
                if (busy == 0)
                    return false;
                bo_refuse_slot(answer, BO_TAKEN);
                answer->busy = SPI_datumTransfer(busy, false, -1);
                return true;
            }
        }
        if (insert_units(store, request, &place, answer, ids, now))
        {
            if (!came_too_late(store, request, answer, place.decide_by, lock->undone, ids))
                return true;
            lock->undone = true;
            continue;
        }
        if (bo_replay_slot(store, request, answer, now))
            return true;
        met_another = true;
    }
}

/* Where the constraint is the only rule: insert, and only if that fails ask why. */
static Diagnosis decide_plain(BoPlain *plain, BoStore *store, const BoSlotRequest *request, BoSlotLock *lock,
                              BoBookingAnswer *answer)
{
    for (int round = 0;; bo_next_round(&round))
    {
        TimestampTz now = GetCurrentTimestamp();
        Diagnosis diagnosis;

        if (now >= request->valid_until)
            return refuse(store, request, lock, answer, BO_TOO_LATE) ? ANSWERED : MUST_STAND_STILL;
        switch (insert_plain(plain, request, answer, now))
        {
            case BO_PLAIN_INSERTED:
                if (!came_too_late(store, request, answer, DT_NOEND, lock->undone, &answer->booking_id))
                    return ANSWERED;
                lock->undone = true;
                continue;
            case BO_PLAIN_CONFLICT:
                diagnosis = diagnose_plain(plain, store, request, lock, answer, now);
                if (diagnosis != TRY_AGAIN)
                    return diagnosis;
                continue;
            default: return HAS_RULES; /* or there is no such resource, which is found there, too */
        }
    }
}

/* True: answered. False: nothing was written, and the exclusive lock is needed first. */
bool bo_decide_slot(BoStore *store, const BoSlotRequest *request, BoSlotLock *lock, BoBookingAnswer *answer)
{
    Diagnosis diagnosis = HAS_RULES;
    BoPlain plain;

    /* With an old snapshot the rules must be read anew, which only SQL does. */
    if (lock->kind == BO_KIND_PLAIN && request->quantity == 1 && request->group_id == NULL &&
        !IsolationUsesXactSnapshot() && bo_plain_open(&plain))
    {
        diagnosis = decide_plain(&plain, store, request, lock, answer);
        bo_plain_close(&plain);
    }
    if (diagnosis == HAS_RULES)
        return decide_by_rules(store, request, lock, answer);
    return diagnosis == ANSWERED;
}

/* Under their locks: what each resource is, in order; OB002 when one is none. */
void bo_learn_resources(BoStore *store, text *tenant, text **names, int count, BoSlotLock *locks, int64 *resource_ids,
                        int32 *capacities)
{
    Datum *elements = palloc(sizeof(Datum) * count);
    Datum values[2] = {PointerGetDatum(tenant)};

    for (int i = 0; i < count; i++)
        elements[i] = PointerGetDatum(names[i]);
    values[1] = PointerGetDatum(construct_array(elements, count, TEXTOID, -1, false, TYPALIGN_INT));
    bo_store_run_latest(store, &bo_find_kinds, values, NULL);
    for (int i = 0; i < count; i++)
    {
        bool is_null;
        Datum id = bo_store_cell(i, 1, &is_null);

        if (is_null)
            bo_error_unknown_resource(names[i]);
        resource_ids[i] = DatumGetInt64(id);
        bo_lock_learn(&locks[i], DatumGetBool(bo_store_cell(i, 3, &is_null))   ? BO_KIND_COUNTS
                                 : DatumGetBool(bo_store_cell(i, 2, &is_null)) ? BO_KIND_PLAIN
                                                                               : BO_KIND_POLICY);
        capacities[i] = DatumGetInt32(bo_store_cell(i, 4, &is_null));
    }
}

/* What every answer about a request says. */
void bo_prepare_answer(BoStore *store, const BoSlotRequest *request, BoBookingAnswer *answer)
{
    memset(answer, 0, sizeof(*answer));
    answer->resource = request->resource;
    answer->during = request->during;
    answer->units = MemoryContextAllocZero(store->answer_context, sizeof(int32) * request->quantity);
}

/* Lock the resource, insert, diagnose. The answer needs no preparation. */
void bo_book_slot(BoStore *store, const BoSlotRequest *request, BoBookingAnswer *answer)
{
    BoSlotLock lock = bo_lock_slot_of(request->tenant, request->resource);

    bo_assert(request->quantity >= 1);
    bo_prepare_answer(store, request, answer);
    for (;;)
    {
        bo_lock_slots(&lock, 1);
        if (bo_decide_slot(store, request, &lock, answer))
            return;
        bo_unlock_slots(&lock, 1);
        lock.exclusive = true;
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
