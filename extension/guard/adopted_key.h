/*
 * adopted_key.h
 *   From the columns of a table that is not ours to a slot_key, and back to a time.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_ADOPTED_KEY_H
#define BOOKONCE_ADOPTED_KEY_H

#include "bookonce.h"

/* A bound of a slot_key as one of a range. */
extern RangeBound bo_adopted_bound(int64 half, bool lower);

#endif
