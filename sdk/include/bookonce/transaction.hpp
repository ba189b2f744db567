// SPDX-License-Identifier: PostgreSQL
// transaction.hpp: one database transaction, for the application's own SQL and the verbs together.
// To know first: it exists only inside Client::transact(), which begins, commits, rolls back and repeats it.
#pragma once

#include "bookonce/verbs.hpp"

#include <string_view>

namespace bookonce
{

namespace detail
{
class TransactionState;
}

/// The isolation level of a transact(). bookonce is correct at each of them; choose the one that your own SQL needs.
enum class Isolation
{
    server_default,
    read_committed,
    repeatable_read,
    serializable,
};

/// Use it only in the thread that runs the callback. A failed statement aborts the transaction, as always in
/// PostgreSQL, so let its exception leave the callback. (Or use execute() to set a savepoint before it and roll back to
/// it.)
class BOOKONCE_EXPORT Transaction final : public Verbs
{
  public:
    explicit Transaction(detail::TransactionState &state) noexcept;
    Transaction(const Transaction &) = delete;
    Transaction &operator=(const Transaction &) = delete;
    ~Transaction() override;

    /// Runs one of the application's own SQL statements and returns its rows. Not for BEGIN, COMMIT or ROLLBACK.
    ///
    ///     tx.execute("UPDATE cart SET booking_id = $1 WHERE id = $2", {booked.booking_id, std::to_string(cart)});
    Rows execute(std::string_view sql, const Parameters &parameters = {});

  private:
    Rows run(detail::Statement &statement) override;

    detail::TransactionState *state_;
};

} // namespace bookonce
