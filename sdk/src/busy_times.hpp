// SPDX-License-Identifier: PostgreSQL
// busy_times.hpp: the times in the DETAIL of a refused row, which is all that an error can carry of them.
#pragma once

#include "bookonce/time_range.hpp"

#include <string_view>
#include <vector>

namespace bookonce::detail
{

/// What is in the way, by the text of the guard's, the followed table's or PostgreSQL's own exclusion constraint's
/// DETAIL: the ranges of time in it, as a session with the DateStyle ISO writes them. What has no time zone is taken
/// for UTC. What cannot be read is left out.
std::vector<TimeRange> read_busy_times(std::string_view detail);

} // namespace bookonce::detail
