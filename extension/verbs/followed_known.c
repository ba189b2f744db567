/*
 * followed_known.c
 *   The bookings that a followed table has already, when it is followed again.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/followed_known.h"

#include "base/followed_id.h"
#include "store/store.h"
#include "store/store_follow.h"

#define KNOWN_AT_ONCE 10000

/* Returns a hash of BoFollowedKnown by the id, in the caller's memory. */
HTAB *bo_followed_known(int32 number, const text *tenant)
{
    HASHCTL how = {.keysize = sizeof(pg_uuid_t), .entrysize = sizeof(BoFollowedKnown), .hcxt = CurrentMemoryContext};
    HTAB *known = hash_create("bookonce followed rows", 1024, &how, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
    pg_uuid_t from, last;
    uint64 found;
    BoStore store;

    bo_followed_id_range(number, &from, &last);
    bo_store_open(&store);
    do
    {
        bo_store_begin_part(&store);
        found = bo_store_run_latest(&store, &bo_sql_find_followed, bo_text(tenant), bo_uuid(&from), bo_uuid(&last),
                                    bo_int4(KNOWN_AT_ONCE));
        for (uint64 i = 0; i < found; i++)
        {
            BoFollowedKnown *entry;

            from = bo_row_uuid(bo_store_row(i), BO_FIND_FOLLOWED_BOOKINGS_BOOKING_ID);
            entry = hash_search(known, &from, HASH_ENTER, NULL);
            entry->has_no_unit = bo_row_bool(bo_store_row(i), BO_FIND_FOLLOWED_BOOKINGS_HAS_NO_UNIT);
        }
        bo_store_end_part(&store);
    } while (found == KNOWN_AT_ONCE);
    bo_store_close(&store);
    return known;
}
