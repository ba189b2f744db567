/*
 * reschedule_group_places.c
 *   The new places of a group's bookings, and the arguments of reschedule_group().
 *
 * The caller of bo_regroup_place() holds every resource exclusively. On plain resources, one look finds what blocks any
 * of the rows and one UPDATE moves them all; on others, each row is judged and placed as a single booking would be.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/reschedule_group.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "base/error.h"
#include "base/value.h"
#include "base/wait.h"
#include "store/booking_row.h"
#include "store/store_booking.h"
#include "store/store_group.h"
#include "verbs/holder.h"
#include "verbs/move.h"

BO_VERB_THAT_WAITS(reschedule_group, 6);

/* Learns what each row's resource is. OB002 cannot happen: a resource stays while bookings need it. */
void bo_regroup_learn(BoStore *store, BoRegroupCall *call)
{
    int count = call->group.row_count;
    text **names = palloc(sizeof(text *) * count);

    for (int i = 0; i < count; i++)
        names[i] = call->group.rows[i].booking.resource;
    call->resources = palloc0(sizeof(BoRegroupResource) * count);
    if (bo_store_run_latest(store, &bo_sql_find_zones, bo_text(call->tenant), bo_texts(names, count)) != (uint64)count)
        bo_error_missing_row();
    for (int i = 0; i < count; i++)
    {
        BoRow row = bo_store_row(i);
        text *zone = bo_row_text(row, BO_FIND_ZONES_TIME_ZONE);

        call->resources[i].resource_id = bo_row_int8(row, BO_FIND_ZONES_RESOURCE_ID);
        call->resources[i].is_plain = bo_row_bool(row, BO_FIND_ZONES_PLAIN);
        call->resources[i].has_line = bo_row_bool(row, BO_FIND_ZONES_HAS_WAITERS);
        call->resources[i].zone = pg_tzset(text_to_cstring(zone));
        if (call->resources[i].zone == NULL)
            bo_error_unknown_zone(names[i], zone);
    }
}

static const BoRegroupResource *regroup_resource_of(const BoRegroupCall *call, const BoGroupRow *row)
{
    return &call->resources[row - call->group.rows];
}

pg_tz *bo_regroup_zone_of(const BoRegroupCall *call, const BoGroupRow *row)
{
    return regroup_resource_of(call, row)->zone;
}

/*
 * Parts come last, so that a whole that is refused is named itself. By resource, then by the new time: on a plain
 * resource only neighbours in this order can overlap.
 */
static int regroup_compare(const void *a, const void *b, void *context)
{
    const BoRegroupCall *call = context;
    const BoRegroupMove *left = a, *right = b;
    int64 left_id = regroup_resource_of(call, left->row)->resource_id;
    int64 right_id = regroup_resource_of(call, right->row)->resource_id;
    RangeType *left_to = left->to, *right_to = right->to;
    bool left_is_part = left->row->member < 0, right_is_part = right->row->member < 0;

    if (left_is_part != right_is_part)
        return left_is_part ? 1 : -1;
    if (left_id != right_id)
        return left_id < right_id ? -1 : 1;
    return range_compare(&left_to, &right_to, lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO));
}

/*
 * Serves the line of each resource once. Called before the rows leave their units, so that their time does not count as
 * free, and again when they have their new places.
 */
static void regroup_serve_lines(BoStore *store, BoRegroupCall *call)
{
    for (int i = 0; i < call->group.row_count; i++)
    {
        BoRegroupResource *resource = &call->resources[i];
        int same = 0;

        if (!resource->has_line)
            continue;
        while (call->resources[same].resource_id != resource->resource_id)
            same++;
        resource->line = same < i
                             ? call->resources[same].line
                             : bo_line_serve(store, call->tenant, call->group.rows[i].booking.resource, PG_INT32_MAX);
    }
}

