// SPDX-License-Identifier: PostgreSQL
// fake_server.hpp: a scripted server, so that no test connects.
#pragma once

#include "transport.hpp"

#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace bookonce::testing
{

/// A statement that the server was asked, and its connection, counted from 1.
struct Asked
{
    int connection;
    std::string sql;
    Parameters parameters;
    bool call; // it may be prepared
};

/// Answers statements in the order of its script; after the end of the script by `otherwise`, or with a row of NULLs.
/// Remembers everything. Thread-safe.
class FakeServer
{
  public:
    using Answer = std::function<Rows()>;

    /// Answers the next statement with these rows.
    FakeServer &answers(Rows rows)
    {
        return answers([rows] { return rows; });
    }

    FakeServer &answers(Answer answer)
    {
        script.push_back(std::move(answer));
        return *this;
    }

    /// Makes the next statement fail like this.
    FakeServer &fails(detail::Failure failure)
    {
        return answers([failure]() -> Rows { throw failure; });
    }

    FakeServer &loses_connection()
    {
        return fails({.sqlstate = "08006", .message = "server closed the connection unexpectedly", .lost = true});
    }

    /// Makes the next attempts to connect fail like this.
    FakeServer &refuses(detail::Failure failure, int times = 1)
    {
        refusals.insert(refusals.end(), static_cast<std::size_t>(times), std::move(failure));
        return *this;
    }

    /// If true, a watchdog reads the clock on a thread of its own.
    bool may_hang = false;
    std::function<void()> gives_up; ///< called when a connection is given up

    std::function<Rows(const Asked &)> otherwise; ///< called by many threads at once

    std::mutex mutex;
    std::deque<Answer> script;
    std::deque<detail::Failure> refusals;
    std::vector<Asked> asked;
    int connections = 0;
    int open = 0;
    int most_open = 0;
    bool idle_connections_usable = true;
};

} // namespace bookonce::testing
