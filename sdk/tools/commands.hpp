// SPDX-License-Identifier: PostgreSQL
// commands.hpp: the arguments of each command of `bookonce`, and what it does.
// To know first: a command knows nothing of the command line; it returns the exit code or throws Refused.
#pragma once

#include "output.hpp"
#include "session.hpp"

#include <string>

namespace bookonce::tool
{

/// `bookonce check`: found_something if the server's own proof finds a fault.
ExitCode check(Session &session, Output &output);

struct Free
{
    std::string resource;
    std::string within; ///< FROM/TO, or a range as PostgreSQL writes it
    std::string duration;
    std::string step; ///< empty: the duration
    int quantity = 1;
    std::string tenant = "default";
};

/// `bookonce free`: the slots that book_slot() would take now.
ExitCode free(Session &session, Output &output, const Free &call);

} // namespace bookonce::tool
