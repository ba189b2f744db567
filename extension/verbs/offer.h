/*
 * offer.h
 *   An offer as it stands, under the lock of its request.
 *
 * It is accepted while the booking that it made is live and belongs to its provider; nothing else records that.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_OFFER_H
#define BOOKONCE_OFFER_H

#include "base/label.h"
#include "store/store.h"
#include "verbs/request.h"

typedef struct BoOffer
{
    pg_uuid_t offer_id;
    text *provider;
    int wave;
    BoOfferState said; /* as stored */
    bool has_booking;  /* it made a booking, which has not been moved to another provider since */
    pg_uuid_t booking_id;
    bool is_live;           /* that booking is */
    TimestampTz expires_at; /* its own end or its request's, whichever comes first; DT_NOEND: none */
    int position;           /* the position whose latest booking is that of this offer; 0: none */
    bool provider_fills; /* set by bo_offer_find(): its provider has another position of the request, while one is free
                          */
} BoOffer;

extern void bo_offer_read(BoStore *store, BoRow row, int before, const BoRequest *request, BoOffer *offer);
extern void bo_offer_lock(BoStore *store, const text *tenant, const pg_uuid_t *offer_id, const text *provider,
                          pg_uuid_t *request_id);
extern void bo_offer_find(BoStore *store, const text *tenant, const pg_uuid_t *offer_id, BoRequest *request,
                          BoOffer *offer);
extern BoOutcome bo_offer_refusal(const BoOffer *offer, const BoRequest *request, TimestampTz now);
extern BoOfferState bo_offer_state(const BoOffer *offer, const BoRequest *request, TimestampTz now);
extern void bo_offer_make(BoStore *store, const text *tenant, const BoRequest *request, BoOffer **offers, int count,
                          TimestampTz expires_at, TimestampTz now);

#endif
