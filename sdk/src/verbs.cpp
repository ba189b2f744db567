// SPDX-License-Identifier: PostgreSQL
// verbs.cpp: each verb: its SQL, its parameters, its outcomes.
// To know first: the composite answer stands in FROM, so the function is called once; SELECT (f(..)).* would call it
// per column.
#include "bookonce/verbs.hpp"

#include "answers.hpp"
#include "bookonce/errors.hpp"
#include "parameters.hpp"
#include "times.hpp"

#include <string>
#include <utility>

// SELECT a.outcome, .. FROM bookonce.verb(argument => $1, ..) AS a
#define BOOKONCE_CLAIM_CALL(call) "SELECT " BOOKONCE_CLAIM_ANSWER_COLUMNS " FROM bookonce." call " AS a"
#define BOOKONCE_COUNTER_CALL(call) "SELECT " BOOKONCE_COUNTER_ANSWER_COLUMNS " FROM bookonce." call " AS a"

namespace bookonce
{

namespace detail
{

void refuse_nul_bytes(const Parameters &parameters)
{
    for (const auto &parameter : parameters)
    {
        if (parameter && parameter->find('\0') != std::string::npos)
        {
            throw InvalidRequest{"a text holds a NUL byte, which PostgreSQL cannot store",
                                 {.sqlstate = "22021", .hint = "Encode bytes as hexadecimal or base64."}};
        }
    }
}

} // namespace detail

namespace
{

using detail::BookingAnswer;
using detail::ClaimAnswer;
using detail::CounterAnswer;
using detail::optional_text;
using detail::OutcomeReader;
using detail::Statement;

const char *boolean_text(bool value)
{
    return value ? "t" : "f";
}

std::string integer_text(std::int64_t value)
{
    return std::to_string(value);
}

} // namespace

Verbs::~Verbs() = default;

Rows Verbs::send(Statement statement)
{
    detail::refuse_nul_bytes(statement.parameters);
    return run(statement);
}

BookSlotOutcome Verbs::book_slot(const BookSlot &request)
{
    const Rows rows =
        send({.sql = BOOKONCE_CALL(
                  "book_slot(resource => $1, during => $2, holder => $3, quantity => $4, hold_for => $5, "
                  "allow_overlap => $6, details => $7, idempotency_key => $8, valid_until => $9, tenant => $10)"),
              .parameters = {request.resource, detail::range_text(request.during), request.holder,
                             std::to_string(request.quantity), optional_text(request.hold_for, detail::interval_text),
                             boolean_text(request.allow_overlap), request.details, request.idempotency_key.text(),
                             optional_text(request.valid_until, detail::timestamp_text), request.tenant},
              .idempotency_key = request.idempotency_key.text()});
    return OutcomeReader<BookSlotOutcome>::read(BookingAnswer{rows});
}

ConfirmBookingOutcome Verbs::confirm_booking(const ConfirmBooking &request)
{
    const Rows rows = send({.sql = BOOKONCE_CALL("confirm_booking(booking_id => $1, tenant => $2)"),
                            .parameters = {request.booking_id, request.tenant}});
    return OutcomeReader<ConfirmBookingOutcome>::read(BookingAnswer{rows});
}

ExtendHoldOutcome Verbs::extend_hold(const ExtendHold &request)
{
    const Rows rows =
        send({.sql = BOOKONCE_CALL("extend_hold(booking_id => $1, hold_for => $2, tenant => $3)"),
              .parameters = {request.booking_id, detail::interval_text(request.hold_for), request.tenant}});
    return OutcomeReader<ExtendHoldOutcome>::read(BookingAnswer{rows});
}

CancelBookingOutcome Verbs::cancel_booking(const CancelBooking &request)
{
    const Rows rows = send({.sql = BOOKONCE_CALL("cancel_booking(booking_id => $1, reason => $2, tenant => $3)"),
                            .parameters = {request.booking_id, request.reason, request.tenant}});
    return OutcomeReader<CancelBookingOutcome>::read(BookingAnswer{rows});
}

void Verbs::define_resource(const DefineResource &request)
{
    send(
        {.sql =
             "SELECT bookonce.define_resource(resource => $1, capacity => $2, buffer_before => $3, buffer_after => $4, "
             "time_zone => $5, min_notice => $6, max_ahead => $7, max_duration => $8, tenant => $9)",
         .parameters = {request.resource, std::to_string(request.capacity),
                        detail::interval_text(request.buffer_before), detail::interval_text(request.buffer_after),
                        request.time_zone, optional_text(request.min_notice, detail::interval_text),
                        optional_text(request.max_ahead, detail::interval_text),
                        optional_text(request.max_duration, detail::interval_text), request.tenant}});
}

ClaimOutcome Verbs::claim(const Claim &request)
{
    const Rows rows = send(
        {.sql = BOOKONCE_CLAIM_CALL("claim(scope => $1, value => $2, claimant => $3, details => $4, tenant => $5)"),
         .parameters = {request.scope, request.value, request.claimant, request.details, request.tenant}});
    return OutcomeReader<ClaimOutcome>::read(ClaimAnswer{rows});
}

Released Verbs::release_claim(const ReleaseClaim &request)
{
    const Rows rows =
        send({.sql = BOOKONCE_CLAIM_CALL("release_claim(scope => $1, value => $2, claimant => $3, tenant => $4)"),
              .parameters = {request.scope, request.value, request.claimant, request.tenant}});
    return std::get<Released>(OutcomeReader<std::variant<Released>>::read(ClaimAnswer{rows}));
}

void Verbs::define_counter(const DefineCounter &request)
{
    send({.sql = "SELECT bookonce.define_counter(counter => $1, value => $2, minimum => $3, maximum => $4, "
                 "tenant => $5)",
          .parameters = {request.counter, std::to_string(request.value), optional_text(request.minimum, integer_text),
                         optional_text(request.maximum, integer_text), request.tenant}});
}

AdjustCounterOutcome Verbs::adjust_counter(const AdjustCounter &request)
{
    const Rows rows = send(
        {.sql =
             BOOKONCE_COUNTER_CALL("adjust_counter(counter => $1, delta => $2, idempotency_key => $3, tenant => $4)"),
         .parameters = {request.counter, std::to_string(request.delta), request.idempotency_key.text(), request.tenant},
         .idempotency_key = request.idempotency_key.text()});
    return OutcomeReader<AdjustCounterOutcome>::read(CounterAnswer{rows});
}

} // namespace bookonce
