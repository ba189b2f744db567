// SPDX-License-Identifier: PostgreSQL
// calls_policy.hpp: what a resource is, and when and how often it may be booked.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace bookonce
{

/// Creates a resource or changes its rules for future bookings. The last definition wins as a whole: what is left out
/// goes back to its default.
struct DefineResource
{
    std::string resource;
    int capacity = 1; ///< how many interchangeable units; lowering it below what is booked is InvalidRequest (OB005)
    std::chrono::microseconds buffer_before{0}; ///< >= 0: kept free before each booking, to set up
    std::chrono::microseconds buffer_after{0};  ///< >= 0: kept free after it, to clean up
    std::string time_zone = "UTC"; ///< an IANA name; its opening hours, and the days of its limits, are local
    std::optional<std::chrono::microseconds> min_notice = {};   ///< >= 0: book at least this long before it begins
    std::optional<std::chrono::microseconds> max_ahead = {};    ///< > 0: and at most this long
    std::optional<std::chrono::microseconds> max_duration = {}; ///< > 0
    std::optional<std::chrono::microseconds> min_duration = {}; ///< > 0, not above max_duration
    std::optional<std::chrono::microseconds> start_every = {};  ///< 1 s to 24 h: starts, counted from each midnight
    std::optional<std::chrono::microseconds> check_in_within =
        {};                                     ///< > 0: check_in() so long after the start, or lapse
    bool overdue_blocks = false;                ///< what was checked in blocks after its end until end_booking()
    std::optional<std::string> attributes = {}; ///< a JSON object: what it is like, for find_slots()
    std::string tenant = "default";
};

/// A rule that a resource need not have.
enum class LiftableRule
{
    min_notice,
    max_ahead,
    max_duration,
    min_duration,
    start_every,
    check_in_within
};

/// Changes those rules of a resource that are named, for bookings to come; what is left out stays.
struct AlterResource
{
    std::string resource;
    std::optional<int> capacity = {}; ///< lowering it below what is booked is InvalidRequest (OB005)
    std::optional<std::chrono::microseconds> buffer_before = {};   ///< >= 0
    std::optional<std::chrono::microseconds> buffer_after = {};    ///< >= 0
    std::optional<std::string> time_zone = {};                     ///< an IANA name
    std::optional<std::chrono::microseconds> min_notice = {};      ///< >= 0
    std::optional<std::chrono::microseconds> max_ahead = {};       ///< > 0
    std::optional<std::chrono::microseconds> max_duration = {};    ///< > 0
    std::optional<std::chrono::microseconds> min_duration = {};    ///< > 0, and not above max_duration
    std::optional<std::chrono::microseconds> start_every = {};     ///< 1 s to 24 h: starts, counted from each midnight
    std::optional<std::chrono::microseconds> check_in_within = {}; ///< > 0
    std::optional<bool> overdue_blocks = {};
    std::vector<LiftableRule> lift = {};        ///< no longer hold; none that is given beside
    std::optional<std::string> attributes = {}; ///< a JSON object, in place of all that there were
    std::string tenant = "default";
};

/// Gives a resource another name. Bookings, hours, rules and closures go along.
struct RenameResource
{
    std::string resource;
    std::string new_name; ///< of no other resource
    std::string tenant = "default";
};

/// Deletes a resource that no booking, not even a cancelled one, and no offer needs, with its hours and closures.
struct DeleteResource
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

/// Sets what each holder may have on the resources of a scope, in place of what was said of it before. What is left out
/// limits nothing; without any limit the rule is taken back.
struct SetHolderRule
{
    std::string scope;
    std::optional<std::vector<std::string>> resources = {}; ///< none: those that the scope has
    std::optional<int> max_at_once = {};                    ///< calls at one instant, >= 1
    std::optional<int> max_live = {};                       ///< calls that are not over, >= 1
    std::optional<int> max_per_period = {};                 ///< calls that begin in one period, >= 1
    std::optional<LimitPeriod> period = {};                 ///< of max_per_period and max_time
    std::optional<std::chrono::microseconds> max_time = {}; ///< > 0; of one period, or of all that is not over
    std::string tenant = "default";
};

} // namespace bookonce
