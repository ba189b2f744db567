/*
 * book_slots_insert.c
 *   The members of a book_slots() call on plain resources: inserted in one pass over them, and why some were not.
 *   The light path inserts them where it may, and one INSERT elsewhere.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/book_slots.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/error.h"
#include "base/identifier.h"
#include "base/value.h"
#include "store/booking_row.h"
#include "store/catalog.h"
#include "store/store_group.h"
#include "verbs/book_slot.h"

/* What the INSERT is given for each member. */
typedef struct SlotsColumns
{
    BoArrayMaker booking_ids;
    BoArrayMaker resource_ids;
    BoArrayMaker durings;
    BoArrayMaker holders;
    BoArrayMaker idempotency_keys;
    BoArrayMaker request_hashes;
    BoArrayMaker details;
    BoArrayMaker members;
} SlotsColumns;

/* Collects every plain member that is not decided yet. */
static SlotsColumns slots_columns(BoSlotsCall *group, TimestampTz now)
{
    SlotsColumns columns = {bo_array_maker(UUIDOID, group->count),      bo_array_maker(INT8OID, group->count),
                            bo_array_maker(TSTZRANGEOID, group->count), bo_array_maker(TEXTOID, group->count),
                            bo_array_maker(TEXTOID, group->count),      bo_array_maker(INT8OID, group->count),
                            bo_array_maker(JSONBOID, group->count),     bo_array_maker(INT4OID, group->count)};

    for (int n = 0; n < group->count; n++)
    {
        int i = group->order[n];
        const BoSlotCall *call = &group->calls[i];
        BoBookingAnswer *answer = &group->answers[i];

        if (!bo_slots_is_inserted_together(group, i) || bo_slots_is_decided(group, i))
            continue;
        if (call->followed_id != NULL)
            answer->booking_id = *call->followed_id;
        else
            bo_identifier_new(&answer->booking_id, now);
        bo_array_append(&columns.booking_ids, bo_uuid(&answer->booking_id));
        bo_array_append(&columns.resource_ids, bo_int8(group->resources.ids[i]));
        bo_array_append(&columns.durings, bo_range(call->during));
        bo_array_append(&columns.holders, bo_text(call->holder));
        bo_array_append(&columns.idempotency_keys, bo_text_or_null(call->idempotency_key));
        bo_array_append(&columns.request_hashes, bo_int8(call->request_hash));
        bo_array_append(&columns.details, bo_jsonb_or_null(call->details));
        bo_array_append(&columns.members, bo_int4(call->member));
    }
    return columns;
}

static void slots_booked(const BoSlotsCall *group, BoBookingAnswer *answer, TimestampTz lapses_at)
{
    answer->status = group->hold_for == NULL ? BO_STATUS_CONFIRMED : BO_STATUS_HELD;
    answer->lapses_at = lapses_at;
    answer->unit_count = 1;
    answer->units[0] = 1;
    answer->has_group = group->all_or_nothing;
    answer->group_id = group->group_id;
}

/*
 * Inserts one after the other on the light path: an INSERT searches for each slot twice by PostgreSQL's own search,
 * which costs more than writing the row. As with an INSERT, a member that was not inserted stays undecided. Returns
 * false if only SQL may insert.
 */
static bool slots_insert_direct(BoSlotsCall *group, TimestampTz now)
{
    BoDirect direct;
    MemoryContext of_row, caller;

    if (IsolationUsesXactSnapshot() || !bo_direct_open(&direct, true))
        return false;
    of_row = AllocSetContextCreate(CurrentMemoryContext, "bookonce members", ALLOCSET_SMALL_SIZES);
    caller = MemoryContextSwitchTo(of_row);
    for (int n = 0; n < group->count; n++)
    {
        int i = group->order[n];

        if (!bo_slots_is_inserted_together(group, i) || bo_slots_is_decided(group, i))
            continue;
        CHECK_FOR_INTERRUPTS();
        if (bo_slot_insert_direct(&direct, &group->calls[i], &group->answers[i], now) != BO_DIRECT_INSERTED)
            group->answers[i].outcome = BO_OUTCOME_INVALID;
        MemoryContextReset(of_row);
    }
    MemoryContextSwitchTo(caller);
    MemoryContextDelete(of_row);
    bo_direct_close(&direct);
    return true;
}

