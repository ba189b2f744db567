// SPDX-License-Identifier: PostgreSQL
// storm_world.hpp: the objects that the storm's clients share, and the counts of their calls' results.
#pragma once

#include "bookonce/bookonce.hpp"

#include <chrono>

namespace bookonce::testing
{

/// The objects that the storm's clients share.
constexpr int storm_rooms = 8;
constexpr int storm_classes = 2; // of three places each
constexpr int storm_providers = 6;
constexpr int storm_counters = 3;

/// Bookings last an hour.
inline TimeRange storm_slot(int hour)
{
    using namespace std::chrono;
    return {sys_days{year{2031} / 1 / 1} + hours{hour}, hours{1}};
}

/// How a lost call is settled.
enum class Settling
{
    by_repeating,
    by_its_claim, // a transaction that begins by claiming its own name: when repeated, it finds the claim
    by_looking,
};

struct StormTotals
{
    int calls = 0;
    int lost_tries = 0; // lost attempts, after which the SDK tried again, or gave up
    int unknown = 0;
    int unavailable = 0;
    int late_wins = 0; // refused, but afterwards a lost attempt won
};

} // namespace bookonce::testing
