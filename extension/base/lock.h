/*
 * lock.h
 *   The locks. Classes are taken in the order in which BoLockClass lists them, locks of one class in ascending hash
 *   order.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#ifndef BOOKONCE_LOCK_H
#define BOOKONCE_LOCK_H

#include "bookonce.h"

#include "storage/lock.h"

typedef enum BoLockClass
{
    BO_LOCK_INVALID = 0,
    BO_LOCK_REQUEST = 0xB001,
    BO_LOCK_BOOKING = 0xB002,
    BO_LOCK_KIND = 0xB007,
    BO_LOCK_HOLDER = 0xB006,
    BO_LOCK_RESOURCE = 0xB003,
    BO_LOCK_ADOPTED = 0xB004, /* a resource of a guarded table, for as long as one row is written */
    BO_LOCK_CONSUMER = 0xB005 /* a consumer of events; never together with another lock */
} BoLockClass;

extern int bo_lock_log_waits; /* waits of at least this many milliseconds are logged; -1: none */

extern void bo_lock_request(const text *tenant, const pg_uuid_t *request_id);
extern void bo_lock_key(const text *tenant, const text *idempotency_key);
extern bool bo_lock_try_request(const text *tenant, const pg_uuid_t *request_id);
extern void bo_lock_requests(const text *tenant, const pg_uuid_t *request_ids, int count);
extern void bo_lock_consumer(const text *tenant, const text *consumer);
extern void bo_lock_booking(const text *tenant, const pg_uuid_t *booking_id);
extern void bo_lock_bookings(const text *tenant, const pg_uuid_t *booking_ids, int count);
extern void bo_lock_release_bookings(const text *tenant, const pg_uuid_t *booking_ids, int count);
extern void bo_lock_kind(const text *tenant, const text *kind, bool exclusive);
extern void bo_lock_holders(const text *tenant, text *const *holders, int count);
extern bool bo_lock_has_holder(const text *tenant, const text *holder);
extern bool bo_lock_try_holder(const text *tenant, const text *holder);
extern void bo_lock_scope(const text *tenant, const text *scope);

/* What a resource's rules require of every booking. */
typedef enum BoKind
{
    BO_KIND_INVALID = 0,
    BO_KIND_PLAIN,  /* only the constraint: one statement books */
    BO_KIND_POLICY, /* rules to read but nothing to count: the constraint decides */
    BO_KIND_COUNTS  /* capacity above 1, a limit or a waiting list: the resource must be locked exclusively */
} BoKind;

typedef struct BoSlotLock
{
    uint64 hash;
    BoKind kind;    /* as last learnt by this backend */
    bool by_holder; /* likewise: a rule counts what each holder has there */
    bool exclusive;
    bool undone;           /* the call wrote under it and undid that, so it must not be released for a stronger one */
    bool has_parts;        /* as learnt under it: the resource has parts, which are booked along */
    bool has_line;         /* as learnt under it: somebody may wait in line */
    bool serves_line;      /* the call books for a waiter, and must not serve the line again */
    bool serves_whole;     /* it books a part for one who waits for the whole: those who wait for the part come first */
    TimestampTz served_at; /* if so: the one instant as of which all waiters are judged; otherwise 0 */
    int32 offered;         /* the holds that were made for waiters under it: if any, it must not be released */
} BoSlotLock;

/* Returns a resource's columns plain, counts and has_waiters as one value. */
static inline BoKind bo_lock_kind_of(bool plain, bool counts, bool has_line)
{
    return counts || has_line ? BO_KIND_COUNTS : plain ? BO_KIND_PLAIN : BO_KIND_POLICY;
}

extern BoSlotLock bo_lock_slot_of(const text *tenant, const text *resource);
extern void bo_lock_learn(BoSlotLock *lock, BoKind kind, bool by_holder);
extern LOCKTAG bo_lock_adopted_tag(Oid table, int64 resource_id);
extern bool bo_lock_try_slot(const BoSlotLock *lock);
extern void bo_lock_slots(const BoSlotLock *locks, int count);
extern void bo_lock_release_slots(const BoSlotLock *locks, int count);

#endif
