/*
 * firm.c
 *   confirm_booking(.., exclusive => true): one of several pre-bookings of a time becomes the one that gets it.
 *
 * A booking made with allow_overlap has no unit, so it blocks nobody. To become firm it takes a unit at its own time
 * and resource, as a move to its own place would, and from then on the constraint protects it. Its rules were judged
 * when it was made, except for limits, which count units.
 *
 * SPDX-License-Identifier: PostgreSQL
 */
#include "verbs/firm.h"

#include "base/arguments.h"
#include "base/error.h"
#include "base/lock.h"
#include "base/round.h"
#include "store/booking_row.h"
#include "store/store_booking.h"
#include "guard/guard.h"
#include "verbs/filled_booking.h"
#include "verbs/followed_booking.h"
#include "verbs/holder.h"
#include "verbs/kind.h"
#include "verbs/line.h"
#include "verbs/move.h"
#include "verbs/policy.h"

/* Gives the booking a unit and confirms it, both or neither. */
static bool firm_try(void *move)
{
    BoMove *it = move;

    if (!bo_move_try(it))
        return false;
    if (it->answer->status == BO_STATUS_CONFIRMED)
        return true;
    if (bo_store_run_latest(it->store, &bo_sql_confirm_booking, bo_text(it->slot->tenant), bo_uuid(it->booking_id),
                            bo_instant(GetCurrentTimestamp()), bo_bool(true)) == 0)
        return false;
    bo_booking_row_read(it->store, bo_store_row(0), it->now, it->answer);
    return it->answer->status == BO_STATUS_CONFIRMED;
}

/* Returns true, with the reason in the answer, if the booking is no longer live. */
static bool firm_is_over(BoBookingAnswer *answer)
{
    if (bo_answer_stands(answer))
        return false;
    answer->outcome = bo_answer_ended(answer);
    return true;
}

/* Called under the booking's lock and its resource's. */
static void firm_decide(BoStore *store, const text *tenant, const pg_uuid_t *booking_id, BoSlotLock *lock,
                        const BoBookingKind *of_kind, BoBookingAnswer *answer)
{
    text *holder = NULL;
    bool has_offered = false;

    for (int round = 0;; bo_round_next(&round))
    {
        TimestampTz now = GetCurrentTimestamp();
        BoSlotCall slot = {.tenant = (text *)tenant, .quantity = 1, .stays = true, .of_kind = of_kind};
        BoPlace place;
        BoMove it;

        bo_booking_row_find_latest(store, tenant, booking_id, now, answer);
        if (firm_is_over(answer))
            return;
        slot.resource = answer->resource;
        slot.during = answer->during;
        slot.holder = holder;
        has_offered |= bo_line_judge(store, &slot, booking_id, now, &place);
        if (place.needs_holder)
        {
            if (has_offered)
                bo_error_old_snapshot();
            bo_holder_enter_moving(store, &slot, booking_id, lock, 1);
            holder = slot.holder;
            continue;
        }
        place.stands_still = true;
        place.decide_by = DT_NOEND;
        if (place.refusal != BO_OUTCOME_INVALID)
        {
            answer->outcome = place.refusal;
            return;
        }
        it = (BoMove){store, &slot, booking_id, &place, now, answer, false};
        if (bo_move_settle(&it, firm_try, BO_CONFIRMED))
            return;
    }
}

/* Returns false if the booking has a unit: then it is confirmed like any other. */
bool bo_firm_booking(const text *tenant, const pg_uuid_t *booking_id, const text *holder, BoBookingAnswer *answer)
{
    BoStore store;
    pg_uuid_t request_id;
    bool is_decided;

    bo_store_open_for(&store, BO_TABLES_DISPATCH);
    bo_kind_lock_table();
    bo_guard_require();
    bo_booking_row_check_holder(&store, tenant, booking_id, holder);
    bo_followed_booking_refuse(&store, tenant, booking_id, 1);
    bo_filled_booking_lock(&store, tenant, booking_id, 1, &request_id);
    bo_booking_row_check_holder(&store, tenant, booking_id, holder);
    bo_booking_row_find_latest(&store, tenant, booking_id, GetCurrentTimestamp(), answer);
    is_decided = answer->unit_count == 0;
    if (is_decided && !firm_is_over(answer))
    {
        const BoBookingKind *of_kind = bo_kind_of(&store, tenant, answer->kind);
        BoSlotLock lock = bo_lock_slot_of(tenant, answer->resource);

        lock.exclusive = true;
        bo_lock_slots(&lock, 1);
        firm_decide(&store, tenant, booking_id, &lock, of_kind, answer);
    }
    bo_store_close(&store);

    return is_decided;
}
