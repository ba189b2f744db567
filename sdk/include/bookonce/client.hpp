// SPDX-License-Identifier: PostgreSQL
// client.hpp: the client: a pool of connections, the retry loop, and the verbs.
// To know first: one Client for a whole program; every member may be called from any number of threads.
#pragma once

#include "bookonce/retry.hpp"
#include "bookonce/transaction.hpp"
#include "bookonce/verbs.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <string>
#include <type_traits>
#include <utility>

namespace bookonce
{

namespace detail
{
class Transport;
struct ClientAccess;
} // namespace detail

/// What a call on the client came to, for traces and metrics.
struct CallReport
{
    std::string_view verb;    ///< "book_slot"; "transact"
    std::string_view outcome; ///< a label, "several", "read", "done", "committed", or a failure's type: "Unavailable"
    int attempts;             ///< tries, from 1
    std::chrono::nanoseconds duration; ///< of all tries and pauses, by the client's clock
};

struct ClientOptions
{
    /// libpq's connection string or URI; what it leaves out comes from the environment (PGHOST, PGDATABASE, ..).
    std::string connection_string = {};
    std::size_t pool_size = 8; ///< connections at most; opened when needed, at least 1

    /// Lets the server keep each verb's plan, from the second call on a connection on: this saves about half of its CPU
    /// time for the cheapest calls. It is done only where the connection leads straight to its server process (the pid
    /// reported at connect is pg_backend_pid()), so the default is right behind every pooler; PgBouncer before 1.21
    /// breaks prepared statements in transaction mode. Your own SQL in a Transaction is never prepared. With false,
    /// nothing is prepared, and the pid is not asked for.
    bool prepared_statements = true;
    RetryPolicy retry = {};
    Timing timing = Timing::real();

    /// Called at the end of each call on the client, by the thread that made it; of a transact() once, and not for the
    /// verbs in its callback. What it throws is ignored.
    std::function<void(const CallReport &)> on_call = {};
};

/// The isolation level of a transact(). bookonce is correct at each of them; choose the one that your own SQL needs.
enum class Isolation
{
    server_default,
    read_committed,
    repeatable_read,
    serializable,
};

/// A verb called on the client is one statement, one round trip, one commit. Nothing connects before the first call.
class BOOKONCE_EXPORT Client final : public Verbs
{
  public:
    explicit Client(ClientOptions options);
    Client(const Client &) = delete;
    Client &operator=(const Client &) = delete;
    ~Client() override; ///< no call may be in progress

    /// Runs `body(Transaction &)` in one database transaction and commits it; returns what `body` returned.
    ///
    /// `body` is run again, from its start, if the transaction failed because of contention or a lost connection:
    /// everything it does outside the transaction must be safe to repeat. An exception that leaves `body` rolls back
    /// and reaches the caller.
    ///
    /// A COMMIT whose answer was lost is settled exactly: the SDK asks the server, on a new connection, what became of
    /// the transaction (pg_xact_status), and if it committed, waits for the disk and the synchronous standbys as the
    /// lost COMMIT did. A transaction that wrote nothing is run again. OutcomeUnknown is thrown only if the outcome
    /// cannot be learnt before the deadline, or the server has crashed or failed over meanwhile; then look for what the
    /// transaction should have written.
    template <typename Body>
    std::invoke_result_t<Body &, Transaction &> transact(Body &&body)
    {
        return transact(Isolation::server_default, std::forward<Body>(body));
    }

    template <typename Body>
    std::invoke_result_t<Body &, Transaction &> transact(Isolation isolation, Body &&body)
    {
        using Result = std::invoke_result_t<Body &, Transaction &>;
        if constexpr (std::is_void_v<Result>)
        {
            run_transaction(isolation, [&body](Transaction &tx) { body(tx); });
        }
        else
        {
            std::optional<Result> result;
            run_transaction(isolation, [&body, &result](Transaction &tx) { result.emplace(body(tx)); });
            return std::move(*result);
        }
    }

  private:
    friend struct detail::ClientAccess;
    Client(ClientOptions options, std::unique_ptr<detail::Transport> transport);

    Rows run(detail::Statement &statement) override;
    void run_transaction(Isolation isolation, const std::function<void(Transaction &)> &body);

    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace bookonce
