// SPDX-License-Identifier: PostgreSQL
// retry.hpp: how long and how often a call is tried.
// To know first: repeating is always safe (because of a key, or because doing it twice has the same effect), so the
// budget is only about patience.
#pragma once

#include "bookonce/export.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <limits>
#include <mutex>

namespace bookonce
{

/// The budget of one call for all its attempts together. Before attempt n + 1 the SDK sleeps a random time between
/// nothing and first_backoff * 2^(n-1), at most longest_backoff ("full jitter": clients that collided do not collide
/// again in step).
///
/// The SDK repeats after serialization failures and deadlocks (40001, 40P01), lost or refused connections (08*, 57P0*),
/// and when a server is short of resources (53*), until the deadline. That one bounds a try under way as well: a verb
/// ends shortly before it if it still waits for other transactions (55P03), and a connection on which no answer came is
/// given up. Connecting may take longer than the deadline: libpq counts whole seconds, at least 2, for each host.
/// Server timeouts of your own (lock_timeout, statement_timeout) hold beside it.
struct RetryPolicy
{
    int max_attempts = std::numeric_limits<int>::max(); ///< tries in all, at least 1
    std::chrono::milliseconds first_backoff{5};
    std::chrono::milliseconds longest_backoff{1000};
    std::chrono::milliseconds deadline{10000}; ///< for the whole call and all of its tries, on the steady clock; of a
                                               ///< transact() with its callback
    bool repeat_lock_timeout = false;          ///< also repeat 55P03: lock_timeout has passed, or NOWAIT
    bool repeat_statement_timeout =
        false; ///< also repeat 57014: statement_timeout has passed, or the statement was cancelled
};

/// Where time and chance come from. Replace them in tests, so that no test waits. Every thread that uses the client
/// calls these functions.
struct Timing
{
    std::function<std::chrono::steady_clock::time_point()> now;
    std::function<void(std::chrono::nanoseconds)> sleep;

    /// Waits until `changed` is notified or `length` has passed by this clock; it may return sooner for no reason.
    /// `lock` is held on entry and on return. Callers check the clock and what they wait for, and wait again.
    std::function<void(std::condition_variable &changed, std::unique_lock<std::mutex> &lock,
                       std::chrono::nanoseconds length)>
        wait;
    std::function<double()> random; ///< in [0, 1)

    /// The steady clock, this thread's sleep, and a generator per thread seeded by the operating system.
    BOOKONCE_EXPORT static Timing real();
};

} // namespace bookonce