/*
 * Returns true if only the constraint decides: there are no rules, and no buffers of a kind. A part is placed after its
 * whole, and so with those that have rules.
 */
static bool regroup_is_plain(const BoRegroupCall *call, const BoRegroupMove *move)
{
    return regroup_resource_of(call, move->row)->is_plain && move->row->booking.kind == NULL && move->row->member > 0;
}

static bool regroup_has_unit(const BoRegroupMove *move)
{
    return move->row->booking.unit_count > 0;
}

/* Takes the rows from their units, so that none of them is in the way of another. */
static void regroup_lift(BoStore *store, const BoRegroupCall *call)
{
    pg_uuid_t *ids = palloc(sizeof(pg_uuid_t) * call->move_count);
    int count = 0;

    for (int i = 0; i < call->move_count; i++)
        if (regroup_has_unit(&call->moves[i]))
            ids[count++] = call->moves[i].row->booking.booking_id;
    bo_store_run_latest(store, &bo_sql_lift_units, bo_text(call->tenant), bo_uuids(ids, count));
}

static Datum regroup_one_time(BoStore *store, RangeType *time)
{
    TypeCacheEntry *type = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);

    return PointerGetDatum(bo_store_keep(store, make_multirange(TSTZMULTIRANGEOID, type, 1, &time)));
}

/* If two new times on one unit overlap, the later one is taken. */
static void regroup_find_siblings(BoStore *store, BoRegroupCall *call)
{
    TypeCacheEntry *type = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);
    const BoRegroupMove *before = NULL;

    for (int i = 0; i < call->move_count; i++)
    {
        BoRegroupMove *move = &call->moves[i];

        if (!regroup_is_plain(call, move) || !regroup_has_unit(move))
            continue;
        if (before != NULL &&
            regroup_resource_of(call, before->row)->resource_id == regroup_resource_of(call, move->row)->resource_id &&
            range_overlaps_internal(type, before->to, move->to))
        {
            move->refusal = BO_TAKEN;
            move->busy = regroup_one_time(store, before->to);
            continue;
        }
        before = move;
    }
}

/*
 * Finds what blocks the rows on plain resources. Lapsed holds are released, because the resources are locked
 * exclusively.
 */
static void regroup_find_taken(BoStore *store, BoRegroupCall *call, TimestampTz now)
{
    BoArrayMaker ids = bo_array_maker(INT8OID, call->move_count);
    BoArrayMaker durings = bo_array_maker(TSTZRANGEOID, call->move_count);
    BoArrayMaker numbers = bo_array_maker(INT4OID, call->move_count);
    int *lapsed = palloc(sizeof(int) * call->move_count);
    int lapsed_count = 0;
    uint64 found;

    for (int i = 0; i < call->move_count; i++)
    {
        BoRegroupMove *move = &call->moves[i];

        if (!regroup_is_plain(call, move) || !regroup_has_unit(move))
            continue;
        bo_array_append(&ids, bo_int8(regroup_resource_of(call, move->row)->resource_id));
        bo_array_append(&durings, bo_range(move->to));
        bo_array_append(&numbers, bo_int4(i));
    }
    if (ids.count == 0)
        return;
    found = bo_store_run_latest(store, &bo_sql_find_member_blockers, bo_array_made(&ids), bo_array_made(&durings),
                                bo_array_made(&numbers), bo_instant(now));
    for (uint64 n = 0; n < found; n++)
    {
        BoRow row = bo_store_row(n);
        int i = bo_row_int4(row, BO_FIND_MEMBER_BLOCKERS_MEMBER);
        const MultirangeType *busy = bo_row_multirange_or_null(row, BO_FIND_MEMBER_BLOCKERS_BUSY, TSTZMULTIRANGEOID);

        if (busy == NULL)
            lapsed[lapsed_count++] = i;
        else
        {
            call->moves[i].refusal = BO_TAKEN;
            call->moves[i].busy = PointerGetDatum(bo_store_keep(store, busy));
        }
    }
    for (int n = 0; n < lapsed_count; n++)
        bo_store_run_latest(store, &bo_sql_release_lapsed,
                            bo_int8(regroup_resource_of(call, call->moves[lapsed[n]].row)->resource_id),
                            bo_range(call->moves[lapsed[n]].to), bo_instant(now));
}

