/*
 * followed_known.h
 *   The bookings that a followed table has already, when it is followed again.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_FOLLOWED_KNOWN_H
#define BOOKONCE_FOLLOWED_KNOWN_H

#include "bookonce.h"

#include "utils/hsearch.h"

typedef struct BoFollowedKnown
{
    pg_uuid_t id;
    bool has_no_unit; /* it overlapped, and was kept */
} BoFollowedKnown;

extern HTAB *bo_followed_known(int32 number, const text *tenant);

#endif
