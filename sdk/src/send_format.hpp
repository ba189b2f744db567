// SPDX-License-Identifier: PostgreSQL
// send_format.hpp: instants and ranges as PostgreSQL's send functions write them.
// To know first: answers bring them as bytea, from timestamptz_send() and the like: whole microseconds since 2000,
// whatever the session's settings, and cheaper for the server than text or extract(epoch).
#pragma once

#include "bookonce/calls.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bookonce::detail
{

/// The bytes of a bytea's text form, hex or escape: bytea_output belongs to the session.
std::string bytea_bytes(std::string_view text);

// The readers take such bytes and throw Internal for anything that PostgreSQL would not have written.
Timestamp read_timestamp(std::string_view bytes);               // timestamptz_send()
TimeRange read_range(std::string_view bytes);                   // range_send() of a tstzrange
std::vector<TimeRange> read_multirange(std::string_view bytes); // multirange_send() of a tstzmultirange
CalendarStep read_step(std::string_view bytes);                 // interval_send()

} // namespace bookonce::detail
