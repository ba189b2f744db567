// SPDX-License-Identifier: PostgreSQL
// retry.hpp: how long and how often a call is tried.
// To know first: repeating is always safe, because of a key or because doing it twice has the same effect. So the
// budget only says how long to keep trying.
#pragma once

#include "bookonce/export.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <limits>
#include <mutex>

namespace bookonce
{

/// The budget of one call, for all its attempts together. Before attempt n + 1 the SDK sleeps a random time between 0
/// and first_backoff * 2^(n-1), at most longest_backoff ("full jitter": clients that collided do not collide again in
/// step).
///
/// The SDK repeats after serialization failures and deadlocks (40001, 40P01), lost or refused connections (08*, 57P0*),
/// and when a server is short of resources (53*), until the deadline. The deadline also bounds an attempt under way: a
/// verb that still waits for other transactions gives up shortly before it (55P03), and a connection that has not
/// answered by then is abandoned. Connecting may take longer than the deadline: libpq counts whole seconds, at least 2,
/// for each host. Server timeouts of your own (lock_timeout, statement_timeout) apply as well.
struct RetryPolicy
{
    int max_attempts = std::numeric_limits<int>::max(); ///< tries in all, at least 1
    std::chrono::milliseconds first_backoff{5};
    std::chrono::milliseconds longest_backoff{1000};
    std::chrono::milliseconds deadline{10000}; ///< for the whole call with all of its tries, on the steady clock; for a
                                               ///< transact(), including its callback
    bool repeat_lock_timeout = false;          ///< also repeat 55P03: lock_timeout has passed, or NOWAIT found a lock
    bool repeat_statement_timeout = false; ///< also repeat 57014: statement_timeout has passed, or the statement was
                                           ///< cancelled
};

/// The client's clock, sleep and random numbers. Replace them in tests, so that no test waits. They must be
/// thread-safe: every thread that uses the client calls them.
struct Timing
{
    std::function<std::chrono::steady_clock::time_point()> now;
    std::function<void(std::chrono::nanoseconds)> sleep;

    /// Waits until `changed` is notified or `length` has passed by this clock; it may return early without a reason.
    /// `lock` is held on entry and on return. Callers check the clock and their condition, and wait again.
    std::function<void(std::condition_variable &changed, std::unique_lock<std::mutex> &lock,
                       std::chrono::nanoseconds length)>
        wait;
    std::function<double()> random; ///< in [0, 1)

    /// The steady clock, the sleep of the calling thread, and one random generator per thread, seeded by the operating
    /// system.
    BOOKONCE_EXPORT static Timing real();
};

} // namespace bookonce
