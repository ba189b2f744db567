/*
 * event.c
 *   History: collects what a verb does to rows of booking, and writes it as events when the verb ends.
 *
 * keep_history() makes a trigger on booking, so whatever changes a row is noticed: a verb, a followed table, the
 * owner's own UPDATE. The light path, which fires no triggers, reports its inserts itself. A verb may write and undo,
 * or take rows out of the guard and put them back: so its changes are merged when its store is closed, and a row that
 * is again as it was makes no event. By then the verb has done all of its waiting, and the place of the event
 * (event_row.c) shows that it came later. A change outside of a verb is written at once.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "store/event.h"

#include "access/table.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/arguments.h"
#include "base/error.h"
#include "store/catalog.h"

PG_FUNCTION_INFO_V1(bookonce_keep_history_row);

char *bo_event_actor;

/* In TopTransactionContext, in the order in which they were made. */
static struct
{
    BoChange *changes;
    int count;
    int room;
} pending;

/* The stores that are open, one within the other, by the level of the subtransaction that opened them. */
#define STORES 32
static int store_nests[STORES];
static int store_count;

static BoEventKind said;
static const text *because; /* in TopTransactionContext, or NULL */

/* Set while the rows that are inserted are an offer to a waiter. */
static bool is_offering;
static int offering_store; /* the depth of the store that makes the offer: what the owner's triggers book meanwhile, in
                            * stores within it, is no offer */
static pg_uuid_t offered_to;

static void event_forget_all(void)
{
    memset(&pending, 0, sizeof(pending));
    store_count = 0;
    said = BO_EVENT_INVALID;
    because = NULL;
    is_offering = false;
}

static void event_transaction_ends(XactEvent event, void *unused)
{
    if (event != XACT_EVENT_PRE_COMMIT && event != XACT_EVENT_PRE_PREPARE && event != XACT_EVENT_PARALLEL_PRE_COMMIT)
        event_forget_all();
}

/* Forgets what an aborted subtransaction, and those within it, which have higher ids, have done. */
static void event_subtransaction_ends(SubXactEvent event, SubTransactionId subtransaction, SubTransactionId parent,
                                      void *unused)
{
    int nest = GetCurrentTransactionNestLevel();

    if (event != SUBXACT_EVENT_ABORT_SUB)
        return;
    said = BO_EVENT_INVALID;
    because = NULL;
    is_offering = false;
    while (pending.count > 0 && pending.changes[pending.count - 1].subtransaction >= subtransaction)
        pending.count--;
    store_count = Min(store_count, STORES);
    while (store_count > 0 && store_nests[store_count - 1] >= nest)
        store_count--;
}

static void event_listen(void)
{
    static bool listens = false;

    if (listens)
        return;
    RegisterXactCallback(event_transaction_ends, NULL);
    RegisterSubXactCallback(event_subtransaction_ends, NULL);
    listens = true;
}

/* Called when a store is opened while history is kept. */
void bo_event_begin(void)
{
    event_listen();
    if (store_count < STORES)
        store_nests[store_count] = GetCurrentTransactionNestLevel();
    store_count++;
}

/* Called when a store is closed. Returns true if bo_event_write() has something to do. */
bool bo_event_end(void)
{
    if (store_count > 0)
        store_count--;
    return store_count == 0 && pending.count > 0;
}

static BoChange *event_append(void)
{
    BoChange *change;

    event_listen();
    if (pending.changes == NULL)
    {
        pending.room = 8;
        pending.changes = MemoryContextAlloc(TopTransactionContext, sizeof(BoChange) * pending.room);
    }
    else if (pending.count == pending.room)
    {
        pending.room *= 2;
        pending.changes = repalloc_huge(pending.changes, sizeof(BoChange) * pending.room);
    }
    change = &pending.changes[pending.count++];
    *change = (BoChange){
        .subtransaction = GetCurrentSubTransactionId(),
        .is_offer = is_offering && store_count == offering_store,
        .waiter_id = offered_to,
    };
    return change;
}

/* before: NULL for a row that was inserted. */
static void event_append_row(Relation booking, TupleTableSlot *before, TupleTableSlot *after, const text *resource)
{
    TupleDesc type = RelationGetDescr(booking);
    MemoryContext context;
    BoChange *change;

    if (SessionReplicationRole == SESSION_REPLICATION_ROLE_REPLICA)
        return; /* the trigger would not fire either */
    context = MemoryContextSwitchTo(TopTransactionContext);
    change = event_append();
    if (before != NULL)
        change->before = heap_form_tuple(type, before->tts_values, before->tts_isnull);
    change->after = heap_form_tuple(type, after->tts_values, after->tts_isnull);
    change->resource = (const text *)PG_DETOAST_DATUM_COPY(PointerGetDatum(resource));
    MemoryContextSwitchTo(context);
}

