// SPDX-License-Identifier: PostgreSQL
// together.hpp: how the calls of a verb are gathered into one statement.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace bookonce::detail
{

/// How a parameter is combined with the same parameter of other calls.
enum class Travels
{
    by_itself, // as an element of an array
    in_common, // sent once, so only calls with an equal value are gathered
    not_sent,  // it is the same in all calls that may be gathered
};

/// How the calls of a verb are gathered into one statement.
struct Together
{
    /// A literal. Its parameters are first the arrays and then the common ones, each in the order of the single
    /// statement, and last max_wait. It returns one row for each call, in their order, with the columns of the single
    /// statement.
    std::string_view sql;
    std::span<const Travels> parameters; // of the single statement, without its max_wait
    std::size_t about = 0;               // the parameter that names what the call is about
    bool one_lock = false; // calls about the same thing wait for the same lock, so they may wait in one statement
};

/// The SQL of Together for a verb that takes a single call: the verb is called for each element of the arrays, in their
/// order. A call that cannot be decided without waiting makes the whole statement fail.
#define BOOKONCE_CALLS(columns, arrays, names, call)                                                            \
    "SELECT " columns " FROM ROWS FROM (" arrays ") WITH ORDINALITY AS m(" names ", n), LATERAL bookonce." call \
    " AS a ORDER BY m.n"

} // namespace bookonce::detail
