// SPDX-License-Identifier: PostgreSQL
// needs.hpp: booking by need, without naming the resource: any doctor and any room with a projector.
// To know first: no resource serves two needs of a call, and either all needs are met or nothing is booked.
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

/// `count` different resources, out of those that are named or that fit:
///
///     {.any_of = {"dr:ann", "dr:ben"}}
///     {.where = {{"projector", true}, {"seats", at_least(8)}}, .count = 2}
struct Need
{
    std::vector<std::string> any_of = {};        ///< names of resources, the first is preferred; empty: any that fits
    std::map<std::string, Condition> where = {}; ///< conditions on their attributes; with any_of, on the resources
                                                 ///< named there
    int count = 1;                               ///< how many different resources
};

/// Asks at which times everything that is needed is free together, and with which resources.
struct FindSlots
{
    std::vector<Need> needs;                            ///< at most 100 resources in all
    TimeRange within;                                   ///< at most 3,660 days
    std::chrono::microseconds duration;                 ///< > 0
    std::optional<std::chrono::microseconds> step = {}; ///< > 0, from one start to the next; none: each resource's own
                                                        ///< starts (start_every, set_starts()), or else the duration
    int at_most = 100;                                  ///< how many slots to return, the first ones
    std::string tenant = "default";
};

/// Which resource a need prefers among those that are free.
enum class Preference
{
    first,        ///< the first in any_of; without any_of, the first by name
    least_booked, ///< the one with the fewest units taken within 12 hours of the start
    tightest,     ///< the one with the shortest free time around the slot, so that long gaps stay whole
};

/// Books everything that is needed, or nothing.
struct BookNeeds
{
    std::vector<Need> needs; ///< at most 100 resources in all
    TimeRange during;
    std::string holder;
    Preference pick = Preference::first;
    std::optional<std::chrono::microseconds> hold_for = {}; ///< > 0; none: confirmed at once
    std::optional<std::string> details = {};                ///< JSON
    IdempotencyKey idempotency_key = IdempotencyKey::random();
    std::optional<Timestamp> valid_until = {};
    std::string tenant = "default";
};

/// Invites as many providers as the need's `count` says, of those who fit it.
struct MakeOffersByNeed
{
    std::string request_id;
    Need need; ///< its count, 1 to 100, says how many; at most 1,000 candidates with their parts
    std::optional<std::chrono::microseconds> expires_in = {}; ///< > 0: the offers lapse after this time; none: they
                                                              ///< stand as long as the request does
    Preference pick = Preference::first;                      ///< who is asked first, of those who are free
    bool keep_asking = false;                                 ///< top_up_offers() asks more, where too few have an
                                                              ///< offer; the last call for a request decides
    std::string tenant = "default";
};

/// Makes more offers for the open requests that keep asking.
struct TopUpOffers
{
    int at_most = 1000; ///< how many offers, >= 1
    std::string tenant = "default";
};

/// A slot in which everything is free, and the resources that would be booked, in the order of the needs.
struct FoundSlot
{
    TimeRange during;
    std::vector<std::string> resources;
};

/// The outcome for one resource that is needed. A need that cannot be met says why, and the others are Aborted.
using BookNeedsOutcome = std::variant<Booked, Taken, Closed, TooSoon, TooFar, TooShort, TooLong, OffGrid, LimitReached,
                                      TooLate, Aborted, HolderLimit, HolderBusy, WaitedFor>;

} // namespace bookonce