/* Called when the light path has inserted a row, which is still in the slot. */
void bo_event_inserted(Relation booking, TupleTableSlot *row, const text *resource)
{
    event_append_row(booking, NULL, row, resource);
}

/* The same when it has updated one. All columns of both slots have been read. */
void bo_event_updated(Relation booking, TupleTableSlot *before, TupleTableSlot *after, const text *resource)
{
    event_append_row(booking, before, after, resource);
}

/*
 * Names what the verb does, because some changes look the same: bookings that exchange their places look as if moved.
 * Holds until the store is closed.
 */
void bo_event_say(BoEventKind kind)
{
    said = kind;
}

/*
 * Sets the reason for which the verb took its time; NULL: none. Called after the decision; holds until the store is
 * closed.
 */
void bo_event_because(const text *reason)
{
    MemoryContext context;

    if (reason == NULL || pending.count == 0)
        return;
    context = MemoryContextSwitchTo(TopTransactionContext);
    because = (const text *)PG_DETOAST_DATUM_COPY(PointerGetDatum(reason));
    MemoryContextSwitchTo(context);
}

/* The rows that are inserted from now on are an offer to this waiter; NULL ends that. */
void bo_event_offer_to(const pg_uuid_t *waiter_id)
{
    event_listen();
    is_offering = waiter_id != NULL;
    if (!is_offering)
        return;
    offering_store = store_count;
    offered_to = *waiter_id;
}

/* Notes that somebody joins a line or leaves it. Called while a store is open; does nothing if no history is kept. */
void bo_event_waiter(const BoWaiterChange *change)
{
    MemoryContext context;
    BoWaiterChange *copy;

    if (!OidIsValid(bo_catalog()->event) || SessionReplicationRole == SESSION_REPLICATION_ROLE_REPLICA)
        return;
    context = MemoryContextSwitchTo(TopTransactionContext);
    copy = palloc(sizeof(BoWaiterChange));
    *copy = *change;
    copy->tenant = (const text *)PG_DETOAST_DATUM_COPY(PointerGetDatum(change->tenant));
    copy->resource = (const text *)PG_DETOAST_DATUM_COPY(PointerGetDatum(change->resource));
    copy->during = (const RangeType *)PG_DETOAST_DATUM_COPY(PointerGetDatum(change->during));
    copy->holder = (const text *)PG_DETOAST_DATUM_COPY(PointerGetDatum(change->holder));
    event_append()->waiter = copy;
    MemoryContextSwitchTo(context);
}

/* AFTER INSERT OR UPDATE OR DELETE on booking FOR EACH ROW */
Datum bookonce_keep_history_row(PG_FUNCTION_ARGS)
{
    const TriggerData *trigger = (const TriggerData *)fcinfo->context;
    MemoryContext context;
    BoChange *change;

    if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_AFTER(trigger->tg_event) ||
        !TRIGGER_FIRED_FOR_ROW(trigger->tg_event) || RelationGetRelid(trigger->tg_relation) != bo_catalog()->booking)
        bo_error_not_our_trigger();
    context = MemoryContextSwitchTo(TopTransactionContext);
    change = event_append();
    if (!TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
        change->before = heap_copytuple(trigger->tg_trigtuple);
    if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
        change->after = heap_copytuple(trigger->tg_trigtuple);
    if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
        change->after = heap_copytuple(trigger->tg_newtuple);
    MemoryContextSwitchTo(context);
    if (store_count == 0)
        bo_event_write();
    return PointerGetDatum(NULL);
}

/* A change with the id of its booking or waiter. */
typedef struct KeyedChange
{
    BoChange change;
    const pg_uuid_t *booking_id;
    const text *tenant;
    int order;
} KeyedChange;

static KeyedChange event_keyed(const BoChange *change, TupleDesc type, int order)
{
    HeapTuple row = change->after != NULL ? change->after : change->before;
    bool is_null;
    KeyedChange keyed = {.change = *change, .order = order};

    if (change->waiter != NULL)
    {
        keyed.booking_id = &change->waiter->waiter_id;
        keyed.tenant = change->waiter->tenant;
        return keyed;
    }
    keyed.booking_id = DatumGetUUIDP(heap_getattr(row, BO_BOOKING_ID + 1, type, &is_null));
    keyed.tenant = DatumGetTextPP(heap_getattr(row, BO_BOOKING_TENANT + 1, type, &is_null));
    return keyed;
}

