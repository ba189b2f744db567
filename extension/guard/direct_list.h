/*
 * direct_list.h
 *   The bookings of many resources at a time, found without SQL.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_DIRECT_LIST_H
#define BOOKONCE_DIRECT_LIST_H

#include "bookonce.h"

#include "access/htup.h"
#include "utils/rel.h"
#include "utils/uuid.h"

typedef struct BoListCall
{
    const int64 *resource_ids; /* in ascending order, each once */
    int resource_count;
    const RangeType *within;
    const RangeType *touched; /* the part of within that a row behind after_start may touch */
    TimestampTz after_start;
    pg_uuid_t after_id;
    int32 at_most;
    TimestampTz now;
} BoListCall;

typedef struct BoListedRow
{
    TimestampTz start;
    TimestampTz end;
    pg_uuid_t id;
    HeapTuple row; /* of bookonce.booking */
    int which;     /* the place of its resource in resource_ids */
} BoListedRow;

typedef struct BoList
{
    Relation booking;
    BoListedRow *rows;
    int count;
} BoList;

extern bool bo_direct_list(const BoListCall *call, BoList *list);
extern void bo_direct_list_close(BoList *list);

#endif
