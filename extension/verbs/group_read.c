/*
 * group_read.c
 *   The present state of bookings made together.
 *
 * A member of a group is one row, or for a party one row for each unit. The units of a party can be cancelled, moved
 * and lapse one by one. The answer then describes those that stand: the first of them, and the others with the same
 * resource, time and status, so that units, resource, time and status never contradict each other.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/group_read.h"

#include "base/arguments.h"
#include "store/booking_row.h"
#include "store/store_group.h"

/*
 * Reads the rows of a group, or of one member of it (0: all). since: a row whose time has ended by then is over.
 * latest: on the latest snapshot. Returns false if there are none. It takes one statement and one pass, whatever the
 * size.
 */
bool bo_group_read(BoStore *store, const text *tenant, const pg_uuid_t *group_id, int32 member, TimestampTz now,
                   TimestampTz since, bool latest, BoGroup *group)
{
    BoParameter parameters[] = {bo_text(tenant), bo_uuid(group_id), bo_nullable(bo_int4(member), member == 0)};
    TypeCacheEntry *type = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);
    uint64 found = latest ? bo_store_run_list_latest(store, &bo_sql_find_group, parameters, lengthof(parameters))
                          : bo_store_run_list(store, &bo_sql_find_group, parameters, lengthof(parameters));

    memset(group, 0, sizeof(*group));
    group->row_count = (int)found;
    group->rows = MemoryContextAllocHuge(store->answer_context, sizeof(BoGroupRow) * Max(found, 1));
    for (uint64 i = 0; i < found; i++)
    {
        BoGroupRow *row = &group->rows[i];
        RangeBound lower, upper;
        bool is_empty;

        memset(row, 0, sizeof(*row));
        row->member = bo_row_int4(bo_store_row(i), BO_FIND_GROUP_MEMBER);
        bo_booking_row_read(store, bo_store_row(i), now, &row->booking);
        range_deserialize(type, row->booking.during, &lower, &upper, &is_empty);
        row->is_over = DatumGetTimestampTz(upper.val) <= since;
    }
    return found > 0;
}

/*
 * Returns true if the locks held are those of the resources that the rows, as just read, are on. Otherwise, because
 * none was held yet or a booking has moved, the locks are released and the right ones are taken: the caller must then
 * read the group again.
 */
bool bo_group_lock_rows(const text *tenant, const BoGroup *group, bool exclusive, BoGroupLocks *held)
{
    BoSlotLock *locks = palloc(sizeof(BoSlotLock) * group->row_count);
    bool same = held->count == group->row_count;

    for (int i = 0; i < group->row_count; i++)
    {
        locks[i] = bo_lock_slot_of(tenant, group->rows[i].booking.resource);
        locks[i].exclusive = exclusive;
        same = same && locks[i].hash == held->locks[i].hash;
    }
    if (same)
        return true;
    if (held->count > 0)
        bo_lock_release_slots(held->locks, held->count);
    bo_lock_slots(locks, group->row_count);
    *held = (BoGroupLocks){locks, group->row_count};
    return false;
}

/*
 * What can still be changed comes first: holds that stand, then confirmed bookings. Next comes what stands but is over:
 * if it came earlier, a hold that was over would be shown in place of the unit that the call confirmed. What ended
 * comes last.
 */
static int group_rank(const BoGroupRow *row, bool cancelled_first)
{
    switch (row->booking.status)
    {
        case BO_STATUS_HELD: return row->is_over ? 3 : 1;
        case BO_STATUS_CONFIRMED: return row->is_over ? 4 : 2;
        case BO_STATUS_CANCELLED: return cancelled_first ? 5 : 6;
        default: return cancelled_first ? 6 : 5;
    }
}

static bool group_fares_alike(const BoBookingAnswer *a, const BoBookingAnswer *b)
{
    TypeCacheEntry *type = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);

    return a->status == b->status && bo_arguments_same_text(a->resource, b->resource) &&
           range_eq_internal(type, a->during, b->during);
}

/* Describes a member by the first of its rows that ranks best, with the units of all rows that share its state. */
static void group_tell_member(BoStore *store, BoGroupRow *rows, int count, bool cancelled_first,
                              BoBookingAnswer *answer)
{
    const BoGroupRow *first = &rows[0];

    for (int i = 1; i < count; i++)
        if (group_rank(&rows[i], cancelled_first) < group_rank(first, cancelled_first))
            first = &rows[i];
    *answer = first->booking;
    if (first->booking.unit_count == 0)
        return;
    answer->units = MemoryContextAlloc(store->answer_context, sizeof(int32) * count);
    answer->unit_count = 0;
    for (int i = 0; i < count; i++)
        if (rows[i].booking.unit_count > 0 && group_fares_alike(&rows[i].booking, &first->booking))
            answer->units[answer->unit_count++] = rows[i].booking.units[0];
}

/* The first row of a resource that the caller has named. Rows of parts, whose members are negative, come before it. */
int bo_group_first(const BoGroup *group)
{
    int first = 0;

    while (first < group->row_count && group->rows[first].member < 0)
        first++;
    return first;
}

/*
 * Fills in the state of each member. With cancelled_first, a member of which nothing stands is described by a cancelled
 * row rather than a lapsed one.
 */
void bo_group_tell(BoStore *store, BoGroup *group, bool cancelled_first)
{
    group->members = MemoryContextAllocHuge(store->answer_context, sizeof(BoBookingAnswer) * group->row_count);
    group->is_over = MemoryContextAlloc(store->answer_context, sizeof(bool) * group->row_count);
    group->count = 0;
    for (int i = bo_group_first(group), next; i < group->row_count; i = next)
    {
        bool is_over = true, stands = false;

        for (next = i; next < group->row_count && group->rows[next].member == group->rows[i].member; next++)
        {
            BoStatus status = group->rows[next].booking.status;

            if (status != BO_STATUS_HELD && status != BO_STATUS_CONFIRMED)
                continue;
            stands = true;
            is_over &= group->rows[next].is_over;
        }
        group_tell_member(store, &group->rows[i], next - i, cancelled_first, &group->members[group->count]);
        group->is_over[group->count] = stands && is_over;
        group->count++;
    }
}
