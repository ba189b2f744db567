// SPDX-License-Identifier: PostgreSQL
// client_options.hpp: the options of a client, and what it reports about its calls.
#pragma once

#include "bookonce/retry.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace bookonce
{

/// How a call on the client ended, for traces and metrics.
struct CallReport
{
    std::string_view verb;    ///< "book_slot", or "transact"
    std::string_view outcome; ///< a label, "several", "read", "done", "committed", or a failure's type: "Unavailable"
    int attempts;             ///< tries, from 1
    std::chrono::nanoseconds duration; ///< of all tries and the pauses between them, by the client's clock
};

/// Sends calls of many threads in one statement: calls that arrive while statements are under way are gathered into the
/// next one and committed together. Each call still has its own key, outcome, deadline and exception.
///
/// No call waits for others to join it: one that comes alone is sent at once. A gathered statement never waits for
/// other transactions either: a call that would have to wait is sent again alone. Only calls of adjust_counter() that
/// are all about one counter wait together, because each would wait for the same row. If the server refuses a gathered
/// statement, nothing was written, and each of its calls is sent again alone; so is each call, with its key, if the
/// connection was lost. Only calls of the same verb and tenant are gathered: book_slot() with equal hold_for and
/// valid_until and without allow_overlap, waive and reason; confirm_booking(), cancel_booking(), claim() and
/// adjust_counter().
struct Gather
{
    std::size_t most = 0;    ///< calls in one statement, up to 10,000; with 0 or 1 each call is sent alone
    std::size_t at_once = 4; ///< statements under way at a time: 1 gathers the most calls, more suit a slow disk
};

struct ClientOptions
{
    /// A libpq connection string or URI; settings that it leaves out come from the environment (PGHOST, PGDATABASE,
    /// ..).
    std::string connection_string = {};
    std::size_t pool_size = 8; ///< the most connections, >= 1; each is opened when it is first needed

    /// Prepares each verb from its second call on a connection, so that the server keeps its plan: this saves about
    /// half of the server's CPU time for the cheapest calls. It is done only if the connection leads straight to its
    /// server process (the pid reported at connect equals pg_backend_pid()), so the default is right behind every
    /// pooler, although PgBouncer before 1.21 breaks prepared statements in transaction mode. Your own SQL in a
    /// Transaction is never prepared. With false, nothing is prepared, and the server is not asked for its pid.
    bool prepared_statements = true;
    Gather gather = {}; ///< {.most = 256} where many threads book at once
    RetryPolicy retry = {};
    Timing timing = Timing::real();

    /// Called at the end of each call on the client, by the thread that made the call; once for a transact(), and not
    /// for the verbs in its callback. An exception from it is ignored.
    std::function<void(const CallReport &)> on_call = {};
};

} // namespace bookonce
