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
    ~Client() override; ///< no call may be in progress, except those of book_slot_async(), for which it waits

    /// Runs `body(Transaction &)` in one database transaction and commits it; returns what `body` returned. `body` is
    /// run again, from its start, if the transaction failed because of contention or a lost connection: everything it
    /// does outside the transaction must be safe to repeat. An exception that leaves `body` rolls back and reaches the
    /// caller. If the answer to COMMIT is lost, the SDK finds out exactly: on a new connection it asks the server what
    /// became of the transaction (pg_xact_status), and if it committed, waits for the disk and the synchronous standbys
    /// as the lost COMMIT did. A transaction that wrote nothing is run again. OutcomeUnknown is thrown only if the
    /// outcome cannot be found out before the deadline, or the server crashed or failed over meanwhile; then look for
    /// the rows that the transaction should have written.
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

    /// Runs one of the application's own SQL statements in a transaction, as transact() does, and returns its rows.
    /// Their text does not depend on settings: ISO dates, UTC (for date_trunc() as well), ISO 8601 intervals, bytea in
    /// hex, exact floats. A lost answer to COMMIT is handled as by transact(): nothing is written twice.
    Rows query(std::string_view sql, const Parameters &parameters = {});

    /// Hands the consumer's events to `callback(const Event &)`, in order, page by page, until there are no more for
    /// now; returns how many are done. Call it again for later events, every second for instance.
    ///
    ///     client.events({.consumer = "mailer"}, [&](const Event &event) { mail(event); });
    ///
    /// Delivery is at least once. An event is done when the callback has returned (true, unless it returns void). If it
    /// returns false, or throws, which reaches the caller, reading ends before this event. Events that are done are
    /// acknowledged after their page. An event that is not done, or whose acknowledgement was lost, comes again, in the
    /// same order. If the callback's work is in this database, use read_events() and ack_events() in a transact()
    /// instead: then delivery is exactly once. Reading and acknowledging are calls of their own, each repeated,
    /// reported and throwing as any verb; after a failure, call events() again. No connection is held while the
    /// callback runs, so the callback may use the client. Two threads reading for one consumer get the same events.
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

    /// book_slot() for a service with an event loop: returns at once; the future gets the outcome or the exception. The
    /// call and on_call run on the client's own threads, at most pool_size of them; a call that waits to be gathered
    /// (ClientOptions::gather) needs no thread. A call that cannot be sent, for a NUL byte, throws here.
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
