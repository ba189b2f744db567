/*
 * parts_answer.c
 *   What is told of a call whose members have parts: only what the caller has named.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/parts.h"

#include "verbs/book_slot.h"

/* Answers for members of which all or none are booked: with the party, or with the refusal. */
void bo_parts_tell_party(BoStore *store, const BoBookingAnswer *members, int count, BoBookingAnswer *answer)
{
    int refused = 0;

    if (members[0].outcome == BO_BOOKED)
    {
        bo_slot_tell_party(store, members, count, answer);
        return;
    }
    while (refused < count - 1 && members[refused].outcome == BO_ABORTED)
        refused++;
    *answer = members[refused];
}

/* Answers for the members that the caller has named, of which some have become one for each unit. */
static void parts_tell_named(BoStore *store, BoSlotsCall *group)
{
    BoBookingAnswer *answers =
        MemoryContextAllocZero(store->answer_context, sizeof(BoBookingAnswer) * group->named_count);

    for (int i = 0, member = 0; i < group->named_count; i++)
    {
        int32 units = group->calls[member].quantity == group->named[i].quantity ? 1 : group->named[i].quantity;

        if (units == 1)
            answers[i] = group->answers[member];
        else
            bo_parts_tell_party(store, &group->answers[member], units, &answers[i]);
        member += units;
    }
    group->answers = answers;
    group->calls = group->named;
    group->count = group->asked = group->named_count;
    group->named = NULL;
}

/*
 * Makes the refusal of a part that of its whole; it names the part. Only the members that the caller has named are
 * answered.
 */
void bo_parts_tell(BoStore *store, BoSlotsCall *group)
{
    for (int i = group->asked; i < group->count; i++)
    {
        const BoBookingAnswer *part = &group->answers[i];
        BoBookingAnswer *whole = bo_slots_whole(group, i);

        if (bo_slots_is_decided(group, i) && part->outcome != BO_BOOKED && part->outcome != BO_ABORTED &&
            whole->outcome == BO_ABORTED)
            *whole = *part;
    }
    group->count = group->asked;
    if (group->named != NULL)
        parts_tell_named(store, group);
}
