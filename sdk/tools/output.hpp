// SPDX-License-Identifier: PostgreSQL
// output.hpp: what the program prints: rows as columns for people, or one JSON document for programs.
// To know first: standard output has the answer and nothing else; progress and errors go to standard error.
#pragma once

#include "session.hpp"

#include <string>
#include <string_view>

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

    /// Prints the rows of a query, which has to name its columns. Returns how many there were. In JSON each value has
    /// the type that PostgreSQL gives it.
    std::size_t rows(Session &session, const std::string &sql, const Parameters &parameters = {},
                     const std::function<void()> &pulse = {});

    /// Prints one line for people, after the rows; JSON has none, because it has the rows.
    void say(const std::string &sentence) const;

    void failed(const Refused &why) const;

  private:
    std::string command_;
    bool json_;
};

/// A table with aligned columns, NULL as nothing. The last column is not padded.
std::string aligned(const Table &table);

} // namespace bookonce::tool
