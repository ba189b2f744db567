// SPDX-License-Identifier: PostgreSQL
// calls_policy.hpp: what a resource is, and when and how often it may be booked.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace bookonce
{

/// Creates a resource or changes its rules for bookings to come. The last definition wins, and all of it: what is left
/// out goes back to its default.
struct DefineResource
{
    std::string resource;
    int capacity = 1; ///< how many interchangeable units; lowering it below what is booked is InvalidRequest (OB005)
    std::chrono::microseconds buffer_before{0}; ///< >= 0: kept free before each booking, to set up
    std::chrono::microseconds buffer_after{0};  ///< >= 0: kept free after it, to clean up
    std::string time_zone = "UTC"; ///< an IANA name; its opening hours, and the days of its limits, are local
    std::optional<std::chrono::microseconds> min_notice = {};   ///< >= 0: book at least so long before it begins
    std::optional<std::chrono::microseconds> max_ahead = {};    ///< > 0: and at most so long
    std::optional<std::chrono::microseconds> max_duration = {}; ///< > 0
    std::string tenant = "default";
};

/// Open from one time of day to another, each since midnight on the resource's wall clock. At or before `opens`,
/// `closes` is on the next day; 24h is midnight.
struct Hours
{
    std::chrono::microseconds opens;  ///< 0 <= opens < 24h
    std::chrono::microseconds closes; ///< 0 <= closes <= 24h, other than opens
};

/// Sets when a resource is open on a weekday, in place of what was said before. A weekday never set is closed; none set
/// at all: always open.
struct SetOpeningHours
{
    std::string resource;
    std::chrono::weekday weekday;
    std::vector<Hours> hours; ///< up to 48, in any order, none overlapping; empty: closed on that day
    std::string tenant = "default";
};

/// Always open again.
struct ClearOpeningHours
{
    std::string resource;
    std::string tenant = "default";
};

enum class LimitPeriod
{
    day = 1,
    week, ///< from Monday
    month,
    year
};

/// Sets how many units may be booked that start in one period of the resource's time zone.
struct SetBookingLimit
{
    std::string resource;
    LimitPeriod period;
    std::optional<int> max_bookings; ///< >= 1; none: any number
    std::string tenant = "default";
};

} // namespace bookonce
