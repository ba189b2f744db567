// SPDX-License-Identifier: PostgreSQL
// times.hpp: instants, ranges and durations to and from PostgreSQL, exact to the microsecond.
// To know first: they are sent as ISO text with +00, which reads the same under every DateStyle and TimeZone, and come
// back as bytea, from timestamptz_send() and its kin: whole microseconds since 2000, whatever the session's settings,
// and cheaper for the server than text or extract(epoch).
#pragma once

#include "bookonce/time_range.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace bookonce::detail
{

/// '2026-03-29 01:30:00.000001+00'. Throws InvalidRequest outside the years 1 to 9999.
std::string timestamp_text(Timestamp at);

/// '[2026-03-29 01:30:00+00,2026-03-29 02:00:00+00)'.
std::string range_text(const TimeRange &range);

/// '600.000000 seconds', which is the same under every IntervalStyle.
std::string interval_text(std::chrono::microseconds length);

/// The bytes of a bytea's text form, hex or escape: bytea_output belongs to the session.
std::string bytea_bytes(std::string_view text);

// The readers take such bytes and throw Internal for anything that PostgreSQL would not have written.
Timestamp read_timestamp(std::string_view bytes);               // timestamptz_send()
TimeRange read_range(std::string_view bytes);                   // range_send() of a tstzrange
std::vector<TimeRange> read_multirange(std::string_view bytes); // multirange_send() of a tstzmultirange

} // namespace bookonce::detail
