// SPDX-License-Identifier: PostgreSQL
// free.cpp: `bookonce free`: which slots can be booked.
#include "commands.hpp"

namespace bookonce::tool
{

namespace
{

/// The range in PostgreSQL's form, half-open as every booking. FROM/TO needs no quotes in a shell.
std::string range_literal(const std::string &within)
{
    const std::size_t slash = within.find('/');
    return slash == std::string::npos ? within
                                      : "[\"" + within.substr(0, slash) + "\",\"" + within.substr(slash + 1) + "\")";
}

} // namespace

ExitCode free(Session &session, Output &output, const Free &call)
{
    const Parameters parameters{
        call.resource,
        range_literal(call.within),
        call.duration,
        call.step.empty() ? std::nullopt : std::optional{call.step},
        std::to_string(call.quantity),
        call.tenant,
    };
    // to_json() writes instants as ISO 8601 with the session's offset, whatever its DateStyle.
    const std::size_t slots =
        output.rows(session,
                    "SELECT pg_catalog.to_json(pg_catalog.lower(s)) #>> '{}' AS starts, "
                    "pg_catalog.to_json(pg_catalog.upper(s)) #>> '{}' AS ends "
                    "FROM bookonce.free_slots(resource => $1, within => $2::pg_catalog.tstzrange, "
                    "duration => $3::pg_catalog.interval, step => $4::pg_catalog.interval, "
                    "quantity => $5::pg_catalog.int4, tenant => $6) AS s",
                    parameters);
    if (slots == 0)
    {
        output.say("Nothing is free.");
    }
    return fine;
}

} // namespace bookonce::tool
