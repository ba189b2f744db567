/*
 * statements.h
 *   Includes every statement. Those of each store_*.c are declared in the header of that name, with the columns that
 *   they return.
 * return.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_STATEMENTS_H
#define BOOKONCE_STATEMENTS_H

#include "store/store.h"
#include "store/store_availability.h"
#include "store/store_booking.h"
#include "store/store_claim.h"
#include "store/store_dispatch.h"
#include "store/store_follow.h"
#include "store/store_group.h"
#include "store/store_holder.h"
#include "store/store_needed.h"
#include "store/store_policy.h"
#include "store/store_read.h"

#endif
