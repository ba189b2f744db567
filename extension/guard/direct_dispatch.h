/*
 * direct_dispatch.h
 *   What the light path offers to offer.c and position.c: an offer with its request is read, and accepted, without SQL.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_DIRECT_DISPATCH_H
#define BOOKONCE_DIRECT_DISPATCH_H

#include "store/row.h"

extern bool bo_direct_may_dispatch(void);
extern bool bo_direct_find_offer_request(const text *tenant, const pg_uuid_t *offer_id, pg_uuid_t *request_id,
                                         text **provider);
extern bool bo_direct_find_offer(const text *tenant, const pg_uuid_t *offer_id, BoRow *found);
extern bool bo_direct_take_position(const text *tenant, const pg_uuid_t *request_id, int position,
                                    const pg_uuid_t *booking_id, const pg_uuid_t *last_booking_id);
extern bool bo_direct_accept_offer(const text *tenant, const pg_uuid_t *offer_id, const pg_uuid_t *booking_id,
                                   TimestampTz now);

#endif
