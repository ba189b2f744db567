// SPDX-License-Identifier: PostgreSQL
// standing_clock.hpp: a clock for many threads, which counts those that wait.
#pragma once

#include "bookonce/retry.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace bookonce::testing
{

/// A clock for many threads. It moves only when the test says that everybody has waited too long.
class StandingClock
{
  public:
    Timing timing()
    {
        return {.now = [this] { return std::chrono::steady_clock::time_point{now_.load()}; },
                .sleep = [this](std::chrono::nanoseconds length) { now_ = now_.load() + length; },
                .wait =
                    [this](std::condition_variable &changed, std::unique_lock<std::mutex> &lock,
                           std::chrono::nanoseconds length)
                {
                    if (all_wait_too_long)
                    {
                        now_ = now_.load() + length;
                        return;
                    }
                    ++waiting_;
                    waiting_.notify_all();
                    changed.wait(lock);
                    --waiting_;
                },
                .random = [] { return 0.5; }};
    }

    /// Returns when that many threads wait.
    void wait_until_waiting(int threads) const
    {
        for (int now = waiting_; now != threads; now = waiting_)
        {
            waiting_.wait(now);
        }
    }

    std::atomic<bool> all_wait_too_long = false;

  private:
    std::atomic<std::chrono::nanoseconds> now_{};
    std::atomic<int> waiting_ = 0;
};

} // namespace bookonce::testing
