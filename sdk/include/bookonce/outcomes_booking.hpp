// SPDX-License-Identifier: PostgreSQL
// outcomes_booking.hpp: the outcomes of the verbs on bookings and groups.
#pragma once

#include "bookonce/booking.hpp"
#include "bookonce/refusals.hpp"

#include <string_view>
#include <variant>

namespace bookonce
{

/// The slot is the caller's. With `replayed` it already was: the key's first call made the booking, and `status` is its
/// status now (it may have been cancelled). A call that the SDK had to repeat may be `replayed` the first time it
/// returns.
struct Booked : Booking
{
    static constexpr std::string_view label = "booked";
    bool replayed = false;
};

/// The booking is confirmed; `replayed` if it already was.
struct Confirmed : Booking
{
    static constexpr std::string_view label = "confirmed";
    bool replayed = false;
};

/// The hold now lapses at lapses_at.
struct Extended : Booking
{
    static constexpr std::string_view label = "extended";
    bool replayed = false;
};

/// The booking is cancelled and its time is free; `replayed` if it already was.
struct Cancelled : Booking
{
    static constexpr std::string_view label = "cancelled";
    bool replayed = false;
};

/// The booking has the time and resource that were asked for; `replayed` if it already had them.
struct Rescheduled : Booking
{
    static constexpr std::string_view label = "rescheduled";
    bool replayed = false;
};

/// The holder has checked in, and the booking no longer lapses; `replayed` if this was so before. As an answer of
/// no_show() it is a refusal.
struct CheckedIn : Booking
{
    static constexpr std::string_view label = "checked_in";
    bool replayed = false;
};

/// The holder has not come, and the booking has lapsed; `replayed` if it already had.
struct NoShow : Booking
{
    static constexpr std::string_view label = "no_show";
    bool replayed = false;
};

/// The booking has the holder and the details that were asked for; `replayed` if it already had them.
struct Changed : Booking
{
    static constexpr std::string_view label = "changed";
    bool replayed = false;
};

/// The booking has the other booking's resource and time, and the other has this one's.
struct Swapped : Booking
{
    static constexpr std::string_view label = "swapped";
    bool replayed = false; ///< always false: a second swap swaps back
};

using BookSlotOutcome = std::variant<Booked, Taken, Closed, TooSoon, TooFar, TooShort, TooLong, OffGrid, LimitReached,
                                     TooLate, HolderLimit, HolderBusy, WaitedFor>;
using BookSlotsOutcome = std::variant<Booked, Taken, Closed, TooSoon, TooFar, TooShort, TooLong, OffGrid, LimitReached,
                                      TooLate, Aborted, Contended, HolderLimit, HolderBusy, WaitedFor>;
using RescheduleBookingOutcome =
    std::variant<Rescheduled, Taken, Closed, TooSoon, TooFar, TooShort, TooLong, OffGrid, LimitReached, HoldExpired,
                 NotLive, ProviderBusy, HolderLimit, HolderBusy, WaitedFor>;
using SwapBookingsOutcome = std::variant<Swapped, HoldExpired, NotLive, ProviderBusy, HolderLimit, HolderBusy>;
using ConfirmBookingOutcome = std::variant<Confirmed, HoldExpired, NotLive>;
using ConfirmExclusivelyOutcome =
    std::variant<Confirmed, HoldExpired, NotLive, LimitReached, Taken, HolderLimit, HolderBusy, WaitedFor>;
using ConfirmGroupOutcome = std::variant<Confirmed, TooLate, HoldExpired, NotLive>;
using CancelGroupOutcome = std::variant<Cancelled, TooLate, HoldExpired>;
using RescheduleGroupOutcome =
    std::variant<Rescheduled, Taken, Closed, TooSoon, TooFar, TooShort, TooLong, OffGrid, LimitReached, Aborted,
                 TooLate, HoldExpired, NotLive, HolderLimit, HolderBusy, WaitedFor>;
using ExtendHoldOutcome = std::variant<Extended, HoldExpired, NotLive>;
using CancelBookingOutcome = std::variant<Cancelled, HoldExpired>;
using EndBookingOutcome = std::variant<Rescheduled, HoldExpired, NotLive>;
using CheckInOutcome = std::variant<CheckedIn, HoldExpired, NotLive>;
using NoShowOutcome = std::variant<NoShow, CheckedIn, NotLive>;
using ChangeBookingOutcome = std::variant<Changed, HoldExpired, NotLive, HolderLimit, HolderBusy>;

} // namespace bookonce
