// SPDX-License-Identifier: PostgreSQL
// verbs_group.cpp: the verbs on many bookings at once.
// To know first: members are sent as one array of rows, and the call has no subquery, so that citus can send it on.
#include "bookonce/verbs.hpp"

#include "outcome_reader.hpp"
#include "array_text.hpp"
#include "instant_text.hpp"
#include "parameters.hpp"

namespace bookonce
{

using detail::boolean_text;
using detail::optional_text;
using detail::read_each;

namespace
{

using Text = std::optional<std::string>;

/// An array of slot_request. In a call of which all or nothing is booked, no member has a key.
std::string slots_text(const std::vector<SlotRequest> &slots, bool together)
{
    std::vector<Text> rows;
    rows.reserve(slots.size());
    for (const SlotRequest &slot : slots)
    {
        rows.emplace_back(
            detail::row_text({slot.resource, detail::range_text(slot.during), std::to_string(slot.quantity),
                              slot.holder, together ? std::nullopt : Text{slot.idempotency_key.text()}, slot.details}));
    }
    return detail::array_text(rows);
}

} // namespace

std::vector<BookSlotsOutcome> Verbs::book_slots(const BookSlots &call)
{
    const bool together = call.all_or_nothing;
    const Text key = together ? Text{call.idempotency_key.text()} : std::nullopt;
    const Rows rows = send(
        {.sql = BOOKONCE_CALL(
             "book_slots(slots => $1::bookonce.slot_request[], holder => $2, hold_for => $3, all_or_nothing => $4, "
             "details => $5, idempotency_key => $6, valid_until => $7, kind => $8, tenant => $9, max_wait => $10)"),
         .parameters = {slots_text(call.slots, together), call.holder,
                        optional_text(call.hold_for, detail::interval_text), boolean_text(together), call.details, key,
                        optional_text(call.valid_until, detail::timestamp_text), call.kind, call.tenant},
         .idempotency_key = key.value_or(""),
         .may_wait = call.may_wait});
    return read_each<BookSlotsOutcome>(rows);
}

std::vector<ConfirmGroupOutcome> Verbs::confirm_group(const ConfirmGroup &call)
{
    return read_each<ConfirmGroupOutcome>(
        send({.sql = BOOKONCE_CALL("confirm_group(group_id => $1, since => $2, tenant => $3, max_wait => $4)"),
              .parameters = {call.group_id, optional_text(call.since, detail::timestamp_text), call.tenant}}));
}

std::vector<CancelGroupOutcome> Verbs::cancel_group(const CancelGroup &call)
{
    return read_each<CancelGroupOutcome>(send(
        {.sql = BOOKONCE_CALL("cancel_group(group_id => $1, reason => $2, since => $3, tenant => $4, max_wait => $5)"),
         .parameters = {call.group_id, call.reason, optional_text(call.since, detail::timestamp_text), call.tenant}}));
}

std::vector<RescheduleGroupOutcome> Verbs::reschedule_group(const RescheduleGroup &call)
{
    std::vector<std::optional<std::string>> durings;
    durings.reserve(call.durings.size());
    for (const std::optional<TimeRange> &during : call.durings)
    {
        durings.push_back(optional_text(during, detail::range_text));
    }
    return read_each<RescheduleGroupOutcome>(
        send({.sql = BOOKONCE_CALL("reschedule_group(group_id => $1, durings => $2, tenant => $3, max_wait => $4)"),
              .parameters = {call.group_id, detail::array_text(durings), call.tenant}}));
}

std::vector<RescheduleGroupOutcome> Verbs::shift_group(const ShiftGroup &call)
{
    return read_each<RescheduleGroupOutcome>(send(
        {.sql = BOOKONCE_CALL("reschedule_group(group_id => $1, by => $2, since => $3, tenant => $4, max_wait => $5)"),
         .parameters = {call.group_id, detail::step_text(call.by), optional_text(call.since, detail::timestamp_text),
                        call.tenant},
         .repeatable = false}));
}

} // namespace bookonce
