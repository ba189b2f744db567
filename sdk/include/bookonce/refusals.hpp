// SPDX-License-Identifier: PostgreSQL
// refusals.hpp: why a booking was not made or changed: one struct for each label of bookonce.outcome that is a refusal.
#pragma once

#include "bookonce/time_range.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bookonce
{

/// Not booked, although it could have been: another member of an all-or-nothing call was refused.
struct Aborted
{
    static constexpr std::string_view label = "aborted";
};

/// Not decided: another transaction is booking this slot, and the call may not wait for it. Nothing was written.
struct Contended
{
    static constexpr std::string_view label = "contended";
};

/// Refused: somebody else has the time. Nothing was written, and the same key may succeed later.
struct Taken
{
    static constexpr std::string_view label = "taken";
    std::vector<TimeRange> busy; ///< the times that are in the way, in order and not overlapping; never whose they are
    std::string resource;        ///< the resource that is taken; of a resource with parts, this may be a part
};

/// Refused: outside the resource's opening hours.
struct Closed
{
    static constexpr std::string_view label = "closed";
};

/// Refused: sooner than the resource's min_notice allows.
struct TooSoon
{
    static constexpr std::string_view label = "too_soon";
};

/// Refused: further away than the resource's max_ahead allows.
struct TooFar
{
    static constexpr std::string_view label = "too_far";
};

/// Refused: shorter than the resource's min_duration.
struct TooShort
{
    static constexpr std::string_view label = "too_short";
};

/// Refused: it starts off the resource's start_every or set_starts(), or ends off its set_ends().
struct OffGrid
{
    static constexpr std::string_view label = "off_grid";
};

/// Refused: longer than the resource's max_duration.
struct TooLong
{
    static constexpr std::string_view label = "too_long";
};

/// Refused: a limit per day, week, month or year of the resource is reached.
struct LimitReached
{
    static constexpr std::string_view label = "limit_reached";
};

/// Refused: the time is free, but kept for somebody who waits for it in a strict line (set_waitlist()).
struct WaitedFor
{
    static constexpr std::string_view label = "waited_for";
};

/// Refused: the holder would exceed max_live, max_per_period or max_time of a holder rule (set_holder_rule()).
struct HolderLimit
{
    static constexpr std::string_view label = "holder_limit";
};

/// Refused: the holder would have more bookings at one instant than a holder rule allows (set_holder_rule()).
struct HolderBusy
{
    static constexpr std::string_view label = "holder_busy";
};

/// Refused: valid_until had passed when the server decided; or, in a group, the member is over and stays as it is.
struct TooLate
{
    static constexpr std::string_view label = "too_late";
};

/// Refused: the hold, or a booking that nobody checked in, has lapsed. Its time may be free: book again.
struct HoldExpired
{
    static constexpr std::string_view label = "hold_expired";
};

/// Refused: the booking is cancelled. For extend_hold() also: it is confirmed. For end_booking(), check_in() and
/// no_show() also: it is only held. For end_booking() and no_show() also: it has not begun.
struct NotLive
{
    static constexpr std::string_view label = "not_live";
};

/// Refused: the provider's time is not free, or its rules (opening hours, notice, limits) forbid the booking, or it
/// would fill two positions of one request, by an offer or by a booking that moves. The position stays open to others.
struct ProviderBusy
{
    static constexpr std::string_view label = "provider_busy";
};

} // namespace bookonce
