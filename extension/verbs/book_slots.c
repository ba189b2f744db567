/*
 * book_slots.c
 *   book_slots(): many slots in one call, either all or none of them, or each by itself.
 *
 * All resources are locked before anything is written, in hash order, so calls that name the same resources in
 * different orders do not deadlock. The members on plain resources are inserted in one pass, in order of resource and
 * start: two such calls meet in the same order. What that cannot decide (lapsed holds are in the way, or the refusal of
 * a keyed call may not be final) is decided under exclusive locks, when no other call is in progress: the first try is
 * rolled back, its shared locks are released, and the call begins again. Each try is a subtransaction.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/book_slots.h"

#include "access/xact.h"
#include "catalog/pg_type.h"

#include "base/answer.h"
#include "base/error.h"
#include "base/identifier.h"
#include "base/label.h"
#include "base/lock.h"
#include "base/round.h"
#include "base/subtransaction.h"
#include "base/value.h"
#include "base/wait.h"
#include "store/booking_row.h"
#include "guard/guard.h"
#include "verbs/book_slot.h"
#include "verbs/kind.h"
#include "verbs/parts.h"

BO_VERB_THAT_WAITS(book_slots, 10);

static int slots_compare_members(const void *a, const void *b, void *context)
{
    const BoSlotsCall *group = context;
    int left = *(const int *)a, right = *(const int *)b;
    RangeType *left_during = group->calls[left].during, *right_during = group->calls[right].during;

    if (group->resources.ids[left] != group->resources.ids[right])
        return group->resources.ids[left] < group->resources.ids[right] ? -1 : 1;
    return range_compare(&left_during, &right_during, lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO));
}

static void slots_order_members(BoSlotsCall *group)
{
    for (int i = 0; i < group->count; i++)
        group->order[i] = i;
    qsort_arg(group->order, group->count, sizeof(int), slots_compare_members, group);
}

static bool slots_any_refused(const BoSlotsCall *group)
{
    for (int i = 0; i < group->count; i++)
        if (bo_slots_is_decided(group, i) && group->answers[i].outcome != BO_BOOKED)
            return true;
    return false;
}

/* For unknown resources: the member may have been booked before its resource was renamed; otherwise OB002. */
static void slots_settle_unknown(BoStore *store, BoSlotsCall *group, TimestampTz now)
{
    for (int i = 0; i < group->count; i++)
        if (group->resources.ids[i] == 0 && !bo_slot_replay(store, &group->calls[i], &group->answers[i], now))
            bo_error_unknown_resource(group->calls[i].resource);
}

/* After valid_until, the only bookings in an answer are replays of what was booked in time. */
static BoDecision slots_answer_too_late(BoStore *store, BoSlotsCall *group, bool exclusive, TimestampTz now)
{
    bool has_key = false;

    for (int i = 0; i < group->count; i++)
        has_key |= group->calls[i].idempotency_key != NULL;
    if (has_key && !exclusive)
        return BO_NEEDS_EXCLUSIVE;
    for (int i = 0; i < group->count; i++)
        if (group->all_or_nothing || !bo_slot_replay(store, &group->calls[i], &group->answers[i], now))
            bo_slot_refuse(&group->answers[i], BO_TOO_LATE);
    return BO_ANSWERED;
}

/*
 * Decides one by one, each as book_slot() would, the members that one pass cannot decide. Returns BO_ANSWERED or
 * BO_NEEDS_HOLDER.
 */
static BoDecision slots_decide_one_by_one(BoStore *store, BoSlotsCall *group, bool plain_too)
{
    for (int i = 0; i < group->count; i++)
    {
        BoSlotLock lock = group->resources.locks[i];
        BoDecision decision;

        if (group->within != NULL)
        {
            lock.serves_line = group->within->serves_line && group->calls[i].member > 0;
            lock.serves_whole = group->within->serves_line;
            lock.served_at = group->within->served_at;
        }
        if (bo_slots_is_decided(group, i) || (bo_slots_is_inserted_together(group, i) && !plain_too))
            continue;
        if (bo_parts_decide(store, group, i) || (group->calls[i].member < 0 && !bo_parts_go_on(group, i)))
            continue;
        bo_store_begin_part(store);
        decision = bo_slot_decide(store, &group->calls[i], &lock, &group->answers[i]);
        bo_store_end_part(store);
        group->offered += lock.offered;
        if (decision == BO_NEEDS_HOLDER)
            return decision;
        if (decision != BO_ANSWERED)
            bo_error_impossible("a member needs a stronger lock than the exclusive one");
    }
    return BO_ANSWERED;
}

/* Returns true if the members that are left need a try of their own, because looking cannot decide any more of them. */
static bool slots_is_open(const BoSlotsCall *group)
{
    for (int i = 0; i < group->count; i++)
        if (!bo_slots_is_decided(group, i))
            return true;
    return false;
}

/*
 * Writes everything that a try writes, and fills in the answers. Sets keeps if what was written should stand; otherwise
 * the call is refused or replayed as a whole.
 */
