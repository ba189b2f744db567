/*
 * identifier.h
 *   Ids that sort by the time they were made.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_IDENTIFIER_H
#define BOOKONCE_IDENTIFIER_H

#include "bookonce.h"

extern void bo_identifier_new(pg_uuid_t *id, TimestampTz now);
extern void bo_identifier_new_joined(pg_uuid_t *id, TimestampTz now);
extern bool bo_identifier_may_be_joined(const pg_uuid_t *id);

#endif
