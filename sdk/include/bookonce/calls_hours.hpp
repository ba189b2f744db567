// SPDX-License-Identifier: PostgreSQL
// calls_hours.hpp: when a resource is open: on each weekday, on single days, and by a calendar that it follows.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace bookonce
{

/// Open from one time of day to another, each counted from midnight on the resource's wall clock. If `closes` is not
/// after `opens`, it is on the next day; 24h is midnight.
struct Hours
{
    std::chrono::microseconds opens;  ///< 0 <= opens < 24h
    std::chrono::microseconds closes; ///< 0 <= closes <= 24h, other than opens
};

/// Sets when a resource is open on a weekday; this replaces the hours set before. If any weekday has hours, the
/// weekdays without are closed; if none has, the resource is always open.
struct SetOpeningHours
{
    std::string resource;
    std::chrono::weekday weekday;
    std::vector<Hours> hours; ///< up to 48, in any order, none overlapping; empty: closed on that day
    std::string tenant = "default";
};

/// Removes the hours of all weekdays: the resource is always open again, except on single days that have hours of their
/// own.
struct ClearOpeningHours
{
    std::string resource;
    std::string tenant = "default";
};

/// Sets when a resource is open on one day: a holiday, a special open day. These hours win over the weekday's and the
/// calendar's.
struct SetDayHours
{
    std::string resource;
    std::chrono::year_month_day day;
    std::optional<std::vector<Hours>> hours; ///< empty: closed; none: removes the hours set for the day
    std::string tenant = "default";
};

/// Sets when a resource is open on a weekday, from a given day on; before that day its older hours apply.
struct SetHoursFrom
{
    std::string resource;
    std::chrono::year_month_day day;
    std::chrono::weekday weekday;
    std::optional<std::vector<Hours>> hours; ///< empty: closed; none: removes the hours set from that day on
    std::string tenant = "default";
};

/// Sets the only times of day at which bookings of a resource may begin on these weekdays. As soon as one weekday has
/// such times, bookings begin at no other time on any weekday; if no weekday has any, they begin at any time.
struct SetStarts
{
    std::string resource;
    std::vector<std::chrono::microseconds> times; ///< up to 48, in whole seconds from midnight: 0 <= time < 24h
    std::vector<std::chrono::weekday> weekdays = {std::chrono::Monday,   std::chrono::Tuesday, std::chrono::Wednesday,
                                                  std::chrono::Thursday, std::chrono::Friday,  std::chrono::Saturday,
                                                  std::chrono::Sunday};
    std::string tenant = "default";
};

/// Sets the only times of day at which bookings of a resource may end, as SetStarts does for their start. Days in the
/// resource's min_duration and max_duration then count nights. A duration in the SDK has no days, only time, so set
/// these with SQL: `alter_resource('cottage', min_duration => '2 days')`.
struct SetEnds
{
    std::string resource;
    std::vector<std::chrono::microseconds> times; ///< up to 48, in whole seconds from midnight: 0 <= time < 24h
    std::vector<std::chrono::weekday> weekdays = {std::chrono::Monday,   std::chrono::Tuesday, std::chrono::Wednesday,
                                                  std::chrono::Thursday, std::chrono::Friday,  std::chrono::Saturday,
                                                  std::chrono::Sunday};
    std::string tenant = "default";
};

/// Makes a calendar: hours of single days, for all resources that follow it. If the calendar exists, nothing changes.
struct DefineCalendar
{
    std::string calendar;
    std::string tenant = "default";
};

/// Sets when the resources that follow a calendar are open on one day, each in its own time zone. A resource that has
/// its own hours for the day keeps them.
struct SetCalendarDay
{
    std::string calendar;
    std::chrono::year_month_day day;
    std::optional<std::vector<Hours>> hours; ///< empty: closed; none: removes the hours set for the day
    std::string tenant = "default";
};

/// Sets which calendar a resource follows.
struct FollowCalendar
{
    std::string resource;
    std::optional<std::string> calendar; ///< none: it follows no calendar
    std::string tenant = "default";
};

/// Deletes a calendar. InvalidRequest (23503) while a resource follows it.
struct DeleteCalendar
{
    std::string calendar;
    std::string tenant = "default";
};

} // namespace bookonce