static BoDecision slots_decide_group(BoStore *store, BoSlotsCall *group, bool exclusive, bool *keeps)
{
    TimestampTz now = GetCurrentTimestamp();
    const BoBookingAnswer *first = &group->answers[0];

    *keeps = false;
    for (int i = 0; i < group->count; i++)
        bo_slot_prepare(store, &group->calls[i], &group->answers[i]);
    /* A repeated call is answered before anything is written, whatever today's rules would say of it. */
    if (group->all_or_nothing && bo_slots_replay(store, group, now))
        return BO_ANSWERED;
    slots_settle_unknown(store, group, now);
    if (now >= group->valid_until)
        return slots_answer_too_late(store, group, exclusive, now);

    /*
     * Where one refusal refuses all, look first: such a call should write nothing. Only the insert can say yes. With an
     * old snapshot, to look raises 40001 where the insert would not tell.
     */
    if (group->all_or_nothing && (!group->was_looked_at || IsolationUsesXactSnapshot()))
    {
        bool met_lapsed = bo_slots_find_taken(store, group, now);

        if (slots_any_refused(group))
        {
            (void)bo_slots_replay(store, group, now);
            return BO_ANSWERED;
        }
        if (met_lapsed && !exclusive)
            return BO_NEEDS_EXCLUSIVE;
    }

    /*
     * Raises 40001 if a slot that was taken when the transaction began has been freed since: the insert does not tell.
     */
    if (!group->all_or_nothing && IsolationIsSerializable())
        (void)bo_slots_find_blockers(store, group, now);

    if (slots_decide_one_by_one(store, group, false) == BO_NEEDS_HOLDER)
        return BO_NEEDS_HOLDER;
    bo_slots_insert(store, group, now);
    if (group->all_or_nothing && (first->outcome != BO_BOOKED || first->replayed) && bo_slots_replay(store, group, now))
        return BO_ANSWERED;
    if (!group->all_or_nothing)
        for (int i = 0; i < group->count; i++)
            if (!bo_slots_is_decided(group, i))
                (void)bo_slot_replay(store, &group->calls[i], &group->answers[i], now);
    if (slots_is_open(group))
        (void)bo_slots_find_taken(store, group, now);
    if (slots_is_open(group) && !exclusive)
        return BO_NEEDS_EXCLUSIVE;
    if (slots_decide_one_by_one(store, group, true) == BO_NEEDS_HOLDER)
        return BO_NEEDS_HOLDER;
    *keeps = !group->all_or_nothing || !slots_any_refused(group);
    return BO_ANSWERED;
}

/*
 * Returns true if each of the inserted bookings was decided before its limits. An insert may have waited for a
 * transaction that then rolled back.
 */
static bool slots_are_in_time(const BoSlotsCall *group, bool undone)
{
    TimestampTz decided = GetCurrentTimestamp();
    bool in_time = decided < group->valid_until;

    for (int i = 0; i < group->count && in_time; i++)
    {
        const BoBookingAnswer *answer = &group->answers[i];

        if (answer->outcome == BO_BOOKED && !answer->replayed)
            in_time = bo_slot_is_in_time(decided, group->valid_until, DT_NOEND, bo_slot_hold_end(answer, undone));
    }
    return in_time;
}

typedef struct GroupTry
{
    BoStore *store;
    BoSlotsCall *group;
    bool exclusive;
    bool undone; /* a try came too late */
    BoDecision decision;
} GroupTry;

static bool slots_try_group(void *argument)
{
    GroupTry *it = argument;
    bool keeps;

    it->group->offered = 0;
    it->decision = slots_decide_group(it->store, it->group, it->exclusive, &keeps);
    if (keeps && !slots_are_in_time(it->group, it->undone))
    {
        it->decision = BO_AGAIN;
        return false;
    }
    return keeps;
}

/* Decides all members: afterwards each has its answer. */
static void slots_book_all(BoStore *store, BoSlotsCall *group)
{
    GroupTry it = {.store = store, .group = group};
    /* Members that are decided one by one need the exclusive lock, and so do all members of a kind of booking. */
    BoKind exclusive_from = group->calls[0].kind == NULL ? BO_KIND_POLICY : BO_KIND_PLAIN;

    for (int round = 0;; bo_round_next(&round))
    {
        bo_slot_lock_all(store, &group->resources, exclusive_from);
        if (bo_parts_replay(store, group))
            break;
        if (bo_parts_expand(store, group))
            continue;
        slots_order_members(group);
        (void)bo_subtransaction_run(slots_try_group, &it, NULL);
        if (it.decision == BO_ANSWERED)
            break;
        if (it.decision == BO_NEEDS_HOLDER && group->within != NULL)
        {
            bo_slot_refuse(&group->answers[0], BO_HOLDER_LIMIT); /* only lapsed holds elsewhere are in the way */
            break;
        }
        it.exclusive |= it.decision == BO_NEEDS_EXCLUSIVE;
        it.undone |= it.decision == BO_AGAIN;
        bo_slot_give_back_all(&group->resources, it.exclusive);
        if (it.decision == BO_NEEDS_HOLDER)
            bo_slot_enter_holders(store, &group->resources);
    }

    /* Otherwise a caller that releases its locks would still have these. */
    if (group->within != NULL && slots_any_refused(group))
        bo_slot_give_back_all(&group->resources, true);

    /* The member that failed says why; the others would have been booked. */
    if (group->all_or_nothing && slots_any_refused(group))
        for (int i = 0; i < group->count; i++)
            if (!bo_slots_is_decided(group, i) || group->answers[i].outcome == BO_BOOKED)
                bo_slot_refuse(&group->answers[i], BO_ABORTED);
    bo_parts_tell(store, group);
}

