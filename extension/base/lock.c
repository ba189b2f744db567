/*
 * lock.c
 *   The locks: which calls wait for each other.
 *
 * Transaction-level advisory locks on a 64-bit hash, in classes of their own: the application's pg_advisory_lock() uses
 * classes 1 and 2 (the objsubid in pg_locks) and never meets ours. Two names whose hashes collide share a lock, which
 * costs a wait but changes no answer. Order: request before booking before kind before holder before resource (a
 * cancelled request releases its bookings; a move reads its booking's kind, holder and resource first).
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/lock.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "portability/instr_time.h"
#include "storage/lock.h"

#include "base/error.h"
#include "base/wait.h"

int bo_lock_log_waits = -1;

static uint64 lock_hash_of(const text *tenant, const void *name, int size)
{
    uint64 tenant_hash = hash_bytes_extended((const unsigned char *)VARDATA_ANY(tenant), VARSIZE_ANY_EXHDR(tenant), 0);

    return hash_bytes_extended(name, size, tenant_hash);
}

static LOCKTAG lock_tag_of(BoLockClass lock_class, uint64 hash)
{
    LOCKTAG tag;

    Assert(lock_class != BO_LOCK_INVALID);
    SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, (uint32)(hash >> 32), (uint32)hash, lock_class);
    return tag;
}

static const char *lock_name(BoLockClass lock_class)
{
    switch (lock_class)
    {
        case BO_LOCK_REQUEST: return "request";
        case BO_LOCK_BOOKING: return "booking";
        case BO_LOCK_KIND: return "kind";
        case BO_LOCK_HOLDER: return "holder";
        case BO_LOCK_CONSUMER: return "consumer of events";
        default: return "resource";
    }
}

/* Waits for the lock, and logs the wait if it took long. */
static void lock_wait(LOCKTAG *tag, LOCKMODE mode)
{
    instr_time begin;
    instr_time waited;

    INSTR_TIME_SET_CURRENT(begin);
    (void)LockAcquire(tag, mode, false, false);
    INSTR_TIME_SET_CURRENT(waited);
    INSTR_TIME_SUBTRACT(waited, begin);
    if (INSTR_TIME_GET_MILLISEC(waited) >= bo_lock_log_waits)
        bo_log_slow_wait(lock_name(tag->locktag_field4), INSTR_TIME_GET_MILLISEC(waited));
}

/*
 * Takes the lock; 55P03 if that means waiting and the call may not wait. Where slow waits are logged, the lock is first
 * tried without waiting, so that only real waits are measured, and a call that finds the lock free does not read the
 * clock.
 */
static void lock_take(LOCKTAG *tag, LOCKMODE mode)
{
    bool try_first = bo_wait_never || bo_lock_log_waits >= 0;

    if (LockAcquire(tag, mode, false, try_first) != LOCKACQUIRE_NOT_AVAIL)
        return;
    if (bo_wait_never)
        bo_error_max_wait();
    lock_wait(tag, mode);
}

LOCKTAG bo_lock_adopted_tag(Oid table, int64 resource_id)
{
    return lock_tag_of(BO_LOCK_ADOPTED, hash_combine64(table, hash_bytes_extended((const unsigned char *)&resource_id,
                                                                                  sizeof(resource_id), 0)));
}

/*
 * Only one call at a time changes a request, its positions and its offers. A caller that must wait waits here, before
 * it reads the clock.
 */
void bo_lock_request(const text *tenant, const pg_uuid_t *request_id)
{
    LOCKTAG tag = lock_tag_of(BO_LOCK_REQUEST, lock_hash_of(tenant, request_id->data, UUID_LEN));

    lock_take(&tag, ExclusiveLock);
}

/*
 * Only one call at a time with this key, among verbs that take this lock: those that cannot know beforehand what they
 * will lock.
 */
void bo_lock_key(const text *tenant, const text *idempotency_key)
{
    LOCKTAG tag = lock_tag_of(BO_LOCK_REQUEST,
                              lock_hash_of(tenant, VARDATA_ANY(idempotency_key), VARSIZE_ANY_EXHDR(idempotency_key)));

    lock_take(&tag, ExclusiveLock);
}

/* Like bo_lock_request(), but without waiting. Returns true if the lock was free. */
bool bo_lock_try_request(const text *tenant, const pg_uuid_t *request_id)
{
    LOCKTAG tag = lock_tag_of(BO_LOCK_REQUEST, lock_hash_of(tenant, request_id->data, UUID_LEN));

    return LockAcquire(&tag, ExclusiveLock, false, true) != LOCKACQUIRE_NOT_AVAIL;
}

