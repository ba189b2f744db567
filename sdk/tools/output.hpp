// SPDX-License-Identifier: PostgreSQL
// output.hpp: the program's output: rows as columns for people, or one JSON document for programs.
// To know first: only the answer goes to standard output; progress and errors go to standard error.
#pragma once

#include "session.hpp"

#include <string>

namespace bookonce::tool
{

/// The exit codes of the program.
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

    /// Prints the rows of a query, which has to name its columns; returns how many there were. In JSON each value has
    /// the type that PostgreSQL gives it. A column `pairs` is not part of a row: it is the number of pairs in all,
    /// which is returned instead.
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
