// SPDX-License-Identifier: PostgreSQL
// busy_times.hpp: the times in the DETAIL of a refused row: an error carries them nowhere else.
#pragma once

#include "bookonce/time_range.hpp"

#include <string_view>
#include <vector>

namespace bookonce::detail
{

/// The times that are in the way, from the DETAIL of a guard, of a followed table, or of PostgreSQL's own exclusion
/// constraint. Reads ranges as a session with the DateStyle ISO writes them. Times without time zone are taken as UTC.
/// Ranges that cannot be read are left out.
std::vector<TimeRange> read_busy_times(std::string_view detail);

} // namespace bookonce::detail
