// SPDX-License-Identifier: PostgreSQL
// calls_policy.hpp: what a resource is, and how often, how early and for how long it may be booked.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace bookonce
{

/// Creates a resource or changes its rules for future bookings. The last definition wins as a whole: a rule that is
/// left out goes back to its default.
struct DefineResource
{
    std::string resource;
    int capacity = 1; ///< how many interchangeable units; lowering it below what is booked is InvalidRequest (OB005)
    std::chrono::microseconds buffer_before{0}; ///< >= 0: kept free before each booking, to set up
    std::chrono::microseconds buffer_after{0};  ///< >= 0: kept free after each booking, to clean up
    std::string time_zone = "UTC";              ///< an IANA name; opening hours and the days of limits are local to it
    std::optional<std::chrono::microseconds> min_notice = {}; ///< >= 0: bookings are made at least this long before
                                                              ///< they begin
    std::optional<std::chrono::microseconds> max_ahead = {};  ///< > 0: bookings are made at most this long before they
                                                              ///< begin
    std::optional<std::chrono::microseconds> max_duration = {}; ///< > 0
    std::optional<std::chrono::microseconds> min_duration = {}; ///< > 0, not above max_duration
    std::optional<std::chrono::microseconds> start_every = {}; ///< 1 s to 24 h: bookings start only at multiples of it,
                                                               ///< counted from each midnight
    std::optional<std::chrono::microseconds> check_in_within = {}; ///< > 0: a booking lapses unless check_in() comes
                                                                   ///< within this time after its start
    bool overdue_blocks = false; ///< true: a booking that was checked in still blocks its unit after its end, until
                                 ///< end_booking()
    std::optional<std::string> attributes = {}; ///< a JSON object that describes the resource, for find_slots()
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

/// Changes the rules of a resource that are given here, for bookings to come; rules that are left out stay.
struct AlterResource
{
    std::string resource;
    std::optional<int> capacity = {}; ///< lowering it below what is booked is InvalidRequest (OB005)
    std::optional<std::chrono::microseconds> buffer_before = {}; ///< >= 0
    std::optional<std::chrono::microseconds> buffer_after = {};  ///< >= 0
    std::optional<std::string> time_zone = {};                   ///< an IANA name
    std::optional<std::chrono::microseconds> min_notice = {};    ///< >= 0
    std::optional<std::chrono::microseconds> max_ahead = {};     ///< > 0
    std::optional<std::chrono::microseconds> max_duration = {};  ///< > 0
    std::optional<std::chrono::microseconds> min_duration = {};  ///< > 0, and not above max_duration
    std::optional<std::chrono::microseconds> start_every = {}; ///< 1 s to 24 h: bookings start only at multiples of it,
                                                               ///< counted from each midnight
    std::optional<std::chrono::microseconds> check_in_within = {}; ///< > 0
    std::optional<bool> overdue_blocks = {};
    std::vector<LiftableRule> lift = {};        ///< rules to remove; a rule cannot be both given and lifted
    std::optional<std::string> attributes = {}; ///< a JSON object that replaces all the resource's attributes
    std::string tenant = "default";
};

/// Gives a resource another name. Its bookings, hours, rules and closures stay with it.
struct RenameResource
{
    std::string resource;
    std::string new_name; ///< must not be the name of another resource
    std::string tenant = "default";
};

/// Deletes a resource together with its hours and closures. No booking, not even a cancelled one, and no offer may need
/// it.
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

/// Limits how many units may be booked for times that start in the same period. Periods are those of the resource's
/// time zone.
struct SetBookingLimit
{
    std::string resource;
    LimitPeriod period;
    std::optional<int> max_bookings; ///< >= 1; none: any number
    std::string tenant = "default";
};

/// Sets how much each holder may have booked on the resources of a scope, a set of resources with a name. This replaces
/// the scope's earlier rule. A limit that is left out does not apply; without any limit the rule is removed. One call
/// counts once, however many bookings it made.
struct SetHolderRule
{
    std::string scope;
    std::optional<std::vector<std::string>> resources = {}; ///< none: those that the scope already has
    std::optional<int> max_at_once = {};                    ///< how many may share an instant, >= 1
    std::optional<int> max_live = {};                       ///< how many may be not over yet, >= 1
    std::optional<int> max_per_period = {};                 ///< how many may begin in one period, >= 1
    std::optional<LimitPeriod> period = {};                 ///< the period of max_per_period and max_time
    std::optional<std::chrono::microseconds> max_time = {}; ///< > 0: their time together in one period; without a
                                                            ///< period, of all that is not over yet
    std::string tenant = "default";
};

} // namespace bookonce
