// SPDX-License-Identifier: PostgreSQL
// needs.hpp: what is needed without saying who it will be: any doctor and any room with a projector.
// To know first: nobody serves two needs of a call, and either all needs are met or nothing is booked.
#pragma once

#include "bookonce/conditions.hpp"
#include "bookonce/idempotency_key.hpp"
#include "bookonce/outcomes_booking.hpp"
#include "bookonce/time_range.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace bookonce
{

/// So many of those that come into question:
///
///     {.any_of = {"dr:ann", "dr:ben"}}
///     {.where = {{"projector", true}, {"seats", at_least(8)}}, .count = 2}
struct Need
{
    std::vector<std::string> any_of = {};        ///< by name, the first is preferred; none: any that fits
    std::map<std::string, Condition> where = {}; ///< what they must be like; with any_of, those of the names
    int count = 1;                               ///< how many different ones
};

/// Asks when, and with whom, all that is needed is free together.
struct FindSlots
{
    std::vector<Need> needs;                            ///< at most 100 resources together
    TimeRange within;                                   ///< at most 3,660 days
    std::chrono::microseconds duration;                 ///< > 0
    std::optional<std::chrono::microseconds> step = {}; ///< > 0, from one start to the next; none: the duration
    int at_most = 100;                                  ///< the first so many slots
    std::string tenant = "default";
};

/// Whom a need prefers among those that are free.
enum class Preference
{
    first,        ///< the first in any_of, or by name
    least_booked, ///< the one with the fewest units taken within 12 hours of the start
    tightest,     ///< the one that is free for the shortest time around the slot, so that long gaps stay whole
};

/// Books all that is needed, or nothing.
struct BookNeeds
{
    std::vector<Need> needs; ///< at most 100 resources together
    TimeRange during;
    std::string holder;
    Preference pick = Preference::first;
    std::optional<std::chrono::microseconds> hold_for = {}; ///< > 0; none: confirmed at once
    std::optional<std::string> details = {};                ///< JSON
    IdempotencyKey idempotency_key = IdempotencyKey::random();
    std::optional<Timestamp> valid_until = {};
    std::string tenant = "default";
};

/// A slot in which all is free, and who it would be: a resource for each that is needed, in the order of the needs.
struct FoundSlot
{
    TimeRange during;
    std::vector<std::string> resources;
};

/// Of each resource that is needed. Where some need cannot be met, it says why, and the others are Aborted.
using BookNeedsOutcome = std::variant<Booked, Taken, Closed, TooSoon, TooFar, TooShort, TooLong, OffGrid, LimitReached,
                                      TooLate, Aborted, HolderLimit, HolderBusy, WaitedFor>;

} // namespace bookonce
