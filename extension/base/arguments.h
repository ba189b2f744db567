/*
 * arguments.h
 *   The arguments of a call.
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
    text *holder;          /* NULL for an existing booking, until a rule needs it */
    int32 quantity;        /* units, from 1 */
    Interval *hold_for;    /* NULL: confirmed at once */
    TimestampTz lapses_at; /* for a part that is held: when its whole lapses */
    bool allow_overlap;
    bool stays;                /* an existing booking that takes a unit: only limits, which count units, are judged */
    bool keeps_start;          /* an existing booking with the same start: notice was judged when it was made */
    bool keeps_grid;           /* the same, on the same resource: its start was judged then */
    bool keeps_end;            /* an existing booking, on the same resource, with the same end */
    bool stays_within;         /* an existing booking that takes no further time: closures are not judged */
    Jsonb *details;            /* or NULL */
    text *idempotency_key;     /* or NULL */
    TimestampTz valid_until;   /* DT_NOEND: no limit */
    const pg_uuid_t *group_id; /* of the call of which it is a member; NULL: it is alone, or a party that makes its
                                * own group */
    const pg_uuid_t *followed_id; /* the id of a booking that mirrors a row of a followed table; or NULL */
    bool defines_resource;        /* a resource that is not defined is created, without rules */
    bool takes_parts;             /* the parts of the resource are booked along, if it has some */
    bool only_guard;              /* only the constraint and the capacity are checked */
    int32 member;                 /* its place in the call, from 1; for a part, minus that of its whole */
    uint64 waives;                /* a bit for each outcome with which it must not be refused: see waiver.h */
    text *reason;                 /* for its history, or NULL */
    text *kind;                   /* of booking, or NULL */
    const BoBookingKind *of_kind; /* the rules of that kind, as bo_kind_enter() read them; or NULL */
    int64 request_hash;           /* of all arguments but valid_until and waive, which only say how the call is judged
                                   * */
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
