// SPDX-License-Identifier: PostgreSQL
// watchdog.hpp: gives up connections whose server has not answered by a deadline.
// To know first: there is one thread per pool, started with the first statement. It sends nothing: the statement fails
// as on a lost connection, and likewise nobody knows whether the server did it.
#pragma once

#include "transport.hpp"

#include "bookonce/retry.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

namespace bookonce::detail
{

class Watchdog
{
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    /// Watches one statement on one connection, from construction to destruction.
    class Watch
    {
      public:
        /// Throws std::system_error if the thread cannot be started.
        Watch(Watchdog &watchdog, Connection &connection, TimePoint deadline);
        Watch(const Watch &) = delete;
        Watch &operator=(const Watch &) = delete;
        ~Watch();

        /// Whether the deadline passed and the connection was given up.
        bool gave_up() const;

      private:
        friend class Watchdog;

        Watchdog &watchdog_;
        Connection &connection_;
        const TimePoint deadline_;
        bool gave_up_ = false; // guarded by the watchdog's mutex
    };

    explicit Watchdog(const Timing &timing) : timing_{timing} {}
    Watchdog(const Watchdog &) = delete;
    Watchdog &operator=(const Watchdog &) = delete;
    ~Watchdog(); // no Watch may be left

  private:
    void loop();

    const Timing &timing_;

    mutable std::mutex mutex_; // guards what follows
    std::condition_variable changed_;
    std::set<std::pair<TimePoint, Watch *>> watched_;
    TimePoint wakes_at_ = TimePoint::max(); // kept so that a later deadline does not wake the thread
    bool stop_ = false;
    std::thread thread_;
};

} // namespace bookonce::detail
