/*
 * store_dispatch.h
 *   The statements on requests, positions and offers, and the columns that they return.
 *
 * row.h reads the columns. BoStatement.columns says how many there are, so if a list in SQL grows without its enum, an
 * assertion fails at the first run.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_STORE_DISPATCH_H
#define BOOKONCE_STORE_DISPATCH_H

#include "store/store.h"

/* REQUEST_COLUMNS of store_dispatch.c, which bo_request_read() reads. */
typedef enum BoRequestRow
{
    BO_REQUEST_ROW_REQUEST_ID = 1,
    BO_REQUEST_ROW_DURING,
    BO_REQUEST_ROW_POSITIONS,
    BO_REQUEST_ROW_FILLED,
    BO_REQUEST_ROW_FREE_POSITION, /* NULL: all are taken */
    BO_REQUEST_ROW_CLOSES_AT,
    BO_REQUEST_ROW_IS_CANCELLED,
    BO_REQUEST_ROW_REQUESTER,
    BO_REQUEST_ROW_REQUEST_HASH,
    BO_REQUEST_ROW_LAST_BOOKING_ID, /* of the free position; NULL: it was never taken */
    BO_REQUEST_ROW_COLUMNS = BO_REQUEST_ROW_LAST_BOOKING_ID
} BoRequestRow;

/* OFFER_COLUMNS, which bo_offer_read() reads, after any columns that precede them. */
typedef enum BoOfferRow
{
    BO_OFFER_ROW_OFFER_ID = 1,
    BO_OFFER_ROW_PROVIDER,
    BO_OFFER_ROW_WAVE,
    BO_OFFER_ROW_STATUS,
    BO_OFFER_ROW_BOOKING_ID, /* NULL: it made none, or one that now belongs to another provider */
    BO_OFFER_ROW_EXPIRES_AT,
    BO_OFFER_ROW_IS_LIVE,
    BO_OFFER_ROW_POSITION, /* NULL: that booking is not the latest of any position */
    BO_OFFER_ROW_COLUMNS = BO_OFFER_ROW_POSITION
} BoOfferRow;

typedef enum BoInsertRequest
{
    BO_INSERT_REQUEST_REQUEST_ID = 1,
    BO_INSERT_REQUEST_DURING,
    BO_INSERT_REQUEST_POSITIONS,
    BO_INSERT_REQUEST_CLOSES_AT, /* NULL: never by itself */
    BO_INSERT_REQUEST_COLUMNS = BO_INSERT_REQUEST_CLOSES_AT
} BoInsertRequest;

typedef enum BoInsertOffers
{
    BO_INSERT_OFFERS_OFFER_ID = 1,
    BO_INSERT_OFFERS_PROVIDER,
    BO_INSERT_OFFERS_WAVE,
    BO_INSERT_OFFERS_EXPIRES_AT, /* NULL: with its request */
    BO_INSERT_OFFERS_COLUMNS = BO_INSERT_OFFERS_EXPIRES_AT
} BoInsertOffers;

typedef enum BoFindInvited
{
    BO_FIND_INVITED_PROVIDER = 1,
    BO_FIND_INVITED_IS_RESOURCE,                                /* NULL: no */
    BO_FIND_INVITED_BEFORE_OFFER = BO_FIND_INVITED_IS_RESOURCE, /* then the latest offer, or NULLs */
    BO_FIND_INVITED_COLUMNS = BO_FIND_INVITED_BEFORE_OFFER + BO_OFFER_ROW_COLUMNS
} BoFindInvited;

typedef enum BoBeginWave
{
    BO_BEGIN_WAVE_WAVE = 1,
    BO_BEGIN_WAVE_COLUMNS = BO_BEGIN_WAVE_WAVE
} BoBeginWave;

typedef enum BoFindOfferRequest
{
    BO_FIND_OFFER_REQUEST_REQUEST_ID = 1,
    BO_FIND_OFFER_REQUEST_PROVIDER,
    BO_FIND_OFFER_REQUEST_COLUMNS = BO_FIND_OFFER_REQUEST_PROVIDER
} BoFindOfferRequest;

typedef enum BoFindOffer
{
    BO_FIND_OFFER_PROVIDER_FILLS = BO_REQUEST_ROW_COLUMNS + BO_OFFER_ROW_COLUMNS + 1, /* after those of both */
    BO_FIND_OFFER_COLUMNS = BO_FIND_OFFER_PROVIDER_FILLS
} BoFindOffer;

typedef enum BoFindPosition
{
    BO_FIND_POSITION_POSITION = 1,
    BO_FIND_POSITION_BOOKING_ID,
    BO_FIND_POSITION_DURING,
    BO_FIND_POSITION_IS_TAKEN,
    BO_FIND_POSITION_COLUMNS = BO_FIND_POSITION_IS_TAKEN
} BoFindPosition;

typedef enum BoFindFillers
{
    BO_FIND_FILLERS_PROVIDER = 1,
    BO_FIND_FILLERS_POSITION,
    BO_FIND_FILLERS_BOOKING_ID,
    BO_FIND_FILLERS_COLUMNS = BO_FIND_FILLERS_BOOKING_ID
} BoFindFillers;

extern BoStatement bo_sql_insert_request, bo_sql_find_request_key, bo_sql_find_request, bo_sql_cancel_request,
    bo_sql_find_fillers, bo_sql_find_position, bo_sql_take_position, bo_sql_find_invited, bo_sql_begin_wave,
    bo_sql_insert_offers, bo_sql_accept_offer, bo_sql_decline_offer, bo_sql_withdraw_offer, bo_sql_find_offer_request,
    bo_sql_find_offer, bo_sql_find_latest_offer, bo_sql_find_accepted_offer, bo_sql_swap_offers, bo_sql_move_request;

#endif
