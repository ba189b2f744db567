// SPDX-License-Identifier: PostgreSQL
// kinds.hpp: kinds of booking: a haircut takes 30 minutes, and 10 to clean up.
// To know first: a rule of the kind replaces the resource's own rule; where the kind has none, the resource's applies.
#pragma once

#include "bookonce/time_range.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bookonce
{

/// Makes a kind of booking, or changes it for bookings to come.
struct DefineKind
{
    std::string kind;
    std::optional<CalendarStep> buffer_before = {}; ///< each part >= 0; none: the resource's
    std::optional<CalendarStep> buffer_after = {};  ///< each part >= 0; none: the resource's
    std::vector<CalendarStep> durations = {}; ///< the only lengths allowed, each > 0, at most 48; empty: the lengths
                                              ///< that the resource allows
    std::string tenant = "default";
};

/// Deletes a kind.
struct DeleteKind
{
    std::string kind;
    std::string tenant = "default";
};

/// Asks for the kinds of a tenant.
struct ListKinds
{
    int page_size = 1000; ///< 1 to 10,000
    std::string tenant = "default";
};

/// A kind as it is now.
struct KindRow
{
    std::string kind;
    std::optional<CalendarStep> buffer_before;
    std::optional<CalendarStep> buffer_after;
    std::vector<CalendarStep> durations;
    Timestamp created_at;
};

} // namespace bookonce
