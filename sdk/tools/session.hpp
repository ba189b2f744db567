// SPDX-License-Identifier: PostgreSQL
// session.hpp: one connection of the program `bookonce`, on libpq: notices, a pulse while the server works, and Ctrl-C.
// To know first: each statement is sent asynchronously and waited for, so that Ctrl-C always cancels it on the server.
// Not thread-safe.
#pragma once

#include "bookonce/statement.hpp"

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

struct pg_conn;
struct pg_result;

namespace bookonce::tool
{

/// The server refused the statement, or cannot be reached.
class Refused : public std::runtime_error
{
  public:
    Refused(const std::string &message, std::string code, std::string details = {}, std::string advice = {});

    std::string sqlstate; ///< empty when there was no connection
    std::string detail;
    std::string hint;
};

/// Ctrl-C.
class Interrupted : public std::runtime_error
{
  public:
    Interrupted() : std::runtime_error{"interrupted; the server was told to stop"} {}
};

/// A result's columns by name, and its rows.
struct Table
{
    std::vector<std::string> columns;
    Rows rows;
};

class Session
{
  public:
    /// `dbname` is a database's name, a connection string or a URI; settings that it leaves out come from PGHOST and
    /// the like.
    explicit Session(std::string dbname);

    /// Runs one statement, in a transaction of its own unless BEGIN came before. `pulse` is called once a second until
    /// the server has answered. Throws Refused or Interrupted.
    Table query(const std::string &sql, const Parameters &parameters = {}, const std::function<void()> &pulse = {});

    /// Returns the only column of the only row; empty for NULL.
    std::string value(const std::string &sql, const Parameters &parameters = {});

    /// Opens a second session on the same database.
    Session another() const { return Session{dbname_}; }

    std::string pid() const;

  private:
    struct Close
    {
        void operator()(pg_conn *connection) const;
        void operator()(pg_result *result) const;
    };
    using Result = std::unique_ptr<pg_result, Close>;

    void wait(const std::function<void()> &pulse);
    void cancel();

    std::string dbname_;
    std::unique_ptr<pg_conn, Close> connection_;
};

/// From now on Ctrl-C cancels the statement under way. Without this, it would end the program and leave the statement
/// running.
void catch_interrupts();

/// Allows statements again after Ctrl-C, so that the program can clean up.
void forget_interrupt();

} // namespace bookonce::tool
