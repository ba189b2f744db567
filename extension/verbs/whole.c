/*
 * whole.c
 *   A booking with parts, and what follows it.
 *
 * The parts are bookings of their own resources, and stand as long as the whole. A call that changes it has locked all
 * these resources exclusively, so nobody moves or releases them meanwhile. A part is changed only with its whole.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/whole.h"

#include "base/error.h"
#include "base/error_parts.h"
#include "base/identifier.h"
#include "base/round.h"
#include "store/store_parts.h"
#include "verbs/parts.h"

/* Returns false if the booking has no parts, or does not exist; an error if it is a part. */
bool bo_whole_find(BoStore *store, const text *tenant, const pg_uuid_t *booking_id, BoWhole *whole)
{
    *whole = (BoWhole){0};
    whole->count = (int)bo_store_run_latest(store, &bo_sql_find_booked_parts, bo_text(tenant), bo_uuid(booking_id));
    whole->ids = palloc(sizeof(pg_uuid_t) * Max(whole->count, 1));
    whole->resources = palloc(sizeof(text *) * Max(whole->count, 1));
    for (int i = 0; i < whole->count; i++)
    {
        BoRow row = bo_store_row(i);

        whole->ids[i] = bo_row_uuid(row, BO_FIND_BOOKED_PARTS_BOOKING_ID);
        if (bo_row_bool(row, BO_FIND_BOOKED_PARTS_IS_PART))
            bo_error_part_booking(booking_id, &whole->ids[i]);
        whole->resource = bo_row_text(row, BO_FIND_BOOKED_PARTS_RESOURCE);
        whole->resources[i] = bo_row_text(row, BO_FIND_BOOKED_PARTS_PART_RESOURCE);
        whole->standing += !bo_row_bool(row, BO_FIND_BOOKED_PARTS_IS_RELEASED);
    }
    return whole->count > 0;
}

/* Returns true if the locks from the first on are those of the resources of the booking and of its parts. */
static bool whole_is_on(const BoWhole *whole, const BoResources *places, int first)
{
    if (places->count < first + whole->count + 1)
        return false;
    for (int i = 0; i <= whole->count; i++)
        if (places->ids[first + i] == 0 ||
            !bo_arguments_same_text(places->names[first + i], i == 0 ? whole->resource : whole->resources[i - 1]))
            return false;
    return true;
}

/*
 * Locks the resources of the booking, which comes first in places, and of its parts. Returns false if it has no parts
 * (any more); then nothing is locked.
 */
bool bo_whole_lock(BoStore *store, const text *tenant, const pg_uuid_t *booking_id, BoWhole *whole, BoResources *places)
{
    for (int round = 0;; bo_round_next(&round))
    {
        text **names;

        if (!bo_whole_find(store, tenant, booking_id, whole))
            return false;
        names = palloc(sizeof(text *) * (whole->count + 1));
        names[0] = whole->resource;
        memcpy(names + 1, whole->resources, sizeof(text *) * whole->count);
        *places = bo_slot_lock_to_free(store, tenant, names, whole->count + 1, true);
        /* Only a name can have changed. */
        if (bo_whole_find(store, tenant, booking_id, whole) && whole_is_on(whole, places, 0))
            return true;
        bo_slot_give_back_all(places, true);
    }
}

/*
 * Locks, in one order, the resource of a call that will book, with its parts, and those that a booking with its parts
 * will leave. The first place is that of the call, the next is that of the booking, or `from` if it has no parts.
 */
void bo_whole_lock_both(BoStore *store, const BoSlotCall *to, text *from, const pg_uuid_t *booking_id, BoWhole *whole,
                        BoResources *places)
{
    for (int round = 0;; bo_round_next(&round))
    {
        bool has_parts = bo_whole_find(store, to->tenant, booking_id, whole);
        int count = whole->count + 2;

        *places = bo_slot_resources(to->tenant, count);
        places->keyed = true; /* an unknown resource of the call is no error here: the booking reports it */
        bo_slot_book_for(places, 0, to);
        for (int i = 1; i < count; i++)
            bo_slot_name(places, i, i > 1 ? whole->resources[i - 2] : has_parts ? whole->resource : from);
        for (int i = 0; i < count; i++)
            places->locks[i].exclusive = true;
        do
        {
            bo_slot_lock_all(store, places, BO_KIND_COUNTS);
            for (int i = 1; i < count; i++)
                places->locks[i].has_parts = false; /* what the booking took along is named already */
        } while (bo_parts_lock(store, places, count, to));
        if (!has_parts || (bo_whole_find(store, to->tenant, booking_id, whole) && whole_is_on(whole, places, 1)))
            return;
        bo_slot_give_back_all(places, true);
    }
}

/*
 * Called when the booking's status has changed, or the instant at which it lapses: makes the parts follow. stands: the
 * booking must not stand without one of its parts. Parts lapse at the same instant as the booking; then expire_holds()
 * may have released a part, but not the booking, which this call has locked.
 */
void bo_whole_follow(BoStore *store, const text *tenant, const pg_uuid_t *booking_id, const BoWhole *whole, bool stands)
{
    uint64 followed = bo_store_run(store, &bo_sql_follow_whole, bo_text(tenant), bo_uuid(booking_id));

    if (followed != whole->standing || (stands && whole->standing < whole->count))
        bo_error_old_snapshot();
}

/* Called before a booking gets parts. One that has some has a group, in which its member is its own; so has each part.
 */
void bo_whole_make(BoStore *store, const text *tenant, const pg_uuid_t *booking_id, const BoWhole *whole)
{
    pg_uuid_t group_id;

    if (whole->count > 0)
        return;
    bo_identifier_new_joined(&group_id, GetCurrentTimestamp());
    if (bo_store_run_latest(store, &bo_sql_make_whole, bo_text(tenant), bo_uuid(booking_id), bo_uuid(&group_id)) == 0)
        bo_error_parts_of_party(booking_id);
}

/*
 * The parts of a resource do not change while it has bookings that are not over. But a booking that is over may move to
 * a future time: that is an error if the resource has other parts by now.
 */
void bo_whole_require_current(BoStore *store, const text *tenant, const pg_uuid_t *booking_id, const BoWhole *whole)
{
    if (bo_store_run_latest(store, &bo_sql_find_other_parts, bo_text(tenant), bo_text(whole->resource),
                            bo_uuid(booking_id)) > 0)
        bo_error_parts_changed(booking_id, whole->resource);
}
