// SPDX-License-Identifier: PostgreSQL
// outcomes_request.hpp: a request for providers as it was when the server answered, and the outcomes of its verbs.
// To know first: a position of a request is taken for as long as its booking is live; nothing else records that it is
// taken. So cancelling the booking with cancel_booking() releases the position too.
#pragma once

#include "bookonce/refusals.hpp"
#include "bookonce/time_range.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace bookonce
{

enum class RequestState
{
    open,      ///< takes offers and acceptances
    filled,    ///< all positions are taken; open again when one is released
    closed,    ///< closes_at has passed
    cancelled, ///< by cancel_request()
};

/// The label of the SQL enum bookonce.request_state.
constexpr std::string_view label(RequestState state) noexcept
{
    switch (state)
    {
        case RequestState::open: return "open";
        case RequestState::filled: return "filled";
        case RequestState::closed: return "closed";
        case RequestState::cancelled: return "cancelled";
    }
    return "";
}

/// A request as it was when the server answered.
struct Request
{
    std::string request_id;
    TimeRange during;
    int positions = 1;
    int filled = 0; ///< how many positions are taken
    RequestState status = RequestState::open;
    std::optional<Timestamp> closes_at;
};

/// The request is open; `replayed` if the key's first call opened it.
struct Opened : Request
{
    static constexpr std::string_view label = "opened";
    bool replayed = false;
};

/// The request and its bookings are cancelled; `replayed` if they already were.
struct RequestCancelled : Request
{
    static constexpr std::string_view label = "cancelled";
    bool replayed = false;
};

/// The request and the bookings of its positions have the new time; `replayed` if they already had.
struct RequestRescheduled : Request
{
    static constexpr std::string_view label = "rescheduled";
    bool replayed = false;
};

/// Why a provider's booking cannot move to the new time, as reschedule_booking() would answer.
using ProviderRefusal = std::variant<Taken, Closed, TooSoon, TooFar, TooShort, TooLong, OffGrid, LimitReached,
                                     HolderLimit, HolderBusy, WaitedFor>;

/// Refused: a provider that fills a position cannot come at the new time. Nothing has moved.
struct ProviderCannotCome
{
    static constexpr std::string_view label = "provider_busy";
    std::string provider; ///< the first provider that cannot
    ProviderRefusal why;
};

/// Refused: others have all the positions. The offer can be accepted when one of them leaves.
struct Filled
{
    static constexpr std::string_view label = "filled";
};

/// Refused: the request is cancelled, or its closes_at has passed.
struct RequestClosed
{
    static constexpr std::string_view label = "request_closed";
};

using RescheduleRequestOutcome = std::variant<RequestRescheduled, ProviderCannotCome, RequestClosed>;

} // namespace bookonce
