/*
 * follow.c
 *   The triggers of a followed table: what a statement wrote there is booked too, or the statement fails.
 *
 * A statement is judged as a whole, when all of its rows are written: first the old times are freed, then the new ones
 * are taken, in the order of resource and time. So rows may change places, and a whole day may move by an hour. New
 * times are taken as by book_slot() and book_slots(). If a statement both frees times and takes others, every resource
 * is locked exclusively first, as in a move: two such statements could otherwise each wait for a row that the other has
 * just freed.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/follow.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/rel.h"

#include "base/answer.h"
#include "base/error.h"
#include "base/error_follow.h"
#include "base/followed_id.h"
#include "base/label.h"
#include "base/lock.h"
#include "store/parameter_array.h"
#include "store/store.h"
#include "store/store_booking.h"
#include "store/store_follow.h"
#include "guard/guard.h"
#include "verbs/book_slot.h"
#include "verbs/book_slots.h"
#include "verbs/holder.h"

PG_FUNCTION_INFO_V1(bookonce_follow_rows);

/* Orders by resource, then by time. */
int bo_follow_compare_rows(const void *a, const void *b)
{
    const BoFollowedRow *left = a, *right = b;
    int order = bo_arguments_compare_texts(left->resource, right->resource);
    RangeType *left_during = left->during, *right_during = right->during;

    if (order != 0)
        return order;
    return range_compare(&left_during, &right_during, lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO));
}

void bo_follow_call(const BoFollowed *followed, const BoFollowedRow *row, BoSlotCall *call)
{
    *call = (BoSlotCall){.tenant = followed->tenant,
                         .resource = row->resource,
                         .during = row->during,
                         .holder = row->holder,
                         .quantity = row->quantity,
                         .keeps_start = row->keeps_start,
                         .keeps_grid = row->keeps_grid,
                         .keeps_end = row->keeps_end,
                         .stays_within = row->stays_within,
                         .valid_until = DT_NOEND,
                         .member = 1,
                         .followed_id = &row->id,
                         .defines_resource = followed->defines,
                         .only_guard = !followed->rules};
}

/* Holders come before resources, where it is known that a rule counts what a holder has. */
static void follow_lock_holders(const BoFollowed *followed, const BoFollowList *in)
{
    text **holders = palloc_extended(sizeof(text *) * (in->count + 1), MCXT_ALLOC_HUGE);

    for (int i = 0; i < in->count; i++)
        holders[i] = in->rows[i].holder;
    bo_lock_holders(followed->tenant, holders, in->count);
    pfree(holders);
}

/*
 * Locks the resources of one sorted list of rows, or of two; the second may be NULL. If that holds new times, the
 * holders are locked first where a rule counts what they have.
 */
static void follow_lock(const BoFollowed *followed, const BoFollowList *first, const BoFollowList *second,
                        bool exclusive)
{
    int most = first->count + (second == NULL ? 0 : second->count);
    BoSlotLock *locks = palloc_extended(sizeof(BoSlotLock) * most, MCXT_ALLOC_HUGE);
    int count = 0;

    for (int i = 0; i < most; i++)
    {
        const BoFollowedRow *row = i < first->count ? &first->rows[i] : &second->rows[i - first->count];

        if (i > 0 && i != first->count && bo_arguments_same_text(row[-1].resource, row->resource))
            continue;
        locks[count] = bo_lock_slot_of(followed->tenant, row->resource);
        locks[count++].exclusive = exclusive;
    }
    for (int i = 0; i < count && followed->rules && second != NULL; i++)
        if (locks[i].by_holder)
        {
            follow_lock_holders(followed, second);
            break;
        }
    bo_lock_slots(locks, count);
    pfree(locks);
}

/* The ids of a row's bookings, one for each unit. */
static void follow_append_ids(BoArrayMaker *ids, const BoFollowedRow *row)
{
    for (int unit = 1; unit <= row->quantity; unit++)
    {
        pg_uuid_t *id = palloc(sizeof(pg_uuid_t));

        bo_followed_id_of_unit(id, &row->id, unit);
        bo_array_append(ids, bo_uuid(id));
    }
}

/* How many of the rows from the first on go into one statement, and how many bookings these have. */
static int follow_batch(const BoFollowList *list, int first, int *bookings)
{
    int count = 0;

    *bookings = 0;
    while (first + count < list->count && *bookings < BO_MAX_MEMBERS)
        *bookings += list->rows[first + count++].quantity;
    return count;
}

static void follow_delete(BoStore *store, const BoFollowed *followed, const BoFollowList *out)
{
    int bookings, count;

    for (int first = 0; first < out->count; first += count)
    {
        BoArrayMaker ids;

        count = follow_batch(out, first, &bookings);
        bo_store_begin_part(store);
        ids = bo_array_maker(UUIDOID, bookings);
        for (int i = 0; i < count; i++)
            follow_append_ids(&ids, &out->rows[first + i]);
        bo_store_run_latest(store, &bo_sql_delete_bookings, bo_text(followed->tenant), bo_array_made(&ids));
        bo_store_end_part(store);
    }
}

