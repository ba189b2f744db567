// SPDX-License-Identifier: PostgreSQL
// reading.hpp: the calls that read back what is there.
// To know first: they write nothing. What a list returns is read while it is walked (listing.hpp).
#pragma once

#include "bookonce/dispatch_rows.hpp"
#include "bookonce/listing.hpp"
#include "bookonce/reading_rows.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bookonce
{

/// Asks for a booking, also one that has ended.
struct GetBooking
{
    std::string booking_id;
    std::string tenant = "default";
};

/// Asks what the call with this key has made.
struct GetBookingByKey
{
    std::string idempotency_key;
    std::string tenant = "default";
};

/// Asks what was booked together.
struct GetGroup
{
    std::string group_id;
    std::string tenant = "default";
};

/// Asks for a calendar: what stands on some resources and overlaps a time.
struct ListBookings
{
    std::vector<std::string> resources; ///< 1 to 1,000, all of them defined
    TimeRange within;                   ///< up to ten years
    int page_size = 1000;               ///< rows that are asked for at once, 1 to 10,000
    std::string tenant = "default";
};

/// Asks for a holder's bookings that begin in a time.
struct ListHolderBookings
{
    std::string holder;
    TimeRange within;
    bool include_released = false; ///< the cancelled and the expired, too
    int page_size = 1000;          ///< 1 to 10,000
    std::string tenant = "default";
};

/// Asks for requests that begin in a time.
struct ListRequests
{
    TimeRange within;
    std::optional<std::string> requester = {}; ///< none: everybody's
    int page_size = 1000;                      ///< 1 to 10,000
    std::string tenant = "default";
};

/// Asks for the offers of a provider.
struct ListProviderOffers
{
    std::string provider;
    bool only_open = true; ///< that can be accepted now; else all that it has had
    int page_size = 1000;  ///< 1 to 10,000
    std::string tenant = "default";
};

/// Asks for the resources of a tenant.
struct ListResources
{
    int page_size = 1000; ///< 1 to 10,000
    std::string tenant = "default";
};

/// Asks for a resource's rules.
struct DescribeResource
{
    std::string resource;
    std::string tenant = "default";
};

/// Asks what a claimant owns.
struct ListClaims
{
    std::string claimant;
    int page_size = 1000; ///< 1 to 10,000
    std::string tenant = "default";
};

/// Asks for a counter's value.
struct CounterValue
{
    std::string counter;
    std::string tenant = "default";
};

/// Asks how many units could be booked.
struct PlacesLeft
{
    std::string resource;
    TimeRange during;                     ///< up to ten years
    std::optional<std::string> kind = {}; ///< of booking, see DefineKind
    std::string tenant = "default";
};

} // namespace bookonce
