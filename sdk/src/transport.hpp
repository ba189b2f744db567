// SPDX-License-Identifier: PostgreSQL
// transport.hpp: what the SDK needs from a database connection, as an interface that tests can replace with a fake.
// To know first: the only real implementation is in postgres.cpp, the only source file that knows libpqxx.
#pragma once

#include "bookonce/statement.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace bookonce::detail
{

/// A failure of one statement or connection; thrown by value, and judged by the pool.
struct Failure
{
    std::string sqlstate; // 08001: no connection, 08006: connection lost
    std::string message;
    std::string hint = {};
    std::string detail = {}; // also in the message
    std::string table = {};  // the table of the constraint
    std::string constraint = {};
    bool lost = false;        // the connection is unusable, and whether the statement was done is unknown
    bool application = false; // the application's own SQL or connection string failed, so the application has to fix it
    bool needed = false;      // the verb would have deleted a row that other rows need, so the caller has to fix it
    bool prepared = false;    // the statement was prepared, or was being prepared
};

class Connection
{
  public:
    virtual ~Connection() = default;

    /// Runs one statement, outside any transaction except those that BEGIN opened. Throws Failure, and nothing else but
    /// bad_alloc.
    virtual Rows execute(std::string_view sql, const Parameters &parameters) = 0;

    /// The same for a verb, which may be prepared, but never the first time that a connection runs it, so that a new
    /// connection is the way out of any trouble with a prepared statement.
    virtual Rows call(const Statement &statement) = 0;

    /// Called by another thread while a statement is under way. The statement then fails at once, as on a lost
    /// connection.
    virtual void give_up() noexcept = 0;

    /// Throws Failure if the server is a proxy of several servers: each statement commits at once there, so BEGIN would
    /// start a transaction in name only.
    virtual void refuse_proxy() {}

    /// Returns true if an idle connection is worth using: it is open and the server has not begun to close it.
    virtual bool usable() noexcept = 0;
};

/// Opens connections. Thread-safe; must outlive them.
class Transport
{
  public:
    virtual ~Transport() = default;

    /// Takes at most about `longest` for each host of the connection string. Throws Failure.
    virtual std::unique_ptr<Connection> connect(std::chrono::nanoseconds longest) = 0;

    /// Whether a server may leave a statement without an answer forever, so that its connection has to be given up.
    virtual bool may_hang() const { return true; }
};

/// The transport to PostgreSQL, for a libpq connection string.
std::unique_ptr<Transport> postgres_transport(std::string connection_string, bool prepared_statements = true);

} // namespace bookonce::detail
