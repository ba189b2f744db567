/*
 * store_event.h
 *   The statements that read events, and keep how far each consumer has read.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_STORE_EVENT_H
#define BOOKONCE_STORE_EVENT_H

#include "bookonce.h"

#include "access/transam.h"
#include "utils/xid8.h"

#include "store/store.h"

/* The attributes of event_row (sql/types.sql). */
#define BO_READ_EVENT_COLUMNS 23

typedef enum BoFindReader
{
    BO_FIND_READER_HAS_READ = 1, /* true: it has read at least up to the place */
    BO_FIND_READER_COLUMNS = BO_FIND_READER_HAS_READ
} BoFindReader;

static inline BoParameter bo_xid8(uint64 value)
{
    return (BoParameter){.value = FullTransactionIdGetDatum(FullTransactionIdFromU64(value)), .type = XID8OID};
}

extern BoStatement bo_sql_find_reader;
extern BoStatement bo_sql_insert_reader;
extern BoStatement bo_sql_delete_reader;
extern BoStatement bo_sql_ack_events;
extern BoStatement bo_sql_read_events;
extern BoStatement bo_sql_read_history;
extern BoStatement bo_sql_delete_old_events;

#endif
