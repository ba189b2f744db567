// SPDX-License-Identifier: PostgreSQL
// verbs_booking.cpp: the verbs that take one time and change that booking.
#include "bookonce/verbs.hpp"

#include "outcome_reader.hpp"
#include "array_text.hpp"
#include "instant_text.hpp"
#include "parameters.hpp"
#include "together.hpp"
#include "verb_statements.hpp"

namespace bookonce
{

using detail::BookingAnswer;
using detail::boolean_text;
using detail::optional_text;
using detail::OutcomeReader;

namespace
{

using enum detail::Travels;

const char *label(WaivableRule rule)
{
    switch (rule)
    {
        case WaivableRule::closed: return "closed";
        case WaivableRule::off_grid: return "off_grid";
        case WaivableRule::too_soon: return "too_soon";
        case WaivableRule::too_far: return "too_far";
        case WaivableRule::too_short: return "too_short";
        case WaivableRule::too_long: return "too_long";
        case WaivableRule::limit_reached: return "limit_reached";
    }
    return ""; // unknown: the server's error says what is valid
}

std::optional<std::string> waive_text(const std::vector<WaivableRule> &rules)
{
    std::vector<std::optional<std::string>> names;
    names.reserve(rules.size());
    for (const WaivableRule rule : rules)
    {
        names.emplace_back(label(rule));
    }
    return names.empty() ? std::nullopt : std::optional{detail::array_text(names)};
}

constexpr detail::Travels book_slot_travels[] = {
    by_itself, // resource
    by_itself, // during
    by_itself, // holder
    by_itself, // quantity
    in_common, // hold_for
    not_sent,  // allow_overlap, which book_slots() does not have
    by_itself, // details
    by_itself, // idempotency_key
    in_common, // valid_until
    not_sent,  // waive, which it does not have either
    not_sent,  // reason
    not_sent,  // kind
    in_common, // tenant
};

constexpr detail::Together book_slot_together{
    .sql = BOOKONCE_CALL(
        "book_slots(slots => ARRAY(SELECT ROW(m.resource, m.during, m.quantity, m.holder, m.idempotency_key, "
        "m.details)::bookonce.slot_request FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), "
        "pg_catalog.unnest($2::pg_catalog.tstzrange[]), pg_catalog.unnest($3::pg_catalog.text[]), "
        "pg_catalog.unnest($4::pg_catalog.int4[]), pg_catalog.unnest($5::pg_catalog.jsonb[]), "
        "pg_catalog.unnest($6::pg_catalog.text[])) WITH ORDINALITY "
        "AS m(resource, during, holder, quantity, details, idempotency_key, n) ORDER BY m.n), "
        "all_or_nothing => false, hold_for => $7, valid_until => $8, tenant => $9, max_wait => $10)"),
    .parameters = book_slot_travels,
};

constexpr detail::Travels confirm_booking_travels[] = {
    by_itself, // booking_id
    by_itself, // holder
    in_common, // tenant
};

constexpr detail::Together confirm_booking_together{
    .sql = BOOKONCE_CALLS(BOOKONCE_BOOKING_ANSWER_COLUMNS,
                          "pg_catalog.unnest($1::pg_catalog.uuid[]), pg_catalog.unnest($2::pg_catalog.text[])",
                          "booking_id, holder",
                          "confirm_booking(booking_id => m.booking_id, holder => m.holder, tenant => $3, "
                          "max_wait => $4)"),
    .parameters = confirm_booking_travels,
};

constexpr detail::Travels cancel_booking_travels[] = {
    by_itself, // booking_id
    by_itself, // reason
    by_itself, // holder
    in_common, // tenant
};

constexpr detail::Together cancel_booking_together{
    .sql = BOOKONCE_CALLS(BOOKONCE_BOOKING_ANSWER_COLUMNS,
                          "pg_catalog.unnest($1::pg_catalog.uuid[]), pg_catalog.unnest($2::pg_catalog.text[]), "
                          "pg_catalog.unnest($3::pg_catalog.text[])",
                          "booking_id, reason, holder",
                          "cancel_booking(booking_id => m.booking_id, reason => m.reason, holder => m.holder, "
                          "tenant => $4, max_wait => $5)"),
    .parameters = cancel_booking_travels,
};

} // namespace

detail::Statement detail::book_slot_statement(const BookSlot &call)
{
    const bool can_be_gathered = !call.allow_overlap && call.waive.empty() && !call.reason && !call.kind;
    return {.sql =
                BOOKONCE_CALL("book_slot(resource => $1, during => $2, holder => $3, quantity => $4, hold_for => $5, "
                              "allow_overlap => $6, details => $7, idempotency_key => $8, valid_until => $9, "
                              "waive => $10, reason => $11, kind => $12, tenant => $13, max_wait => $14)"),
            .parameters = {call.resource, detail::range_text(call.during), call.holder, std::to_string(call.quantity),
                           optional_text(call.hold_for, detail::interval_text), boolean_text(call.allow_overlap),
                           call.details, call.idempotency_key.text(),
                           optional_text(call.valid_until, detail::timestamp_text), waive_text(call.waive), call.reason,
                           call.kind, call.tenant},
            .idempotency_key = call.idempotency_key.text(),
            .together = can_be_gathered ? &book_slot_together : nullptr};
}

BookSlotOutcome detail::read_book_slot(const Rows &rows)
{
    return OutcomeReader<BookSlotOutcome>::read(BookingAnswer{rows});
}

BookSlotOutcome Verbs::book_slot(const BookSlot &call)
{
    return detail::read_book_slot(send(detail::book_slot_statement(call)));
}

BookSlotOutcome Verbs::book_any_slot(const BookAnySlot &call)
{
    const std::vector<std::optional<std::string>> resources{call.resources.begin(), call.resources.end()};
    const Rows rows = send(
        {.sql = BOOKONCE_CALL("book_any_slot(resources => $1, during => $2, holder => $3, pick => $4, quantity => $5, "
                              "hold_for => $6, details => $7, idempotency_key => $8, valid_until => $9, kind => $10, "
                              "tenant => $11, max_wait => $12)"),
         .parameters = {detail::array_text(resources), detail::range_text(call.during), call.holder,
                        call.pick == Pick::first ? "first" : "least_booked", std::to_string(call.quantity),
                        optional_text(call.hold_for, detail::interval_text), call.details, call.idempotency_key.text(),
                        optional_text(call.valid_until, detail::timestamp_text), call.kind, call.tenant},
         .idempotency_key = call.idempotency_key.text()});
    return OutcomeReader<BookSlotOutcome>::read(BookingAnswer{rows});
}

ConfirmBookingOutcome Verbs::confirm_booking(const ConfirmBooking &call)
{
    const Rows rows =
        send({.sql = BOOKONCE_CALL("confirm_booking(booking_id => $1, holder => $2, tenant => $3, max_wait => $4)"),
              .parameters = {call.booking_id, call.holder, call.tenant},
              .together = &confirm_booking_together});
    return OutcomeReader<ConfirmBookingOutcome>::read(BookingAnswer{rows});
}

ConfirmExclusivelyOutcome Verbs::confirm_exclusively(const ConfirmExclusively &call)
{
    const Rows rows =
        send({.sql = BOOKONCE_CALL(
                  "confirm_booking(booking_id => $1, exclusive => true, holder => $2, tenant => $3, max_wait => $4)"),
              .parameters = {call.booking_id, call.holder, call.tenant}});
    return OutcomeReader<ConfirmExclusivelyOutcome>::read(BookingAnswer{rows});
}

ExtendHoldOutcome Verbs::extend_hold(const ExtendHold &call)
{
    const Rows rows =
        send({.sql = BOOKONCE_CALL(
                  "extend_hold(booking_id => $1, hold_for => $2, holder => $3, tenant => $4, max_wait => $5)"),
              .parameters = {call.booking_id, detail::interval_text(call.hold_for), call.holder, call.tenant}});
    return OutcomeReader<ExtendHoldOutcome>::read(BookingAnswer{rows});
}

CancelBookingOutcome Verbs::cancel_booking(const CancelBooking &call)
{
    const Rows rows =
        send({.sql = BOOKONCE_CALL(
                  "cancel_booking(booking_id => $1, reason => $2, holder => $3, tenant => $4, max_wait => $5)"),
              .parameters = {call.booking_id, call.reason, call.holder, call.tenant},
              .together = &cancel_booking_together});
    return OutcomeReader<CancelBookingOutcome>::read(BookingAnswer{rows});
}

RescheduleBookingOutcome Verbs::reschedule_booking(const RescheduleBooking &call)
{
    const Rows rows =
        send({.sql = BOOKONCE_CALL("reschedule_booking(booking_id => $1, during => $2, resource => $3, waive => $4, "
                                   "reason => $5, holder => $6, tenant => $7, max_wait => $8)"),
              .parameters = {call.booking_id, detail::range_text(call.during), call.resource, waive_text(call.waive),
                             call.reason, call.holder, call.tenant}});
    return OutcomeReader<RescheduleBookingOutcome>::read(BookingAnswer{rows});
}

EndBookingOutcome Verbs::end_booking(const EndBooking &call)
{
    const Rows rows =
        send({.sql = BOOKONCE_CALL("end_booking(booking_id => $1, holder => $2, tenant => $3, max_wait => $4)"),
              .parameters = {call.booking_id, call.holder, call.tenant}});
    return OutcomeReader<EndBookingOutcome>::read(BookingAnswer{rows});
}

CheckInOutcome Verbs::check_in(const CheckIn &call)
{
    const Rows rows =
        send({.sql = BOOKONCE_CALL("check_in(booking_id => $1, holder => $2, tenant => $3, max_wait => $4)"),
              .parameters = {call.booking_id, call.holder, call.tenant}});
    return OutcomeReader<CheckInOutcome>::read(BookingAnswer{rows});
}

NoShowOutcome Verbs::no_show(const ReportNoShow &call)
{
    const Rows rows =
        send({.sql = BOOKONCE_CALL("no_show(booking_id => $1, reason => $2, tenant => $3, max_wait => $4)"),
              .parameters = {call.booking_id, call.reason, call.tenant}});
    return OutcomeReader<NoShowOutcome>::read(BookingAnswer{rows});
}

ChangeBookingOutcome Verbs::change_booking(const ChangeBooking &call)
{
    const Rows rows =
        send({.sql = BOOKONCE_CALL(
                  "change_booking(booking_id => $1, holder => $2, details => $3, tenant => $4, max_wait => $5)"),
              .parameters = {call.booking_id, call.holder, call.details, call.tenant}});
    return OutcomeReader<ChangeBookingOutcome>::read(BookingAnswer{rows});
}

SwapBookingsOutcome Verbs::swap_bookings(const SwapBookings &call)
{
    const Rows rows = send(
        {.sql = BOOKONCE_CALL("swap_bookings(booking_id => $1, other_booking_id => $2, tenant => $3, max_wait => $4)"),
         .parameters = {call.booking_id, call.other_booking_id, call.tenant},
         .repeatable = false});
    return OutcomeReader<SwapBookingsOutcome>::read(BookingAnswer{rows});
}

} // namespace bookonce
