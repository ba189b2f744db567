/*
 * dispatch_column.h
 *   The tables of dispatch that the light path reads, and their columns, in the order in which setup() makes them.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_DISPATCH_COLUMN_H
#define BOOKONCE_DISPATCH_COLUMN_H

/* The columns of bookonce.offer, */
typedef enum BoOfferColumn
{
    BO_OFFER_ID,
    BO_OFFER_REQUEST_ID,
    BO_OFFER_BOOKING_ID,
    BO_OFFER_CREATED_AT,
    BO_OFFER_EXPIRES_AT,
    BO_OFFER_DECIDED_AT,
    BO_OFFER_WAVE,
    BO_OFFER_STATUS,
    BO_OFFER_TENANT,
    BO_OFFER_PROVIDER
} BoOfferColumn;

/* of bookonce.request up to the last one that is read, */
typedef enum BoRequestColumn
{
    BO_REQUEST_ID,
    BO_REQUEST_CREATED_AT,
    BO_REQUEST_CLOSES_AT,
    BO_REQUEST_CANCELLED_AT,
    BO_REQUEST_HASH,
    BO_REQUEST_POSITIONS,
    BO_REQUEST_WAVES,
    BO_REQUEST_TENANT,
    BO_REQUEST_DURING,
    BO_REQUEST_REQUESTER
} BoRequestColumn;

/* and of bookonce.position. */
typedef enum BoPositionColumn
{
    BO_POSITION_REQUEST_ID,
    BO_POSITION_BOOKING_ID,
    BO_POSITION_POSITION,
    BO_POSITION_TENANT
} BoPositionColumn;

typedef enum BoDispatchTable
{
    BO_DISPATCH_OFFER,
    BO_DISPATCH_REQUEST,
    BO_DISPATCH_POSITION,
    BO_DISPATCH_TABLE_COUNT
} BoDispatchTable;

#endif
