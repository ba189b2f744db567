/*
 * counters.c
 *   The counters of statistics.c: at most 32 KB of shared memory, for all databases of a server.
 *
 * A counter is taken by the first process that needs it, and then stays where it is until the server restarts; so it is
 * found without a lock, and each process searches for it only once. When all are taken, the last one counts what found
 * no counter.
 *
 * The memory is allocated at the first call, so nothing need be preloaded. On PostgreSQL 15 and 16 it is the server's
 * spare shared memory, like pg_prewarm's, unless the library is preloaded: then it is requested and allocated at the
 * start. Its name contains our version, so that after an update, sessions with the old library and with the new one do
 * not count into each other's places.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "base/counters.h"

#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "storage/spin.h"
#if PG_VERSION_NUM >= 170000
#include "storage/dsm_registry.h"
#endif

#include "base/subtransaction.h"

#define NAME "bookonce " BOOKONCE_VERSION " statistics"

typedef struct Counters
{
    slock_t lock;          /* of processes that take a counter */
    pg_atomic_uint32 used; /* from 1: 0 is no place */
    BoCounter counters[BO_MAX_COUNTERS];
} Counters;

StaticAssertDecl(sizeof(Counters) <= 32 * 1024, "the spare memory of a server is about 100 KB, for all its extensions");

/* The kind of a counter that holds no count, but the time at which counting began in its database. */
#define SINCE PG_UINT32_MAX

#define LEFT_OUT (BO_MAX_COUNTERS - 1) /* the place of the counter that is shared by all that found none */

static Counters *shared; /* NULL: not attached */

#if PG_VERSION_NUM >= 190000
static void counters_begin(void *memory, void *unused)
#else
static void counters_begin(void *memory)
#endif
{
    Counters *counters = memory;

    SpinLockInit(&counters->lock);
    pg_atomic_init_u32(&counters->used, 1);
    for (int place = 0; place < BO_MAX_COUNTERS; place++)
    {
        BoCounter *counter = &counters->counters[place];

        counter->database = counter->verb = InvalidOid;
        counter->kind = 0;
        pg_atomic_init_u64(&counter->count, 0);
    }
}

/* Attaches to the memory; an error if there is none. */
static bool counters_find(void *unused)
{
    bool found;

#if PG_VERSION_NUM >= 190000
    shared = GetNamedDSMSegment(NAME, sizeof(Counters), counters_begin, &found, NULL);
#elif PG_VERSION_NUM >= 170000
    shared = GetNamedDSMSegment(NAME, sizeof(Counters), counters_begin, &found);
#else
    LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
    shared = ShmemInitStruct(NAME, sizeof(Counters), &found);
    if (!found)
        counters_begin(shared);
    LWLockRelease(AddinShmemInitLock);
#endif
    return true;
}

#if PG_VERSION_NUM < 170000
static shmem_request_hook_type next_request;
static shmem_startup_hook_type next_startup;

static void counters_request(void)
{
    if (next_request != NULL)
        next_request();
    RequestAddinShmemSpace(sizeof(Counters));
}

/* What was requested is not reserved for us: the lock table would grow into it if we did not allocate it now. */
static void counters_startup(void)
{
    if (next_startup != NULL)
        next_startup();
    (void)counters_find(NULL);
}
#endif

/* Requests the memory if the library is preloaded. */
void bo_counters_request_memory(void)
{
#if PG_VERSION_NUM < 170000
    if (!process_shared_preload_libraries_in_progress)
        return;
    next_request = shmem_request_hook;
    shmem_request_hook = counters_request;
    next_startup = shmem_startup_hook;
    shmem_startup_hook = counters_startup;
#endif
}

static bool counters_any_error(const ErrorData *error)
{
    return true;
}

/*
 * Returns false if there is no memory. Each session tries only once. A verb must not fail because of this, so the error
 * is caught, which takes a subtransaction; that also releases the locks of the code that raised it.
 */
bool bo_counters_attach(void)
{
    static bool was_tried = false;

    if (shared == NULL && !was_tried)
    {
        was_tried = true;
        if (!bo_subtransaction_run(counters_find, NULL, counters_any_error))
            shared = NULL;
    }
    return shared != NULL;
}

static bool counters_is(const BoCounter *counter, Oid verb, uint32 kind)
{
    return counter->verb == verb && counter->kind == kind && counter->database == MyDatabaseId;
}

/* Returns the place of the counter, or 0. */
static int counters_look(int from, int to, Oid verb, uint32 kind)
{
    for (int place = from; place < to; place++)
        if (counters_is(&shared->counters[place], verb, kind))
            return place;
    return 0;
}

/*
 * Returns the place of a counter of this database, which is taken if nobody has needed it before; or the place that is
 * shared by all that find none. It raises no error.
 */
int bo_counters_place(Oid verb, uint32 kind)
{
    int used = bo_counters_count();
    int place = counters_look(1, used, verb, kind);

    Assert(shared != NULL);
    if (place != 0)
        return place;
    SpinLockAcquire(&shared->lock);
    place = counters_look(used, pg_atomic_read_u32(&shared->used), verb, kind);
    if (place == 0)
    {
        place = pg_atomic_read_u32(&shared->used);
        if (place < LEFT_OUT)
        {
            shared->counters[place].database = MyDatabaseId;
            shared->counters[place].verb = verb;
            shared->counters[place].kind = kind;
            pg_write_barrier(); /* nobody may find it before it is filled in */
            pg_atomic_write_u32(&shared->used, place + 1);
        }
    }
    SpinLockRelease(&shared->lock);
    return place;
}

/* The counter that holds the time at which counting began in this database, or NULL if there was no room for it. */
BoCounter *bo_counters_since(void)
{
    int place = bo_counters_place(InvalidOid, SINCE);

    return place == LEFT_OUT ? NULL : bo_counters_at(place);
}

BoCounter *bo_counters_at(int place)
{
    Assert(place > 0 && place < BO_MAX_COUNTERS);
    return &shared->counters[place];
}

/* The end of the places that are taken, by all databases: they are 1 up to this one, exclusive. */
int bo_counters_count(void)
{
    int used = pg_atomic_read_u32(&shared->used);

    pg_read_barrier();
    return used;
}

/* How many answers, of any database, found no counter. */
uint64 bo_counters_left_out(void)
{
    return pg_atomic_read_u64(&shared->counters[LEFT_OUT].count);
}
