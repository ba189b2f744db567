/*
 * bookonce.c
 *   The module, and its settings.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "utils/guc.h"

#include "base/counters.h"
#include "base/lock.h"
#include "guard/direct_insert.h"
#include "store/event.h"
#include "store/home.h"
#include "store/owner.h"

#ifdef PG_MODULE_MAGIC_EXT
PG_MODULE_MAGIC_EXT(.name = "bookonce", .version = BOOKONCE_VERSION);
#else
PG_MODULE_MAGIC;
#endif

extern PGDLLEXPORT void _PG_init(void);

void _PG_init(void)
{
    bo_owner_install_hooks();
    bo_home_install_wall();
    bo_counters_request_memory();
    /* Anyone may set it: it changes no answer, only how much of the caller's own time a booking takes. */
    DefineCustomBoolVariable("bookonce.direct_insert",
                             "Books, accepts offers, confirms holds and reads calendars without a statement.",
                             "Off: by SQL, always. For tests and diagnosis: the answers and rows are the same.",
                             &bo_direct_is_on, true, PGC_USERSET, 0, NULL, NULL, NULL);
    DefineCustomStringVariable("bookonce.actor", "Who acts, as the application knows him: kept with each event.", NULL,
                               &bo_event_actor, "", PGC_USERSET, 0, NULL, NULL, NULL);
    /* Like log_lock_waits it is for superusers, because anybody else could fill the log. */
    DefineCustomIntVariable("bookonce.log_slow_waits", "Logs each wait for a lock of bookonce that takes this long.",
                            "0: every wait. -1: none.", &bo_lock_log_waits, -1, -1, INT_MAX, PGC_SUSET, GUC_UNIT_MS,
                            NULL, NULL, NULL);
}
