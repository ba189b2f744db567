// SPDX-License-Identifier: PostgreSQL
// waitlist.hpp: waiting in line for a time that is taken.
// To know first: what is freed becomes a hold for the first in line whom it fits; it is confirmed like any other.
#pragma once

#include "bookonce/idempotency_key.hpp"
#include "bookonce/refusals.hpp"
#include "bookonce/time_range.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace bookonce
{

/// Waits in line for a time that is taken.
struct JoinWaitlist
{
    std::string resource;
    TimeRange during;
    std::string holder;                                             ///< once for any time that overlaps
    int quantity = 1;                                               ///< places, up to the capacity
    std::chrono::microseconds offer_for = std::chrono::minutes{15}; ///< how long the hold stands; up to 30 days
    int priority = 0;                                               ///< higher comes first
    std::optional<Timestamp> expires_at = {};                       ///< waits no longer; none: until the time is over
    IdempotencyKey idempotency_key = IdempotencyKey::random();      ///< the intent: a repeated call joins once
    std::string tenant = "default";
};

/// Waits no longer.
struct LeaveWaitlist
{
    std::string waiter_id;
    std::optional<std::string> holder = {}; ///< whose it must be; none: anybody's
    std::string tenant = "default";
};

/// Asks who waits for a resource.
struct ListWaitlist
{
    std::string resource;
    std::optional<TimeRange> within = {}; ///< none: whenever
    std::string tenant = "default";
};

/// Says how a resource's line moves on.
struct SetWaitlist
{
    std::string resource;
    bool strict; ///< nobody passes a larger party that waits for more places than are free
    std::string tenant = "default";
};

/// One who waits, or who was offered a place.
struct Waiter
{
    std::string waiter_id;
    std::optional<int> place; ///< in line for its time, from 1; none: it is not in line
    std::string resource;
    TimeRange during;
    int quantity = 1;
    std::optional<std::string> booking_id; ///< the hold that it was offered; of a party, its first place
    std::optional<Timestamp> lapses_at;    ///< when that hold lapses, while it stands
};

/// It stands in line; `replayed` if the key's first call joined.
struct Waiting : Waiter
{
    static constexpr std::string_view label = "waiting";
    bool replayed = false;
};

/// The holder waits for this time, or for one that overlaps, or has an offer for it.
struct AlreadyWaiting : Waiter
{
    static constexpr std::string_view label = "already_waiting";
    bool replayed = false;
};

/// It was offered a place meanwhile: confirm it, or cancel it.
struct PlaceOffered : Waiter
{
    static constexpr std::string_view label = "offered";
    bool replayed = false;
};

/// It waits no longer; `replayed` if it did not before.
struct Left : Waiter
{
    static constexpr std::string_view label = "left";
    bool replayed = false;
};

/// There is nothing to wait for: book it. Nothing was written, and nothing is kept.
struct FreeNow
{
    static constexpr std::string_view label = "free_now";
};

/// Beside them: why a booking would be refused for longer than somebody has the time.
using JoinWaitlistOutcome = std::variant<Waiting, FreeNow, AlreadyWaiting, PlaceOffered, Left, Closed, TooSoon, TooFar,
                                         TooShort, TooLong, OffGrid, TooLate, HolderLimit, HolderBusy>;
using LeaveWaitlistOutcome = std::variant<Left, PlaceOffered>;

/// One who waits, as the resource's staff sees it.
struct WaiterRow : Waiter
{
    std::string holder;
    int priority = 0;
    std::optional<Timestamp> expires_at;
    std::optional<std::string> idempotency_key;
    Timestamp joined_at;
};

} // namespace bookonce
