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
    held,      ///< lapses at lapses_at unless confirmed before
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

/// A booking as it was when the server answered. A quantity above 1 makes a party: one booking for each unit, named
/// together by group_id.
struct Booking
{
    std::string booking_id;              ///< a UUID in its usual text form; empty for a party
    std::optional<std::string> group_id; ///< what the booking was made together with, if anything
    std::string resource;
    std::vector<int> units; ///< the places taken, from 1; empty for a booking made with allow_overlap
    TimeRange during;
    BookingStatus status = BookingStatus::held;
    std::optional<Timestamp> lapses_at; ///< by the server's clock; while held, or to be checked in
};

/// A booking's row, before or after an event; or one who waits in line.
struct BookingState
{
    std::string resource;
    std::optional<int> unit; ///< none: booked with allow_overlap
    TimeRange during;
    std::optional<BookingStatus> status; ///< none: it waits in line
    std::string holder;
    std::optional<Timestamp> lapses_at; ///< while held, or to be checked in
    std::optional<std::string> details; ///< JSON
};

} // namespace bookonce
