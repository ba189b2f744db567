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
#include "utils/jsonb.h"
#include "utils/rangetypes.h"
#include "utils/timestamp.h"
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

/* ---- error.c: the wording of every error ---- */
extern _Noreturn void bo_error_assertion(const char *condition, const char *file, int line);
extern _Noreturn void bo_error_null_argument(const char *name, const char *example);
extern _Noreturn void bo_error_argument(const char *name, const char *problem, const char *example);
extern _Noreturn void bo_error_key_reused(const text *key);
extern _Noreturn void bo_error_unknown_resource(const text *resource);
extern _Noreturn void bo_error_unknown_booking(const pg_uuid_t *booking_id);
extern _Noreturn void bo_error_not_set_up(void);
extern _Noreturn void bo_error_read_only(const char *verb);
extern _Noreturn void bo_error_statement(const char *what, int code);
extern _Noreturn void bo_error_slot_key_time(void);
extern _Noreturn void bo_error_slot_key_text(const char *input);
extern _Noreturn void bo_error_slot_key_binary(void);

/* ---- arguments.c: what the caller may say ---- */
typedef struct BoSlotRequest
{
    text *tenant;
    text *resource;
    RangeType *during;
    text *holder;
    Interval *hold_for; /* NULL: confirmed at once */
    bool allow_overlap;
    Jsonb *details;          /* or NULL */
    text *idempotency_key;   /* or NULL */
    TimestampTz valid_until; /* DT_NOEND: no limit */
    int64 request_hash;      /* of all that says what is asked for; not of valid_until, which says how long */
} BoSlotRequest;

extern void bo_arguments_slot(FunctionCallInfo fcinfo, BoSlotRequest *request);
extern text *bo_arguments_text(FunctionCallInfo fcinfo, int n, const char *name, const char *example);
extern text *bo_arguments_optional_text(FunctionCallInfo fcinfo, int n, const char *name, const char *example);
extern pg_uuid_t *bo_arguments_uuid(FunctionCallInfo fcinfo, int n, const char *name);
extern int32 bo_arguments_positive(FunctionCallInfo fcinfo, int n, const char *name);
extern Interval *bo_arguments_hold_for(FunctionCallInfo fcinfo, int n);
extern void bo_arguments_writable(const char *verb);

/* ---- lock.c: who waits for whom ---- */
typedef enum BoLockClass
{
    BO_LOCK_INVALID = 0,
    BO_LOCK_BOOKING = 0xB002,
    BO_LOCK_RESOURCE = 0xB003
} BoLockClass;

extern void bo_lock_booking(const text *tenant, const pg_uuid_t *booking_id);
extern void bo_lock_resource(const text *tenant, const text *resource);
extern void bo_lock_resource_shared(const text *tenant, const text *resource);
extern void bo_lock_resource_instead_of_shared(const text *tenant, const text *resource);

/* ---- store.c and store_*.c: every SQL text, run as the owner of the tables ---- */
#define BO_PARAMETERS_MAX 14

typedef struct BoStatement
{
    const char *sql;
    int parameters;
    Oid types[BO_PARAMETERS_MAX];
    SPIPlanPtr plan; /* made at the first run */
} BoStatement;

extern BoStatement bo_insert_booking, bo_delete_booking, bo_find_key, bo_find_blockers, bo_release_lapsed;
extern BoStatement bo_find_booking, bo_confirm_booking, bo_put_back_hold, bo_extend_hold, bo_cancel_booking;
extern BoStatement bo_expire_holds;
extern BoStatement bo_find_resource, bo_insert_resource;

typedef struct BoStore
{
    Oid caller;
    int caller_context;
    MemoryContext answer_context; /* what must outlive bo_store_close is made here */
} BoStore;

extern void bo_store_open(BoStore *store);
extern void bo_store_close(BoStore *store);
extern uint64 bo_store_run(BoStore *store, BoStatement *statement, const Datum *values, const char *nulls);
extern Datum bo_store_column(int column, bool *is_null);

/* ---- answer.c: what the caller hears ---- */
typedef enum BoOutcome
{
    BO_OUTCOME_INVALID = 0,
    BO_BOOKED,
    BO_TAKEN,
    BO_TOO_LATE,
    BO_CONFIRMED,
    BO_EXTENDED,
    BO_CANCELLED,
    BO_HOLD_EXPIRED,
    BO_NOT_LIVE,
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
    int unit; /* 0: none, booked with allow_overlap */
    RangeType *during;
    TimestampTz hold_expires_at; /* meaningful while held */
    Datum busy;                  /* tstzmultirange, when taken; else 0 */
} BoBookingAnswer;

extern Datum bo_answer_booking(FunctionCallInfo fcinfo, const BoBookingAnswer *answer);
extern void bo_answer_read_booking(BoStore *store, BoBookingAnswer *answer, TimestampTz now);

/* ---- booking.c: for the other verbs that take time ---- */
extern void bo_book_slot(BoStore *store, const BoSlotRequest *request, BoBookingAnswer *answer);

/* ---- identifier.c ---- */
extern void bo_identifier_new(pg_uuid_t *id, TimestampTz now);

#endif
