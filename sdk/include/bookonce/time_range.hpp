// SPDX-License-Identifier: PostgreSQL
// time_range.hpp: instants and half-open ranges of time.
// To know first: PostgreSQL counts whole microseconds, and so does this SDK; no instant is rounded between the two.
#pragma once

#include "bookonce/export.hpp"

#include <chrono>
#include <concepts>
#include <string>
#include <string_view>

namespace bookonce
{

/// An instant in UTC, in microseconds, as timestamptz is. The SDK sends only the years 1 to 9999.
/// An infinite bound, which only raw SQL can have written, reads as Timestamp::min() or Timestamp::max().
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// Converts an instant of the system clock, such as system_clock::now(), to whole microseconds, rounding down.
template <typename Duration>
constexpr Timestamp to_timestamp(std::chrono::sys_time<Duration> at)
{
    return std::chrono::floor<std::chrono::microseconds>(at);
}

/// Reads an instant with its offset: "2026-01-31T09:00:00Z", "2026-01-31 10:00:00.5+01:00". What is finer than a
/// microsecond is cut off. Throws InvalidRequest.
BOOKONCE_EXPORT Timestamp from_iso8601(std::string_view text);

/// "2026-01-31T09:00:00Z", with the fraction of the second if there is one. Throws InvalidRequest outside the years 1
/// to 9999.
BOOKONCE_EXPORT std::string to_iso8601(Timestamp at);

/// An instant finer than a Timestamp, which therefore does not convert to one implicitly.
template <typename Duration>
concept FinerThanTimestamp = !std::convertible_to<std::chrono::sys_time<Duration>, Timestamp>;

/// The half-open range [begin, end): the end is the first instant that is free again, so back-to-back bookings never
/// collide. The server, too, refuses other brackets. Immutable, never empty and never inverted.
class BOOKONCE_EXPORT TimeRange
{
  public:
    /// Throws InvalidRequest unless begin < end.
    TimeRange(Timestamp begin, Timestamp end);

    /// The range of this length that starts at `begin`. Throws InvalidRequest if length <= 0 or the range would end
    /// after Timestamp::max().
    TimeRange(Timestamp begin, std::chrono::microseconds length);

    /// The same for finer instants, such as system_clock::now(), which are rounded down as by to_timestamp().
    template <typename Begin, typename End>
    requires FinerThanTimestamp<Begin> || FinerThanTimestamp<End> TimeRange(std::chrono::sys_time<Begin> begin,
                                                                            std::chrono::sys_time<End> end)
        : TimeRange{to_timestamp(begin), to_timestamp(end)}
    {
    }

    template <FinerThanTimestamp Begin>
    TimeRange(std::chrono::sys_time<Begin> begin, std::chrono::microseconds length)
        : TimeRange{to_timestamp(begin), length}
    {
    }

    Timestamp begin() const noexcept { return begin_; }
    Timestamp end() const noexcept { return end_; }

    friend bool operator==(const TimeRange &, const TimeRange &) = default;

  private:
    Timestamp begin_;
    Timestamp end_;
};

/// A step on the calendar: months, then days, then time. Each part is >= 0 and at least one is > 0, unless the member
/// that takes it says otherwise.
struct CalendarStep
{
    int months = 0;
    int days = 0;
    std::chrono::microseconds time{0};
};

} // namespace bookonce
