// SPDX-License-Identifier: PostgreSQL
// client.cpp: the retry loop, and what goes through it: one statement, or a whole transaction.
#include "bookonce/client.hpp"

#include "attempts.hpp"
#include "bookonce/errors.hpp"
#include "pool.hpp"
#include "transaction_state.hpp"

#include <string_view>
#include <type_traits>
#include <utility>

namespace bookonce
{

using detail::Attempts;
using detail::Judged;
using detail::Pool;
using detail::TransactionState;

struct Client::Impl
{
    Impl(ClientOptions given, std::unique_ptr<detail::Transport> transport)
        : options{std::move(given)}, pool{std::move(transport), options.pool_size, options.timing}
    {
    }

    /// What is at stake if an attempt fails, for the decision to repeat it.
    struct Stakes
    {
        bool may_be_in_doubt = false;
        std::string_view key = {}; // settles the doubt
    };

    /// Runs `once(lease, attempts)`, each time on a connection that the last failure did not spoil, until it returns or
    /// a failure may not be repeated. Throws Error.
    template <typename Once>
    std::invoke_result_t<Once &, Pool::Lease, Attempts &> retry(Stakes stakes, Once once);

    /// Runs `body` in a transaction and commits it; repeats both while nothing was written and they may be repeated.
    void in_transaction(Isolation isolation, Pool::Author author, const std::function<void(TransactionState &)> &body);

    const ClientOptions options;
    Pool pool;
};

template <typename Once>
std::invoke_result_t<Once &, Pool::Lease, Attempts &> Client::Impl::retry(Stakes stakes, Once once)
{
    Attempts attempts{options.retry, options.timing};
    for (auto want = Pool::Want::any;;)
    {
        try
        {
            return once(pool.acquire(attempts.deadline(), want), attempts);
        }
        catch (const Judged &failure)
        {
            want = failure.verdict.spoils ? Pool::Want::fresh : want;
            attempts.wait_or_throw(failure, stakes.may_be_in_doubt && failure.verdict.doubt, stakes.key);
        }
    }
}

Client::Client(ClientOptions options, std::unique_ptr<detail::Transport> transport)
    : impl_{std::make_unique<Impl>(std::move(options), std::move(transport))}
{
}

Client::Client(ClientOptions options) : impl_{nullptr}
{
    auto transport = detail::postgres_transport(options.connection_string, options.prepared_statements);
    impl_ = std::make_unique<Impl>(std::move(options), std::move(transport));
}

Client::~Client() = default;

Rows Client::run(detail::Statement &statement)
{
    if (!statement.repeatable)
    {
        Rows rows;
        impl_->in_transaction(Isolation::read_committed, Pool::Author::sdk,
                              [&](TransactionState &state) { rows = state.call(statement); });
        return rows;
    }
    // A connection lost during a writing call leaves it in doubt: from here, losing the call and losing its answer look
    // the same. The key, or the verb's nature, settles it when the call is repeated.
    return impl_->retry({.may_be_in_doubt = statement.writes, .key = statement.idempotency_key},
                        [&](Pool::Lease lease, Attempts &) { return lease.call(statement); });
}

void Client::run_transaction(Isolation isolation, const std::function<void(Transaction &)> &body)
{
    impl_->in_transaction(isolation, Pool::Author::application,
                          [&body](TransactionState &state)
                          {
                              Transaction tx{state};
                              body(tx);
                          });
}

void Client::Impl::in_transaction(Isolation isolation, Pool::Author author,
                                  const std::function<void(TransactionState &)> &body)
{
    const auto once = [&](Pool::Lease lease, Attempts &attempts)
    {
        TransactionState state{std::move(lease), isolation};
        try
        {
            body(state);
        }
        catch (const Error &)
        {
            if (state.failure() && detail::may_repeat(state.failure()->verdict.repeat, options.retry))
            {
                throw Judged{*state.failure()};
            }
            throw;
        }
        state.commit(attempts, author);
    };
    // Never in doubt here: commit() settles that, or throws OutcomeUnknown itself. Any other failure means that nothing
    // was written, because a transaction that did not commit has no effect.
    retry({.may_be_in_doubt = false}, once);
}

} // namespace bookonce
