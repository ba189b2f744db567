/*
 * request.h
 *   A request as it stands, and the providers that fill its positions.
 *
 * A call that changes a request, an offer of it, or a booking that fills one of its positions holds the lock of the
 * request, and reads the request after taking it. A position is taken while its booking is live; nothing else records
 * that.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_REQUEST_H
#define BOOKONCE_REQUEST_H

#include "base/label.h"
#include "store/store.h"
#include "verbs/slot_resources.h"
#include "verbs/whole.h"

typedef struct BoRequest
{
    pg_uuid_t request_id;
    RangeType *during;
    int positions;
    int filled;        /* how many are taken */
    int free_position; /* the first free one; 0: all are taken */
    bool was_taken;    /* that position once was, by last_booking_id */
    pg_uuid_t last_booking_id;
    TimestampTz closes_at; /* DT_NOEND: only when cancelled */
    bool is_cancelled;
    text *requester;
    int64 request_hash;
} BoRequest;

/* A provider that has a position. */
typedef struct BoFiller
{
    text *provider;
    int position;
    pg_uuid_t booking_id;
    BoWhole whole; /* the bookings that are parts of it; set by bo_request_lock_fillers() */
} BoFiller;

extern void bo_request_find(BoStore *store, const text *tenant, const pg_uuid_t *request_id, BoRequest *request);
extern void bo_request_read(BoStore *store, BoRow row, BoRequest *request);
extern BoRequestState bo_request_state(const BoRequest *request, TimestampTz now);
extern bool bo_request_is_over(const BoRequest *request, TimestampTz now);
extern BoFiller *bo_request_fillers(BoStore *store, const text *tenant, const pg_uuid_t *request_id, int *count);
extern void bo_request_check_fillers(BoStore *store, const text *tenant, const pg_uuid_t *request_id);
extern BoFiller *bo_request_lock_fillers(BoStore *store, const text *tenant, const pg_uuid_t *request_id,
                                         bool exclusive, int *count, BoResources *places);
extern bool bo_request_give_back(BoStore *store, const text *tenant, const pg_uuid_t *booking_id, const BoWhole *whole,
                                 const text *reason);

#endif
