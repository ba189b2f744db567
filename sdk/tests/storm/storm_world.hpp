// SPDX-License-Identifier: PostgreSQL
// storm_world.hpp: what the storm's clients meet on, and how they count what becomes of their calls.
#pragma once

#include "bookonce/bookonce.hpp"

#include <chrono>

namespace bookonce::testing
{

/// What the storm's clients meet on.
constexpr int storm_rooms = 8;
constexpr int storm_classes = 2; // of three places
constexpr int storm_providers = 6;
constexpr int storm_counters = 3;

/// Bookings last an hour.
inline TimeRange storm_slot(int hour)
{
    using namespace std::chrono;
    return {sys_days{year{2031} / 1 / 1} + hours{hour}, hours{1}};
}

/// How a call is settled that was lost.
enum class Settling
{
    by_repeating,
    by_its_claim, // a transaction that begins by claiming its own name: repeated, it finds that
    by_looking,
};

struct StormTotals
{
    int calls = 0;
    int lost_tries = 0; // after which the SDK tried again, or gave up
    int unknown = 0;
    int unavailable = 0;
    int late_wins = 0; // refused, but a lost try won afterwards
};

} // namespace bookonce::testing
