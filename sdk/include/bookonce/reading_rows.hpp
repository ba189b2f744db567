// SPDX-License-Identifier: PostgreSQL
// reading_rows.hpp: bookings, resources and claims as the reading verbs return them.
// To know first: a row tells the state by the server's clock. A hold that has lapsed reads as expired, whether or not
// expire_holds() has marked it.
#pragma once

#include "bookonce/calls.hpp"
#include "bookonce/outcomes.hpp"

#include <optional>
#include <string>

namespace bookonce
{

/// One unit of one resource for one time. A party of three is three rows with one group_id.
struct BookingRow
{
    std::string booking_id;
    std::optional<std::string>
        group_id; ///< shared by all bookings that one call made together; none: it was made alone
    int member;   ///< its place in the call that made it, from 1; -n: a part of member n
    std::string resource;
    std::optional<int> unit; ///< none: booked with allow_overlap
    TimeRange during;
    TimeRange blocks; ///< during, with the buffers around it
    BookingStatus status;
    std::string holder;
    std::optional<Timestamp> lapses_at; ///< set while it is held, or waits for check_in()
    std::optional<std::string> idempotency_key;
    std::optional<std::string> reason;  ///< why it was cancelled, if a reason was given
    std::optional<std::string> details; ///< JSON
    Timestamp created_at;
    std::optional<Timestamp> released_at; ///< when its time became free again
    std::optional<std::string> kind;      ///< its kind of booking, see DefineKind; none: it has no kind
};

/// A resource and all of its rules. A rule that is none restricts nothing.
struct ResourceRow
{
    std::string resource;
    int capacity;
    CalendarStep buffer_before;
    CalendarStep buffer_after;
    std::string time_zone;
    std::optional<CalendarStep> min_notice;
    std::optional<CalendarStep> max_ahead;
    std::optional<CalendarStep> max_duration;
    std::optional<CalendarStep> min_duration;
    std::optional<CalendarStep> start_every;
    std::optional<CalendarStep> check_in_within;
    std::optional<int> max_per_day;
    std::optional<int> max_per_week;
    std::optional<int> max_per_month;
    std::optional<int> max_per_year;
    std::optional<std::string> opening_hours; ///< JSON, [{"weekday": 1, "opens": "09:00:00", "closes": "17:00:00"}],
                                              ///< Monday is 1; none: always open. From a day on: with "from"
    std::optional<std::string> day_hours;     ///< JSON, [{"day": "2030-12-25", "opens": null, "closes": null,
                                              ///< "of_calendar": true}]; opens null: closed
    std::optional<std::string> calendar;      ///< the calendar that it follows
    std::optional<std::string> starts; ///< JSON, [{"weekday": 1, "time": "10:00:00"}]; none: bookings start at any time
    std::optional<std::string> ends;   ///< the same for the ends of bookings
    std::optional<std::string> attributes; ///< JSON, {"seats": 8}
    Timestamp created_at;
    bool has_closures; ///< see list_closures()
    bool overdue_blocks;
};

/// A value that somebody owns.
struct ClaimRow
{
    std::string scope;
    std::string value;
    std::string claimant;
    std::optional<std::string> details; ///< JSON
    Timestamp claimed_at;
};

} // namespace bookonce
