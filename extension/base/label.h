/*
 * label.h
 *   The enums of SQL as enums of C. Each starts at an invalid zero, so zeroed memory never means booked.
 *   (long: a line for each label)
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_LABEL_H
#define BOOKONCE_LABEL_H

#include "bookonce.h"

#include "base/event_kind.h"

typedef enum BoOutcome
{
    BO_OUTCOME_INVALID = 0,
    BO_BOOKED,
    BO_TAKEN,
    BO_CLOSED,
    BO_TOO_SOON,
    BO_TOO_FAR,
    BO_TOO_LONG,
    BO_LIMIT_REACHED,
    BO_TOO_LATE,
    BO_ABORTED,
    BO_CONFIRMED,
    BO_EXTENDED,
    BO_CANCELLED,
    BO_RESCHEDULED,
    BO_SWAPPED,
    BO_HOLD_EXPIRED,
    BO_NOT_LIVE,
    BO_CLAIMED,
    BO_CLAIMED_BY_OTHER,
    BO_RELEASED,
    BO_APPLIED,
    BO_OUT_OF_BOUNDS,
    BO_OPENED,
    BO_OFFERED,
    BO_ACCEPTED,
    BO_DECLINED,
    BO_WITHDRAWN,
    BO_REASSIGNED,
    BO_FILLED,
    BO_PROVIDER_BUSY,
    BO_OFFER_ACCEPTED,
    BO_OFFER_DECLINED,
    BO_OFFER_WITHDRAWN,
    BO_OFFER_RELEASED,
    BO_OFFER_EXPIRED,
    BO_REQUEST_CLOSED,
    BO_CHANGED,
    BO_CONTENDED,
    BO_HOLDER_LIMIT,
    BO_HOLDER_BUSY,
    BO_TOO_SHORT,
    BO_OFF_GRID,
    BO_WAITING,
    BO_FREE_NOW,
    BO_LEFT,
    BO_ALREADY_WAITING,
    BO_WAITED_FOR,
    BO_CHECKED_IN,
    BO_NO_SHOW,
    BO_OUTCOME_COUNT
} BoOutcome;

typedef enum BoStatus
{
    BO_STATUS_INVALID = 0, /* an answer without a booking */
    BO_STATUS_HELD,
    BO_STATUS_CONFIRMED,
    BO_STATUS_CANCELLED,
    BO_STATUS_EXPIRED
} BoStatus;

typedef enum BoRequestState
{
    BO_REQUEST_STATE_INVALID = 0,
    BO_REQUEST_STATE_OPEN,
    BO_REQUEST_STATE_FILLED,
    BO_REQUEST_STATE_CLOSED,
    BO_REQUEST_STATE_CANCELLED
} BoRequestState;

/* A row can have the first four; the others are derived. */
typedef enum BoOfferState
{
    BO_OFFER_STATE_INVALID = 0, /* an answer without an offer */
    BO_OFFER_STATE_PENDING,
    BO_OFFER_STATE_ACCEPTED,
    BO_OFFER_STATE_DECLINED,
    BO_OFFER_STATE_WITHDRAWN,
    BO_OFFER_STATE_RELEASED,
    BO_OFFER_STATE_EXPIRED
} BoOfferState;

extern Datum bo_label_outcome(Oid type, BoOutcome outcome);
extern const char *bo_label_outcome_name(BoOutcome outcome);
extern Datum bo_label_status(Oid type, BoStatus status);
extern Datum bo_label_request_state(Oid type, BoRequestState state);
extern Datum bo_label_offer_state(Oid type, BoOfferState state);
extern Datum bo_label_event_kind(Oid type, BoEventKind kind);
extern const char *bo_label_event_kind_name(BoEventKind kind);
extern BoOfferState bo_label_read_offer_state(Oid value);
extern BoStatus bo_label_read_status(Oid value);

#endif
