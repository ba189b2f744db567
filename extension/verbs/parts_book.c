/*
 * parts_book.c
 *   Booking a resource with its parts: one call that is all or nothing.
 *
 * Each part, and each part of a part, becomes a member of the call behind those that the caller has named: it is locked
 * with them in hash order, and booked by its own rules. Its rows have the group of the whole, and the negative of the
 * whole's member. A member of several units of such a resource becomes one for each unit, with parts of its own, and
 * the caller is answered for all of them at once. Where each member is decided by itself, or one of many resources is
 * chosen, the parts are only locked in this way, and the whole is booked as a call of its own, in a subtransaction of
 * its own. Which parts there are is read under the lock of the whole, which set_parts() takes exclusively, also to
 * change the parts of a part.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/parts.h"

#include "base/error.h"
#include "base/error_parts.h"
#include "base/identifier.h"
#include "store/row_checked.h"
#include "store/store_parts.h"
#include "verbs/book_slot.h"

/* The parts of a call's resources as they are under the locks. */
typedef struct PartsList
{
    int count;
    int room;
    BoSlotCall *calls;
} PartsList;

static void parts_append(PartsList *list, const BoSlotCall *whole, text *part, int32 quantity)
{
    if (list->count == list->room)
    {
        list->room = Max(list->room * 2, 8);
        list->calls = list->calls == NULL ? palloc(sizeof(BoSlotCall) * list->room)
                                          : repalloc(list->calls, sizeof(BoSlotCall) * list->room);
    }
    list->calls[list->count] = *whole;
    list->calls[list->count].resource = part;
    list->calls[list->count].quantity = quantity;
    list->calls[list->count].takes_parts = true; /* its own are in the list */
    list->calls[list->count].member = -whole->member;
    list->calls[list->count].idempotency_key = NULL;
    list->calls[list->count].details = NULL;
    list->calls[list->count].request_hash = 0;
    list->count++;
}

static void parts_read(BoStore *store, const BoSlotCall *whole, PartsList *list)
{
    uint64 found;

    if (!whole->takes_parts)
        bo_error_has_parts(whole->resource);
    found = bo_store_run_latest(store, &bo_sql_find_parts, bo_text(whole->tenant), bo_text(whole->resource));
    for (uint64 i = 0; i < found; i++)
    {
        BoRow row = bo_store_row(i);
        text *part = bo_row_text(row, BO_FIND_PARTS_RESOURCE);
        int32 quantity = bo_row_quantity(row, BO_FIND_PARTS_QUANTITY);
        int32 capacity = bo_row_int4(row, BO_FIND_PARTS_CAPACITY);

        if (bo_row_int4(row, BO_FIND_PARTS_WAYS) > BO_MAX_PARTS)
            bo_error_parts_many(whole->resource);
        if (quantity > capacity)
            bo_error_parts_capacity(whole->resource, part, quantity, capacity);
        parts_append(list, whole, part, quantity);
    }
}

/* The parts of a resource that the caller has locked: a name for each unit of each. Returns how many there are. */
int bo_parts_units(BoStore *store, const BoSlotCall *whole, text ***names)
{
    PartsList list = {0};
    int64 count = 0;
    int named = 0;

    parts_read(store, whole, &list);
    for (int i = 0; i < list.count; i++)
        count += list.calls[i].quantity;
    if (count >= BO_MAX_MEMBERS)
        bo_error_parts_many(whole->resource);
    *names = palloc(sizeof(text *) * Max(count, 1));
    for (int i = 0; i < list.count; i++)
        for (int32 unit = 0; unit < list.calls[i].quantity; unit++)
            (*names)[named++] = list.calls[i].resource;
    return named;
}

static bool parts_are_named(const BoSlotsCall *group, const PartsList *list)
{
    if (group->count != group->asked + list->count)
        return false;
    for (int i = 0; i < list->count; i++)
    {
        const BoSlotCall *named = &group->calls[group->asked + i];

        if (named->member != list->calls[i].member || named->quantity != list->calls[i].quantity ||
            !bo_arguments_same_text(named->resource, list->calls[i].resource))
            return false;
    }
    return true;
}

static void parts_check_count(const BoSlotsCall *group, int64 count)
{
    if (count > BO_MAX_MEMBERS)
        bo_error_argument(group->is_party ? "quantity" : "slots",
                          psprintf("must not have more than %d members, with their parts", BO_MAX_MEMBERS),
                          "fewer in each call");
}

static bool parts_has_some(const BoSlotsCall *group, int i)
{
    return group->resources.locks[i].has_parts && group->resources.ids[i] != 0;
}

/* How many members one becomes: one for each unit of a resource with parts, so that each has its own. */
static int32 parts_count_units(const BoSlotsCall *group, int i)
{
    return group->all_or_nothing && parts_has_some(group, i) ? group->calls[i].quantity : 1;
}

