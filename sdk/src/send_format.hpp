// SPDX-License-Identifier: PostgreSQL
// send_format.hpp: instants and ranges as PostgreSQL's send functions write them.
// To know first: answers carry them as bytea from timestamptz_send() and the like: whole microseconds since 2000,
// independent of the session's settings, and cheaper for the server than text or extract(epoch).
#pragma once

#include "bookonce/calls.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bookonce::detail
{

/// Returns the bytes of a bytea's text form, which is hex or escape: the session sets bytea_output.
std::string bytea_bytes(std::string_view text);

// The readers take such bytes and throw Internal for anything that PostgreSQL would not have written.
Timestamp read_timestamp(std::string_view bytes);               // timestamptz_send()
TimeRange read_range(std::string_view bytes);                   // range_send() of a tstzrange
std::vector<TimeRange> read_multirange(std::string_view bytes); // multirange_send() of a tstzmultirange
CalendarStep read_step(std::string_view bytes);                 // interval_send()

} // namespace bookonce::detail
