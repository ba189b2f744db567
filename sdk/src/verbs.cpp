// SPDX-License-Identifier: PostgreSQL
// verbs.cpp: the part that all verbs share. Each verb, with its SQL, parameters and outcomes, is in a verbs_*.cpp.
// To know first: the composite answer is in FROM, so the function is called once; SELECT (f(..)).* would call it once
// for each column.
#include "bookonce/verbs.hpp"

#include "parameters.hpp"
#include "verb_statements.hpp"

namespace bookonce
{

Verbs::~Verbs() = default;

void detail::complete(Statement &statement)
{
    refuse_nul_bytes(statement.parameters);
    if (statement.writes)
    {
        statement.parameters.push_back(statement.may_wait ? std::nullopt : std::optional<std::string>{"0"});
    }
}

Rows Verbs::send(detail::Statement statement)
{
    detail::complete(statement);
    return run(statement);
}

} // namespace bookonce