/* Only one reader of a consumer's events at a time. */
void bo_lock_consumer(const text *tenant, const text *consumer)
{
    LOCKTAG tag =
        lock_tag_of(BO_LOCK_CONSUMER, lock_hash_of(tenant, VARDATA_ANY(consumer), VARSIZE_ANY_EXHDR(consumer)));

    lock_take(&tag, ExclusiveLock);
}

/* Only one call at a time changes a booking. A caller that must wait waits here, before it reads the clock. */
void bo_lock_booking(const text *tenant, const pg_uuid_t *booking_id)
{
    LOCKTAG tag = lock_tag_of(BO_LOCK_BOOKING, lock_hash_of(tenant, booking_id->data, UUID_LEN));

    lock_take(&tag, ExclusiveLock);
}

static int lock_compare_hashes(const void *a, const void *b)
{
    uint64 left = *(const uint64 *)a;
    uint64 right = *(const uint64 *)b;

    return left < right ? -1 : left > right;
}

/*
 * Takes several locks of a class, in the order of their hashes, so that two callers with the same ones cannot deadlock.
 */
static void lock_hashes(BoLockClass lock_class, uint64 *hashes, int count)
{
    qsort(hashes, count, sizeof(uint64), lock_compare_hashes);
    for (int i = 0; i < count; i++)
    {
        LOCKTAG tag = lock_tag_of(lock_class, hashes[i]);

        if (i == 0 || hashes[i] != hashes[i - 1])
            lock_take(&tag, ExclusiveLock);
    }
}

static void lock_ids(BoLockClass lock_class, const text *tenant, const pg_uuid_t *ids, int count)
{
    uint64 *hashes = palloc(count * sizeof(uint64));

    for (int i = 0; i < count; i++)
        hashes[i] = lock_hash_of(tenant, ids[i].data, UUID_LEN);
    lock_hashes(lock_class, hashes, count);
    pfree(hashes);
}

void bo_lock_requests(const text *tenant, const pg_uuid_t *request_ids, int count)
{
    lock_ids(BO_LOCK_REQUEST, tenant, request_ids, count);
}

void bo_lock_bookings(const text *tenant, const pg_uuid_t *booking_ids, int count)
{
    lock_ids(BO_LOCK_BOOKING, tenant, booking_ids, count);
}

/* Releases what bo_lock_bookings() took, for a caller that has written nothing and must lock their requests first. */
void bo_lock_release_bookings(const text *tenant, const pg_uuid_t *booking_ids, int count)
{
    for (int i = 0; i < count; i++)
    {
        LOCKTAG tag = lock_tag_of(BO_LOCK_BOOKING, lock_hash_of(tenant, booking_ids[i].data, UUID_LEN));

        (void)LockRelease(&tag, ExclusiveLock, false);
    }
}

/*
 * Shared: the kind's rules cannot change until the end of the transaction. Exclusive: nobody else books by the kind
 * until then.
 */
void bo_lock_kind(const text *tenant, const text *kind, bool exclusive)
{
    LOCKTAG tag = lock_tag_of(BO_LOCK_KIND, lock_hash_of(tenant, VARDATA_ANY(kind), VARSIZE_ANY_EXHDR(kind)));

    lock_take(&tag, exclusive ? ExclusiveLock : ShareLock);
}

static LOCKTAG lock_tag_of_holder(const text *tenant, const text *holder)
{
    return lock_tag_of(BO_LOCK_HOLDER, lock_hash_of(tenant, VARDATA_ANY(holder), VARSIZE_ANY_EXHDR(holder)));
}

/*
 * Where a rule counts what a holder has, only one call at a time books for a holder. The list may name a holder
 * repeatedly.
 */
void bo_lock_holders(const text *tenant, text *const *holders, int count)
{
    uint64 *hashes = palloc((count + 1) * sizeof(uint64));

    for (int i = 0; i < count; i++)
        hashes[i] = lock_hash_of(tenant, VARDATA_ANY(holders[i]), VARSIZE_ANY_EXHDR(holders[i]));
    lock_hashes(BO_LOCK_HOLDER, hashes, count);
    pfree(hashes);
}

bool bo_lock_has_holder(const text *tenant, const text *holder)
{
    LOCKTAG tag = lock_tag_of_holder(tenant, holder);

#if PG_VERSION_NUM >= 170000
    return LockHeldByMe(&tag, ExclusiveLock, false);
#else
    return LockHeldByMe(&tag, ExclusiveLock);
#endif
}

