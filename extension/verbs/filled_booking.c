/*
 * filled_booking.c
 *   The lock of a request, which a change of a booking that fills one of its positions must take first.
 *
 * The state of a request and its offers is read from the bookings of its positions. So these bookings change only under
 * the request's lock, whatever verb changes them. That lock comes before the booking's lock, but only the booking tells
 * which request it is. So the booking is locked first, and if it fills a position, its lock is released again before
 * anything is written. A booking fills a position from the transaction that made it, or never. Nearly all bookings fill
 * none, and pay for one look-up.
 *
 * A booking that fills a position was made alone. So of the groups, only that of a provider's booking with its parts
 * fills one.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "bookonce.h"

#include "base/error.h"
#include "base/identifier.h"
#include "base/lock.h"
#include "base/round.h"
#include "store/store_filled.h"
#include "verbs/filled_booking.h"

/* No request has the zero id. */
static const pg_uuid_t filled_booking_no_request;

bool bo_filled_booking_fills(const pg_uuid_t *request_id)
{
    return memcmp(request_id, &filled_booking_no_request, UUID_LEN) != 0;
}

/* Finds the request whose position each booking fills, or the zero id; OB003 if a booking does not exist. */
static void filled_booking_find_requests(BoStore *store, const text *tenant, const pg_uuid_t *booking_ids, int count,
                                         pg_uuid_t *request_ids)
{
    int found =
        (int)bo_store_run_latest(store, &bo_sql_find_booking_requests, bo_text(tenant), bo_uuids(booking_ids, count));

    for (int i = 0; i < count; i++)
    {
        int row = 0;
        pg_uuid_t booking_id;

        for (; row < found; row++)
        {
            booking_id = bo_row_uuid(bo_store_row(row), BO_FIND_BOOKING_REQUESTS_BOOKING_ID);
            if (memcmp(&booking_id, &booking_ids[i], UUID_LEN) == 0)
                break;
        }
        if (row == found)
            bo_error_unknown_booking(&booking_ids[i]);
        request_ids[i] = bo_row_is_null(bo_store_row(row), BO_FIND_BOOKING_REQUESTS_REQUEST_ID)
                             ? filled_booking_no_request
                             : bo_row_uuid(bo_store_row(row), BO_FIND_BOOKING_REQUESTS_REQUEST_ID);
    }
}

/*
 * Locks one booking or two, and before them the requests whose positions they fill. For a caller that has not written
 * anything yet. request_ids is set for each booking; bo_filled_booking_fills() tells whether an id is that of a
 * request.
 */
void bo_filled_booking_lock(BoStore *store, const text *tenant, const pg_uuid_t *booking_ids, int count,
                            pg_uuid_t *request_ids)
{
    pg_uuid_t locked[2] = {0};

    Assert(count >= 1 && count <= (int)lengthof(locked));
    bo_lock_bookings(tenant, booking_ids, count);
    for (int round = 0;; bo_round_next(&round))
    {
        pg_uuid_t needed[2];
        int needed_count = 0;
        bool is_locked = true;

        filled_booking_find_requests(store, tenant, booking_ids, count, request_ids);
        for (int i = 0; i < count; i++)
            if (bo_filled_booking_fills(&request_ids[i]))
            {
                needed[needed_count++] = request_ids[i];
                is_locked &= memcmp(&locked[i], &request_ids[i], UUID_LEN) == 0;
            }
        if (is_locked)
            return;
        bo_lock_release_bookings(tenant, booking_ids, count);
        bo_lock_requests(tenant, needed, needed_count);
        bo_lock_bookings(tenant, booking_ids, count);
        memcpy(locked, request_ids, sizeof(pg_uuid_t) * count);
    }
}

/* Opens the store for a verb on a group. */
void bo_filled_booking_open_group(BoStore *store, const pg_uuid_t *group_id)
{
    bo_store_open_for(store, bo_identifier_may_be_joined(group_id) ? BO_TABLES_DISPATCH : BO_TABLES_BOOKING);
}

/*
 * Locks a group, and before it the request whose position its booking fills, if it fills one. The group is not locked
 * to find that out: none begins to fill a position.
 */
void bo_filled_booking_lock_group(BoStore *store, const text *tenant, const pg_uuid_t *group_id)
{
    if (bo_identifier_may_be_joined(group_id) &&
        bo_store_run_latest(store, &bo_sql_find_group_request, bo_text(tenant), bo_uuid(group_id)) > 0)
    {
        pg_uuid_t request_id = bo_row_uuid(bo_store_row(0), BO_FIND_GROUP_REQUEST_REQUEST_ID);

        bo_lock_request(tenant, &request_id);
    }
    bo_lock_booking(tenant, group_id);
}
