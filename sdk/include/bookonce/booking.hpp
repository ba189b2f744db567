// SPDX-License-Identifier: PostgreSQL
// booking.hpp: a booking as it was when the server answered.
#pragma once

#include "bookonce/time_range.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bookonce
{

enum class BookingStatus
{
    held,      ///< lapses at lapses_at unless it is confirmed before then
    confirmed, ///< taken for good
    cancelled, ///< released by cancel_booking()
    expired,   ///< a hold that lapsed
};

/// The label of the SQL enum bookonce.booking_status.
constexpr std::string_view label(BookingStatus status) noexcept
{
    switch (status)
    {
        case BookingStatus::held: return "held";
        case BookingStatus::confirmed: return "confirmed";
        case BookingStatus::cancelled: return "cancelled";
        case BookingStatus::expired: return "expired";
    }
    return "";
}

/// A booking as it was when the server answered. A quantity above 1 makes a party: one booking for each unit, all with
/// the same group_id.
struct Booking
{
    std::string booking_id; ///< a UUID in its usual text form; empty for a party
    std::optional<std::string>
        group_id; ///< shared by all bookings that one call made together; none: it was made alone
    std::string resource;
    std::vector<int> units; ///< the places taken, from 1; empty for a booking made with allow_overlap
    TimeRange during;
    BookingStatus status = BookingStatus::held;
    std::optional<Timestamp> lapses_at; ///< by the server's clock; set while it is held, or waits for check_in()
};

/// The row of a booking, or of somebody who waits in line, before or after an event.
struct BookingState
{
    std::string resource;
    std::optional<int> unit; ///< none: booked with allow_overlap
    TimeRange during;
    std::optional<BookingStatus> status; ///< none: not a booking, but somebody who waits in line
    std::string holder;
    std::optional<Timestamp> lapses_at; ///< set while it is held, or waits for check_in()
    std::optional<std::string> details; ///< JSON
};

} // namespace bookonce
