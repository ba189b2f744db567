/*
 * store_starts.h
 *   The statements on the times at which bookings of a resource begin and end.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_STORE_STARTS_H
#define BOOKONCE_STORE_STARTS_H

#include "store/store.h"

extern BoStatement bo_sql_set_starts, bo_sql_set_ends, bo_sql_find_unmet_grid;

#endif
