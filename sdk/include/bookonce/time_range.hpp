// SPDX-License-Identifier: PostgreSQL
// time_range.hpp: instants and half-open ranges of time.
// To know first: PostgreSQL counts whole microseconds and so does this SDK; no instant is ever rounded on its way.
#pragma once

#include "bookonce/export.hpp"

#include <chrono>

namespace bookonce
{

/// An instant in UTC, in microseconds: timestamptz. The SDK sends the years 1 to 9999.
/// An infinite bound, which only raw SQL can have written, reads as Timestamp::min() or Timestamp::max().
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// The half-open range [begin, end), and nothing else: the end is the first instant that is free again, so back-to-back
/// bookings never collide. The server refuses other brackets too. Immutable; a TimeRange that exists is not empty and
/// not inverted.
class BOOKONCE_EXPORT TimeRange
{
  public:
    /// Throws InvalidRequest unless begin < end.
    TimeRange(Timestamp begin, Timestamp end);

    /// The range of this length that starts at `begin`. Throws InvalidRequest unless length > 0, or if it ends after
    /// Timestamp::max().
    TimeRange(Timestamp begin, std::chrono::microseconds length);

    Timestamp begin() const noexcept { return begin_; }
    Timestamp end() const noexcept { return end_; }

    friend bool operator==(const TimeRange &, const TimeRange &) = default;

  private:
    Timestamp begin_;
    Timestamp end_;
};

/// A step on the calendar: months, then days, then time. Each part is >= 0, and at least one is > 0.
struct CalendarStep
{
    int months = 0;
    int days = 0;
    std::chrono::microseconds time{0};
};

} // namespace bookonce