/* Like bo_lock_holders() for one holder, but without waiting. Returns true if the lock was free. */
bool bo_lock_try_holder(const text *tenant, const text *holder)
{
    LOCKTAG tag = lock_tag_of_holder(tenant, holder);

    return LockAcquire(&tag, ExclusiveLock, false, true) != LOCKACQUIRE_NOT_AVAIL;
}

/*
 * Only one call at a time changes the scope of a holder rule. The lock is that of a holder with the scope's name, who
 * would wait, too.
 */
void bo_lock_scope(const text *tenant, const text *scope)
{
    LOCKTAG tag = lock_tag_of_holder(tenant, scope);

    lock_take(&tag, ExclusiveLock);
}

/*
 * What this backend last learnt about a resource, so that the first attempt takes the right lock. It is only a guess:
 * under the lock, the resource's row tells what the resource is.
 */
#define REMEMBERED 1024 /* a power of two */

static struct
{
    uint64 hash;
    BoKind kind;
    bool by_holder;
} remembered[REMEMBERED];

BoSlotLock bo_lock_slot_of(const text *tenant, const text *resource)
{
    BoSlotLock lock = {.hash = lock_hash_of(tenant, VARDATA_ANY(resource), VARSIZE_ANY_EXHDR(resource))};
    int place = lock.hash & (REMEMBERED - 1);

    lock.kind = remembered[place].hash == lock.hash ? remembered[place].kind : BO_KIND_PLAIN;
    lock.by_holder = remembered[place].hash == lock.hash && remembered[place].by_holder;
    lock.exclusive = lock.kind == BO_KIND_COUNTS;
    return lock;
}

void bo_lock_learn(BoSlotLock *lock, BoKind kind, bool by_holder)
{
    int place = lock->hash & (REMEMBERED - 1);

    lock->kind = kind;
    lock->by_holder = by_holder;
    remembered[place].hash = lock->hash;
    remembered[place].kind = kind;
    remembered[place].by_holder = by_holder;
}

static int lock_compare_locks(const void *a, const void *b)
{
    const BoSlotLock *left = a;
    const BoSlotLock *right = b;

    if (left->hash != right->hash)
        return left->hash < right->hash ? -1 : 1;
    return (int)right->exclusive - (int)left->exclusive; /* the stronger one first, so that no lock need be strengthened
                                                          * */
}

static void lock_each(const BoSlotLock *locks, int count, void (*visit)(LOCKTAG *tag, LOCKMODE mode))
{
    BoSlotLock *sorted = palloc(sizeof(*sorted) * count);

    memcpy(sorted, locks, sizeof(*sorted) * count);
    qsort(sorted, count, sizeof(*sorted), lock_compare_locks);
    for (int i = 0; i < count; i++)
    {
        LOCKTAG tag = lock_tag_of(BO_LOCK_RESOURCE, sorted[i].hash);

        if (i == 0 || sorted[i].hash != sorted[i - 1].hash)
            visit(&tag, sorted[i].exclusive ? ExclusiveLock : ShareLock);
    }
    pfree(sorted);
}

static void lock_release(LOCKTAG *tag, LOCKMODE mode)
{
    (void)LockRelease(tag, mode, false);
}

/*
 * Locks resources, each once, in ascending hash order. Shared: their rules cannot change, other bookings go on, and the
 * constraint decides among them. Exclusive: nobody else can book or change the resource until the end of the
 * transaction.
 */
void bo_lock_slots(const BoSlotLock *locks, int count)
{
    lock_each(locks, count, lock_take);
}

/* Locks a resource exclusively, without waiting. Returns true if the lock was free. */
bool bo_lock_try_slot(const BoSlotLock *lock)
{
    LOCKTAG tag = lock_tag_of(BO_LOCK_RESOURCE, lock->hash);

    return LockAcquire(&tag, ExclusiveLock, false, true) != LOCKACQUIRE_NOT_AVAIL;
}

/*
 * Releases what bo_lock_slots() took with the same arguments, so that stronger locks can be taken: strengthening a lock
 * while holding it would deadlock two callers that do the same. Only for a caller that has written nothing in between,
 * because a lock that protects a row must last until the row is committed or rolled back.
 */
void bo_lock_release_slots(const BoSlotLock *locks, int count)
{
    lock_each(locks, count, lock_release);
}