/* Inserts every plain member that is not decided yet and that nothing blocks. */
void bo_slots_insert(BoStore *store, BoSlotsCall *group, TimestampTz now)
{
    TimestampTz lapses_at = group->hold_for == NULL ? DT_NOEND : bo_value_later(now, group->hold_for);
    SlotsColumns columns;
    bool as_made = bo_catalog()->inserts_as_made;
    uint64 inserted;

    if (slots_insert_direct(group, now))
        return;
    columns = slots_columns(group, now);
    if (columns.members.count == 0)
        return;
    inserted = bo_store_run(
        store, as_made ? &bo_sql_insert_members : &bo_sql_insert_members_returning, bo_text(group->tenant),
        bo_array_made(&columns.booking_ids), bo_array_made(&columns.resource_ids), bo_array_made(&columns.durings),
        bo_array_made(&columns.holders), bo_array_made(&columns.idempotency_keys),
        bo_array_made(&columns.request_hashes), bo_array_made(&columns.details), bo_array_made(&columns.members),
        bo_end_or_null(lapses_at), bo_instant(now), bo_nullable(bo_uuid(&group->group_id), !group->all_or_nothing));
    for (uint64 n = 0; n < inserted; n++)
    {
        BoRow row = bo_store_row(n);
        int i = bo_row_int4(row, as_made ? BO_INSERT_MEMBERS_MEMBER : BO_INSERT_MEMBERS_RETURNING_MEMBER) -
                group->calls[0].member;

        /* The member tells the rows apart. A trigger of the owner's may have changed it. */
        if (i < 0 || i >= group->count || !bo_slots_is_inserted_together(group, i) || bo_slots_is_decided(group, i))
            bo_error_owners_constraint();
        if (as_made)
            slots_booked(group, &group->answers[i], lapses_at);
        else
            bo_booking_row_read(store, row, now, &group->answers[i]);
        group->answers[i].outcome = BO_BOOKED;
    }
}

/* Finds what blocks the plain members that are not decided. Returns how many of them are blocked. */
uint64 bo_slots_find_blockers(BoStore *store, const BoSlotsCall *group, TimestampTz now)
{
    BoArrayMaker ids = bo_array_maker(INT8OID, group->count);
    BoArrayMaker durings = bo_array_maker(TSTZRANGEOID, group->count);
    BoArrayMaker members = bo_array_maker(INT4OID, group->count);

    for (int i = 0; i < group->count; i++)
    {
        if (!bo_slots_is_plain(group, i) || bo_slots_is_decided(group, i))
            continue;
        bo_array_append(&ids, bo_int8(group->resources.ids[i]));
        bo_array_append(&durings, bo_range(group->calls[i].during));
        bo_array_append(&members, bo_int4(i + 1));
    }
    if (ids.count == 0)
        return 0;
    return bo_store_run_latest(store, &bo_sql_find_member_blockers, bo_array_made(&ids), bo_array_made(&durings),
                               bo_array_made(&members), bo_instant(now));
}

/*
 * Marks as taken those plain members that are not decided and are blocked. Returns true if one of them is blocked only
 * by lapsed holds.
 */
bool bo_slots_find_taken(BoStore *store, BoSlotsCall *group, TimestampTz now)
{
    uint64 found = bo_slots_find_blockers(store, group, now);
    bool met_lapsed = false;

    for (uint64 n = 0; n < found; n++)
    {
        BoRow row = bo_store_row(n);
        BoBookingAnswer *answer = &group->answers[bo_row_int4(row, BO_FIND_MEMBER_BLOCKERS_MEMBER) - 1];
        const MultirangeType *busy = bo_row_multirange_or_null(row, BO_FIND_MEMBER_BLOCKERS_BUSY, TSTZMULTIRANGEOID);

        if (busy == NULL)
        {
            met_lapsed = true;
            continue;
        }
        bo_slot_refuse(answer, BO_TAKEN);
        answer->busy = PointerGetDatum(bo_store_keep(store, busy));
    }
    return met_lapsed;
}
