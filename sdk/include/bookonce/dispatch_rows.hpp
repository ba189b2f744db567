// SPDX-License-Identifier: PostgreSQL
// dispatch_rows.hpp: requests and offers as the reading verbs return them.
// To know first: states are as of the server's clock, and follow from the bookings that fill positions.
#pragma once

#include "bookonce/dispatch.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace bookonce
{

/// A request for providers, as it is now.
struct RequestRow
{
    std::string request_id;
    TimeRange during;
    int positions;
    int filled; ///< how many positions are taken
    RequestState status;
    std::string requester;
    std::optional<std::string> details; ///< JSON
    std::optional<Timestamp> closes_at;
    int waves; ///< how many times offers were made
    std::optional<std::string> idempotency_key;
    std::optional<std::string> reason; ///< why it was cancelled, if a reason was given
    Timestamp created_at;
    std::optional<Timestamp> cancelled_at;
};

enum class OfferState
{
    pending,   ///< can be accepted
    accepted,  ///< its booking is live
    declined,  ///< the provider said no
    withdrawn, ///< taken back by withdraw_offer()
    released,  ///< its booking is no longer live, or was moved to another provider
    expired,   ///< its time is over, or its request takes nobody any more
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

/// An offer as it is now, with the details of its request.
struct OfferRow
{
    std::string offer_id;
    std::string request_id;
    std::string provider;
    int wave;
    OfferState status;
    TimeRange during; ///< of the request
    std::string requester;
    std::optional<std::string> details; ///< of the request, JSON
    std::optional<int> position;        ///< the position that it fills; none: it fills none
    std::optional<std::string> booking_id;
    std::optional<Timestamp> expires_at;
    Timestamp created_at;
    std::optional<Timestamp> decided_at;
};

} // namespace bookonce