/* The members before their parts; those of resources with parts are marked. Their locks are held. */
static PartsList parts_split(const BoSlotsCall *group, bool **has_parts)
{
    PartsList units = {0};
    int64 count = 0;

    for (int i = 0; i < group->asked; i++)
    {
        int32 of_member = parts_count_units(group, i);

        if (of_member > 1 && of_member > group->resources.capacities[i])
            bo_error_above_capacity(group->resources.capacities[i]);
        count += of_member;
    }
    parts_check_count(group, count);
    units.calls = palloc(sizeof(BoSlotCall) * count);
    *has_parts = palloc(sizeof(bool) * count);
    for (int i = 0; i < group->asked; i++)
    {
        int32 of_member = parts_count_units(group, i);

        for (int32 unit = 0; unit < of_member; unit++, units.count++)
        {
            BoSlotCall *call = &units.calls[units.count];

            *call = group->calls[i];
            call->member = group->calls[0].member + units.count;
            (*has_parts)[units.count] = parts_has_some(group, i);
            if (of_member > 1)
                call->quantity = 1;
            if (unit == 0)
                continue;
            call->idempotency_key = NULL;
            call->request_hash = 0;
        }
    }
    return units;
}

/*
 * Makes the units and their parts the members of the call. All locks are exclusive, because a member that takes several
 * units needs that.
 */
static void parts_add(BoSlotsCall *group, const PartsList *units, const PartsList *list)
{
    bool keyed = group->resources.keyed;
    bool defines = group->resources.defines;
    BoSlotCall *calls;

    parts_check_count(group, (int64)units->count + list->count);
    calls = palloc(sizeof(BoSlotCall) * (units->count + list->count));
    memcpy(calls, units->calls, sizeof(BoSlotCall) * units->count);
    for (int i = 0; i < list->count; i++)
        calls[units->count + i] = list->calls[i];
    if (units->count != group->asked && group->named == NULL)
    {
        group->named = group->calls;
        group->named_count = group->asked;
    }
    group->calls = calls;
    group->asked = units->count;
    group->count = units->count + list->count;
    group->answers = palloc0(sizeof(BoBookingAnswer) * group->count);
    group->order = palloc(sizeof(int) * group->count);
    group->resources = bo_slot_resources(group->tenant, group->count);
    group->resources.keyed = keyed || list->count > 0; /* a part may be renamed, and is then read again */
    group->resources.defines = defines;
    for (int i = 0; i < group->count; i++)
    {
        bo_slot_book_for(&group->resources, i, &group->calls[i]);
        group->resources.locks[i].exclusive = true;
    }
    bo_identifier_new_joined(&group->group_id, GetCurrentTimestamp());
}

/* The same where the parts are not members of the call. */
static bool parts_are_locked(const BoResources *resources, int asked, const PartsList *list)
{
    if (resources->count != asked + list->count)
        return false;
    for (int i = 0; i < list->count; i++)
        if (!bo_arguments_same_text(resources->names[asked + i], list->calls[i].resource))
            return false;
    return true;
}

/* Puts the parts behind the resources that are asked for, to be locked with them. */
static BoResources parts_behind(const BoResources *resources, int asked, const PartsList *list)
{
    BoResources all = bo_slot_resources(resources->tenant, asked + list->count);

    all.keyed = true; /* a part may be renamed, and is then read again */
    all.defines = resources->defines;
    for (int i = 0; i < asked; i++)
    {
        bo_slot_name(&all, i, resources->names[i]);
        all.holders[i] = resources->holders[i];
        all.locks[i].exclusive |= resources->locks[i].exclusive || resources->locks[i].has_parts;
    }
    for (int i = 0; i < list->count; i++)
    {
        bo_slot_book_for(&all, asked + i, &list->calls[i]);
        all.locks[asked + i].exclusive = true;
    }
    return all;
}

static void parts_keep_names(const PartsList *list)
{
    for (int i = 0; i < list->count; i++)
        list->calls[i].resource = (text *)PG_DETOAST_DATUM_COPY(PointerGetDatum(list->calls[i].resource));
}

/*
 * Called under the locks of resources of which the call will book one. Returns true if parts of these were not locked
 * with them: then the parts have been appended behind the first `asked` resources, and no lock is held.
 */
bool bo_parts_lock(BoStore *store, BoResources *resources, int asked, const BoSlotCall *call)
{
    BoSlotCall whole = *call;
    MemoryContext before;
    PartsList list = {0};

    for (int i = 0; i < asked; i++)
    {
        whole.resource = resources->names[i];
        if (resources->locks[i].has_parts && resources->ids[i] != 0)
            parts_read(store, &whole, &list);
    }
    if (parts_are_locked(resources, asked, &list))
        return false;
    bo_slot_give_back_all(resources, false);
    before = MemoryContextSwitchTo(store->answer_context);
    parts_keep_names(&list);
    *resources = parts_behind(resources, asked, &list);
    MemoryContextSwitchTo(before);
    return true;
}

static bool parts_any_has_some(const BoSlotsCall *group)
{
    for (int i = 0; i < group->asked; i++)
        if (parts_has_some(group, i))
            return true;
    return false;
}