/* Moves all rows on plain resources with one UPDATE. Returns false if one of them was no longer live. */
static bool regroup_move_plain(BoStore *store, BoRegroupCall *call, TimestampTz now)
{
    BoArrayMaker ids = bo_array_maker(UUIDOID, call->move_count);
    BoArrayMaker units = bo_array_maker(INT4OID, call->move_count);
    BoArrayMaker durings = bo_array_maker(TSTZRANGEOID, call->move_count);

    for (int i = 0; i < call->move_count; i++)
    {
        const BoRegroupMove *move = &call->moves[i];

        if (!regroup_is_plain(call, move))
            continue;
        bo_array_append(&ids, bo_uuid(&move->row->booking.booking_id));
        bo_array_append(&units, bo_nullable(bo_int4(1), !regroup_has_unit(move)));
        bo_array_append(&durings, bo_range(move->to));
    }
    return ids.count == 0 ||
           bo_store_run_latest(store, &bo_sql_move_plain_bookings, bo_text(call->tenant), bo_array_made(&ids),
                               bo_array_made(&units), bo_array_made(&durings), bo_instant(now)) == (uint64)ids.count;
}

/* Moves a row on a resource with rules, as reschedule_booking() would. Returns false if it was not moved. */
static bool regroup_move_one(BoStore *store, BoRegroupCall *call, BoRegroupMove *move, TimestampTz now)
{
    bool keeps_start = bo_move_keeps_start(move->to, move->row->booking.during);
    BoSlotCall slot = {.tenant = call->tenant,
                       .resource = move->row->booking.resource,
                       .during = move->to,
                       .quantity = 1,
                       .takes_parts = true,
                       .member = move->row->member,
                       .keeps_start = keeps_start,
                       .keeps_grid = keeps_start,
                       .keeps_end = bo_move_keeps_end(move->to, move->row->booking.during),
                       .stays_within = bo_move_stays_within(move->to, move->row->booking.during),
                       .of_kind = move->row->booking.kind == NULL ? NULL : call->of_kind,
                       .allow_overlap = !regroup_has_unit(move)};
    pg_uuid_t *id = &move->row->booking.booking_id;
    BoBookingAnswer answer;
    BoPlace place;
    BoMove it = {store, &slot, id, &place, now, &answer, false};

    if (call->by_holder)
        slot.holder = bo_holder_of(store, call->tenant, id);
    bo_policy_judge(store, &slot, id, now, &place);
    call->needs_holder = place.needs_holder;
    if (call->needs_holder)
        return false;
    if (place.counted_lapsed)
    {
        bo_policy_release_counted(store, &slot, now);
        bo_policy_judge(store, &slot, id, now, &place);
    }
    place.stands_still = true;
    if (regroup_has_unit(move))
        bo_line_refuse_claimed(&regroup_resource_of(call, move->row)->line, &place);
    move->refusal = place.refusal;
    if (move->refusal != BO_OUTCOME_INVALID)
        return false;
    /* The group is locked, but a member may have got another holder: then the rules must be asked about that one. */
    if (bo_move_try(&it))
        return slot.holder == NULL || bo_arguments_same_text(slot.holder, bo_holder_of(store, call->tenant, id));
    if (it.taken)
    {
        move->refusal = BO_TAKEN;
        move->busy = answer.busy;
    }
    return false;
}

/* Returns false if a hold ended while the call waited for rows: then it must not move, and the call begins again. */
static bool regroup_holds_stand(const BoRegroupCall *call)
{
    TimestampTz decided = GetCurrentTimestamp();

    for (int i = 0; i < call->move_count; i++)
        if (bo_answer_has_lapsed(&call->moves[i].row->booking, decided))
            return false;
    return true;
}

