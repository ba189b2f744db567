/*
 * slot_replay.c
 *   What an earlier call with the same key has booked, as it is now.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/book_slot.h"

#include "base/error.h"
#include "store/booking_row.h"
#include "store/store_booking.h"
#include "verbs/book_slots.h"
#include "verbs/group_read.h"

/*
 * Answers for members that are one unit each as for one party: with those that still stand or, if none does, with the
 * first.
 */
void bo_slot_tell_party(BoStore *store, const BoBookingAnswer *members, int count, BoBookingAnswer *answer)
{
    int first = 0;
    int32 *units;

    while (first < count && !bo_answer_stands(&members[first]))
        first++;
    *answer = members[first == count ? 0 : first];
    if (first == count)
        return;
    units = MemoryContextAlloc(store->answer_context, sizeof(int32) * count);
    answer->unit_count = 0;
    for (int i = first; i < count; i++)
        if (bo_answer_stands(&members[i]) && members[i].unit_count > 0)
            units[answer->unit_count++] = members[i].units[0];
    answer->units = units;
}

/*
 * Reads what still stands of a member. Only one row of a party has the key, and that row may have been cancelled alone,
 * so all rows are read. A party that was booked by book_slot() is one member or, on a resource with parts, a member for
 * each unit.
 */
static void slot_read_member(BoStore *store, const BoSlotCall *call, int32 member, TimestampTz now,
                             BoBookingAnswer *answer)
{
    BoGroup group;

    if (call->group_id == NULL && call->takes_parts)
        member = 0; /* all */
    if (!bo_group_read(store, call->tenant, &answer->group_id, member, now, now, true, &group))
        return; /* the key's row has just been deleted; what was read of it was true */
    bo_group_tell(store, &group, false);
    if (group.count == 1)
        *answer = group.members[0];
    else
        bo_slot_tell_party(store, group.members, group.count, answer);
}

/* Answers with the key's own row: the first answer again, or an error if it was made for something else. */
bool bo_slot_replay(BoStore *store, const BoSlotCall *call, BoBookingAnswer *answer, TimestampTz now)
{
    BoRow row;

    if (call->idempotency_key == NULL ||
        bo_store_run_latest(store, &bo_sql_find_key, bo_text(call->tenant), bo_text(call->idempotency_key)) == 0)
        return false;
    row = bo_store_row(0);
    if (bo_row_is_null(row, BO_BOOKING_ROW_REQUEST_HASH) ||
        bo_row_int8(row, BO_BOOKING_ROW_REQUEST_HASH) != call->request_hash)
        bo_error_key_reused(call->idempotency_key);
    bo_booking_row_read(store, row, now, answer);
    if (answer->has_group)
        slot_read_member(store, call, bo_row_int4(row, BO_FIND_KEY_MEMBER), now, answer);
    answer->outcome = BO_BOOKED;
    answer->replayed = true;
    return true;
}

/*
 * Answers each member that the caller has named with what is booked for it: one member or, if it was several units of a
 * resource with parts, one for each unit. Returns false if the group has other members.
 */
static bool slots_tell_named(BoStore *store, const BoGroup *found, const BoSlotCall *named, int count,
                             BoBookingAnswer *answers)
{
    int member = 0, row = bo_group_first(found);

    for (int i = 0; i < count; i++)
    {
        int first = row, members;

        while (row < found->row_count && found->rows[row].member == found->rows[first].member)
            row++;
        members = row - first == 1 ? named[i].quantity : 1;
        if (member + members > found->count)
            return false;
        if (members == 1)
            answers[i] = found->members[member];
        else
            bo_slot_tell_party(store, &found->members[member], members, &answers[i]);
        member += members;
        row = Max(row, first + members); /* a unit is one row */
    }
    return member == found->count;
}

/*
 * Reads the rows that an earlier call with the same key wrote, of a call that is all or nothing. The answer is
 * repeated, with the bookings as they are now. Returns false if there are no such rows.
 */
bool bo_slots_replay(BoStore *store, BoSlotsCall *group, TimestampTz now)
{
    BoBookingAnswer first = {0};
    BoGroup found;

    if (!bo_slot_replay(store, &group->calls[0], &first, now))
        return false;
    if (!first.has_group)
        bo_error_key_reused(group->calls[0].idempotency_key);
    /* delete_old(), which takes no lock of the resource, may have taken all of them away since the first was read. */
    if (!bo_group_read(store, group->tenant, &first.group_id, 0, now, now, true, &found))
        return false;
    bo_group_tell(store, &found, false);
    if (group->named != NULL)
    {
        group->calls = group->named;
        group->count = group->asked = group->named_count;
        group->named = NULL;
    }
    if (!slots_tell_named(store, &found, group->calls, group->asked, group->answers))
        bo_error_key_reused(group->calls[0].idempotency_key);
    for (int i = 0; i < group->asked; i++)
    {
        group->answers[i].outcome = BO_BOOKED;
        group->answers[i].replayed = true;
        group->answers[i].busy = 0;
    }
    return true;
}
