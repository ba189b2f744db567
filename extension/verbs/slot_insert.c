/*
 * slot_insert.c
 *   The insert that decides, in SQL, for a resource with rules or a table that the owner has changed.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/slot_insert.h"

#include "base/answer.h"
#include "base/error.h"
#include "base/error_follow.h"
#include "base/followed_id.h"
#include "base/identifier.h"
#include "base/subtransaction.h"
#include "base/value.h"
#include "guard/guard.h"
#include "store/booking_row.h"
#include "store/catalog.h"
#include "store/store_booking.h"

void bo_slot_booked(const BoSlotCall *call, BoBookingAnswer *answer, TimestampTz now)
{
    answer->outcome = BO_BOOKED;
    answer->status = call->hold_for == NULL ? BO_STATUS_CONFIRMED : BO_STATUS_HELD;
    answer->lapses_at = call->hold_for == NULL ? DT_NOEND : bo_value_later(now, call->hold_for);
    answer->has_group = call->group_id != NULL;
    if (answer->has_group)
        answer->group_id = *call->group_id;
}

void bo_slot_delete_bookings(BoStore *store, const BoSlotCall *call, const pg_uuid_t *ids, int count)
{
    if (bo_store_run(store, &bo_sql_delete_bookings, bo_text(call->tenant), bo_uuids(ids, count)) != count)
        bo_error_owners_constraint(); /* a trigger gave them to another tenant, or kept them */
}

static void slot_insert_id(pg_uuid_t *id, const BoSlotCall *call, bool is_joined, int unit, TimestampTz now)
{
    if (call->followed_id != NULL)
        bo_followed_id_of_unit(id, call->followed_id, unit);
    else if (is_joined)
        bo_identifier_new_joined(id, now);
    else
        bo_identifier_new(id, now);
}

/* Runs one of the statements that insert a row for each of answer->units. Returns how many rows it inserted. */
static int slot_run_insert(BoStore *store, const BoSlotCall *call, const BoPlace *place, const BoBookingAnswer *answer,
                           const pg_uuid_t *ids, TimestampTz now, BoStatement *statement)
{
    BoParameter parameters[] = {bo_text(call->tenant),
                                bo_int8(place->resource_id),
                                bo_uuids(ids, call->quantity),
                                bo_int4s(answer->units, answer->unit_count),
                                bo_range(call->during),
                                bo_range(place->blocks),
                                bo_text(call->holder),
                                bo_end_or_null(answer->lapses_at),
                                bo_text_or_null(call->idempotency_key),
                                bo_int8(call->request_hash),
                                bo_jsonb_or_null(call->details),
                                bo_instant(now),
                                bo_nullable(bo_uuid(&answer->group_id), !answer->has_group),
                                bo_int4(call->member),
                                bo_bool(call->hold_for != NULL),
                                bo_text_or_null(call->kind)};

    return (int)bo_store_run_list(store, statement, parameters, lengthof(parameters) - (call->kind == NULL ? 1 : 0));
}

/*
 * Inserts a row for each of answer->units, all of them or none. ids and answer are set to what was stored, if the
 * statement returns it.
 */
static bool slot_insert_units(BoStore *store, const BoSlotCall *call, const BoPlace *place, BoBookingAnswer *answer,
                              pg_uuid_t *ids, TimestampTz now, BoStatement *statement)
{
    int count = call->quantity;
    bool has_own_group = count > 1 && call->group_id == NULL;
    int inserted;

    bo_slot_booked(call, answer, now);
    if (call->member < 0)
        answer->lapses_at = call->lapses_at;
    else if (call->hold_for == NULL)
        answer->lapses_at = place->check_in_by;
    for (int i = 0; i < count; i++)
        slot_insert_id(&ids[i], call, place->has_parts || call->member < 0, i + 1, now);
    answer->booking_id = ids[0];
    answer->has_group |= has_own_group;
    if (has_own_group && call->followed_id != NULL)
        answer->group_id = *call->followed_id;
    else if (has_own_group)
        bo_identifier_new(&answer->group_id, now);
    answer->unit_count = call->allow_overlap ? 0 : count;

    inserted = slot_run_insert(store, call, place, answer, ids, now, statement);
    for (int i = 0; i < inserted && statement->columns > 0; i++)
        ids[i] = bo_row_uuid(bo_store_row(i), BO_BOOKING_ROW_BOOKING_ID);
    if (inserted == count && statement->columns > 0)
        bo_booking_row_read_units(store, count, now, answer);
    if (inserted > 0 && inserted < count)
        bo_slot_delete_bookings(store, call, ids, inserted);
    return inserted == count;
}

typedef struct ForcedInsert
{
    BoStore *store;
    const BoSlotCall *call;
    const BoPlace *place;
    BoBookingAnswer *answer;
    pg_uuid_t *ids;
    TimestampTz now;
} ForcedInsert;

static bool slot_try_by_force(void *argument)
{
    ForcedInsert *it = argument;
    BoStatement *statement =
        it->call->kind == NULL ? &bo_sql_insert_units_by_force : &bo_sql_insert_units_of_kind_by_force;

    if (!slot_insert_units(it->store, it->call, it->place, it->answer, it->ids, it->now, statement))
        bo_error_owners_constraint();
    return true;
}

/*
 * Inserts a row for each of answer->units, or none. ON CONFLICT DO NOTHING does not tell which index was in conflict.
 * If a conflict comes back although everything of ours is free, only an owner's constraint is left: then the rows are
 * inserted without ON CONFLICT, so that the owner's constraint raises its own error. Two calls that do so at once could
 * deadlock, so the resource must be locked exclusively.
 */
bool bo_slot_insert(BoStore *store, const BoSlotCall *call, const BoPlace *place, BoBookingAnswer *answer,
                    pg_uuid_t *ids, TimestampTz now, bool again)
{
    ForcedInsert it = {store, call, place, answer, ids, now};
    BoStatement *statement = call->kind != NULL              ? &bo_sql_insert_units_of_kind
                             : bo_catalog()->inserts_as_made ? &bo_sql_insert_units
                                                             : &bo_sql_insert_units_returning;

    /* Nothing else has a row's id: somebody wrote to the table while its triggers were disabled. */
    if (again && call->followed_id != NULL &&
        bo_store_run_latest(store, &bo_sql_find_booking, bo_text(call->tenant), bo_uuid(call->followed_id)) > 0)
        bo_error_followed_drift(NULL);
    return again && bo_catalog()->owner_constrains ? bo_subtransaction_run(slot_try_by_force, &it, bo_guard_met_another)
                                                   : slot_insert_units(store, call, place, answer, ids, now, statement);
}
