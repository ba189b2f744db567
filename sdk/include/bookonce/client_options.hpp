// SPDX-License-Identifier: PostgreSQL
// client_options.hpp: what a client is made of, and what it reports of its calls.
#pragma once

#include "bookonce/retry.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace bookonce
{

/// What a call on the client came to, for traces and metrics.
struct CallReport
{
    std::string_view verb;    ///< "book_slot"; "transact"
    std::string_view outcome; ///< a label, "several", "read", "done", "committed", or a failure's type: "Unavailable"
    int attempts;             ///< tries, from 1
    std::chrono::nanoseconds duration; ///< of all tries and pauses, by the client's clock
};

/// Lets calls of many threads travel together: those that come while statements are under way go with the next one, and
/// are committed together. Each still has its own key, outcome, deadline and exception.
///
/// No call waits for company: one that comes alone goes at once. No statement of several calls waits for anybody
/// either: a call that would have to is sent again alone. So is each call of a statement that was refused, of which
/// nothing was written; and each whose connection was lost, with its key. Gathered are calls of one verb in one tenant:
/// book_slot() with equal hold_for and valid_until and without allow_overlap, waive and reason, confirm_booking(),
/// cancel_booking(), claim() and adjust_counter().
struct Gather
{
    std::size_t most = 0;    ///< calls in one statement, up to 10,000; with 0 or 1 each call goes alone
    std::size_t at_once = 4; ///< statements under way at a time: 1 gathers the most, more suit a slow disk
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
    Gather gather = {}; ///< {.most = 256} where many threads book at once
    RetryPolicy retry = {};
    Timing timing = Timing::real();

    /// Called at the end of each call on the client, by the thread that made it; of a transact() once, and not for the
    /// verbs in its callback. What it throws is ignored.
    std::function<void(const CallReport &)> on_call = {};
};

} // namespace bookonce
