/*
 * direct_confirm.h
 *   What the light path offers to hold.c: a hold is confirmed without SQL.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_DIRECT_CONFIRM_H
#define BOOKONCE_DIRECT_CONFIRM_H

#include "store/row.h"

extern bool bo_direct_confirm(const text *tenant, const pg_uuid_t *booking_id, TimestampTz now, bool needs_no_lock,
                              BoRow *confirmed);

#endif
