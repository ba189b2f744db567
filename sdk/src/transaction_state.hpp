// SPDX-License-Identifier: PostgreSQL
// transaction_state.hpp: one attempt of a transact(), from BEGIN to its outcome.
// To know first: the caller sees a Transaction. Failures are remembered here, so that the retry loop can judge the
// attempt, whatever the callback did with the exception.
#pragma once

#include "attempts.hpp"
#include "pool.hpp"

#include "bookonce/client.hpp"

#include <optional>
#include <string>

namespace bookonce::detail
{

enum class Fate
{
    committed,
    aborted,
    unknown,
};

class TransactionState
{
  public:
    /// Begins. Throws Judged.
    TransactionState(Pool::Lease lease, Isolation isolation);
    TransactionState(const TransactionState &) = delete;
    TransactionState &operator=(const TransactionState &) = delete;

    /// Rolls back unless committed; a connection on which that fails is closed, which rolls back as well.
    ~TransactionState();

    /// Runs a statement for the callback. Throws Error, and remembers the failure.
    Rows execute(std::string_view sql, const Parameters &parameters);

    /// The same for a verb.
    Rows call(Statement &statement);

    /// The last failure of a statement that the callback ran.
    const std::optional<Judged> &failure() const { return failure_; }

    /// Commits, and settles a COMMIT in doubt. Throws Judged if nothing was written, OutcomeUnknown if that is not
    /// known. `author` says who has to fix an error of COMMIT itself, such as a deferred constraint.
    void commit(Attempts &attempts, Pool::Author author);

  private:
    /// What another connection needs to find out whether this transaction committed.
    struct Receipt
    {
        std::string xid;                   // none if nothing was written
        std::optional<std::string> server; // the server, and the life of it, that assigned the xid
    };

    template <typename Run>
    Rows remember_failure(Run run);

    Receipt take_receipt();
    Fate settle(const Receipt &receipt, Attempts &attempts);

    Pool::Lease lease_;
    std::optional<Judged> failure_;
    bool open_ = true;
};

} // namespace bookonce::detail