static int event_compare_bookings(const KeyedChange *left, const KeyedChange *right)
{
    int order = memcmp(left->booking_id, right->booking_id, UUID_LEN);

    return order != 0 ? order : bo_arguments_compare_texts(left->tenant, right->tenant);
}

static int event_compare_keys(const void *a, const void *b)
{
    const KeyedChange *left = a, *right = b;
    int order = event_compare_bookings(left, right);

    return order != 0 ? order : left->order - right->order;
}

static int event_compare_orders(const void *a, const void *b)
{
    return ((const KeyedChange *)a)->order - ((const KeyedChange *)b)->order;
}

/* Merges the changes of each booking into one, ordered by the last of them. Returns how many are left. */
static int event_put_together(KeyedChange *changes, int count)
{
    int kept = 0;

    if (count <= 1)
        return count;
    qsort(changes, count, sizeof(KeyedChange), event_compare_keys);
    for (int i = 0; i < count; i++)
        if (kept > 0 && event_compare_bookings(&changes[kept - 1], &changes[i]) == 0)
        {
            BoChange first = changes[kept - 1].change;

            changes[kept - 1] = changes[i];
            changes[kept - 1].change.before = first.before;
            changes[kept - 1].change.is_offer = first.is_offer;
            changes[kept - 1].change.waiter_id = first.waiter_id;
        }
        else
            changes[kept++] = changes[i];
    qsort(changes, kept, sizeof(KeyedChange), event_compare_orders);
    return kept;
}

static const Trigger *event_trigger(const TriggerDesc *triggers, Oid function)
{
    for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
        if (triggers->triggers[i].tgfoid == function)
            return &triggers->triggers[i];
    return NULL;
}

/*
 * reason: belongs to the booking that the verb made or moved, and not to changes of other bookings.
 *
 * For several changes a copy of the triggers is needed, as the executor makes one: opening a table may process an
 * invalidation of booking, which frees the relation's own triggers even while booking is locked. A single change uses
 * the relation's own before any table is opened.
 */
static void event_write_each(Relation booking, KeyedChange *changes, int count, BoEventKind verb, const text *reason)
{
    Oid function = bo_catalog()->event_function;
    const TriggerDesc *copy = count > 1 ? CopyTriggerDesc(booking->trigdesc) : NULL;
    BoEventWriter *writer = NULL;

    for (int i = 0; i < count; i++)
    {
        BoEventKind kind = bo_event_kind_of(RelationGetDescr(booking), &changes[i].change, verb);
        const Trigger *trigger = event_trigger(copy != NULL ? copy : booking->trigdesc, function);
        bool rings;

        if (kind == BO_EVENT_INVALID || trigger == NULL || !bo_event_is_kept(trigger, changes[i].tenant, kind))
            continue;
        rings = bo_event_rings(trigger, changes[i].tenant);
        if (kind == BO_EVENT_BOOKED || kind == BO_EVENT_HELD || kind == BO_EVENT_RESCHEDULED)
            changes[i].change.because = reason;
        if (writer == NULL)
            writer = bo_event_writer_begin(booking);
        bo_event_writer_add(writer, &changes[i].change, kind, rings);
        CHECK_FOR_INTERRUPTS();
    }
    if (writer != NULL)
        bo_event_writer_end(writer);
}

/*
 * Writes the pending changes as events. They are taken over first, because the owner's triggers on booking_event may
 * call verbs.
 */
void bo_event_write(void)
{
    Relation booking = table_open(bo_catalog()->booking, NoLock); /* whatever has changed it holds a lock */
    int count = pending.count;
    KeyedChange *changes = palloc_extended(sizeof(KeyedChange) * count, MCXT_ALLOC_HUGE);
    BoEventKind verb = said;
    const text *reason = because;

    for (int i = 0; i < count; i++)
        changes[i] = event_keyed(&pending.changes[i], RelationGetDescr(booking), i);
    pending.count = 0;
    said = BO_EVENT_INVALID;
    because = NULL;
    event_write_each(booking, changes, event_put_together(changes, count), verb, reason);
    table_close(booking, NoLock);
}
