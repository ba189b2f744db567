// SPDX-License-Identifier: PostgreSQL
// outcomes.hpp: the server's decisions as values, one struct for each label of bookonce.outcome.
// To know first: a verb returns a std::variant of exactly the outcomes it can have, so std::visit with `overloaded`
// does not compile while a case is missing.
#pragma once

#include "bookonce/time_range.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace bookonce
{

/// Builds one visitor from lambdas:
///
///     std::visit(bookonce::overloaded{[](const Booked &b) {..}, [](const Taken &t) {..}, [](const TooLate &) {..}},
///     outcome);
template <typename... Visitors>
struct overloaded : Visitors...
{
    using Visitors::operator()...;
};
template <typename... Visitors>
overloaded(Visitors...) -> overloaded<Visitors...>; // clang 14 does not deduce it alone

enum class BookingStatus
{
    held,      ///< lapses at hold_expires_at unless confirmed before
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
    std::optional<Timestamp> hold_expires_at; ///< by the server's clock; only while held
};

/// The slot is the caller's. With `replayed` it already was: the key's first call made the booking, and `status` says
/// what has become of it since (it may have been cancelled). A call the SDK had to repeat may be replayed on its first
/// return.
struct Booked : Booking
{
    static constexpr std::string_view label = "booked";
    bool replayed = false;
};

/// The booking is confirmed; `replayed` if it was before.
struct Confirmed : Booking
{
    static constexpr std::string_view label = "confirmed";
    bool replayed = false;
};

/// The hold now lapses at hold_expires_at.
struct Extended : Booking
{
    static constexpr std::string_view label = "extended";
    bool replayed = false;
};

/// The booking is cancelled and its time free; `replayed` if it was before.
struct Cancelled : Booking
{
    static constexpr std::string_view label = "cancelled";
    bool replayed = false;
};

/// The booking is where it was asked to be; `replayed` if it was there before.
struct Rescheduled : Booking
{
    static constexpr std::string_view label = "rescheduled";
    bool replayed = false;
};

/// The booking has the holder and the details that were asked for; `replayed` if it had them before.
struct Changed : Booking
{
    static constexpr std::string_view label = "changed";
    bool replayed = false;
};

/// The booking has the other's resource and time, and the other its.
struct Swapped : Booking
{
    static constexpr std::string_view label = "swapped";
    bool replayed = false; ///< always false: a second swap swaps back
};

/// Not booked, though it could have been: another member of an all-or-nothing call was refused.
struct Aborted
{
    static constexpr std::string_view label = "aborted";
};

/// Refused: somebody else has the time. Nothing was written, and the key may win later.
struct Taken
{
    static constexpr std::string_view label = "taken";
    std::vector<TimeRange> busy; ///< what stands in the way: times only, never whose; in order, not overlapping
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

/// Refused: valid_until had passed when the server decided. Nothing was written. Of a group's member: it is over, and
/// stays as it is.
struct TooLate
{
    static constexpr std::string_view label = "too_late";
};

/// Refused: the hold has lapsed. Its time is free, or another's by now: book anew.
struct HoldExpired
{
    static constexpr std::string_view label = "hold_expired";
};

/// Refused: the booking is not in a state that allows it: cancelled, or, for extend_hold(), confirmed already.
struct NotLive
{
    static constexpr std::string_view label = "not_live";
};

/// Refused: the provider's time is not free, or its rules (opening hours, notice, limits) forbid it; or it would come
/// to fill two positions of a request, by an offer, or by a booking that is moved to it. Nothing was written, and the
/// position is still open to others.
struct ProviderBusy
{
    static constexpr std::string_view label = "provider_busy";
};

/// The value is the claimant's; `replayed` if it was before.
struct Claimed
{
    static constexpr std::string_view label = "claimed";
    bool replayed = false;
};

/// Refused: somebody else owns the value; who is not told.
struct ClaimedByOther
{
    static constexpr std::string_view label = "claimed_by_other";
};

/// The value is not the claimant's now. With `replayed` it was not before either: released already, never claimed, or
/// another's, whose it stays.
struct Released
{
    static constexpr std::string_view label = "released";
    bool replayed = false;
};

/// The delta is in. With `replayed` the key's first call brought it in, and `value` is what that call made.
struct Applied
{
    static constexpr std::string_view label = "applied";
    std::int64_t value = 0; ///< of the counter, after the delta
    bool replayed = false;
};

/// Refused: the counter would leave its bounds, or the range of a bigint. Nothing was written, and the key may win
/// later.
struct OutOfBounds
{
    static constexpr std::string_view label = "out_of_bounds";
    std::int64_t value = 0; ///< of the counter, without the delta
};

using BookSlotOutcome = std::variant<Booked, Taken, Closed, TooSoon, TooFar, TooLong, LimitReached, TooLate>;
using BookSlotsOutcome = std::variant<Booked, Taken, Closed, TooSoon, TooFar, TooLong, LimitReached, TooLate, Aborted>;
using RescheduleBookingOutcome = std::variant<Rescheduled, Taken, Closed, TooSoon, TooFar, TooLong, LimitReached,
                                              HoldExpired, NotLive, ProviderBusy>;
using SwapBookingsOutcome = std::variant<Swapped, HoldExpired, NotLive, ProviderBusy>;
using ConfirmBookingOutcome = std::variant<Confirmed, HoldExpired, NotLive>;
using ConfirmExclusivelyOutcome = std::variant<Confirmed, HoldExpired, NotLive, LimitReached, Taken>;
using ConfirmGroupOutcome = std::variant<Confirmed, TooLate, HoldExpired, NotLive>;
using CancelGroupOutcome = std::variant<Cancelled, TooLate, HoldExpired>;
using RescheduleGroupOutcome = std::variant<Rescheduled, Taken, Closed, TooSoon, TooFar, TooLong, LimitReached, Aborted,
                                            TooLate, HoldExpired, NotLive>;
using ExtendHoldOutcome = std::variant<Extended, HoldExpired, NotLive>;
using CancelBookingOutcome = std::variant<Cancelled, HoldExpired>;
using ChangeBookingOutcome = std::variant<Changed, HoldExpired, NotLive>;
using ClaimOutcome = std::variant<Claimed, ClaimedByOther>;
using AdjustCounterOutcome = std::variant<Applied, OutOfBounds>;

} // namespace bookonce
