// SPDX-License-Identifier: PostgreSQL
// output.hpp: what the program prints: rows as columns for people, or one JSON document for programs.
// To know first: standard output has the answer and nothing else; progress and errors go to standard error.
#pragma once

#include "session.hpp"

#include <string>

namespace bookonce::tool
{

/// What main() returns.
enum ExitCode
{
    fine = 0,
    found_something = 1,
    wrong_usage = 2,
    refused = 3,
};

class Output
{
  public:
    Output(std::string command, bool json) : command_{std::move(command)}, json_{json} {}

    bool json() const noexcept { return json_; }

    /// The rows of a query, which has to name its columns. Returns how many there were. In JSON each has the type that
    /// PostgreSQL gives it. A column `pairs` is no part of a row: it says how many there are in all, and that is
    /// returned.
    std::size_t rows(Session &session, const std::string &sql, const Parameters &parameters = {});

    /// Prints one line for people, after the rows; JSON has none, because it has the rows.
    void say(const std::string &sentence) const;

    void failed(const Refused &why) const;

  private:
    std::size_t print_columns(Table table) const;
    std::size_t print_json(const Table &table) const;

    std::string command_;
    bool json_;
};

/// A table with aligned columns, NULL as nothing. The last column is not padded.
std::string aligned(const Table &table);

} // namespace bookonce::tool
