// SPDX-License-Identifier: PostgreSQL
// client.cpp: the retry loops: of one statement, and of a whole transaction.
#include "bookonce/client.hpp"

#include "attempts.hpp"
#include "bookonce/errors.hpp"
#include "client_access.hpp"
#include "pool.hpp"
#include "transaction_state.hpp"

namespace bookonce
{

using detail::Attempts;
using detail::Failure;
using detail::Pool;
using detail::TransactionState;

struct Client::Impl
{
    Impl(ClientOptions given, std::unique_ptr<detail::Transport> transport)
        : options{std::move(given)}, pool{std::move(transport), options.pool_size, options.timing}
    {
    }

    /// Runs `body` in a transaction and commits it; both again as long as nothing was written and it may be repeated.
    /// `application` says whether the application's own SQL may be among it.
    void in_transaction(Isolation isolation, bool application, const std::function<void(TransactionState &)> &body);

    const ClientOptions options;
    Pool pool;
};

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

Rows Client::run(const detail::Statement &statement)
{
    if (!statement.repeatable)
    {
        Rows rows;
        impl_->in_transaction(Isolation::read_committed, false,
                              [&](TransactionState &state) { rows = state.call(statement); });
        return rows;
    }
    Attempts attempts{impl_->options.retry, impl_->options.timing};
    auto want = Pool::Want::any;
    for (;;)
    {
        bool in_doubt = false; // not while the connection is only being opened
        try
        {
            Pool::Lease lease = impl_->pool.acquire(attempts.deadline(), want);
            in_doubt = statement.writes;
            return lease.call(statement);
        }
        catch (const Failure &failure)
        {
            // Every connection lost on the way of a writing call leaves it in doubt: whether the request or only its
            // answer was lost looks the same from here. The key, or the verb's nature, settles it when the call is
            // repeated.
            in_doubt = in_doubt && detail::leaves_doubt(failure);
            want = detail::spoils_connection(failure) ? Pool::Want::fresh : want;
            attempts.failed(failure, in_doubt, statement.idempotency_key);
        }
    }
}

void Client::run_transaction(Isolation isolation, const std::function<void(Transaction &)> &body)
{
    impl_->in_transaction(isolation, true,
                          [&body](TransactionState &state)
                          {
                              Transaction tx{state};
                              body(tx);
                          });
}

void Client::Impl::in_transaction(Isolation isolation, bool application,
                                  const std::function<void(TransactionState &)> &body)
{
    Attempts attempts{options.retry, options.timing};
    auto want = Pool::Want::any;
    for (;;)
    {
        try
        {
            TransactionState state{pool.acquire(attempts.deadline(), want), isolation};
            try
            {
                body(state);
            }
            catch (const Error &)
            {
                if (state.failure() && detail::may_repeat(detail::classify(*state.failure()).repeat, options.retry))
                {
                    throw Failure{*state.failure()};
                }
                throw;
            }
            state.commit(attempts, application);
            return;
        }
        catch (const Failure &failure)
        {
            // Whatever else it was, nothing was written: a transaction that did not commit has no effect.
            want = detail::spoils_connection(failure) ? Pool::Want::fresh : want;
            attempts.failed(failure, false);
        }
    }
}

} // namespace bookonce
