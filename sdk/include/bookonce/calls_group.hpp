// SPDX-License-Identifier: PostgreSQL
// calls_group.hpp: many slots, or one of many resources, in one call; and the changes of what was booked together.
#pragma once

#include "bookonce/idempotency_key.hpp"
#include "bookonce/time_range.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace bookonce
{

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
    std::optional<std::string> kind = {}; ///< of booking, see DefineKind: that of all members
    bool may_wait = true; ///< false: an independent member that would have to wait for somebody is Contended; if it is
                          ///< all or nothing, the call is Unavailable then
    std::string tenant = "default";
};

/// Which of several resources is tried first.
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
    std::optional<std::string> kind = {}; ///< of booking, see DefineKind
    std::string tenant = "default";
};

/// Makes the holds of a group permanent, all or none. What is over stays as it is.
struct ConfirmGroup
{
    std::string group_id;
    std::optional<Timestamp> since = {}; ///< what is over by then stays too; none: now
    std::string tenant = "default";
};

/// Releases the time of a group's bookings. What is over stays as it is.
struct CancelGroup
{
    std::string group_id;
    std::optional<std::string> reason = {};
    std::optional<Timestamp> since = {}; ///< what is over by then stays too; none: now
    std::string tenant = "default";
};

/// Moves each member of a group to a time of its own, all or none.
struct RescheduleGroup
{
    std::string group_id;
    std::vector<std::optional<TimeRange>> durings; ///< one for each member, in the order of the call; none: it stays
    std::string tenant = "default";
};

/// Moves those bookings of a group that are not over by a length on the wall clock of each resource's zone, all or
/// none.
struct ShiftGroup
{
    std::string group_id;
    CalendarStep by;                     ///< {.days = 7}, or {.time = -1h}; not zero
    std::optional<Timestamp> since = {}; ///< what is over by then stays; none: now
    std::string tenant = "default";
};

} // namespace bookonce
