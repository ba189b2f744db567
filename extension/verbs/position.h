/*
 * position.h
 *   A provider's place in a request.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_POSITION_H
#define BOOKONCE_POSITION_H

#include "store/store.h"

typedef struct BoHeldPosition
{
    int position; /* 0: none now */
    bool was;     /* it has a position, or had one that nobody has taken since */
    pg_uuid_t booking_id;
    RangeType *during; /* the booking's time, which may differ from the request's by now */
} BoHeldPosition;

extern BoHeldPosition bo_position_find(BoStore *store, const text *tenant, const pg_uuid_t *request_id,
                                       const text *provider);

#endif
