// SPDX-License-Identifier: PostgreSQL
// verbs_group.cpp: the verbs on many bookings at once.
// To know first: members are sent as one array per attribute, and the server puts them together.
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

/// One attribute of every member, as an array.
template <typename Attribute>
std::string attribute_array(const std::vector<SlotRequest> &slots, Attribute attribute)
{
    std::vector<std::optional<std::string>> elements;
    elements.reserve(slots.size());
    for (const SlotRequest &slot : slots)
    {
        elements.push_back(attribute(slot));
    }
    return detail::array_text(elements);
}

} // namespace

std::vector<BookSlotsOutcome> Verbs::book_slots(const BookSlots &call)
{
    const bool together = call.all_or_nothing;
    const Text key = together ? Text{call.idempotency_key.text()} : std::nullopt;
    const Rows rows = send(
        {.sql = BOOKONCE_CALL(
             "book_slots(slots => ARRAY(SELECT ROW(m.resource, m.during, m.quantity, m.holder, m.idempotency_key, "
             "m.details)::bookonce.slot_request FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), "
             "pg_catalog.unnest($2::pg_catalog.tstzrange[]), pg_catalog.unnest($3::pg_catalog.int4[]), "
             "pg_catalog.unnest($4::pg_catalog.text[]), pg_catalog.unnest($5::pg_catalog.text[]), "
             "pg_catalog.unnest($6::pg_catalog.jsonb[])) WITH ORDINALITY "
             "AS m(resource, during, quantity, holder, idempotency_key, details, n) ORDER BY m.n), "
             "holder => $7, hold_for => $8, all_or_nothing => $9, details => $10, idempotency_key => $11, "
             "valid_until => $12, kind => $13, tenant => $14, max_wait => $15)"),
         .parameters = {attribute_array(call.slots, [](const SlotRequest &slot) -> Text { return slot.resource; }),
                        attribute_array(call.slots,
                                        [](const SlotRequest &slot) -> Text
                                        { return detail::range_text(slot.during); }),
                        attribute_array(call.slots,
                                        [](const SlotRequest &slot) -> Text { return std::to_string(slot.quantity); }),
                        attribute_array(call.slots, [](const SlotRequest &slot) -> Text { return slot.holder; }),
                        attribute_array(call.slots,
                                        [together](const SlotRequest &slot) -> Text
                                        { return together ? std::nullopt : Text{slot.idempotency_key.text()}; }),
                        attribute_array(call.slots, [](const SlotRequest &slot) -> Text { return slot.details; }),
                        call.holder, optional_text(call.hold_for, detail::interval_text), boolean_text(together),
                        call.details, key, optional_text(call.valid_until, detail::timestamp_text), call.kind,
                        call.tenant},
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
