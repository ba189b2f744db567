/*
 * statements.h
 *   Every statement. Its SQL, parameters and columns stand where it is defined, in store_*.c.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_STATEMENTS_H
#define BOOKONCE_STATEMENTS_H

#include "store/store.h"

extern BoStatement bo_sql_insert_units, bo_sql_delete_bookings, bo_sql_find_key;
extern BoStatement bo_sql_release_lapsed, bo_sql_find_units, bo_sql_find_intervals, bo_sql_lift_units, bo_sql_put_units;
extern BoStatement bo_sql_find_booking, bo_sql_confirm_booking, bo_sql_put_back_hold, bo_sql_extend_hold,
    bo_sql_cancel_booking;
extern BoStatement bo_sql_expire_holds;
extern BoStatement bo_sql_find_kinds, bo_sql_insert_members, bo_sql_find_member_blockers, bo_sql_find_group,
    bo_sql_order_by_bookings;
extern BoStatement bo_sql_confirm_group, bo_sql_put_back_holds, bo_sql_cancel_group;
extern BoStatement bo_sql_move_booking, bo_sql_find_place, bo_sql_put_place;
extern BoStatement bo_sql_judge, bo_sql_release_counted, bo_sql_find_resource, bo_sql_find_same_resource,
    bo_sql_define_resource;
extern BoStatement bo_sql_find_window;
extern BoStatement bo_sql_keep_hours, bo_sql_delete_hours, bo_sql_insert_hours, bo_sql_find_overlapping_hours,
    bo_sql_set_limit;
extern BoStatement bo_sql_insert_claim, bo_sql_find_claim, bo_sql_delete_claim;
extern BoStatement bo_sql_insert_counter, bo_sql_find_counter, bo_sql_rebound_counter, bo_sql_adjust_counter,
    bo_sql_put_back_delta;

/* Dispatch. */
extern BoStatement bo_sql_insert_request, bo_sql_find_request_key, bo_sql_find_request, bo_sql_cancel_request;
extern BoStatement bo_sql_find_fillers, bo_sql_find_position, bo_sql_take_position;
extern BoStatement bo_sql_find_invited, bo_sql_begin_wave, bo_sql_insert_offers, bo_sql_accept_offer,
    bo_sql_decline_offer;
extern BoStatement bo_sql_withdraw_offer, bo_sql_find_offer_request, bo_sql_find_offer, bo_sql_find_latest_offer;
extern BoStatement bo_sql_find_accepted_offer;

#endif
