// SPDX-License-Identifier: PostgreSQL
// client.hpp: the client: a pool of connections, the retry loop, and the verbs.
// To know first: one Client for a whole program; every member may be called from any number of threads.
#pragma once

#include "bookonce/client_options.hpp"
#include "bookonce/events.hpp"
#include "bookonce/transaction.hpp"
#include "bookonce/verbs.hpp"

#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace bookonce
{

namespace detail
{
class Transport;
struct ClientAccess;
} // namespace detail

/// A verb called on the client is one statement, one round trip, one commit. Nothing connects before the first call.
class BOOKONCE_EXPORT Client final : public Verbs
{
  public:
    explicit Client(ClientOptions options);
    Client(const Client &) = delete;
    Client &operator=(const Client &) = delete;
    ~Client() override; ///< no call may be in progress, but those of book_slot_async(), which it waits for

    /// Runs `body(Transaction &)` in one database transaction and commits it; returns what `body` returned.
    /// `body` is run again, from its start, if the transaction failed because of contention or a lost connection:
    /// everything it does outside the transaction must be safe to repeat. An exception that leaves `body` rolls back
    /// and reaches the caller. A COMMIT whose answer was lost is settled exactly: the SDK asks the server, on a new
    /// connection, what became of the transaction (pg_xact_status), and if it committed, waits for the disk and the
    /// synchronous standbys as the lost COMMIT did. A transaction that wrote nothing is run again. OutcomeUnknown is
    /// thrown only if the outcome cannot be learnt before the deadline, or the server has crashed or failed over
    /// meanwhile; then look for what the transaction should have written.
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

    /// Runs one statement of the application's own, in a transaction as transact() does, and returns its rows; their
    /// text does not depend on the session's settings: ISO dates, UTC (for date_trunc() as well), ISO 8601 intervals,
    /// bytea in hex, exact floats. A lost COMMIT of what it wrote is settled, or OutcomeUnknown; never done twice.
    Rows query(std::string_view sql, const Parameters &parameters = {});

    /// Hands the consumer's events to `callback(const Event &)`, in order, page by page, until there are no more for
    /// now; returns how many are done. Call it again for what comes later, every second for instance.
    ///
    ///     client.events({.consumer = "mailer"}, [&](const Event &event) { mail(event); });
    ///
    /// At least once: an event is done when the callback has returned true, or has returned at all if it returns void.
    /// False ends the reading before this event, and so does an exception, which reaches the caller. What is done is
    /// acknowledged after its page; what is not, or whose acknowledgement was lost, comes again, in the same order. If
    /// the work is in this database, use read_events() and ack_events() in a transact() instead: then it is once.
    /// Reading and acknowledging are calls of their own, repeated after lost connections, each with the whole
    /// RetryPolicy, and on_call learns of each. No connection is held while the callback runs, and it may use the
    /// client. Throws as they do; after that call it again. Two threads that read for one consumer get the same events.
    template <typename Callback>
    std::size_t events(const ReadEvents &call, Callback callback)
    {
        const auto is_done = [&callback](const Event &event)
        {
            if constexpr (std::is_void_v<decltype(callback(event))>)
            {
                callback(event);
                return true;
            }
            else
            {
                return static_cast<bool>(callback(event));
            }
        };
        return hand_out(call, is_done);
    }

    /// book_slot() for a service with an event loop: returns at once; the future has the outcome, or the exception. It
    /// runs, and calls on_call, on threads of the client's own, no more than it has connections; a call that waits for
    /// its turn (ClientOptions::gather) needs none. What cannot be sent, a NUL byte for instance, is refused here.
    [[nodiscard]] std::future<BookSlotOutcome> book_slot_async(const BookSlot &call);

  private:
    friend struct detail::ClientAccess;
    Client(ClientOptions options, std::unique_ptr<detail::Transport> transport);

    Rows run(detail::Statement &statement) override;
    std::size_t hand_out(const ReadEvents &call, const std::function<bool(const Event &)> &callback);
    void run_transaction(Isolation isolation, const std::function<void(Transaction &)> &body);

    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace bookonce
