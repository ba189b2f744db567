// SPDX-License-Identifier: PostgreSQL
// journal.hpp: what the clients of a storm were told, what the tables say, and whether the two agree.
// To know first: a fact is one row of a table in words: whose it is (its identity, from the caller's own names) and
// what it says. A journal says after each call which facts its identities have now; the last word on an identity
// counts.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace bookonce::testing
{

/// One row of a table.
struct Fact
{
    std::string identity; // "booking storm:3/17"
    std::string state;    // "room:4 @12 confirmed storm:3/17"
    std::string takes;    // for a live booking of a unit: which, when; nobody else's may say the same
};

/// A call that ended as its budget allows no more, or not.
struct Unknown
{
    int attempts = 0;
    bool out_of_time = false;
    bool transaction = false; // settled by its id, so it is unknown only when the server has crashed
};

/// One call of one client, with all its repetitions.
struct Entry
{
    std::string call;
    std::vector<std::string> answers;  // outcomes' labels and failures' names, in order; the last one counts
    std::vector<Unknown> unknown = {}; // the OutcomeUnknown among them
    bool took_back = false;            // it was told yes and then no
    std::map<std::string, std::vector<std::string>> facts = {}; // the states that these identities have now
};

struct Journal
{
    int max_attempts = 0;
    std::vector<Entry> entries;
};

struct Disagreements
{
    std::vector<std::string> lost;          // a client was told of it, and it is not there
    std::vector<std::string> doubled;       // it is there more often than anybody was told
    std::vector<std::string> unexplained;   // it is there, and no call was told that it made it
    std::vector<std::string> wrong;         // it is there, but not as was told
    std::vector<std::string> double_booked; // two bookings have one unit at one time
    std::vector<std::string> unsettled;     // OutcomeUnknown with budget left, or never settled; a yes taken back

    bool none() const;
    std::string text() const;
};

Disagreements compare(const std::vector<Journal> &journals, const std::vector<Fact> &facts, bool server_crashed);

/// Reads all facts of the default tenant: identity, state, takes.
extern const char *const facts_statement;

} // namespace bookonce::testing
