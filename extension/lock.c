/*
 * lock.c
 *   Who waits for whom.
 *
 * Transaction-level advisory locks on a 64-bit hash, in classes of their own: the
 * application's pg_advisory_lock() uses classes 1 and 2 (the objsubid in pg_locks)
 * and never meets ours. Two names whose hashes collide share a lock, which costs a
 * wait and no answer. Order: booking before resource (a move reads its booking's
 * resource first).
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/lock.h"

static uint64 hash_of(const text *tenant, const void *name, int size)
{
    uint64 tenant_hash = hash_bytes_extended((const unsigned char *)VARDATA_ANY(tenant), VARSIZE_ANY_EXHDR(tenant), 0);

    return hash_bytes_extended(name, size, tenant_hash);
}

static LOCKTAG tag_of(BoLockClass lock_class, uint64 hash)
{
    LOCKTAG tag;

    bo_assert(lock_class != BO_LOCK_INVALID);
    SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, (uint32)(hash >> 32), (uint32)hash, lock_class);
    return tag;
}

static LOCKTAG resource_tag(const text *tenant, const text *resource)
{
    return tag_of(BO_LOCK_RESOURCE, hash_of(tenant, VARDATA_ANY(resource), VARSIZE_ANY_EXHDR(resource)));
}

/* One change of a booking at a time: whoever waits, waits here, before it looks at the clock. */
void bo_lock_booking(const text *tenant, const pg_uuid_t *booking_id)
{
    LOCKTAG tag = tag_of(BO_LOCK_BOOKING, hash_of(tenant, booking_id->data, UUID_LEN));

    (void)LockAcquire(&tag, ExclusiveLock, false, false);
}

/* The whole resource stands still until the end of the transaction. */
void bo_lock_resource(const text *tenant, const text *resource)
{
    LOCKTAG tag = resource_tag(tenant, resource);

    (void)LockAcquire(&tag, ExclusiveLock, false, false);
}

/* The resource's rules stand still; its other bookings go on, and the constraint decides among them. */
void bo_lock_resource_shared(const text *tenant, const text *resource)
{
    LOCKTAG tag = resource_tag(tenant, resource);

    (void)LockAcquire(&tag, ShareLock, false, false);
}

/*
 * Give a shared lock back and wait for the whole resource. Only for a caller that
 * did nothing under the shared lock: two that kept theirs would deadlock here.
 */
void bo_lock_resource_instead_of_shared(const text *tenant, const text *resource)
{
    LOCKTAG tag = resource_tag(tenant, resource);

    (void)LockRelease(&tag, ShareLock, false);
    (void)LockAcquire(&tag, ExclusiveLock, false, false);
}
