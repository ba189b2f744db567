// SPDX-License-Identifier: PostgreSQL
// journal.hpp: the answers that the clients of a storm got.
// To know first: after each call a journal records which facts its identities have now (judge.hpp); the last entry for
// an identity counts.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace bookonce::testing
{

/// A call that ended as its budget allows no more, or not.
struct Unknown
{
    int attempts = 0;
    bool out_of_time = false;
    bool transaction = false; // settled by its id, so unknown only if the server has crashed
};

/// One call of one client, with all its repetitions.
struct Entry
{
    std::string call;
    std::vector<std::string> answers;  // outcomes' labels and failures' names, in order; the last one counts
    std::vector<Unknown> unknown = {}; // the OutcomeUnknown among them
    bool took_back = false;            // the client was told yes and then no
    std::map<std::string, std::vector<std::string>> facts = {}; // the states that these identities have now
};

struct Journal
{
    int max_attempts = 0;
    std::vector<Entry> entries;
};

} // namespace bookonce::testing
