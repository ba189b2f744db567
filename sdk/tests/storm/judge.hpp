// SPDX-License-Identifier: PostgreSQL
// judge.hpp: the contents of the tables after a storm, and whether the journals of its clients agree with them.
// To know first: a fact is one row of a table in words: its identity, made of names that the caller chose, and its
// state.
#pragma once

#include "journal.hpp"

#include <string>
#include <vector>

namespace bookonce::testing
{

/// One row of a table.
struct Fact
{
    std::string identity; // "booking storm:3/17"
    std::string state;    // "room:4 @12 confirmed storm:3/17"
    std::string takes;    // for a live booking of a unit: which unit and when; no other booking may have the same
};

struct Disagreements
{
    std::vector<std::string> lost;          // a client was told of it, but it is not there
    std::vector<std::string> doubled;       // it is there more often than clients were told
    std::vector<std::string> unexplained;   // it is there, but no call was told that it made it
    std::vector<std::string> wrong;         // it is there, but not as the client was told
    std::vector<std::string> double_booked; // two bookings have the same unit at the same time
    std::vector<std::string> unsettled;     // OutcomeUnknown with budget left, or never settled; a yes taken back

    bool none() const;
    std::string text() const;
};

Disagreements compare(const std::vector<Journal> &journals, const std::vector<Fact> &facts, bool server_crashed);

/// Reads all facts of the default tenant: identity, state, takes.
extern const char *const facts_statement;

} // namespace bookonce::testing
