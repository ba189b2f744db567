// SPDX-License-Identifier: PostgreSQL
// check.cpp: `bookonce check`: the findings of both of the extension's proofs, in one list.
#include "commands.hpp"

namespace bookonce::tool
{

ExitCode check(Session &session, Output &output)
{
    const std::size_t problems = output.rows(
        session, "SELECT problem, tenant, id, other_id FROM bookonce.check_integrity() UNION ALL "
                 "SELECT problem, NULL, booking_id::text, other_booking_id::text FROM bookonce.check_slot_index()");
    if (problems > 0)
    {
        return found_something;
    }
    output.say("No problem was found.");
    return fine;
}

} // namespace bookonce::tool
