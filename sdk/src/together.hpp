// SPDX-License-Identifier: PostgreSQL
// together.hpp: how the calls of a verb travel as one statement.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace bookonce::detail
{

/// How a statement's parameter travels with those of other calls.
enum class Travels
{
    by_itself, // as an element of an array
    in_common, // once, so only calls with an equal one travel together
    not_sent,  // it is the same in all calls that may be gathered
};

/// How the calls of a verb travel as one statement.
struct Together
{
    /// A literal. Its parameters are the arrays, then what is common, each in their order in the single statement; last
    /// is max_wait. A row for each call, in their order, with the columns of the single statement's.
    std::string_view sql;
    std::span<const Travels> parameters; // of the single statement, without its max_wait
    std::size_t about = 0;               // the parameter that names what the call is about
};

/// The SQL of Together for a verb that takes one call: it is called for each element of the arrays, in their order.
/// What cannot be decided without waiting is then an error of the whole statement.
#define BOOKONCE_CALLS(columns, arrays, names, call)                                                            \
    "SELECT " columns " FROM ROWS FROM (" arrays ") WITH ORDINALITY AS m(" names ", n), LATERAL bookonce." call \
    " AS a ORDER BY m.n"

} // namespace bookonce::detail
