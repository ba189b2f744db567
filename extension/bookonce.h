/*
 * bookonce.h
 *   What the stations of the extension say to each other.
 *
 * A verb reads: arguments, lock, store, answer. Locks are taken in the order of
 * BoLockClass; whoever needs two of a class takes them in ascending hash order.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_H
#define BOOKONCE_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/jsonb.h"
#include "utils/multirangetypes.h"
#include "utils/rangetypes.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"
#include "utils/uuid.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* What must hold in a build made with ASSERT=1: a lie ends the server, and with it the test. */
#ifdef BOOKONCE_ASSERT
#define bo_assert(condition)                                    \
    do                                                          \
    {                                                           \
        if (!(condition))                                       \
            bo_error_assertion(#condition, __FILE__, __LINE__); \
    } while (0)
#else
#define bo_assert(condition) ((void)0)
#endif

/* Longest name, holder or key, in bytes. Longer ones would not fit an index entry together. */
#define BO_TEXT_MAX_BYTES 255

/* A century: what is longer is a slip, and would leave the calendar. */
#define BO_LENGTH_MAX_DAYS 36500

/* Most units of one resource. */
#define BO_CAPACITY_MAX 100000

/* Longest length of time that a rule may name, in days, a century: what is longer is a slip, and leaves the calendar.
 */
#define BO_LENGTH_MAX_DAYS 36500

/* ---- error.c: the wording of every error ---- */
extern _Noreturn void bo_error_assertion(const char *condition, const char *file, int line);
extern _Noreturn void bo_error_null_argument(const char *name, const char *example);
extern _Noreturn void bo_error_argument(const char *name, const char *problem, const char *example);
extern _Noreturn void bo_error_key_reused(const text *key);
extern _Noreturn void bo_error_unknown_resource(const text *resource);
extern _Noreturn void bo_error_unknown_booking(const pg_uuid_t *booking_id);
extern _Noreturn void bo_error_unknown_group(const pg_uuid_t *group_id);
extern _Noreturn void bo_error_unknown_counter(const text *counter);
extern _Noreturn void bo_error_bounds_exclude_value(const text *counter, int64 value);
extern _Noreturn void bo_error_unknown_request(const pg_uuid_t *request_id);
extern _Noreturn void bo_error_unknown_offer(const pg_uuid_t *offer_id);
extern _Noreturn void bo_error_no_position(const text *provider, const pg_uuid_t *request_id);
extern _Noreturn void bo_error_not_set_up(void);
extern _Noreturn void bo_error_capacity_in_use(const text *resource, int32 capacity);
extern _Noreturn void bo_error_above_capacity(int32 capacity);
extern _Noreturn void bo_error_read_only(const char *verb);
extern _Noreturn void bo_error_owners_constraint(void);
extern _Noreturn void bo_error_old_snapshot(void);
extern _Noreturn void bo_error_statement(const char *what, int code);
extern void bo_error_hide_rows(void *unused);
extern _Noreturn void bo_error_unsound(const char *rule, const char *example);
extern _Noreturn void bo_error_slot_key_time(void);
extern _Noreturn void bo_error_slot_key_text(const char *input);
extern _Noreturn void bo_error_slot_key_binary(void);

/* ---- arguments.c: what the caller may say ---- */
#define BO_DURING_EXAMPLE "tstzrange('2026-01-31 09:00+00', '2026-01-31 10:00+00')"

typedef struct BoSlotRequest
{
    text *tenant;
    text *resource;
    RangeType *during;
    text *holder;
    int32 quantity;     /* units, from 1 */
    Interval *hold_for; /* NULL: confirmed at once */
    bool allow_overlap;
    Jsonb *details;            /* or NULL */
    text *idempotency_key;     /* or NULL */
    TimestampTz valid_until;   /* DT_NOEND: no limit */
    const pg_uuid_t *group_id; /* of the call it is a member of; NULL: alone, or a party that makes its own */
    int32 member;              /* its place in the call, from 1 */
    int64 request_hash;        /* of all that says what is asked for; not of valid_until, which says how long */
} BoSlotRequest;

extern void bo_arguments_slot(FunctionCallInfo fcinfo, BoSlotRequest *request);
/* What a request's hash begins with, so that a key used by one verb is not taken for another's. */
#define BO_HASH_SLOT 0
#define BO_HASH_GROUP 1
#define BO_HASH_FIRST 2
#define BO_HASH_LEAST_BOOKED 3

extern int64 bo_arguments_hash(int64 seed, const BoSlotRequest *request);
extern text *bo_arguments_checked_text(Datum value, bool is_null, const char *name, const char *example);
extern RangeType *bo_arguments_checked_during(Datum value, bool is_null, const char *name);
extern int32 bo_arguments_quantity(Datum value, bool is_null, const char *name);
extern text *bo_arguments_text(FunctionCallInfo fcinfo, int n, const char *name, const char *example);
extern text *bo_arguments_optional_text(FunctionCallInfo fcinfo, int n, const char *name, const char *example);
extern pg_uuid_t *bo_arguments_uuid(FunctionCallInfo fcinfo, int n, const char *name);
extern int32 bo_arguments_positive(FunctionCallInfo fcinfo, int n, const char *name);
extern Interval *bo_arguments_length(FunctionCallInfo fcinfo, int n, const char *name);
extern int64 bo_arguments_exact_length(FunctionCallInfo fcinfo, int n, const char *name, int64 least);
extern text *bo_arguments_time_zone(FunctionCallInfo fcinfo, int n);
extern int64 bo_arguments_bigint(FunctionCallInfo fcinfo, int n, const char *name, const char *example);
extern ArrayType *bo_arguments_texts(FunctionCallInfo fcinfo, int n, const char *name, const char *example, int limit);
extern int64 bo_arguments_hash_varlena(int64 hash, const void *varlena);
extern int64 bo_arguments_hash_bytes(int64 hash, const void *bytes, int size);
extern bool bo_arguments_same_text(const text *a, const text *b);
extern void bo_arguments_writable(const char *verb);

/* ---- lock.c: who waits for whom ---- */
typedef enum BoLockClass
{
    BO_LOCK_INVALID = 0,
    BO_LOCK_REQUEST = 0xB001,
    BO_LOCK_BOOKING = 0xB002,
    BO_LOCK_RESOURCE = 0xB003
} BoLockClass;

extern void bo_lock_request(const text *tenant, const pg_uuid_t *request_id);
extern void bo_lock_booking(const text *tenant, const pg_uuid_t *booking_id);
extern void bo_lock_two_bookings(const text *tenant, const pg_uuid_t *one, const pg_uuid_t *other);
extern void bo_lock_bookings(const text *tenant, const pg_uuid_t *booking_ids, int count);

/* What a resource's rules ask of whoever books it. */
typedef enum BoKind
{
    BO_KIND_INVALID = 0,
    BO_KIND_PLAIN,  /* only the constraint: one statement books */
    BO_KIND_POLICY, /* rules to read, nothing to count: the constraint decides */
    BO_KIND_COUNTS  /* capacity above 1 or a limit: the resource must stand still */
} BoKind;

typedef struct BoSlotLock
{
    uint64 hash;
    BoKind kind; /* as last learnt by this backend */
    bool exclusive;
    bool undone; /* the call wrote under it and took that back: it may not be given back to get a stronger one */
} BoSlotLock;

extern BoSlotLock bo_lock_slot_of(const text *tenant, const text *resource);
extern void bo_lock_learn(BoSlotLock *lock, BoKind kind);
extern void bo_lock_slots(const BoSlotLock *locks, int count);
extern void bo_unlock_slots(const BoSlotLock *locks, int count);

/* ---- store.c and store_*.c: every SQL text, run as the owner of the tables ---- */
#define BO_PARAMETERS_MAX 16

typedef struct BoStatement
{
    const char *sql;
    int parameters;
    Oid types[BO_PARAMETERS_MAX];
    bool loops;      /* it may look into the guard's index several times */
    SPIPlanPtr plan; /* made at the first run */
} BoStatement;

extern BoStatement bo_insert_units, bo_delete_bookings, bo_find_key;
extern BoStatement bo_release_lapsed, bo_find_units, bo_find_intervals, bo_lift_units, bo_put_units;
extern BoStatement bo_find_booking, bo_confirm_booking, bo_put_back_hold, bo_extend_hold, bo_cancel_booking;
extern BoStatement bo_expire_holds;
extern BoStatement bo_find_kinds, bo_insert_members, bo_find_member_blockers, bo_find_group, bo_order_by_bookings;
extern BoStatement bo_confirm_group, bo_put_back_holds, bo_cancel_group;
extern BoStatement bo_move_booking, bo_find_place, bo_put_place;
extern BoStatement bo_judge, bo_release_counted, bo_find_resource, bo_find_same_resource, bo_define_resource;
extern BoStatement bo_find_window;
extern BoStatement bo_keep_hours, bo_delete_hours, bo_insert_hours, bo_find_overlapping_hours, bo_set_limit;
extern BoStatement bo_insert_claim, bo_find_claim, bo_delete_claim;
extern BoStatement bo_insert_counter, bo_find_counter, bo_rebound_counter, bo_adjust_counter, bo_put_back_delta;

typedef struct BoStore
{
    ErrorContextCallback errors; /* while open, one of those that are asked about an error */
    Oid caller;
    int caller_context;
    bool reads_only;
    MemoryContext answer_context; /* what must outlive bo_store_close is made here */
    MemoryContext whole_context;  /* during a part: where the caller was */
} BoStore;

extern void bo_store_open(BoStore *store);
extern void bo_store_open_to_read(BoStore *store);
extern void bo_store_close(BoStore *store);
extern void bo_store_begin_part(BoStore *store);
extern void bo_store_end_part(BoStore *store);
extern void bo_next_round(int *round);
extern uint64 bo_store_run(BoStore *store, BoStatement *statement, const Datum *values, const char *nulls);
extern uint64 bo_store_run_latest(BoStore *store, BoStatement *statement, const Datum *values, const char *nulls);
extern Datum bo_store_column(int column, bool *is_null);
extern Datum bo_store_cell(uint64 row, int column, bool *is_null);

/* ---- attempt.c: all or nothing ---- */
extern bool bo_attempt(bool (*attempt)(void *), void *argument, int expected);

/* ---- answer.c: what the caller hears ---- */
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

typedef struct BoBookingAnswer
{
    BoOutcome outcome;
    bool replayed;
    BoStatus status; /* as it is by the clock: a lapsed hold is expired */
    pg_uuid_t booking_id;
    bool has_group;
    pg_uuid_t group_id;
    text *resource;
    int unit_count; /* 0: none, booked with allow_overlap */
    int32 *units;
    RangeType *during;
    TimestampTz hold_expires_at; /* meaningful while held */
    Datum busy;                  /* tstzmultirange, when taken; else 0 */
} BoBookingAnswer;

extern Datum bo_answer_label(Oid type, const char *label);
extern Datum bo_answer_outcome(Oid type, BoOutcome outcome);
extern Datum bo_answer_status(Oid type, BoStatus status);
extern BoStatus bo_answer_read_status(Oid value);
extern Datum bo_answer_booking(FunctionCallInfo fcinfo, const BoBookingAnswer *answer);
extern void bo_answer_bookings(FunctionCallInfo fcinfo, const BoBookingAnswer *answers, int count);
extern Datum bo_answer_claim(FunctionCallInfo fcinfo, BoOutcome outcome, bool replayed, text *claimant);
extern Datum bo_answer_counter(FunctionCallInfo fcinfo, BoOutcome outcome, bool replayed, int64 value);
extern void bo_answer_read_booking(BoStore *store, BoBookingAnswer *answer, uint64 row, TimestampTz now);
extern void *bo_answer_copy(BoStore *store, Datum varlena);

/* ---- policy.c: what the rules say ---- */
typedef struct BoPlace
{
    int64 resource_id;
    int32 capacity;
    BoKind kind;
    BoOutcome refusal;     /* BO_OUTCOME_INVALID: the rules allow it */
    bool counted_lapsed;   /* but only once bo_release_counted_holds() was called */
    TimestampTz decide_by; /* at a later instant they would not */
    RangeType *blocks;
    bool stands_still; /* said by the caller: it may release lapsed holds there */
} BoPlace;

extern void bo_judge_slot(BoStore *store, const BoSlotRequest *request, const pg_uuid_t *moving, TimestampTz now,
                          BoPlace *place);
extern void bo_release_counted_holds(BoStore *store, const BoSlotRequest *request, TimestampTz now);

/* A length of time as it is on a stop-watch; months never get here. */
static inline int64 bo_microseconds(const Interval *length)
{
    return length->time + (int64)length->day * USECS_PER_DAY;
}

/* make_range(), whose arguments changed in PostgreSQL 16. */
static inline RangeType *bo_range(TypeCacheEntry *type, RangeBound *lower, RangeBound *upper)
{
#if PG_VERSION_NUM >= 160000
    return make_range(type, lower, upper, false, NULL);
#else
    return make_range(type, lower, upper, false);
#endif
}

/* ---- capacity.c: which units ---- */
extern bool bo_free_units(BoStore *store, const BoPlace *place, int quantity, const pg_uuid_t *moving, int32 *units);
extern bool bo_make_room(BoStore *store, const text *tenant, const BoPlace *place, int quantity,
                         const pg_uuid_t *moving, TimestampTz now, int32 *units, Datum *busy);
extern MultirangeType *bo_crowded(BoStore *store, const BoPlace *place, int quantity, TimestampTz now);
extern bool bo_fit_units(BoStore *store, const text *tenant, const BoPlace *place, TimestampTz now);
extern Datum bo_uuid_array(const pg_uuid_t *ids, int count);
extern Datum bo_unit_array(const int32 *units, int count);

/* ---- slot.c: the one path that takes time ---- */
extern TimestampTz bo_later(TimestampTz now, const Interval *length);
extern void bo_book_slot(BoStore *store, const BoSlotRequest *request, BoBookingAnswer *answer);
extern bool bo_decide_slot(BoStore *store, const BoSlotRequest *request, BoSlotLock *lock, BoBookingAnswer *answer);
extern bool bo_replay_slot(BoStore *store, const BoSlotRequest *request, BoBookingAnswer *answer, TimestampTz now);
extern void bo_refuse_slot(BoBookingAnswer *answer, BoOutcome outcome);
extern void bo_learn_resources(BoStore *store, text *tenant, text **names, int count, BoSlotLock *locks,
                               int64 *resource_ids, int32 *capacities);
extern void bo_prepare_answer(BoStore *store, const BoSlotRequest *request, BoBookingAnswer *answer);

/* ---- identifier.c ---- */
extern void bo_identifier_new(pg_uuid_t *id, TimestampTz now);

#endif
