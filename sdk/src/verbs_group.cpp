// SPDX-License-Identifier: PostgreSQL
// verbs_group.cpp: the verbs on many bookings, and those that move them.
// To know first: members travel as one array for each attribute, put together on the server.
#include "bookonce/verbs.hpp"

#include "answers.hpp"
#include "array_text.hpp"
#include "bookonce/errors.hpp"
#include "parameters.hpp"
#include "times.hpp"

#include <utility>

namespace bookonce
{

using detail::BookingAnswer;
using detail::optional_text;
using detail::OutcomeReader;
using detail::read_each;

namespace
{

/// One attribute of each member.
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

std::vector<BookSlotsOutcome> Verbs::book_slots(const BookSlots &request)
{
    using Text = std::optional<std::string>;
    const bool together = request.all_or_nothing;
    const Text key = together ? Text{request.idempotency_key.text()} : std::nullopt;
    const Rows rows = send(
        {.sql = BOOKONCE_CALL(
             "book_slots(slots => ARRAY(SELECT ROW(m.resource, m.during, m.quantity, m.holder, m.idempotency_key, "
             "m.details)::bookonce.slot_request FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), "
             "pg_catalog.unnest($2::pg_catalog.tstzrange[]), pg_catalog.unnest($3::pg_catalog.int4[]), "
             "pg_catalog.unnest($4::pg_catalog.text[]), pg_catalog.unnest($5::pg_catalog.text[]), "
             "pg_catalog.unnest($6::pg_catalog.jsonb[])) WITH ORDINALITY "
             "AS m(resource, during, quantity, holder, idempotency_key, details, n) ORDER BY m.n), "
             "holder => $7, hold_for => $8, all_or_nothing => $9, details => $10, idempotency_key => $11, "
             "valid_until => $12, tenant => $13)"),
         .parameters = {attribute_array(request.slots, [](const SlotRequest &slot) -> Text { return slot.resource; }),
                        attribute_array(request.slots,
                                        [](const SlotRequest &slot) -> Text
                                        { return detail::range_text(slot.during); }),
                        attribute_array(request.slots,
                                        [](const SlotRequest &slot) -> Text { return std::to_string(slot.quantity); }),
                        attribute_array(request.slots, [](const SlotRequest &slot) -> Text { return slot.holder; }),
                        attribute_array(request.slots,
                                        [together](const SlotRequest &slot) -> Text
                                        { return together ? std::nullopt : Text{slot.idempotency_key.text()}; }),
                        attribute_array(request.slots, [](const SlotRequest &slot) -> Text { return slot.details; }),
                        request.holder, optional_text(request.hold_for, detail::interval_text), together ? "t" : "f",
                        request.details, key, optional_text(request.valid_until, detail::timestamp_text),
                        request.tenant},
         .idempotency_key = key.value_or("")});
    return read_each<BookSlotsOutcome>(rows);
}

BookSlotOutcome Verbs::book_any_slot(const BookAnySlot &request)
{
    const std::vector<std::optional<std::string>> resources{request.resources.begin(), request.resources.end()};
    const Rows rows =
        send({.sql = BOOKONCE_CALL(
                  "book_any_slot(resources => $1, during => $2, holder => $3, pick => $4, quantity => $5, "
                  "hold_for => $6, details => $7, idempotency_key => $8, valid_until => $9, tenant => $10)"),
              .parameters = {detail::array_text(resources), detail::range_text(request.during), request.holder,
                             request.pick == Pick::first ? "first" : "least_booked", std::to_string(request.quantity),
                             optional_text(request.hold_for, detail::interval_text), request.details,
                             request.idempotency_key.text(), optional_text(request.valid_until, detail::timestamp_text),
                             request.tenant},
              .idempotency_key = request.idempotency_key.text()});
    return OutcomeReader<BookSlotOutcome>::read(BookingAnswer{rows});
}

RescheduleBookingOutcome Verbs::reschedule_booking(const RescheduleBooking &request)
{
    const Rows rows = send(
        {.sql = BOOKONCE_CALL("reschedule_booking(booking_id => $1, during => $2, resource => $3, tenant => $4)"),
         .parameters = {request.booking_id, detail::range_text(request.during), request.resource, request.tenant}});
    return OutcomeReader<RescheduleBookingOutcome>::read(BookingAnswer{rows});
}

SwapBookingsOutcome Verbs::swap_bookings(const SwapBookings &request)
{
    const Rows rows =
        send({.sql = BOOKONCE_CALL("swap_bookings(booking_id => $1, other_booking_id => $2, tenant => $3)"),
              .parameters = {request.booking_id, request.other_booking_id, request.tenant},
              .repeatable = false});
    return OutcomeReader<SwapBookingsOutcome>::read(BookingAnswer{rows});
}

std::vector<ConfirmBookingOutcome> Verbs::confirm_group(const ConfirmGroup &request)
{
    return read_each<ConfirmBookingOutcome>(send({.sql = BOOKONCE_CALL("confirm_group(group_id => $1, tenant => $2)"),
                                                  .parameters = {request.group_id, request.tenant}}));
}

std::vector<CancelBookingOutcome> Verbs::cancel_group(const CancelGroup &request)
{
    return read_each<CancelBookingOutcome>(
        send({.sql = BOOKONCE_CALL("cancel_group(group_id => $1, reason => $2, tenant => $3)"),
              .parameters = {request.group_id, request.reason, request.tenant}}));
}

} // namespace bookonce
