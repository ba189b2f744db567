// SPDX-License-Identifier: PostgreSQL
// statement.hpp: SQL with parameters, and rows, as text.
// To know first: nothing here depends on the session's DateStyle, TimeZone or IntervalStyle, or on a prepared
// statement, so it works on any connection and behind a pooler.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bookonce
{

/// The parameters $1, $2, .. in PostgreSQL's text form; nullopt is NULL. Text may not contain a NUL byte.
using Parameters = std::vector<std::optional<std::string>>;

/// One row's columns in PostgreSQL's text form; nullopt is NULL.
using Row = std::vector<std::optional<std::string>>;
using Rows = std::vector<Row>;

namespace detail
{

struct Together;

/// One call of a verb, ready to be sent.
struct Statement
{
    std::string_view sql; // always a literal, so it outlives everything, and its address names the prepared statement
    Parameters parameters;
    std::string idempotency_key = {}; // also among the parameters; kept here so that OutcomeUnknown can name it
    bool repeatable = true;           // safe to do twice; if false, a Client sends it in a transaction of its own
    bool has_sql = false;             // some parameters are SQL of the caller, so an error in it is the caller's to fix
    bool may_be_needed = false;       // deletes a row that other rows may still need, so 23503 is the caller's to fix
    bool writes = true;               // a lost connection leaves a writing call in doubt, but not a reading call
    bool may_wait = true; // may wait for other transactions. The last parameter of a writing call is its max_wait
    const Together *together = nullptr; // how such calls are gathered into one statement; nullptr: each is sent alone
};

} // namespace detail

} // namespace bookonce
