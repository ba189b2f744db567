// SPDX-License-Identifier: PostgreSQL
// events.hpp: what happened to bookings, as it is read, and the calls that read it.
// long: a line for each kind of event, and its label.
// To know first: there are events only since the owner of the tables has called keep_history() (docs/history.md).
#pragma once

#include "bookonce/booking.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bookonce
{

enum class EventKind
{
    booked,
    held,
    confirmed,
    extended,
    cancelled,
    expired,     ///< what lapsed, when a call found it
    rescheduled, ///< another time or resource
    swapped,
    moved,   ///< another unit, to make room for another booking
    changed, ///< another holder or other details
    deleted, ///< its row is gone
    checked_in,
    no_show,
    joined,  ///< somebody waits in line
    offered, ///< a hold was made for one who waits: confirm it in time
    left,    ///< somebody waits no longer
};

/// The label of the SQL enum bookonce.event_kind.
constexpr std::string_view label(EventKind kind) noexcept
{
    switch (kind)
    {
        case EventKind::booked: return "booked";
        case EventKind::held: return "held";
        case EventKind::confirmed: return "confirmed";
        case EventKind::extended: return "extended";
        case EventKind::cancelled: return "cancelled";
        case EventKind::expired: return "expired";
        case EventKind::rescheduled: return "rescheduled";
        case EventKind::swapped: return "swapped";
        case EventKind::moved: return "moved";
        case EventKind::changed: return "changed";
        case EventKind::deleted: return "deleted";
        case EventKind::checked_in: return "checked_in";
        case EventKind::no_show: return "no_show";
        case EventKind::joined: return "joined";
        case EventKind::offered: return "offered";
        case EventKind::left: return "left";
    }
    return "";
}

/// Where an event stands in the order of events: no event comes before its cause.
struct EventPlace
{
    int era;
    std::uint64_t next_xid;
    std::int64_t number;

    friend auto operator<=>(const EventPlace &, const EventPlace &) = default;
};

/// One effect on one booking, or on one who waits in line.
struct Event
{
    EventPlace place;
    EventKind kind;
    std::string booking_id;              ///< empty: of one who joined or left a line
    std::optional<std::string> group_id; ///< what the booking was made together with, if anything
    Timestamp at;
    std::optional<BookingState> before; ///< none: it was made by this
    std::optional<BookingState> after;  ///< none: its row is gone
    std::optional<std::string> reason;
    std::optional<std::string> session_role; ///< who was logged in
    std::optional<std::string> actor;        ///< what the application had set as bookonce.actor
    std::optional<std::string> waiter_id;    ///< who joined, left, or was offered the booking
};

/// Asks for the first events that a consumer has not acknowledged. The first call makes the consumer.
struct ReadEvents
{
    std::string consumer;
    int page_size = 1000; ///< events at most, 1 to 10,000
    std::string tenant = "default";
};

/// Says that a consumer is done with all events up to one that it has read.
struct AckEvents
{
    std::string consumer;
    EventPlace up_to;
    std::string tenant = "default";
};

/// Says that a consumer reads no more.
struct ForgetConsumer
{
    std::string consumer;
    std::string tenant = "default";
};

/// Asks what happened to a booking.
struct BookingHistory
{
    std::string booking_id;
    std::string tenant = "default";
};

} // namespace bookonce
