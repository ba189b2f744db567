// SPDX-License-Identifier: PostgreSQL
// calls.hpp: what a caller says: one struct for each verb, made for designated initialisers; members are named and
// ordered as the SQL arguments. The calls of dispatch are in dispatch.hpp.
// To know first: a call object is one intent. Its idempotency key is made with it, so handing the same object in again,
// for instance after OutcomeUnknown, never repeats the effect; for a second booking make a second object.
//
// Resources, holders, tenants and keys are 1 to 255 bytes of text without control characters. The server judges all
// arguments; what it does not accept comes back as InvalidRequest with a hint.
#pragma once

#include "bookonce/idempotency_key.hpp"
#include "bookonce/time_range.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bookonce
{

/// Creates a resource or changes its rules for bookings to come. The last definition wins, and all of it: what is left
/// out goes back to its default.
struct DefineResource
{
    std::string resource;
    int capacity = 1; ///< how many interchangeable units; lowering it below what is booked is InvalidRequest (OB005)
    std::chrono::microseconds buffer_before{0}; ///< >= 0: kept free before each booking, to set up
    std::chrono::microseconds buffer_after{0};  ///< >= 0: kept free after it, to clean up
    std::string time_zone = "UTC"; ///< an IANA name; its opening hours, and the days of its limits, are local
    std::optional<std::chrono::microseconds> min_notice = {};   ///< >= 0: book at least so long before it begins
    std::optional<std::chrono::microseconds> max_ahead = {};    ///< > 0: and at most so long
    std::optional<std::chrono::microseconds> max_duration = {}; ///< > 0
    std::string tenant = "default";
};

/// Open from one time of day to another, each since midnight on the resource's wall clock. At or before `opens`,
/// `closes` is on the next day; 24h is midnight.
struct Hours
{
    std::chrono::microseconds opens;  ///< 0 <= opens < 24h
    std::chrono::microseconds closes; ///< 0 <= closes <= 24h, other than opens
};

/// Sets when a resource is open on a weekday, in place of what was said before. A weekday never set is closed; none set
/// at all: always open.
struct SetOpeningHours
{
    std::string resource;
    std::chrono::weekday weekday;
    std::vector<Hours> hours; ///< up to 48, in any order, none overlapping; empty: closed on that day
    std::string tenant = "default";
};

/// Always open again.
struct ClearOpeningHours
{
    std::string resource;
    std::string tenant = "default";
};

enum class LimitPeriod
{
    day = 1,
    week, ///< from Monday
    month,
    year
};

/// Sets how many units may be booked that start in one period of the resource's time zone.
struct SetBookingLimit
{
    std::string resource;
    LimitPeriod period;
    std::optional<int> max_bookings; ///< >= 1; none: any number
    std::string tenant = "default";
};

/// Asks which slots book_slot() would take now.
struct FreeSlots
{
    std::string resource;
    TimeRange within;                                   ///< at most 3,660 days
    std::chrono::microseconds duration;                 ///< > 0
    std::optional<std::chrono::microseconds> step = {}; ///< > 0, from one start to the next; none: the duration
    int quantity = 1;                                   ///< units, 1 to the resource's capacity
    std::string tenant = "default";
};

/// Asks when units of a resource are free.
struct FreeTime
{
    std::string resource;
    TimeRange within; ///< at most 3,660 days
    int quantity = 1; ///< units, 1 to the resource's capacity
    std::string tenant = "default";
};

/// A step on the calendar: months, then days, then time. Each part >= 0, one of them more.
struct CalendarStep
{
    int months = 0;
    int days = 0;
    std::chrono::microseconds time{0};
};

/// Asks for a series that keeps its time of day.
struct RepeatSlots
{
    TimeRange first;
    CalendarStep every;    ///< {.days = 7}; the n-th is the first moved by n times this, so months keep the first's day
    int times;             ///< 1 to 10,000, the first among them
    std::string time_zone; ///< an IANA name: on its wall clock
};

/// Takes a time of a resource.
struct BookSlot
{
    std::string resource;
    TimeRange during;
    std::string holder; ///< who has it, in the application's own words
    int quantity = 1;   ///< how many units, 1 to the resource's capacity
    std::optional<std::chrono::microseconds> hold_for =
        {};                     ///< > 0: a hold that lapses by itself unless confirmed; none: confirmed at once
    bool allow_overlap = false; ///< written down, but blocks nobody and is blocked by nobody
    std::optional<std::string> details = {}; ///< JSON of the application's own
    IdempotencyKey idempotency_key = IdempotencyKey::random();
    std::optional<Timestamp> valid_until = {}; ///< refuse with TooLate after this instant, by the server's clock
    std::string tenant = "default";
};

/// Makes a hold permanent.
struct ConfirmBooking
{
    std::string booking_id;
    std::optional<std::string> holder = {}; ///< whose it must be; another's is InvalidRequest (OB003), as one that
                                            ///< never was; none: anybody's
    std::string tenant = "default";
};

/// Makes one of several bookings with allow_overlap the one that has the time: it takes a unit, and is confirmed.
struct ConfirmExclusively
{
    std::string booking_id;                 ///< one that has a unit already is only confirmed
    std::optional<std::string> holder = {}; ///< whose it must be; another's is InvalidRequest (OB003), as one that
                                            ///< never was; none: anybody's
    std::string tenant = "default";
};

/// Lets a live hold last until `hold_for` from now, by the server's clock.
struct ExtendHold
{
    std::string booking_id;
    std::chrono::microseconds hold_for;     ///< > 0
    std::optional<std::string> holder = {}; ///< whose it must be; another's is InvalidRequest (OB003), as one that
                                            ///< never was; none: anybody's
    std::string tenant = "default";
};

/// Releases a booking's time.
struct CancelBooking
{
    std::string booking_id;
    std::optional<std::string> reason = {};
    std::optional<std::string> holder = {}; ///< whose it must be; another's is InvalidRequest (OB003), as one that
                                            ///< never was; none: anybody's
    std::string tenant = "default";
};

/// One member of a BookSlots.
struct SlotRequest
{
    std::string resource;
    TimeRange during;
    int quantity = 1;                                          ///< how many units
    std::optional<std::string> holder = {};                    ///< none: the call's
    IdempotencyKey idempotency_key = IdempotencyKey::random(); ///< used when the members are independent
    std::optional<std::string> details = {};                   ///< JSON; none: the call's
};

/// Takes many slots in one call: a team event, a party, a series.
struct BookSlots
{
    std::vector<SlotRequest> slots; ///< 1 to 10,000
    std::string holder;
    std::optional<std::chrono::microseconds> hold_for = {}; ///< > 0; none: confirmed at once
    bool all_or_nothing = true; ///< false: each member by itself, under its own key, in the same commit
    std::optional<std::string> details = {};
    IdempotencyKey idempotency_key = IdempotencyKey::random(); ///< used when it is all or nothing
    std::optional<Timestamp> valid_until = {};
    std::string tenant = "default";
};

/// Which of several resources is asked first.
enum class Pick
{
    first,        ///< the first in the list
    least_booked, ///< the one with the fewest units taken within 12 hours of the slot's start; of
                  ///< equals the first
};

/// Takes a time of one of several resources.
struct BookAnySlot
{
    std::vector<std::string> resources; ///< 1 to 1,000
    TimeRange during;
    std::string holder;
    Pick pick = Pick::first;
    int quantity = 1; ///< units, all of the same resource
    std::optional<std::chrono::microseconds> hold_for = {};
    std::optional<std::string> details = {};
    IdempotencyKey idempotency_key = IdempotencyKey::random();
    std::optional<Timestamp> valid_until = {};
    std::string tenant = "default";
};

/// Moves a booking; it keeps its id and its key.
struct RescheduleBooking
{
    std::string booking_id;
    TimeRange during;
    std::optional<std::string> resource = {}; ///< none: stays on its own
    std::optional<std::string> holder = {};   ///< whose it must be; another's is InvalidRequest (OB003), as one that
                                              ///< never was; none: anybody's
    std::string tenant = "default";
};

/// Gives a live booking another holder, other details, or both; one of them is needed (22023). Who may do so is for
/// the application to judge.
struct ChangeBooking
{
    std::string booking_id;
    std::optional<std::string> holder = {};  ///< the new one; none: stays
    std::optional<std::string> details = {}; ///< JSON in place of what was there; none: stays
    std::string tenant = "default";
};

/// Lets two bookings take each other's resource and time.
struct SwapBookings
{
    std::string booking_id;
    std::string other_booking_id;
    std::string tenant = "default";
};

/// Makes the holds of a group permanent, all or none. What is over stays as it is.
struct ConfirmGroup
{
    std::string group_id;
    std::optional<Timestamp> since = {}; ///< what is over by then stays, too; none: by now
    std::string tenant = "default";
};

/// Releases the time of a group's bookings. What is over stays as it is.
struct CancelGroup
{
    std::string group_id;
    std::optional<std::string> reason = {};
    std::optional<Timestamp> since = {}; ///< what is over by then stays, too; none: by now
    std::string tenant = "default";
};

/// Moves each member of a group to a time of its own, all or none.
struct RescheduleGroup
{
    std::string group_id;
    std::vector<std::optional<TimeRange>> durings; ///< one for each member, in the order of the call; none: it stays
    std::string tenant = "default";
};

/// Moves what of a group is not over by a length on the wall clock of each resource's zone, all or none.
struct ShiftGroup
{
    std::string group_id;
    CalendarStep by;                     ///< {.days = 7}, or {.time = -1h}; not zero
    std::optional<Timestamp> since = {}; ///< what is over by then stays; none: by now
    std::string tenant = "default";
};

/// Makes a value the claimant's own, once per scope. Compared byte by byte: fold case and spelling first.
struct Claim
{
    std::string scope;                       ///< what kind of value: "email", "coupon:SPRING"
    std::string value;                       ///< "ann@example.org", "account:42"
    std::string claimant;                    ///< who asks; asking again is a replay, so give each intent its own
    std::optional<std::string> details = {}; ///< JSON of the application's own; the first claim's stay
    std::string tenant = "default";
};

/// Gives a value up.
struct ReleaseClaim
{
    std::string scope;
    std::string value;
    std::string claimant;
    std::string tenant = "default";
};

/// Creates a counter, or changes the bounds of one.
struct DefineCounter
{
    std::string counter;
    std::int64_t value = 0;                  ///< where it starts; not looked at when it exists
    std::optional<std::int64_t> minimum = 0; ///< none: no bound. One that excludes the value is InvalidRequest (OB006)
    std::optional<std::int64_t> maximum = {};
    std::string tenant = "default";
};

/// Adds a delta to a counter.
struct AdjustCounter
{
    std::string counter;
    std::int64_t delta;                                        ///< not 0
    IdempotencyKey idempotency_key = IdempotencyKey::random(); ///< unique in the counter: one key may adjust several
    std::string tenant = "default";
};

} // namespace bookonce
