// SPDX-License-Identifier: PostgreSQL
// follow.cpp: `bookonce follow`: turns the rows of one of the application's own tables into bookings.
#include "commands.hpp"

namespace bookonce::tool
{

ExitCode follow(Session &session, Output &output, const Follow &call)
{
    Parameters parameters = call.adopted.parameters();
    for (const std::string *expression : {&call.holder, &call.quantity})
    {
        parameters.push_back(expression->empty() ? std::nullopt : std::optional{*expression});
    }
    parameters.emplace_back(call.no_rules ? "false" : "true");
    parameters.emplace_back(call.keep_overlaps ? "true" : "false");
    parameters.emplace_back(call.tenant);
    try
    {
        output.rows(session,
                    std::string{"SELECT booked, overlapping, not_live, without_time FROM bookonce.follow_table("} +
                        adopted_arguments +
                        ", holder => $7, quantity => $8, rules => $9::pg_catalog.bool, "
                        "keep_overlaps => $10::pg_catalog.bool, tenant => $11)",
                    parameters);
    }
    catch (const Refused &why)
    {
        if (why.sqlstate == "23P01") // rows overlap, which is a finding and not a failure
        {
            output.failed(why);
            return found_something;
        }
        throw;
    }
    return fine;
}

} // namespace bookonce::tool
