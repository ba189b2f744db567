// SPDX-License-Identifier: PostgreSQL
// events.hpp: the events of bookings, and the calls that read them.
// long: a line for each kind of event, and its label.
// To know first: events are kept only from when the owner of the tables calls keep_history() (docs/history.md).
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
    expired,     ///< it had lapsed, and a call noticed it
    rescheduled, ///< it has another time or resource
    swapped,
    moved,   ///< it has another unit, to make room for another booking
    changed, ///< it has another holder or other details
    deleted, ///< its row was deleted
    checked_in,
    no_show,
    joined,  ///< somebody joined a waiting line
    offered, ///< a hold was made for somebody who waits: confirm it in time
    left,    ///< somebody left a waiting line
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

/// One effect on one booking, or on somebody who waits in line.
struct Event
{
    EventPlace place;
    EventKind kind;
    std::string booking_id; ///< empty: somebody joined or left a line
    std::optional<std::string>
        group_id; ///< shared by all bookings that one call made together; none: it was made alone
    Timestamp at;
    std::optional<BookingState> before; ///< none: this event made it
    std::optional<BookingState> after;  ///< none: its row was deleted
    std::optional<std::string> reason;
    std::optional<std::string> session_role; ///< the role that was logged in
    std::optional<std::string> actor;        ///< the value that the application had set for bookonce.actor
    std::optional<std::string> waiter_id;    ///< the waiter that joined, left, or was offered the booking
};

/// Asks for the first events that a consumer has not acknowledged. A consumer's first call creates it.
struct ReadEvents
{
    std::string consumer;
    int page_size = 1000; ///< events at most, 1 to 10,000
    std::string tenant = "default";
};

/// Says that a consumer is done with all events up to, and including, one that it has read.
struct AckEvents
{
    std::string consumer;
    EventPlace up_to;
    std::string tenant = "default";
};

/// Says that a consumer will read no more events.
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
