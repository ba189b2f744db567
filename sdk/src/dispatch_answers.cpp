// SPDX-License-Identifier: PostgreSQL
// dispatch_answers.cpp: reads the columns of request_answer and offer_answer.
#include "dispatch_answers.hpp"

#include "times.hpp"

#include <charconv>

namespace bookonce::detail
{

namespace
{

int read_integer(const std::string &text)
{
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
    {
        unreadable("the server's answer holds a malformed number");
    }
    return value;
}

std::optional<Timestamp> read_optional_timestamp(const std::optional<std::string> &value)
{
    return value ? std::optional{read_timestamp(bytea_bytes(*value))} : std::nullopt;
}

RequestState read_state(const std::string &text)
{
    for (const auto state : {RequestState::open, RequestState::filled, RequestState::closed, RequestState::cancelled})
    {
        if (text == label(state))
        {
            return state;
        }
    }
    unreadable("the server's answer has a request state that this SDK does not know: " + text);
}

// The places in BOOKONCE_OFFER_ANSWER_COLUMNS.
enum OfferColumn : std::size_t
{
    offer_id_column = 2,
    request_id_column,
    provider_column,
    wave_column,
    position_column,
    booking_id_column,
    status_column,
    expires_at_column,
};

} // namespace

Request RequestAnswer::request() const
{
    return {
        .request_id = needed(*row, 2),
        .during = read_range(bytea_bytes(needed(*row, 3))),
        .positions = read_integer(needed(*row, 4)),
        .filled = read_integer(needed(*row, 5)),
        .status = read_state(needed(*row, 6)),
        .closes_at = read_optional_timestamp((*row)[7]),
    };
}

Offer OfferAnswer::offer() const
{
    return {
        .offer_id = needed(*row, offer_id_column),
        .request_id = needed(*row, request_id_column),
        .provider = provider(),
        .wave = read_integer(needed(*row, wave_column)),
        .expires_at = read_optional_timestamp((*row)[expires_at_column]),
    };
}

std::string OfferAnswer::provider() const
{
    return needed(*row, provider_column);
}

int OfferAnswer::position() const
{
    return read_integer(needed(*row, position_column));
}

std::string OfferAnswer::booking_id() const
{
    return needed(*row, booking_id_column);
}

} // namespace bookonce::detail
