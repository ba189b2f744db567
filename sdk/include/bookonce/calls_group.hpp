// SPDX-License-Identifier: PostgreSQL
// calls_group.hpp: many slots, or one of many resources, in one call; and changing what was booked together.
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
    std::optional<std::string> holder = {};                    ///< none: the holder of the call
    IdempotencyKey idempotency_key = IdempotencyKey::random(); ///< used if all_or_nothing is false
    std::optional<std::string> details = {};                   ///< JSON; none: the details of the call
};

/// Takes many slots in one call: a team event, a party, a series.
struct BookSlots
{
    std::vector<SlotRequest> slots; ///< 1 to 10,000
    std::string holder;
    std::optional<std::chrono::microseconds> hold_for = {}; ///< > 0; none: confirmed at once
    bool all_or_nothing = true; ///< false: each member is decided by itself, under its own key, in the same commit
    std::optional<std::string> details = {};
    IdempotencyKey idempotency_key = IdempotencyKey::random(); ///< used if all_or_nothing is true
    std::optional<Timestamp> valid_until = {};
    std::optional<std::string> kind = {}; ///< the kind of all members, see DefineKind
    bool may_wait = true; ///< false: where a member would have to wait for another transaction, the member is Contended
                          ///< if the members are independent, and the call throws Unavailable if it is all or nothing
    std::string tenant = "default";
};

/// Which of several resources is tried first.
enum class Pick
{
    first,        ///< the first in the list
    least_booked, ///< the one with the fewest units taken within 12 hours of the slot's start; of equals, the first in
                  ///< the list
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
    std::optional<std::string> kind = {}; ///< a kind of booking, see DefineKind
    std::string tenant = "default";
};

/// Makes the holds of a group permanent, all or none. Members that are over stay as they are.
struct ConfirmGroup
{
    std::string group_id;
    std::optional<Timestamp> since = {}; ///< members that are over by then stay as they are, too; none: now
    std::string tenant = "default";
};

/// Releases the time of a group's bookings. Members that are over stay as they are.
struct CancelGroup
{
    std::string group_id;
    std::optional<std::string> reason = {};
    std::optional<Timestamp> since = {}; ///< members that are over by then stay as they are, too; none: now
    std::string tenant = "default";
};

/// Moves each member of a group to a time of its own, all or none.
struct RescheduleGroup
{
    std::string group_id;
    std::vector<std::optional<TimeRange>>
        durings; ///< one for each member, in the order of the call that made the group; none: that member stays
    std::string tenant = "default";
};

/// Moves a group's bookings by the same step, on the wall clock of each resource's zone, all or none. Members that are
/// over stay where they are.
struct ShiftGroup
{
    std::string group_id;
    CalendarStep by;                     ///< {.days = 7}, or {.time = -1h}; not zero
    std::optional<Timestamp> since = {}; ///< members that are over by then stay; none: now
    std::string tenant = "default";
};

} // namespace bookonce
