// SPDX-License-Identifier: PostgreSQL
// closing.hpp: resources, or some of their places, that are out of service for a time.
// To know first: existing bookings stay, and the answer names them.
#pragma once

#include "bookonce/idempotency_key.hpp"
#include "bookonce/time_range.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bookonce
{

/// Takes resources, or some of each one's places, out of service, so that nothing new is booked there.
struct CloseResource
{
    std::vector<std::string> resources; ///< 1 to 1,000, each once
    Timestamp begin;                    ///< may be in the past
    std::optional<Timestamp> end = {};  ///< in the future; none: for good
    std::optional<int> units = {};      ///< how many places of each, 1 to its capacity; none: all
    std::optional<std::string> reason = {};
    IdempotencyKey idempotency_key = IdempotencyKey::random(); ///< a repeated call closes nothing twice
    std::string tenant = "default";
};

/// Takes a resource out of service for good. reopen_resource() takes it back.
struct RetireResource
{
    std::string resource;
    std::optional<Timestamp> since = {}; ///< none: now
    std::optional<std::string> reason = {};
    std::string tenant = "default";
};

/// A closure of one resource, and the bookings that are in its way and stay.
struct Closure
{
    std::string closure_id;
    bool replayed; ///< the key's first call made this closure, or the resource was retired already
    std::string resource;
    std::vector<TimeRange> busy; ///< the times at which more is booked than the closure leaves
    std::vector<std::string>
        booking_ids; ///< the bookings at those times; if the whole resource is closed, all within the closure
};

/// Removes closures.
struct ReopenResource
{
    std::vector<std::string> closure_ids; ///< 1 to 1,000
    std::string tenant = "default";
};

/// Asks for the closures that overlap a time.
struct ListClosures
{
    TimeRange within;                                       ///< up to ten years
    std::optional<std::vector<std::string>> resources = {}; ///< none: all of the tenant's
    int page_size = 1000;                                   ///< 1 to 10,000
    std::string tenant = "default";
};

/// A time at which a resource, or some of its places, is out of service.
struct ClosureRow
{
    std::string closure_id;
    std::string resource;
    Timestamp begin;
    std::optional<Timestamp> end; ///< none: for good
    std::optional<int> units;     ///< none: all
    std::optional<std::string> reason;
    std::optional<std::string> idempotency_key;
    Timestamp created_at;
    std::optional<std::string>
        booking_id; ///< the booking whose holder has not given the place back after its end; none: an ordinary closure
};

} // namespace bookonce
