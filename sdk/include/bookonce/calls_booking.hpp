// SPDX-License-Identifier: PostgreSQL
// calls_booking.hpp: taking a time of a resource, and the changes of one booking.
#pragma once

#include "bookonce/idempotency_key.hpp"
#include "bookonce/time_range.hpp"
#include "bookonce/waivable_rule.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace bookonce
{

/// Takes a time of a resource.
struct BookSlot
{
    std::string resource;
    TimeRange during;
    std::string holder; ///< who takes it, in the application's own words
    int quantity = 1;   ///< how many units, 1 to the resource's capacity
    std::optional<std::chrono::microseconds> hold_for =
        {};                     ///< > 0: a hold that lapses by itself unless confirmed; none: confirmed at once
    bool allow_overlap = false; ///< recorded, but blocks nobody and is blocked by nobody
    std::optional<std::string> details = {}; ///< JSON for the application's own use
    IdempotencyKey idempotency_key = IdempotencyKey::random();
    std::optional<Timestamp> valid_until = {}; ///< refuse with TooLate after this instant, by the server's clock
    std::vector<WaivableRule> waive = {};      ///< not to be refused by these; for roles of level admin, else Denied
    std::optional<std::string> reason = {};    ///< for its history; needed where anything is waived
    std::optional<std::string> kind = {}; ///< of booking, see DefineKind: with its buffers and lengths; none: those of
                                          ///< the resource
    std::string tenant = "default";
};

/// Makes a hold permanent.
struct ConfirmBooking
{
    std::string booking_id;
    std::optional<std::string> holder = {}; ///< the holder, or else InvalidRequest (OB003), as for an unknown id;
                                            ///< none: any holder
    std::string tenant = "default";
};

/// Makes one of several bookings with allow_overlap the one that has the time: it takes a unit, and is confirmed.
struct ConfirmExclusively
{
    std::string booking_id;                 ///< a booking that has a unit already is only confirmed
    std::optional<std::string> holder = {}; ///< the holder, or else InvalidRequest (OB003), as for an unknown id;
                                            ///< none: any holder
    std::string tenant = "default";
};

/// Lets a live hold last until `hold_for` from now, by the server's clock.
struct ExtendHold
{
    std::string booking_id;
    std::chrono::microseconds hold_for;     ///< > 0
    std::optional<std::string> holder = {}; ///< the holder, or else InvalidRequest (OB003), as for an unknown id;
                                            ///< none: any holder
    std::string tenant = "default";
};

/// Releases a booking's time.
struct CancelBooking
{
    std::string booking_id;
    std::optional<std::string> reason = {};
    std::optional<std::string> holder = {}; ///< the holder, or else InvalidRequest (OB003), as for an unknown id;
                                            ///< none: any holder
    std::string tenant = "default";
};

/// Ends a confirmed booking that has begun, now, by the server's clock.
struct EndBooking
{
    std::string booking_id;
    std::optional<std::string> holder = {}; ///< the holder, or else InvalidRequest (OB003), as for an unknown id;
                                            ///< none: any holder
    std::string tenant = "default";
};

/// Moves a booking; it keeps its id and its key.
struct RescheduleBooking
{
    std::string booking_id;
    TimeRange during;
    std::optional<std::string> resource = {}; ///< none: stays on its own
    std::vector<WaivableRule> waive = {};     ///< not to be refused by these; for roles of level admin, else Denied
    std::optional<std::string> reason = {};   ///< for its history; needed where anything is waived
    std::optional<std::string> holder = {};   ///< the holder, or else InvalidRequest (OB003), as for an unknown id;
                                              ///< none: any holder
    std::string tenant = "default";
};

/// Gives a live booking another holder, other details, or both; at least one of them is needed (22023). The application
/// decides who may do so.
struct ChangeBooking
{
    std::string booking_id;
    std::optional<std::string> holder = {};  ///< the new one; none: stays
    std::optional<std::string> details = {}; ///< JSON that replaces the old details; none: they stay
    std::string tenant = "default";
};

/// Lets two bookings take each other's resource and time.
struct SwapBookings
{
    std::string booking_id;
    std::string other_booking_id;
    std::string tenant = "default";
};

} // namespace bookonce
