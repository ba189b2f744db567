// SPDX-License-Identifier: PostgreSQL
// calls_dispatch.hpp: requests for providers, and offers to them.
#pragma once

#include "bookonce/idempotency_key.hpp"
#include "bookonce/time_range.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace bookonce
{

/// Asks for `positions` providers at a time.
struct OpenRequest
{
    TimeRange during;
    int positions = 1;                       ///< 1 to 1,000
    std::string requester;                   ///< who asks; becomes the holder of the bookings
    std::optional<std::string> details = {}; ///< JSON for the application's own use
    std::optional<Timestamp> closes_at = {}; ///< after this instant, by the server's clock, no offers are made or
                                             ///< accepted
    IdempotencyKey idempotency_key = IdempotencyKey::random();
    std::string tenant = "default";
};

/// Ends a request.
struct CancelRequest
{
    std::string request_id;
    std::optional<std::string> reason = {};
    std::string tenant = "default";
};

/// Moves a request, and the bookings of its positions, to another time.
struct RescheduleRequest
{
    std::string request_id;
    TimeRange during;
    std::string tenant = "default";
};

/// Invites providers. Each call is one wave of offers.
struct MakeOffers
{
    std::string request_id;
    std::vector<std::string> providers;                       ///< resources; 1 to 10,000
    std::optional<std::chrono::microseconds> expires_in = {}; ///< > 0: the offers lapse after this time; none: they
                                                              ///< stand as long as the request does
    std::string tenant = "default";
};

/// Takes a position, on behalf of the provider to whom the offer was made.
struct AcceptOffer
{
    std::string offer_id;
    std::string provider;
    std::string tenant = "default";
};

/// Declines an offer, on behalf of the provider to whom it was made.
struct DeclineOffer
{
    std::string offer_id;
    std::string provider;
    std::string tenant = "default";
};

/// Takes an offer back.
struct WithdrawOffer
{
    std::string offer_id;
    std::string tenant = "default";
};

/// Takes a provider out of its position.
struct ReleasePosition
{
    std::string request_id;
    std::string provider;
    std::optional<std::string> reason = {};
    std::string tenant = "default";
};

/// Gives one provider's position to another provider.
struct ReassignPosition
{
    std::string request_id;
    std::string from_provider;
    std::string to_provider; ///< a resource; it needs no offer
    std::string tenant = "default";
};

} // namespace bookonce
