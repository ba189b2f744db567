/*
 * overdue.c
 *   What a booking has taken out on a resource with overdue_blocks, such as a car that is not back when its time is
 *   over.
 *
 * check_in() writes a closure of one place that names the booking, and end_booking() takes it away. In between, the
 * booking itself says whether the closure counts (IS_OUT, CLOSES_AT): once its time is over, by the clock, and as long
 * as it stands. So nothing need be done when a booking is moved or cancelled. What writes here is called under the
 * exclusive lock of the resource. Tables of an older version have no such resource.
 *
 * If a booking has parts, each of its rows blocks its own resource: a kit that is not back keeps its cameras.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/overdue.h"

#include "base/identifier.h"
#include "store/row.h"
#include "store/store_booking.h"
#include "store/store_closure.h"

static BoArrival overdue_rules_of(BoStore *store, const text *tenant, const pg_uuid_t *booking_id)
{
    if (bo_store_run_latest(store, &bo_sql_find_arrival, bo_text(tenant), bo_uuid(booking_id)) == 0)
        return (BoArrival){false, false};
    return (BoArrival){bo_row_bool(bo_store_row(0), BO_FIND_ARRIVAL_ASKS),
                       bo_row_bool(bo_store_row(0), BO_FIND_ARRIVAL_BLOCKS)};
}

/* Whether a check-in is required depends on the whole alone, because nobody checks in to a part. */
BoArrival bo_overdue_rules(BoStore *store, const text *tenant, const pg_uuid_t *booking_id, const BoWhole *whole)
{
    BoArrival rules = overdue_rules_of(store, tenant, booking_id);

    for (int i = 1; i <= whole->count && !rules.blocks; i++)
        rules.blocks = overdue_rules_of(store, tenant, bo_whole_id(whole, booking_id, i)).blocks;
    return rules;
}

/* This and the next two are called only where the rules say `blocks`. */
bool bo_overdue_is_out(BoStore *store, const text *tenant, const pg_uuid_t *booking_id, const BoWhole *whole)
{
    for (int i = 0; i <= whole->count; i++)
        if (bo_store_run_latest(store, &bo_sql_find_out, bo_text(tenant), bo_uuid(bo_whole_id(whole, booking_id, i))) >
            0)
            return true;
    return false;
}

void bo_overdue_take_out(BoStore *store, const text *tenant, const pg_uuid_t *booking_id, const BoWhole *whole)
{
    TimestampTz now = GetCurrentTimestamp();

    for (int i = 0; i <= whole->count; i++)
    {
        const pg_uuid_t *id = bo_whole_id(whole, booking_id, i);
        pg_uuid_t closure_id;

        if (whole->count > 0 && !overdue_rules_of(store, tenant, id).blocks)
            continue;
        bo_identifier_new(&closure_id, now);
        bo_store_run_latest(store, &bo_sql_take_out, bo_text(tenant), bo_uuid(id), bo_uuid(&closure_id),
                            bo_instant(now));
    }
}

void bo_overdue_give_back(BoStore *store, const text *tenant, const pg_uuid_t *booking_id, const BoWhole *whole)
{
    for (int i = 0; i <= whole->count; i++)
        bo_store_run_latest(store, &bo_sql_give_back, bo_text(tenant), bo_uuid(bo_whole_id(whole, booking_id, i)));
}
