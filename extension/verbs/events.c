/*
 * events.c
 *   booking_history(), read_events(), ack_events() and forget_consumer().
 *
 * A consumer's calls come one after the other: a second reader of the same name waits for the first one's transaction.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "executor/executor.h"
#include "funcapi.h"

#include "base/arguments.h"
#include "base/error.h"
#include "base/lock.h"
#include "store/event.h"
#include "store/store_delete.h"
#include "store/store_event.h"
#include "verbs/read.h"

PG_FUNCTION_INFO_V1(bookonce_booking_history);
PG_FUNCTION_INFO_V1(bookonce_read_events);
PG_FUNCTION_INFO_V1(bookonce_ack_events);
PG_FUNCTION_INFO_V1(bookonce_forget_consumer);

#define PLACE_EXAMPLE "'(1,1000,1)', the place of an event that was read"

/* booking_history(booking_id, tenant) */
Datum bookonce_booking_history(PG_FUNCTION_ARGS)
{
    pg_uuid_t *booking_id = bo_arguments_uuid(fcinfo, 0, "booking_id");
    text *tenant = bo_arguments_tenant(fcinfo);
    BoStore store;

    bo_read_begin(fcinfo, &store);
    bo_read_answer(fcinfo, &store, "event_row", bo_sql_read_history, bo_text(tenant), bo_uuid(booking_id));
    return (Datum)0;
}

static text *events_consumer(FunctionCallInfo fcinfo)
{
    return bo_arguments_text(fcinfo, 0, "consumer", "'mailer'");
}

/* read_events(consumer, at_most, tenant) */
Datum bookonce_read_events(PG_FUNCTION_ARGS)
{
    text *consumer, *tenant;
    int32 at_most, era;
    BoStore store;

    bo_arguments_writable("read_events");
    consumer = events_consumer(fcinfo);
    at_most = bo_read_at_most(fcinfo, 1);
    tenant = bo_arguments_tenant(fcinfo);

    InitMaterializedSRF(fcinfo, 0);
    bo_store_open_for(&store, BO_TABLES_EVENT);
    bo_lock_consumer(tenant, consumer);
    era = bo_event_era();
    if (bo_store_run(&store, &bo_sql_find_reader, bo_text(tenant), bo_text(consumer), bo_int4(0), bo_xid8(0),
                     bo_int8(0)) == 0)
        bo_store_run(&store, &bo_sql_insert_reader, bo_text(tenant), bo_text(consumer));
    bo_read_answer(fcinfo, &store, "event_row", bo_sql_read_events, bo_text(tenant), bo_text(consumer), bo_int4(era),
                   bo_int4(at_most));
    return (Datum)0;
}

typedef struct EventPlace
{
    int32 era;
    uint64 next_xid;
    int64 number;
} EventPlace;

static EventPlace events_place(FunctionCallInfo fcinfo, int n)
{
    HeapTupleHeader place;
    Datum values[3];
    EventPlace read;

    if (PG_ARGISNULL(n))
        bo_error_null_argument("up_to", PLACE_EXAMPLE);
    place = PG_GETARG_HEAPTUPLEHEADER(n);
    for (int i = 0; i < 3; i++)
    {
        bool is_null;

        values[i] = GetAttributeByNum(place, i + 1, &is_null);
        if (is_null)
            bo_error_argument("up_to", "must be a whole place", PLACE_EXAMPLE);
    }
    read.era = DatumGetInt32(values[0]);
    read.next_xid = U64FromFullTransactionId(DatumGetFullTransactionId(values[1]));
    read.number = DatumGetInt64(values[2]);
    return read;
}

/* ack_events(consumer, up_to, tenant) */
Datum bookonce_ack_events(PG_FUNCTION_ARGS)
{
    text *consumer, *tenant;
    EventPlace place;
    BoStore store;

    bo_arguments_writable("ack_events");
    consumer = events_consumer(fcinfo);
    place = events_place(fcinfo, 1);
    tenant = bo_arguments_tenant(fcinfo);

    bo_store_open_for(&store, BO_TABLES_EVENT);
    bo_lock_consumer(tenant, consumer);
    if (bo_store_run(&store, &bo_sql_ack_events, bo_text(tenant), bo_text(consumer), bo_int4(place.era),
                     bo_xid8(place.next_xid), bo_int8(place.number)) == 0)
    {
        if (bo_store_run(&store, &bo_sql_find_reader, bo_text(tenant), bo_text(consumer), bo_int4(place.era),
                         bo_xid8(place.next_xid), bo_int8(place.number)) == 0)
            bo_error_unknown_consumer(consumer);
        if (!bo_row_bool(bo_store_row(0), BO_FIND_READER_HAS_READ))
            bo_error_argument("up_to", "must not lie behind what the consumer has read", PLACE_EXAMPLE);
    }
    bo_store_close(&store);
    PG_RETURN_VOID();
}

/* forget_consumer(consumer, tenant) */
Datum bookonce_forget_consumer(PG_FUNCTION_ARGS)
{
    text *consumer, *tenant;
    BoStore store;

    bo_arguments_writable("forget_consumer");
    consumer = events_consumer(fcinfo);
    tenant = bo_arguments_tenant(fcinfo);

    bo_store_open_for(&store, BO_TABLES_EVENT);
    bo_lock_consumer(tenant, consumer);
    if (bo_store_run(&store, &bo_sql_delete_reader, bo_text(tenant), bo_text(consumer)) == 0)
        bo_error_unknown_consumer(consumer);
    bo_store_close(&store);
    PG_RETURN_VOID();
}
