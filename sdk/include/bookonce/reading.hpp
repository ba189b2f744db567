// SPDX-License-Identifier: PostgreSQL
// reading.hpp: the arguments of the verbs that read.
// To know first: these verbs write nothing. A list is read while the caller iterates over it (listing.hpp).
#pragma once

#include "bookonce/dispatch_rows.hpp"
#include "bookonce/listing.hpp"
#include "bookonce/reading_rows.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bookonce
{

/// Asks for a booking, even one that has ended.
struct GetBooking
{
    std::string booking_id;
    std::string tenant = "default";
};

/// Asks for the bookings made by the call with this key.
struct GetBookingByKey
{
    std::string idempotency_key;
    std::string tenant = "default";
};

/// Asks for the bookings of a group.
struct GetGroup
{
    std::string group_id;
    std::string tenant = "default";
};

/// Asks for the live bookings of some resources that overlap a time, as a calendar shows them.
struct ListBookings
{
    std::vector<std::string> resources; ///< 1 to 1,000, all of them defined
    TimeRange within;                   ///< up to ten years
    int page_size = 1000;               ///< rows read at once, 1 to 10,000
    std::string tenant = "default";
};

/// Asks for a holder's bookings that begin within a time.
struct ListHolderBookings
{
    std::string holder;
    TimeRange within;
    bool include_released = false; ///< true: cancelled and expired bookings, too
    int page_size = 1000;          ///< 1 to 10,000
    std::string tenant = "default";
};

/// Asks for requests that begin within a time.
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
    bool only_open = true; ///< true: only offers that can be accepted now; false: all offers that it ever had
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

/// Asks for the values that a claimant owns.
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
    std::optional<std::string> kind = {}; ///< a kind of booking, see DefineKind
    std::string tenant = "default";
};

} // namespace bookonce
