// SPDX-License-Identifier: PostgreSQL
// closing.hpp: resources that are out of service for a time, or some of their places.
// To know first: what is booked there stays; the answer names it.
#pragma once

#include "bookonce/idempotency_key.hpp"
#include "bookonce/time_range.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bookonce
{

/// Takes resources, or so many places of each, out of service. Nothing new is booked there.
struct CloseResource
{
    std::vector<std::string> resources; ///< 1 to 1,000, each once
    Timestamp begin;                    ///< may be past
    std::optional<Timestamp> end = {};  ///< to come; none: for good
    std::optional<int> units = {};      ///< so many places of each, 1 to its capacity; none: all
    std::optional<std::string> reason = {};
    IdempotencyKey idempotency_key = IdempotencyKey::random(); ///< the intent: a repeated call closes nothing twice
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

/// What was closed of one resource, and what is in the way and stays.
struct Closure
{
    std::string closure_id;
    bool replayed; ///< its key had closed it before, or it was retired by then
    std::string resource;
    std::vector<TimeRange> busy;          ///< when more is booked than is left
    std::vector<std::string> booking_ids; ///< the bookings of those times; all, where the whole resource is closed
};

/// Takes closures away.
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

/// A time at which a resource, or so many of its places, is out of service.
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
    std::optional<std::string> booking_id; ///< whose time is over, and who has not given it back
};

} // namespace bookonce
