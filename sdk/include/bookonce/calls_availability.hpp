// SPDX-License-Identifier: PostgreSQL
// calls_availability.hpp: what is free, and the times of a series.
#pragma once

#include "bookonce/time_range.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace bookonce
{

/// Asks which slots book_slot() would take now.
struct FreeSlots
{
    std::string resource;
    TimeRange within;                                   ///< at most 3,660 days
    std::chrono::microseconds duration;                 ///< > 0
    std::optional<std::chrono::microseconds> step = {}; ///< > 0, from one start to the next; none: the resource's own
                                                        ///< starts (start_every, set_starts()), or else the duration
    int quantity = 1;                                   ///< units, 1 to the resource's capacity
    std::optional<std::string> kind = {};               ///< a kind of booking, see DefineKind
    std::string tenant = "default";
};

/// Asks for alternatives to a slot that was refused: the first slots that book_slot() would take now.
struct SuggestSlots
{
    std::string resource;
    TimeRange during;                    ///< the slot that was refused: the answers are as long, and start no earlier
    int at_most = 3;                     ///< 1 to 10,000
    std::optional<Timestamp> until = {}; ///< the answers end by then; none: within 31 days
    std::optional<std::chrono::microseconds> step = {}; ///< > 0, from one start to the next; none: the resource's own
                                                        ///< starts (start_every, set_starts()), or else the length
    int quantity = 1;                                   ///< units, 1 to the resource's capacity
    std::optional<std::string> kind = {};               ///< a kind of booking, see DefineKind
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

/// Asks for a series that keeps its time of day.
struct RepeatSlots
{
    TimeRange first;
    CalendarStep every;    ///< {.days = 7}; each slot is the first one moved by a multiple of this, so a monthly series
                           ///< keeps its day of the month
    int times;             ///< 1 to 10,000, including the first
    std::string time_zone; ///< an IANA name; the series keeps its time of day on this zone's wall clock
};

} // namespace bookonce
