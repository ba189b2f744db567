// SPDX-License-Identifier: PostgreSQL
// waitlist.hpp: waiting in line for a time that is taken.
// To know first: a place that becomes free turns into a hold for the first in line whose party it fits; that hold is
// confirmed like any other.
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

/// Joins the line for a time that is taken.
struct JoinWaitlist
{
    std::string resource;
    TimeRange during;
    std::string holder;                                             ///< may wait only once for times that overlap
    int quantity = 1;                                               ///< places, up to the capacity
    std::chrono::microseconds offer_for = std::chrono::minutes{15}; ///< how long the offered hold lasts, up to 30 days
    int priority = 0;                                               ///< a higher number comes first
    std::optional<Timestamp> expires_at = {};                       ///< waits until then; none: until the time is over
    IdempotencyKey idempotency_key = IdempotencyKey::random();      ///< a repeated call joins only once
    std::string tenant = "default";
};

/// Leaves the line.
struct LeaveWaitlist
{
    std::string waiter_id;
    std::optional<std::string> holder = {}; ///< must be the waiter's holder, else InvalidRequest (OB003); none: not
                                            ///< checked
    std::string tenant = "default";
};

/// Asks for those who wait for a resource.
struct ListWaitlist
{
    std::string resource;
    std::optional<TimeRange> within = {}; ///< waits for a time that overlaps this one; none: for any time
    std::string tenant = "default";
};

/// Sets how a resource's line moves on.
struct SetWaitlist
{
    std::string resource;
    bool strict; ///< true: nobody passes a larger party that waits for more places than are free
    std::string tenant = "default";
};

/// Somebody who waits, or who was offered a place.
struct Waiter
{
    std::string waiter_id;
    std::optional<int> place; ///< its place in line for its time, from 1; none: it is not in line
    std::string resource;
    TimeRange during;
    int quantity = 1;
    std::optional<std::string> booking_id; ///< the hold that it was offered; for a party, the hold of its first place
    std::optional<Timestamp> lapses_at;    ///< when that hold lapses; none: there is no live hold
};

/// The waiter is in line; `replayed` if the key's first call joined.
struct Waiting : Waiter
{
    static constexpr std::string_view label = "waiting";
    bool replayed = false;
};

/// Refused: the holder already waits for this time or one that overlaps it, or already has an offer for it.
struct AlreadyWaiting : Waiter
{
    static constexpr std::string_view label = "already_waiting";
    bool replayed = false;
};

/// The waiter was offered a place meanwhile: confirm the hold, or cancel it.
struct PlaceOffered : Waiter
{
    static constexpr std::string_view label = "offered";
    bool replayed = false;
};

/// The waiter is not in line any more; `replayed` if it had left before.
struct Left : Waiter
{
    static constexpr std::string_view label = "left";
    bool replayed = false;
};

/// Nothing to wait for: the time is free, so book it. Nothing was written, and the time is not kept for the holder.
struct FreeNow
{
    static constexpr std::string_view label = "free_now";
};

/// Besides the waiter's states, the refusals that would apply even after whoever has the time has left.
using JoinWaitlistOutcome = std::variant<Waiting, FreeNow, AlreadyWaiting, PlaceOffered, Left, Closed, TooSoon, TooFar,
                                         TooShort, TooLong, OffGrid, TooLate, HolderLimit, HolderBusy>;
using LeaveWaitlistOutcome = std::variant<Left, PlaceOffered>;

/// Somebody who waits, as the resource's staff sees it.
struct WaiterRow : Waiter
{
    std::string holder;
    int priority = 0;
    std::optional<Timestamp> expires_at;
    std::optional<std::string> idempotency_key;
    Timestamp joined_at;
};

} // namespace bookonce