/*
 * A trigger may book again a row that the statement around it has just un-booked. That statement frees its times only
 * when it ends, so the row would be in its own way: its old booking is deleted now.
 */
static void follow_free_again(BoStore *store, const BoFollowed *followed, BoFollowChanges *changes)
{
    int bookings, count;

    for (int first = 0; first < changes->again.count; first += count)
    {
        BoArrayMaker ids;
        uint64 found;

        count = follow_batch(&changes->again, first, &bookings);
        bo_store_begin_part(store);
        ids = bo_array_maker(UUIDOID, bookings);
        for (int i = 0; i < count; i++)
            follow_append_ids(&ids, &changes->again.rows[first + i]);
        found = bo_store_run_latest(store, &bo_sql_find_bookings, bo_text(followed->tenant), bo_array_made(&ids));
        bo_store_end_part(store);
        for (int i = 0; found > 0 && i < count; i++)
            bo_follow_append(&changes->out, &changes->again.rows[first + i]);
    }
}

static void follow_rename(BoStore *store, const BoFollowed *followed, const BoFollowList *renamed)
{
    int bookings, count;

    for (int first = 0; first < renamed->count; first += count)
    {
        BoArrayMaker ids, holders;

        count = follow_batch(renamed, first, &bookings);
        bo_store_begin_part(store);
        ids = bo_array_maker(UUIDOID, bookings);
        holders = bo_array_maker(TEXTOID, bookings);
        for (int i = 0; i < count; i++)
        {
            const BoFollowedRow *row = &renamed->rows[first + i];

            follow_append_ids(&ids, row);
            while (holders.count < ids.count)
                bo_array_append(&holders, bo_text(row->holder));
        }
        bo_store_run_latest(store, &bo_sql_put_followed_holders, bo_text(followed->tenant), bo_array_made(&ids),
                            bo_array_made(&holders));
        bo_store_end_part(store);
    }
}

/* Marks the rows of a list whose bookings are in the scope of a rule that counts what a holder has. Returns how many.
 */
static int follow_mark_counted(BoStore *store, const BoFollowed *followed, const BoFollowList *list)
{
    int marked = 0, count;

    for (int first = 0; first < list->count; first += count)
    {
        BoArrayMaker ids;
        int found;

        count = Min(BO_MAX_MEMBERS, list->count - first);
        bo_store_begin_part(store);
        ids = bo_array_maker(UUIDOID, count);
        for (int i = 0; i < count; i++)
            bo_array_append(&ids, bo_uuid(&list->rows[first + i].id));
        found =
            (int)bo_store_run_latest(store, &bo_sql_find_counted_rows, bo_text(followed->tenant), bo_array_made(&ids));
        for (int i = 0; i < found; i++)
            list->rows[first + bo_row_int8(bo_store_row(i), BO_FIND_COUNTED_PLACE) - 1].is_counted = true;
        bo_store_end_part(store);
        marked += found;
    }
    return marked;
}

/*
 * Rows that only get another holder are judged as change_booking() does it, by the rules that count what the new holder
 * has. All holders of the statement are locked before any resource, and their lapsed holds are released.
 */
static void follow_enter_renamed(BoStore *store, const BoFollowed *followed, const BoFollowChanges *changes)
{
    const BoFollowList *renamed = &changes->renamed;
    text **holders;
    int count = 0;

    if (!followed->rules || renamed->count == 0 || follow_mark_counted(store, followed, renamed) == 0)
        return;
    holders = palloc_extended(sizeof(text *) * (renamed->count + changes->in.count), MCXT_ALLOC_HUGE);
    for (int i = 0; i < renamed->count; i++)
        if (renamed->rows[i].is_counted)
            holders[count++] = renamed->rows[i].holder;
    for (int i = 0; i < changes->in.count; i++)
        holders[count++] = changes->in.rows[i].holder;
    bo_lock_holders(followed->tenant, holders, count);
    bo_holder_enter(store, followed->tenant, holders, count, NULL, 0);
    pfree(holders);
}

/*
 * Returns a row that a rule does not allow to its new holder, or NULL. Called when all rows have their new holders,
 * because two rows may swap theirs.
 */
static const BoFollowedRow *follow_judge_renamed(BoStore *store, const BoFollowed *followed,
                                                 const BoFollowList *renamed, BoBookingAnswer *refused)
{
    for (int i = 0; i < renamed->count; i++)
    {
        const BoFollowedRow *row = &renamed->rows[i];
        const BoBookingAnswer booking = {.resource = row->resource, .during = row->during};

        if (!row->is_counted)
            continue;
        bo_store_begin_part(store);
        refused->outcome = bo_holder_judge_renamed(store, followed->tenant, &booking, row->holder, &row->id);
        bo_store_end_part(store);
        if (refused->outcome != BO_OUTCOME_INVALID)
            return row;
    }
    return NULL;
}