/*
 * Moves every row to its new place. Returns false if that was not possible: then the refusal of a row says why, or if
 * there is none, the caller looks again. The caller undoes what was written.
 */
bool bo_regroup_place(BoStore *store, BoRegroupCall *call, TimestampTz now)
{
    bool is_refused = false;

    qsort_arg(call->moves, call->move_count, sizeof(BoRegroupMove), regroup_compare, call);
    regroup_serve_lines(store, call);
    regroup_lift(store, call);
    regroup_find_siblings(store, call);
    regroup_find_taken(store, call, now);
    for (int i = 0; i < call->move_count; i++)
        is_refused |= call->moves[i].refusal != BO_OUTCOME_INVALID;
    if (is_refused || !regroup_move_plain(store, call, now))
        return false;
    for (int i = 0; i < call->move_count; i++)
    {
        bool has_moved;

        if (regroup_is_plain(call, &call->moves[i]))
            continue;
        bo_store_begin_part(store);
        has_moved = regroup_move_one(store, call, &call->moves[i], now);
        bo_store_end_part(store);
        if (!has_moved)
            return false;
    }
    regroup_serve_lines(store, call);
    return regroup_holds_stand(call);
}

/* Checks that it is not zero, and at most a century either way. */
static Interval *regroup_by_argument(Interval *by)
{
    static const char *const example = "'1 hour'";

    if (by->month > BO_MAX_LENGTH_DAYS / 30 || by->month < -BO_MAX_LENGTH_DAYS / 30 || by->day > BO_MAX_LENGTH_DAYS ||
        by->day < -BO_MAX_LENGTH_DAYS || by->time > BO_MAX_LENGTH_DAYS * USECS_PER_DAY ||
        by->time < -BO_MAX_LENGTH_DAYS * USECS_PER_DAY)
        bo_error_argument("by", psprintf("must not be longer than %d days", BO_MAX_LENGTH_DAYS), example);
    if (bo_value_is_zero(by))
        bo_error_argument("by", "must not be zero", example);
    return by;
}

static void regroup_durings_argument(ArrayType *array, BoRegroupCall *call)
{
    Datum *elements;
    bool *nulls;

    deconstruct_array(array, TSTZRANGEOID, -1, false, TYPALIGN_DOUBLE, &elements, &nulls, &call->during_count);
    if (call->during_count == 0)
        bo_error_argument("durings", "must not be empty", "ARRAY[" BO_DURING_EXAMPLE "]");
    call->durings = palloc0(sizeof(RangeType *) * call->during_count);
    for (int i = 0; i < call->during_count; i++)
        if (!nulls[i])
            call->durings[i] = bo_arguments_checked_during(elements[i], false, psprintf("durings[%d]", i + 1));
}

/* reschedule_group(group_id, by, durings, since, max_wait, tenant) */
static Datum reschedule_group_call(FunctionCallInfo fcinfo)
{
    BoRegroupCall call = {.since = DT_NOBEGIN};

    bo_arguments_writable("reschedule_group");
    call.group_id = bo_arguments_uuid(fcinfo, 0, "group_id");
    if (PG_ARGISNULL(1) == PG_ARGISNULL(2))
        bo_error_argument("by", "or durings must be given, and not both", "by => '1 hour'");
    if (!PG_ARGISNULL(1))
        call.by = regroup_by_argument(PG_GETARG_INTERVAL_P(1));
    else
        regroup_durings_argument(PG_GETARG_ARRAYTYPE_P(2), &call);
    if (!PG_ARGISNULL(3))
        call.since = PG_GETARG_TIMESTAMPTZ(3);
    call.tenant = bo_arguments_tenant(fcinfo);
    return bo_reschedule_group(fcinfo, &call);
}
