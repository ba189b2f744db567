/*
 * dispatch.h
 *   What request.c, offer.c and position.c share: a request and an offer as they stand.
 *
 * Whoever changes one of them, or a booking that fills a position, holds the lock of
 * the request, and reads it after that. A position is taken while its booking is
 * live, and an offer is accepted while the booking it made is live and its
 * provider's; nothing else says so.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_DISPATCH_H
#define BOOKONCE_DISPATCH_H

#include "base/label.h"
#include "store/store.h"

typedef struct BoRequest
{
    pg_uuid_t request_id;
    RangeType *during;
    int positions;
    int filled;        /* how many are taken */
    int free_position; /* the first that is not; 0: all are */
    bool was_taken;    /* that position was once, by last_booking_id */
    pg_uuid_t last_booking_id;
    TimestampTz closes_at; /* DT_NOEND: only when cancelled */
    bool is_cancelled;
    text *requester;
    int64 request_hash;
} BoRequest;

typedef struct BoRequestAnswer
{
    BoOutcome outcome;
    bool replayed;
    BoRequest request;
    BoRequestState state;
} BoRequestAnswer;

typedef struct BoOffer
{
    pg_uuid_t offer_id;
    text *provider;
    int wave;
    BoOfferState said; /* as stored */
    bool has_booking;  /* it made one, which is not another provider's by now */
    pg_uuid_t booking_id;
    bool is_live;           /* that booking is */
    TimestampTz expires_at; /* its own end or its request's, whichever is first; DT_NOEND: none */
    int position;           /* that its booking is the last of; 0: none */
} BoOffer;

typedef struct BoOfferAnswer
{
    BoOutcome outcome;
    bool replayed;
    pg_uuid_t request_id;
    BoOffer offer; /* when state is invalid only its provider counts, and the position that this has by no offer */
    BoOfferState state;
} BoOfferAnswer;

typedef struct BoRescheduleAnswer
{
    BoRequestAnswer request; /* and the outcome */
    text *provider;          /* in the way; or NULL */
    BoOutcome refusal;       /* what book_slot() would say to it */
    MultirangeType *busy;    /* when that is taken; or NULL */
} BoRescheduleAnswer;

/* A provider's place in a request. */
typedef struct BoHeldPosition
{
    int position; /* 0: none now */
    bool was;     /* it has one, or had one that nobody has taken since */
    pg_uuid_t booking_id;
    RangeType *during; /* the booking's time, which need not be the request's any more */
} BoHeldPosition;

/* A provider that has a position. */
typedef struct BoFiller
{
    text *provider;
    int position;
    pg_uuid_t booking_id;
} BoFiller;

/* request.c */
extern void bo_request_find(BoStore *store, const text *tenant, const pg_uuid_t *request_id, BoRequest *request);
extern void bo_request_read(BoStore *store, BoRow row, BoRequest *request);
extern BoRequestState bo_request_state(const BoRequest *request, TimestampTz now);
extern bool bo_request_is_over(const BoRequest *request, TimestampTz now);
extern BoFiller *bo_request_fillers(BoStore *store, const text *tenant, const pg_uuid_t *request_id, int *count);
extern void bo_request_check_fillers(BoStore *store, const text *tenant, const pg_uuid_t *request_id);
extern BoFiller *bo_request_lock_fillers(BoStore *store, const text *tenant, const pg_uuid_t *request_id,
                                         bool exclusive, int *count);
extern bool bo_request_give_back(BoStore *store, const text *tenant, const pg_uuid_t *booking_id, const text *reason);

/* offer.c */
extern void bo_offer_read(BoStore *store, BoRow row, int before, const BoRequest *request, BoOffer *offer);
extern void bo_offer_lock(BoStore *store, const text *tenant, const pg_uuid_t *offer_id, const text *provider,
                          pg_uuid_t *request_id);
extern void bo_offer_find(BoStore *store, const text *tenant, const pg_uuid_t *offer_id, BoRequest *request,
                          BoOffer *offer);
extern BoOutcome bo_offer_refusal(const BoOffer *offer, const BoRequest *request, TimestampTz now);
extern BoOfferState bo_offer_state(const BoOffer *offer, const BoRequest *request, TimestampTz now);
extern void bo_offer_make(BoStore *store, const text *tenant, const BoRequest *request, BoOffer **offers, int count,
                          TimestampTz expires_at, TimestampTz now);

/* position.c */
extern BoHeldPosition bo_position_find(BoStore *store, const text *tenant, const pg_uuid_t *request_id,
                                       const text *provider);

/* filled_booking.c */
extern void bo_filled_booking_lock(BoStore *store, const text *tenant, const pg_uuid_t *booking_ids, int count,
                                   pg_uuid_t *request_ids);
extern bool bo_filled_booking_fills(const pg_uuid_t *request_id);

/* dispatch_answer.c */
extern Datum bo_answer_request(FunctionCallInfo fcinfo, const BoRequestAnswer *answer);
extern Datum bo_answer_reschedule(FunctionCallInfo fcinfo, const BoRescheduleAnswer *answer);
extern Datum bo_answer_offer(FunctionCallInfo fcinfo, const BoOfferAnswer *answer);
extern Datum bo_answer_offers(FunctionCallInfo fcinfo, const BoOfferAnswer *answers, int count);

#endif
