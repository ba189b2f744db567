// SPDX-License-Identifier: PostgreSQL
// instant_text.hpp: instants, ranges and lengths as PostgreSQL reads them, exact to the microsecond.
// To know first: the server reads ISO text with +00 in the same way under every DateStyle and TimeZone.
#pragma once

#include "bookonce/time_range.hpp"

#include <chrono>
#include <string>

namespace bookonce::detail
{

/// '2026-03-29 01:30:00.000001+00'. Throws InvalidRequest outside the years 1 to 9999.
std::string timestamp_text(Timestamp at);

/// '[2026-03-29 01:30:00+00,2026-03-29 02:00:00+00)'.
std::string range_text(const TimeRange &range);

/// '600.000000 seconds', which is the same under every IntervalStyle.
std::string interval_text(std::chrono::microseconds length);

} // namespace bookonce::detail