/* Books sorted rows, at most BO_MAX_MEMBERS. Returns the index of the first row that is refused, or -1. */
static int follow_book_some(BoStore *store, const BoFollowed *followed, const BoFollowedRow *rows, int count,
                            BoBookingAnswer *refused)
{
    BoSlotsCall group = {.count = count, .valid_until = DT_NOEND, .tenant = followed->tenant};

    group.calls = palloc0(sizeof(BoSlotCall) * count);
    group.answers = palloc0(sizeof(BoBookingAnswer) * count);
    group.resources = bo_slot_resources(group.tenant, count);
    group.resources.defines = followed->defines;
    group.order = palloc(sizeof(int) * count);
    for (int i = 0; i < count; i++)
    {
        bo_follow_call(followed, &rows[i], &group.calls[i]);
        group.calls[i].member = i + 1; /* tells the inserted ones apart */
        bo_slot_book_for(&group.resources, i, &group.calls[i]);
    }
    bo_slots_book(store, &group);
    for (int i = 0; i < count; i++)
        if (group.answers[i].outcome != BO_BOOKED)
        {
            *refused = group.answers[i];
            return i;
        }
    return -1;
}

/* Books the rows. Returns one that is refused, or NULL. */
static const BoFollowedRow *follow_book(BoStore *store, const BoFollowed *followed, const BoFollowList *in,
                                        BoBookingAnswer *refused)
{
    if (in->count == 1)
    {
        BoSlotCall call;

        bo_follow_call(followed, &in->rows[0], &call);
        bo_slot_book(store, &call, refused);
        return refused->outcome == BO_BOOKED ? NULL : &in->rows[0];
    }
    for (int i = 0; i < in->count; i += BO_MAX_MEMBERS)
    {
        int first_refused =
            follow_book_some(store, followed, &in->rows[i], Min(BO_MAX_MEMBERS, in->count - i), refused);

        if (first_refused >= 0)
            return &in->rows[i + first_refused];
    }
    return NULL;
}

/* Raises 23P01 or 23514. The store must be closed by then: while it is open, the details of such an error are hidden.
 */
static void follow_refuse(Relation relation, const BoFollowedRow *row, const BoBookingAnswer *answer)
{
    if (answer->outcome == BO_TAKEN)
        bo_error_followed_taken(relation, row->resource, answer->busy);
    bo_error_followed_rule(relation, row->resource, bo_label_outcome_name(answer->outcome));
}

static void follow_write(const BoFollowed *followed, Relation relation, BoFollowChanges *changes)
{
    const BoFollowedRow *refused = NULL;
    BoBookingAnswer answer = {0};
    bool is_large = changes->in.count > BO_MAX_MEMBERS;
    ErrorContextCallback errors = {.previous = error_context_stack, .callback = bo_error_hint_drift};
    BoStore store;

    for (int i = 0; i < changes->in.count; i++)
        bo_followed_check(&changes->in.rows[i]);
    for (int i = 0; i < changes->renamed.count; i++)
        bo_followed_check(&changes->renamed.rows[i]);

    error_context_stack = &errors;
    bo_store_open(&store);
    if (changes->in.count > 0)
        bo_guard_require();
    follow_free_again(&store, followed, changes);
    follow_enter_renamed(&store, followed, changes);
    qsort(changes->out.rows, changes->out.count, sizeof(BoFollowedRow), bo_follow_compare_rows);
    qsort(changes->in.rows, changes->in.count, sizeof(BoFollowedRow), bo_follow_compare_rows);
    if (changes->in.count > 0 && (changes->out.count > 0 || is_large))
        follow_lock(followed, &changes->out, &changes->in, true);
    else if (changes->out.count > 1)
        follow_lock(followed, &changes->out, NULL, false);
    follow_delete(&store, followed, &changes->out);
    follow_rename(&store, followed, &changes->renamed);
    refused = follow_judge_renamed(&store, followed, &changes->renamed, &answer);
    if (refused == NULL && changes->in.count > 0)
        refused = follow_book(&store, followed, &changes->in, &answer);
    bo_store_close(&store);
    error_context_stack = errors.previous;
    if (refused != NULL)
        follow_refuse(relation, refused, &answer);
}

static void follow_truncate(const BoFollowed *followed)
{
    pg_uuid_t first, last;
    BoStore store;

    bo_followed_id_range(followed->number, &first, &last);
    bo_store_open(&store);
    bo_store_run_latest(&store, &bo_sql_delete_all_followed, bo_text(followed->tenant), bo_uuid(&first),
                        bo_uuid(&last));
    bo_store_close(&store);
}

/* AFTER INSERT, UPDATE, DELETE and TRUNCATE FOR EACH STATEMENT on a followed table */
Datum bookonce_follow_rows(PG_FUNCTION_ARGS)
{
    const TriggerData *trigger = (const TriggerData *)fcinfo->context;
    BoFollowed followed;
    BoFollowChanges changes;

    if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_AFTER(trigger->tg_event) ||
        !TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event))
        bo_error_not_our_trigger();
    followed = bo_followed_load(trigger->tg_relation, trigger->tg_trigger);
    if (TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
    {
        follow_truncate(&followed);
        return PointerGetDatum(NULL);
    }
    changes = bo_follow_read(&followed, trigger);
    if (changes.out.count + changes.in.count + changes.renamed.count > 0)
        follow_write(&followed, trigger->tg_relation, &changes);
    return PointerGetDatum(NULL);
}
