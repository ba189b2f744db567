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
