// SPDX-License-Identifier: PostgreSQL
// connection.hpp: plain libpq, for what an application without bookonce would do.
// To know first: libpq, because libpqxx 6 does not tell the SQLSTATE of a deadlock, and the tables of the demo must.
#pragma once

#include <libpq-fe.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace demo
{

/// A statement that failed.
struct SqlError : std::runtime_error
{
    SqlError(const std::string &message, std::string state) : std::runtime_error{message}, sqlstate{std::move(state)} {}

    std::string sqlstate;
};

/// The timeout of every connection of the demo, ours too: no request may outlast a web server's patience.
inline constexpr const char *connection_string = "application_name=bookonce_demo options='-c statement_timeout=10s'";

/// A connection to the server that PGHOST and friends name. Belongs to one thread.
class Connection
{
  public:
    Connection();

    /// Runs one statement, a round trip; returns its rows as text. Throws SqlError.
    std::vector<std::vector<std::string>> run(const char *sql, const std::vector<std::string> &parameters = {});

    /// The one number that the statement returns.
    long number(const char *sql, const std::vector<std::string> &parameters = {});

  private:
    std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

/// BEGIN now, ROLLBACK at the end unless committed.
class Work
{
  public:
    explicit Work(Connection &connection);
    Work(const Work &) = delete;
    Work &operator=(const Work &) = delete;
    ~Work();

    void commit();

  private:
    Connection &connection_;
    bool open_ = true;
};

} // namespace demo
