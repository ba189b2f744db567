// SPDX-License-Identifier: PostgreSQL
// transport.hpp: what the SDK needs from a database connection, so that its tests can replace it by a fake.
// To know first: the only real one is in postgres.cpp, the only source file that knows libpqxx.
#pragma once

#include "bookonce/statement.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace bookonce::detail
{

/// What went wrong with one statement or connection; thrown by value, and classified further up.
struct Failure
{
    std::string sqlstate; // 08001: no connection, 08006: connection lost
    std::string message;
    std::string hint = {};
    std::string detail = {}; // also in the message
    std::string table = {};  // of the constraint
    std::string constraint = {};
    bool lost = false;        // the connection is unusable, and whether the server did the statement is unknown
    bool application = false; // it was the application's own SQL or connection string, so the application has to fix it
    bool needed = false;      // the verb would have taken away what rows still need, which the caller has to see to
    bool prepared = false;    // the server had it prepared, or was asked to prepare it
};

class Connection
{
  public:
    virtual ~Connection() = default;

    /// Runs one statement, outside any transaction except those that BEGIN opened. Throws Failure, and nothing else but
    /// bad_alloc.
    virtual Rows execute(std::string_view sql, const Parameters &parameters) = 0;

    /// The same for a verb, which the server may keep prepared; never when a connection sees it for the first time, so
    /// that a new connection is the way out of whatever a prepared statement can run into.
    virtual Rows call(const Statement &statement) = 0;

    /// Called by another thread while a statement is under way, which then fails as on a lost connection, at once.
    virtual void give_up() noexcept = 0;

    /// Throws Failure if the server is a proxy of many: each of its statements commits at once, so there it would be a
    /// transaction by name only.
    virtual void refuse_proxy() {}

    /// Returns true if an idle connection is worth using: it is open and the server has not begun to close it.
    virtual bool usable() noexcept = 0;
};

/// Opens connections, from any thread; outlives them.
class Transport
{
  public:
    virtual ~Transport() = default;

    /// Takes about `longest` at most, for each host of the connection string. Throws Failure.
    virtual std::unique_ptr<Connection> connect(std::chrono::nanoseconds longest) = 0;

    /// Whether a server may leave a statement without an answer forever, so that its connection has to be given up.
    virtual bool may_hang() const { return true; }
};

/// The transport to PostgreSQL, by libpq's connection string.
std::unique_ptr<Transport> postgres_transport(std::string connection_string, bool prepared_statements = true);

} // namespace bookonce::detail
