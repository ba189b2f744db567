// SPDX-License-Identifier: PostgreSQL
// pool.hpp: a bounded pool of connections.
// To know first: a connection is returned to the pool only if nothing is wrong with it. No lock is held while a
// connection is opened or used.
#pragma once

#include "classification.hpp"
#include "watchdog.hpp"

#include "bookonce/retry.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

namespace bookonce::detail
{

class Pool
{
  public:
    /// Whether an idle connection will do. Not after a lost connection: when a server restarts, all idle connections
    /// are dead.
    enum class Want
    {
        any,
        fresh,
    };

    /// Who wrote the statement, and so has to fix its errors.
    enum class Author
    {
        sdk,
        application,
    };

    using TimePoint = std::chrono::steady_clock::time_point;

    /// A connection on loan until a deadline. After the deadline nothing is sent, and a statement under way is given
    /// up. The destructor returns the connection, or, after discard(), only its place in the pool.
    class Lease
    {
      public:
        Lease(Pool &pool, std::unique_ptr<Connection> connection, TimePoint deadline)
            : pool_{&pool}, connection_{std::move(connection)}, deadline_{deadline}
        {
        }
        Lease(Lease &&other) noexcept
            : pool_{std::exchange(other.pool_, nullptr)},
              connection_{std::move(other.connection_)}, deadline_{other.deadline_}
        {
        }
        Lease &operator=(Lease &&) = delete;
        ~Lease();

        /// Makes sure that there is a connection of the wanted kind. Throws Judged, never in doubt.
        void refresh(Want want);

        /// Throws Judged if the server is a proxy of several servers, across which no transaction is atomic.
        void refuse_proxy();

        /// Runs a statement. Throws Judged; after a failure that spoils the connection, it is not returned to the pool.
        Rows execute(std::string_view sql, const Parameters &parameters = {}, Author author = Author::sdk);

        /// The same for a verb, which is told how long it may wait: until a little before the deadline, so that its
        /// answer arrives in time.
        Rows call(Statement &statement);

        /// Moves the deadline to this one, if this one is earlier.
        void hurry(TimePoint deadline) { deadline_ = std::min(deadline_, deadline); }

        /// Closes the connection; nothing more can be executed.
        void discard() noexcept { connection_.reset(); }

      private:
        template <typename Use>
        Rows use(Author author, Use use);

        /// Throws Judged, not in doubt, if no time is left.
        std::chrono::nanoseconds time_left() const;

        Pool *pool_;
        std::unique_ptr<Connection> connection_;
        TimePoint deadline_;
    };

    Pool(std::unique_ptr<Transport> transport, std::size_t size, const Timing &timing);

    /// Waits for a place until the deadline, by the given clock. Throws Judged: 53300 if no place became free, or the
    /// reason why no connection could be opened.
    Lease acquire(TimePoint deadline, Want want);

  private:
    void give_back(std::unique_ptr<Connection> connection) noexcept;

    std::unique_ptr<Transport> transport_;
    const std::size_t size_;
    const Timing &timing_;

    std::mutex mutex_; // guards the members below
    std::condition_variable place_free_;
    std::vector<std::unique_ptr<Connection>> idle_; // the last one used is used next, so that the busiest stay warm
    std::size_t on_loan_ = 0;

    Watchdog watchdog_;
};

} // namespace bookonce::detail
