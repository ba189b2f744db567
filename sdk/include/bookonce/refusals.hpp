// SPDX-License-Identifier: PostgreSQL
// refusals.hpp: why a booking was not made or changed, one struct for each label of bookonce.outcome that says so.
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

/// Not decided: the call may not wait, and this slot would have to, for somebody who is at it. Nothing was written.
struct Contended
{
    static constexpr std::string_view label = "contended";
};

/// Refused: somebody else has the time. Nothing was written, and the same key may succeed later.
struct Taken
{
    static constexpr std::string_view label = "taken";
    std::vector<TimeRange> busy; ///< what is in the way: times only, never whose; in order, not overlapping
    std::string resource;        ///< of which: of one that takes parts along, perhaps the part
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

/// Refused: it starts between two times of the resource's start_every, or not at one of set_starts(), or does not end
/// at one of set_ends().
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

/// Refused: the time is free and is kept for somebody who waits for it in a strict line (set_waitlist()).
struct WaitedFor
{
    static constexpr std::string_view label = "waited_for";
};

/// Refused: the holder would have more than a rule on holders allows: bookings to come, bookings or time in a period.
struct HolderLimit
{
    static constexpr std::string_view label = "holder_limit";
};

/// Refused: the holder would be in more places at once than a rule on holders allows.
struct HolderBusy
{
    static constexpr std::string_view label = "holder_busy";
};

/// Refused: valid_until had passed when the server decided; or of a group: the member is over, and stays as it is.
struct TooLate
{
    static constexpr std::string_view label = "too_late";
};

/// Refused: the hold, or a booking that nobody checked in, has lapsed. Its time is free, or another's: book again.
struct HoldExpired
{
    static constexpr std::string_view label = "hold_expired";
};

/// Refused: the booking is cancelled; for extend_hold(), confirmed; for the verbs of the desk, only held, or to come.
struct NotLive
{
    static constexpr std::string_view label = "not_live";
};

/// Refused: the provider's time is not free, or its rules (opening hours, notice, limits) forbid it; or it would then
/// fill two positions of a request, by an offer or a booking that moves. The position is still open to others.
struct ProviderBusy
{
    static constexpr std::string_view label = "provider_busy";
};

} // namespace bookonce
