// SPDX-License-Identifier: PostgreSQL
// dispatch_rows.hpp: requests and offers as they are read.
// To know first: a row says what is so by the server's clock and by the bookings that fill positions.
#pragma once

#include "bookonce/dispatch.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace bookonce
{

/// A request for providers, as it stands.
struct RequestRow
{
    std::string request_id;
    TimeRange during;
    int positions;
    int filled; ///< positions that are taken
    RequestState status;
    std::string requester;
    std::optional<std::string> details; ///< JSON
    std::optional<Timestamp> closes_at;
    int waves; ///< how often offers were made
    std::optional<std::string> idempotency_key;
    std::optional<std::string> reason; ///< why it was cancelled, if anybody said so
    Timestamp created_at;
    std::optional<Timestamp> cancelled_at;
};

enum class OfferState
{
    pending,   ///< can be accepted
    accepted,  ///< its booking stands
    declined,  ///< the provider said no
    withdrawn, ///< taken back
    released,  ///< its booking stands no more, or is another provider's now
    expired,   ///< out of time, or its request takes nobody
};

/// The label of the SQL enum bookonce.offer_state.
constexpr std::string_view label(OfferState status) noexcept
{
    switch (status)
    {
        case OfferState::pending: return "pending";
        case OfferState::accepted: return "accepted";
        case OfferState::declined: return "declined";
        case OfferState::withdrawn: return "withdrawn";
        case OfferState::released: return "released";
        case OfferState::expired: return "expired";
    }
    return "";
}

/// An offer as it stands, with what its request says.
struct OfferRow
{
    std::string offer_id;
    std::string request_id;
    std::string provider;
    int wave;
    OfferState status;
    TimeRange during; ///< the request's
    std::string requester;
    std::optional<std::string> details; ///< the request's, JSON
    std::optional<int> position;        ///< that it fills
    std::optional<std::string> booking_id;
    std::optional<Timestamp> expires_at;
    Timestamp created_at;
    std::optional<Timestamp> decided_at;
};

} // namespace bookonce
