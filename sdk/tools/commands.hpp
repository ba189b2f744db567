// SPDX-License-Identifier: PostgreSQL
// commands.hpp: the commands of `bookonce` and their arguments.
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

/// One of the application's own tables, with SQL expressions over its columns that say what is booked.
struct Adopted
{
    std::string table;
    std::string resource;
    std::string starts; ///< empty if it was not given, like the next three
    std::string ends;
    std::string during;
    std::string live_when;

    /// $1 to $6, which all functions about such tables take.
    Parameters parameters() const;
};

/// "relation => $1, .., live_when => $6"
extern const char *const adopted_arguments;

struct Audit
{
    Adopted adopted;
    long long at_most = 100; ///< 0: all
};

/// `bookonce audit`: found_something if rows are booked twice.
ExitCode audit(Session &session, Output &output, const Audit &call);

struct Guard
{
    Adopted adopted;
    bool online = false;
    std::string wait_at_most = "1 second";
};

/// `bookonce guard`: found_something if double bookings are in the way.
ExitCode guard(Session &session, Output &output, const Guard &call);

struct Follow
{
    Adopted adopted;
    std::string holder;
    std::string quantity;
    bool no_rules = false;
    bool keep_overlaps = false;
    std::string tenant = "default";
};

/// `bookonce follow`: found_something if double bookings are in the way.
ExitCode follow(Session &session, Output &output, const Follow &call);

} // namespace bookonce::tool
