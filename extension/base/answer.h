/*
 * answer.h
 *   What a verb answers.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_ANSWER_H
#define BOOKONCE_ANSWER_H

#include "base/label.h"

typedef struct BoBookingAnswer
{
    BoOutcome outcome;
    bool replayed;
    BoStatus status; /* by the clock: a lapsed hold is expired */
    pg_uuid_t booking_id;
    bool has_group;
    pg_uuid_t group_id;
    text *resource;
    text *kind;     /* the kind of booking; NULL: none, or not read */
    int unit_count; /* 0: none, booked with allow_overlap */
    int32 *units;
    RangeType *during;
    TimestampTz lapses_at; /* as its row says; DT_NOEND: never */
    Datum busy;            /* tstzmultirange, when taken; else 0 */
    TransactionId writer;  /* of the row that was read; invalid if there were several, or if it is not known */
} BoBookingAnswer;

/* Returns true if the booking occupies its time: it is held or confirmed. */
static inline bool bo_answer_stands(const BoBookingAnswer *answer)
{
    return answer->status == BO_STATUS_HELD || answer->status == BO_STATUS_CONFIRMED;
}

/* The refusal for a change of a booking that no longer stands. */
static inline BoOutcome bo_answer_ended(const BoBookingAnswer *answer)
{
    return answer->status == BO_STATUS_EXPIRED ? BO_HOLD_EXPIRED : BO_NOT_LIVE;
}

/* Returns true if the booking has lapsed by then, whether its row is marked as expired or not. */
static inline bool bo_answer_has_lapsed(const BoBookingAnswer *answer, TimestampTz at)
{
    return answer->status == BO_STATUS_EXPIRED || (bo_answer_stands(answer) && answer->lapses_at <= at);
}

extern Datum bo_answer_booking(FunctionCallInfo fcinfo, const BoBookingAnswer *answer);
extern void bo_answer_bookings(FunctionCallInfo fcinfo, const BoBookingAnswer *answers, int count);
extern Datum bo_answer_claim(FunctionCallInfo fcinfo, BoOutcome outcome, bool replayed, text *claimant,
                             TransactionId writer);
extern Datum bo_answer_counter(FunctionCallInfo fcinfo, BoOutcome outcome, bool replayed, int64 value,
                               TransactionId writer);

#endif