/*
 * Returns true if a call that names resources with parts has been made before: it has its answers, whatever would be
 * booked along by now.
 */
bool bo_parts_replay(BoStore *store, BoSlotsCall *group)
{
    return group->all_or_nothing && !group->is_party && group->count == group->asked && parts_any_has_some(group) &&
           bo_slots_replay(store, group, GetCurrentTimestamp());
}

/*
 * Called under the locks of the call's resources, before anything is written. Returns true if the call did not have the
 * parts of these resources: now it has them, and no lock is held. If members are decided each by itself, their parts
 * are locked along with the others but are not members: each whole is a call of its own.
 */
bool bo_parts_expand(BoStore *store, BoSlotsCall *group)
{
    bool are_members = group->all_or_nothing;
    MemoryContext before;
    PartsList list = {0}, units;
    bool *has_parts;

    if (!parts_any_has_some(group) && group->resources.count == group->asked)
        return false;
    units = parts_split(group, &has_parts);
    for (int i = 0; i < units.count; i++)
        if (has_parts[i])
            parts_read(store, &units.calls[i], &list);
    if (are_members ? units.count == group->asked && parts_are_named(group, &list)
                    : parts_are_locked(&group->resources, group->asked, &list))
        return false;
    bo_slot_give_back_all(&group->resources, are_members);
    before = MemoryContextSwitchTo(store->answer_context);
    parts_keep_names(&list);
    if (are_members)
        parts_add(group, &units, &list);
    else
        group->resources = parts_behind(&group->resources, group->asked, &list);
    MemoryContextSwitchTo(before);
    return true;
}

/*
 * Called for a member that is decided by itself. Returns false if its resource has no parts. Otherwise the member has
 * its answer, as book_slot() would give it; everything is locked already.
 */
bool bo_parts_decide(BoStore *store, BoSlotsCall *group, int i)
{
    if (group->all_or_nothing || !group->resources.locks[i].has_parts)
        return false;
    /* The key may date from before the resource had parts. */
    if (!bo_slot_replay(store, &group->calls[i], &group->answers[i], GetCurrentTimestamp()))
        bo_parts_book(store, &group->calls[i], &group->answers[i]);
    return true;
}

/*
 * Called before a part is decided, after its whole. Returns false, with the answer, if the whole is refused. Otherwise
 * the part is made to lapse when its whole does.
 */
bool bo_parts_go_on(BoSlotsCall *group, int i)
{
    const BoBookingAnswer *whole = bo_slots_whole(group, i);

    if (whole->outcome != BO_BOOKED)
    {
        bo_slot_refuse(&group->answers[i], BO_ABORTED);
        return false;
    }
    group->calls[i].lapses_at = whole->lapses_at;
    return true;
}

static int32 parts_book(BoStore *store, const BoSlotCall *call, const BoSlotLock *within, BoBookingAnswer *answer)
{
    BoSlotsCall group = {.count = call->quantity,
                         .all_or_nothing = true,
                         .is_party = true,
                         .within = within,
                         .hold_for = call->hold_for,
                         .valid_until = call->valid_until,
                         .tenant = call->tenant};

    if (call->allow_overlap)
        bo_error_has_parts(call->resource);
    bo_identifier_new_joined(&group.group_id, GetCurrentTimestamp());
    group.calls = palloc(sizeof(BoSlotCall) * group.count);
    group.answers = MemoryContextAllocZero(store->answer_context, sizeof(BoBookingAnswer) * group.count);
    group.order = palloc(sizeof(int) * group.count);
    group.resources = bo_slot_resources(group.tenant, group.count);
    group.resources.keyed = call->idempotency_key != NULL;
    for (int i = 0; i < group.count; i++)
    {
        group.calls[i] = *call;
        group.calls[i].quantity = 1;
        group.calls[i].member = i + 1;
        group.calls[i].group_id = &group.group_id;
        group.calls[i].valid_until = DT_NOEND; /* judged for all of them */
        bo_slot_book_for(&group.resources, i, &group.calls[i]);
        if (i == 0)
            continue;
        group.calls[i].idempotency_key = NULL;
        group.calls[i].request_hash = 0;
    }
    bo_slots_book(store, &group);
    bo_parts_tell_party(store, group.answers, group.count, answer);
    return group.offered;
}

/* book_slot() of a resource with parts: each unit is a member, with its own parts. */
void bo_parts_book(BoStore *store, const BoSlotCall *call, BoBookingAnswer *answer)
{
    (void)parts_book(store, call, NULL, answer);
}

/*
 * The same for a caller that has locked all of them, and the holder if a rule counts what a holder has: nothing is
 * waited for. lock: that of the whole. It works in parts; the caller may be within one of its own. If it books, it
 * returns how many holds it made for those who wait for a part.
 */
int32 bo_parts_book_within(BoStore *store, const BoSlotCall *call, const BoSlotLock *lock, BoBookingAnswer *answer)
{
    MemoryContext whole = store->whole_context;
    int32 offered = parts_book(store, call, lock, answer);

    store->whole_context = whole;
    return offered;
}
