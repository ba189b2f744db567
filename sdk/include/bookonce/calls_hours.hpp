// SPDX-License-Identifier: PostgreSQL
// calls_hours.hpp: when a resource is open: by the weekday, on single days, and by a calendar.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace bookonce
{

/// Open from one time of day to another, each since midnight on the resource's wall clock. At or before `opens`,
/// `closes` is on the next day; 24h is midnight.
struct Hours
{
    std::chrono::microseconds opens;  ///< 0 <= opens < 24h
    std::chrono::microseconds closes; ///< 0 <= closes <= 24h, other than opens
};

/// Sets when a resource is open on a weekday; this replaces what was set before. If any weekday is set, those that are
/// not are closed; if none is set, the resource is always open.
struct SetOpeningHours
{
    std::string resource;
    std::chrono::weekday weekday;
    std::vector<Hours> hours; ///< up to 48, in any order, none overlapping; empty: closed on that day
    std::string tenant = "default";
};

/// Takes back the hours of all weekdays: always open again, except where single days say otherwise.
struct ClearOpeningHours
{
    std::string resource;
    std::string tenant = "default";
};

/// Sets when a resource is open on one day: a holiday, a special open day. It wins over the weekday's
/// hours and the calendar's.
struct SetDayHours
{
    std::string resource;
    std::chrono::year_month_day day;
    std::optional<std::vector<Hours>> hours; ///< empty: closed; none: takes back what was set for the day
    std::string tenant = "default";
};

/// Sets when a resource is open on a weekday from a day on; before it, its older hours hold.
struct SetHoursFrom
{
    std::string resource;
    std::chrono::year_month_day day;
    std::chrono::weekday weekday;
    std::optional<std::vector<Hours>> hours; ///< empty: closed; none: takes back what was set from that day on
    std::string tenant = "default";
};

/// Sets the only times at which bookings of a resource begin on these weekdays. As soon as one weekday has such times,
/// none begins at others; no times on any weekday: at any time.
struct SetStarts
{
    std::string resource;
    std::vector<std::chrono::microseconds> times; ///< up to 48, in whole seconds from midnight: 0 <= time < 24h
    std::vector<std::chrono::weekday> weekdays = {std::chrono::Monday,   std::chrono::Tuesday, std::chrono::Wednesday,
                                                  std::chrono::Thursday, std::chrono::Friday,  std::chrono::Saturday,
                                                  std::chrono::Sunday};
    std::string tenant = "default";
};

/// Sets the only times at which bookings of a resource end, as SetStarts does of their begin. Days in its min_duration
/// and max_duration are then nights. A duration of the SDK has no days, only time: SQL sets them,
/// `alter_resource('cottage', min_duration => '2 days')`.
struct SetEnds
{
    std::string resource;
    std::vector<std::chrono::microseconds> times; ///< up to 48, in whole seconds from midnight: 0 <= time < 24h
    std::vector<std::chrono::weekday> weekdays = {std::chrono::Monday,   std::chrono::Tuesday, std::chrono::Wednesday,
                                                  std::chrono::Thursday, std::chrono::Friday,  std::chrono::Saturday,
                                                  std::chrono::Sunday};
    std::string tenant = "default";
};

/// Makes a calendar: hours of single days for all resources that follow it. If it is there, nothing changes.
struct DefineCalendar
{
    std::string calendar;
    std::string tenant = "default";
};

/// Sets when resources that follow a calendar are open on one day, each in its own zone, unless it has hours of its own
/// for the day.
struct SetCalendarDay
{
    std::string calendar;
    std::chrono::year_month_day day;
    std::optional<std::vector<Hours>> hours; ///< empty: closed; none: takes back what was set for the day
    std::string tenant = "default";
};

/// Sets which calendar a resource follows.
struct FollowCalendar
{
    std::string resource;
    std::optional<std::string> calendar; ///< none: it follows none
    std::string tenant = "default";
};

/// Deletes a calendar. While a resource follows it, that is InvalidRequest (23503).
struct DeleteCalendar
{
    std::string calendar;
    std::string tenant = "default";
};

} // namespace bookonce