/*
 * Some members of a call, as a call of their own. Its locks are as at the start of a call: nothing is known of the
 * resources yet.
 */
static BoSlotsCall slots_part(const BoSlotsCall *group, int from, int count)
{
    BoSlotsCall part = *group;

    part.asked = part.count = part.resources.count = count;
    part.calls += from;
    part.answers += from;
    part.order += from;
    part.resources.names += from;
    part.resources.locks += from;
    part.resources.ids += from;
    part.resources.capacities += from;
    part.resources.holders += from;
    for (int i = 0; i < count; i++)
        bo_slot_name(&part.resources, i, part.resources.names[i]);
    return part;
}

typedef struct PartTry
{
    BoStore *store;
    BoSlotsCall part;
} PartTry;

static bool slots_try_part(void *argument)
{
    PartTry *it = argument;

    slots_book_all(it->store, &it->part);
    return true;
}

static bool slots_would_wait(const ErrorData *error)
{
    return error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE;
}

/*
 * Members that are decided each by itself, in a call that may not wait: a member that would have to wait is contended.
 * Halving finds out which one that is.
 */
static void slots_book_uncontended(BoStore *store, const BoSlotsCall *group, int from, int count)
{
    PartTry it = {.store = store, .part = slots_part(group, from, count)};

    if (bo_subtransaction_run(slots_try_part, &it, slots_would_wait))
        return;
    if (count == 1)
    {
        bo_slot_prepare(store, &it.part.calls[0], &it.part.answers[0]);
        bo_slot_refuse(&it.part.answers[0], BO_CONTENDED);
        return;
    }
    slots_book_uncontended(store, group, from, count / 2);
    slots_book_uncontended(store, group, from + count / 2, count - count / 2);
}

/* Decides the members. The caller has opened the store and required the guard. */
void bo_slots_book(BoStore *store, BoSlotsCall *group)
{
    Assert(group->asked == 0 || group->asked == group->count);
    group->asked = group->count;
    if (bo_wait_never && !group->all_or_nothing)
        slots_book_uncontended(store, group, 0, group->count);
    else
        slots_book_all(store, group);
}

/* The kind of all members, as bo_kind_enter() does it for one call. */
static bool slots_enter_kind(BoStore *store, BoSlotsCall *group)
{
    const text *kind = group->calls[0].kind;
    const BoBookingKind *of_kind = bo_kind_of(store, group->tenant, kind);
    TimestampTz now = GetCurrentTimestamp();
    bool is_replayed = true;

    for (int i = 0; i < group->count; i++)
        group->calls[i].of_kind = of_kind;
    if (kind == NULL || of_kind != NULL)
        return true;
    group->asked = group->count;
    for (int i = 0; i < group->count; i++)
        bo_slot_prepare(store, &group->calls[i], &group->answers[i]);
    for (int i = 0; i < group->count && !group->all_or_nothing; i++)
        is_replayed &= bo_slot_replay(store, &group->calls[i], &group->answers[i], now);
    if (group->all_or_nothing ? !bo_slots_replay(store, group, now) : !is_replayed)
        bo_kind_refuse_unknown(store, group->tenant, kind);
    return false;
}

static Datum book_slots_call(FunctionCallInfo fcinfo)
{
    BoSlotsCall group = {0};
    BoStore store;

    bo_book_slots_arguments(fcinfo, &group);
    group.answers = palloc0(sizeof(BoBookingAnswer) * group.count);
    group.resources = bo_slot_resources(group.tenant, group.count);
    group.order = palloc(sizeof(int) * group.count);
    for (int i = 0; i < group.count; i++)
    {
        bo_slot_book_for(&group.resources, i, &group.calls[i]);
        group.resources.keyed |= group.calls[i].idempotency_key != NULL;
    }
    bo_identifier_new(&group.group_id, GetCurrentTimestamp());

    bo_store_open(&store);
    bo_guard_require();
    if (slots_enter_kind(&store, &group))
        bo_slots_book(&store, &group);
    bo_store_close(&store);

    bo_answer_bookings(fcinfo, group.answers, group.count);
    return (Datum)0;
}
