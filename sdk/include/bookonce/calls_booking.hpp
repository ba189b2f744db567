// SPDX-License-Identifier: PostgreSQL
// calls_booking.hpp: taking a time of a resource, and changing one booking.
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
    std::string holder;                                     ///< who takes it, in the application's own words
    int quantity = 1;                                       ///< how many units, 1 to the resource's capacity
    std::optional<std::chrono::microseconds> hold_for = {}; ///< > 0: makes a hold that lapses by itself unless it is
                                                            ///< confirmed; none: confirmed at once
    bool allow_overlap = false;                             ///< recorded, but blocks nobody and is blocked by nobody
    std::optional<std::string> details = {};                ///< JSON for the application's own use
    IdempotencyKey idempotency_key = IdempotencyKey::random();
    std::optional<Timestamp> valid_until = {}; ///< refuse with TooLate after this instant, by the server's clock
    std::vector<WaivableRule> waive = {};   ///< rules that may not refuse this call; needs a role of level admin, else
                                            ///< Denied
    std::optional<std::string> reason = {}; ///< kept in the booking's history; required if any rule is waived
    std::optional<std::string> kind = {};   ///< a kind of booking, see DefineKind, which brings its own buffers and
                                            ///< lengths; none: the resource's
    std::string tenant = "default";
};

/// Makes a hold permanent.
struct ConfirmBooking
{
    std::string booking_id;
    std::optional<std::string> holder = {}; ///< must be the booking's holder, else InvalidRequest (OB003), as for an
                                            ///< unknown id; none: not checked
    std::string tenant = "default";
};

/// Gives the time to one of several bookings made with allow_overlap: that one takes a unit and is confirmed.
struct ConfirmExclusively
{
    std::string booking_id;                 ///< a booking that already has a unit is only confirmed
    std::optional<std::string> holder = {}; ///< must be the booking's holder, else InvalidRequest (OB003), as for an
                                            ///< unknown id; none: not checked
    std::string tenant = "default";
};

/// Makes a live hold last until `hold_for` after the server's present time.
struct ExtendHold
{
    std::string booking_id;
    std::chrono::microseconds hold_for;     ///< > 0
    std::optional<std::string> holder = {}; ///< must be the booking's holder, else InvalidRequest (OB003), as for an
                                            ///< unknown id; none: not checked
    std::string tenant = "default";
};

/// Releases a booking's time.
struct CancelBooking
{
    std::string booking_id;
    std::optional<std::string> reason = {};
    std::optional<std::string> holder = {}; ///< must be the booking's holder, else InvalidRequest (OB003), as for an
                                            ///< unknown id; none: not checked
    std::string tenant = "default";
};

/// Ends a confirmed booking that has begun. It ends at the server's present time.
struct EndBooking
{
    std::string booking_id;
    std::optional<std::string> holder = {}; ///< must be the booking's holder, else InvalidRequest (OB003), as for an
                                            ///< unknown id; none: not checked
    std::string tenant = "default";
};

/// Moves a booking; it keeps its id and its key.
struct RescheduleBooking
{
    std::string booking_id;
    TimeRange during;
    std::optional<std::string> resource = {}; ///< none: it stays on the same resource
    std::vector<WaivableRule> waive = {};   ///< rules that may not refuse this call; needs a role of level admin, else
                                            ///< Denied
    std::optional<std::string> reason = {}; ///< kept in the booking's history; required if any rule is waived
    std::optional<std::string> holder = {}; ///< must be the booking's holder, else InvalidRequest (OB003), as for an
                                            ///< unknown id; none: not checked
    std::string tenant = "default";
};

/// Gives a live booking another holder, other details, or both; at least one is required, else InvalidRequest (22023).
/// The application decides who may do so.
struct ChangeBooking
{
    std::string booking_id;
    std::optional<std::string> holder = {};  ///< the new holder; none: it stays
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
