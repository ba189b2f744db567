/*
 * asked_times.c
 *   When providers are asked already: they can accept the offer of a request that keeps asking, for such a time.
 *
 * One statement reads all of a tenant's, before top_up_offers() begins, which then adds the offers that it makes. If
 * each request had looked for the offers of its candidates, the work would have grown with the square of the number of
 * requests.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/asked_times.h"

#include "store/row_checked.h"
#include "store/store_asking.h"
#include "verbs/closed_time.h"
#include "verbs/spans.h"

typedef struct AskedTimes
{
    int64 resource_id;
    BoSpans times;
    int room;
} AskedTimes;

BoAskedTimes bo_asked_times_read(BoStore *store, const text *tenant, TimestampTz now)
{
    BoAskedTimes asked = {.context = store->answer_context};
    HASHCTL of_times = {.keysize = sizeof(int64), .entrysize = sizeof(AskedTimes), .hcxt = asked.context};
    uint64 found = bo_store_run_latest(store, &bo_sql_find_asked, bo_text(tenant), bo_instant(now));

    asked.of = hash_create("asked times", 256, &of_times, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
    for (uint64 i = 0; i < found; i++)
        bo_asked_times_add(&asked, bo_row_int8(bo_store_row(i), BO_FIND_ASKED_RESOURCE_ID),
                           bo_row_range(bo_store_row(i), BO_FIND_ASKED_DURING));
    return asked;
}

bool bo_asked_times_meet(const BoAskedTimes *asked, int64 resource_id, RangeType *during)
{
    BoSlotKey key = bo_closed_time_key(during);
    const AskedTimes *of = hash_search(asked->of, &resource_id, HASH_FIND, NULL);

    return of != NULL && bo_spans_overlap(&of->times, key.start, key.end);
}

void bo_asked_times_add(BoAskedTimes *asked, int64 resource_id, RangeType *during)
{
    BoSlotKey key = bo_closed_time_key(during);
    MemoryContext caller = MemoryContextSwitchTo(asked->context);
    bool is_known;
    AskedTimes *of = hash_search(asked->of, &resource_id, HASH_ENTER, &is_known);

    if (!is_known)
        *of = (AskedTimes){.resource_id = resource_id};
    bo_spans_add(&of->times, &of->room, key.start, key.end);
    MemoryContextSwitchTo(caller);
}
