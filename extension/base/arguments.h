/*
 * arguments.h
 *   What the caller may say.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_ARGUMENTS_H
#define BOOKONCE_ARGUMENTS_H

#include "bookonce.h"

#include "base/rules.h"

#define BO_DURING_EXAMPLE "tstzrange('2026-01-31 09:00+00', '2026-01-31 10:00+00')"

typedef struct BoSlotCall
{
    text *tenant;
    text *resource;
    RangeType *during;
    text *holder;          /* NULL for a booking that is there already, until a rule asks for it */
    int32 quantity;        /* units, from 1 */
    Interval *hold_for;    /* NULL: confirmed at once */
    TimestampTz lapses_at; /* of a part that is held: when its whole lapses */
    bool allow_overlap;
    bool stays;       /* a booking that is there already and takes a unit: only limits, which count units, are judged */
    bool keeps_start; /* a booking that is there already, and begins as before: notice was judged when it was made */
    bool keeps_grid;  /* the same, and on the same resource: its starts were judged then */
    bool keeps_end;   /* a booking that is there already, on the same resource, and ends as before */
    bool stays_within; /* a booking that is there already, and takes no time that it does not have: no closure minds */
    Jsonb *details;    /* or NULL */
    text *idempotency_key;        /* or NULL */
    TimestampTz valid_until;      /* DT_NOEND: no limit */
    const pg_uuid_t *group_id;    /* of the call it is a member of; NULL: alone, or a party that makes its own */
    const pg_uuid_t *followed_id; /* it mirrors a row of a followed table: the id that the row gives it; or NULL */
    bool defines_resource;        /* a resource that is not defined is created, without rules */
    bool takes_parts;             /* the caller takes the parts of the resource along, if it has some */
    bool only_guard;              /* only the constraint and the capacity are checked */
    int32 member;                 /* its place in the call, from 1; of a part, the negative of its whole's */
    uint64 waives;                /* a bit for each outcome that it is not to be refused with: see waiver.h */
    text *reason;                 /* for its history, or NULL */
    text *kind;                   /* of booking, or NULL */
    const BoBookingKind *of_kind; /* what that says, as bo_kind_enter() read it; NULL: nothing */
    int64 request_hash;           /* of all that says what is asked for; not of valid_until and waive, which say
                                     how it is judged */
} BoSlotCall;

extern void bo_arguments_slot(FunctionCallInfo fcinfo, BoSlotCall *call);
/* The seed of a call's hash, so that a key used with one verb is not mistaken for the same key with another. */
#define BO_HASH_SLOT 0
#define BO_HASH_GROUP 1
#define BO_HASH_FIRST 2
#define BO_HASH_LEAST_BOOKED 3
#define BO_HASH_CLOSURE 20
#define BO_HASH_WAITER 21
#define BO_HASH_NEEDS 22

extern int64 bo_arguments_hash(int64 seed, const BoSlotCall *call);
extern text *bo_arguments_checked_text(Datum value, bool is_null, const char *name, const char *example);
extern RangeType *bo_arguments_checked_during(Datum value, bool is_null, const char *name);
extern int32 bo_arguments_quantity(Datum value, bool is_null, const char *name);
extern text *bo_arguments_text(FunctionCallInfo fcinfo, int n, const char *name, const char *example);
extern text *bo_arguments_optional_text(FunctionCallInfo fcinfo, int n, const char *name, const char *example);
extern pg_uuid_t *bo_arguments_uuid(FunctionCallInfo fcinfo, int n, const char *name);
extern int32 bo_arguments_positive(FunctionCallInfo fcinfo, int n, const char *name);
extern Interval *bo_arguments_length(FunctionCallInfo fcinfo, int n, const char *name);
extern int64 bo_arguments_exact_length(FunctionCallInfo fcinfo, int n, const char *name, int64 least);
extern int64 bo_arguments_max_wait(FunctionCallInfo fcinfo, int n);
extern text *bo_arguments_time_zone(FunctionCallInfo fcinfo, int n);
extern int64 bo_arguments_bigint(FunctionCallInfo fcinfo, int n, const char *name, const char *example);
extern ArrayType *bo_arguments_texts(FunctionCallInfo fcinfo, int n, const char *name, const char *example, int limit);
extern int64 bo_arguments_hash_varlena(int64 hash, const void *varlena);
extern int64 bo_arguments_hash_bytes(int64 hash, const void *bytes, int size);
extern bool bo_arguments_same_text(const text *a, const text *b);
extern int bo_arguments_compare_texts(const text *a, const text *b);
extern void bo_arguments_writable(const char *verb);
extern text *bo_arguments_tenant(FunctionCallInfo fcinfo);
extern text *bo_arguments_reason(FunctionCallInfo fcinfo, int n);
extern text *bo_arguments_kind(FunctionCallInfo fcinfo, int n, int parameters);
extern text *bo_arguments_own_holder(FunctionCallInfo fcinfo, int parameters);

#endif
