// SPDX-License-Identifier: PostgreSQL
// audit.cpp: `bookonce audit`: the rows that are booked twice in one of the application's own tables.
#include "commands.hpp"

namespace bookonce::tool
{

namespace
{

std::optional<std::string> if_said(const std::string &text)
{
    return text.empty() ? std::nullopt : std::optional{text};
}

} // namespace

const char *const adopted_arguments =
    "relation => $1::pg_catalog.regclass, resource => $2, starts => $3, ends => $4, during => $5, live_when => $6";

Parameters Adopted::parameters() const
{
    return {table, resource, if_said(starts), if_said(ends), if_said(during), if_said(live_when)};
}

ExitCode audit(Session &session, Output &output, const Audit &call)
{
    Parameters parameters = call.adopted.parameters();
    parameters.push_back(call.at_most == 0 ? std::nullopt : std::optional{std::to_string(call.at_most)});
    const std::size_t pairs = output.rows(
        session,
        std::string{"SELECT resource_value AS resource, row_key AS row, other_row_key AS other_row, shared, "
                    "pairs FROM bookonce.find_double_bookings("} +
            adopted_arguments + ", at_most => $7::pg_catalog.int8)",
        parameters);
    output.say(pairs == 0 ? "Nothing is booked twice." : "Pairs that overlap: " + std::to_string(pairs) + ".");
    return pairs == 0 ? fine : found_something;
}

} // namespace bookonce::tool
