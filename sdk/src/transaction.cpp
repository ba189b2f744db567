// SPDX-License-Identifier: PostgreSQL
// transaction.cpp: what the callback of a transact() gets: a view of the current attempt.
#include "bookonce/transaction.hpp"

#include "parameters.hpp"
#include "transaction_state.hpp"

namespace bookonce
{

Transaction::Transaction(detail::TransactionState &state) noexcept : state_{&state}
{
}

Transaction::~Transaction() = default;

Rows Transaction::execute(std::string_view sql, const Parameters &parameters)
{
    detail::refuse_nul_bytes(parameters);
    return state_->execute(sql, parameters);
}

Rows Transaction::run(detail::Statement &statement)
{
    return state_->call(statement);
}

} // namespace bookonce
