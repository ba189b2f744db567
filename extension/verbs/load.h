/*
 * load.h
 *   How much of each of many resources is booked around a slot.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_LOAD_H
#define BOOKONCE_LOAD_H

#include "store/store.h"

extern void bo_load_count(BoStore *store, const int64 *resource_ids, int count, RangeType *during, int *taken);

#endif
