/*
 * statements.h
 *   Every statement: those of each store_*.c are declared in the header of that name, with the columns that they
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
#include "store/store_group.h"
#include "store/store_needed.h"
#include "store/store_policy.h"

/* Dispatch. */
extern BoStatement bo_sql_insert_request, bo_sql_find_request_key, bo_sql_find_request, bo_sql_cancel_request;
extern BoStatement bo_sql_find_fillers, bo_sql_find_position, bo_sql_find_providers, bo_sql_take_position;
extern BoStatement bo_sql_find_invited, bo_sql_begin_wave, bo_sql_insert_offers, bo_sql_accept_offer,
    bo_sql_decline_offer;
extern BoStatement bo_sql_withdraw_offer, bo_sql_find_offer_request, bo_sql_find_offer, bo_sql_find_latest_offer;
extern BoStatement bo_sql_find_accepted_offer;

#endif
