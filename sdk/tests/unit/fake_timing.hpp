// SPDX-License-Identifier: PostgreSQL
// fake_timing.hpp: a clock that only sleeping moves, so that no test waits.
#pragma once

#include "bookonce/retry.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <vector>

namespace bookonce::testing
{

/// A clock that moves only when somebody sleeps. Not thread-safe.
struct FakeTiming
{
    std::chrono::steady_clock::time_point now{};
    std::vector<std::chrono::nanoseconds> slept;
    std::vector<std::chrono::nanoseconds> waited; // lengths given to wait(); there is no other thread to wait for
    double chance = 0.5;

    Timing timing()
    {
        return {.now = [this] { return now; },
                .sleep =
                    [this](std::chrono::nanoseconds length)
                {
                    slept.push_back(length);
                    now += length;
                },
                .wait =
                    [this](std::condition_variable &, std::unique_lock<std::mutex> &, std::chrono::nanoseconds length)
                {
                    waited.push_back(length);
                    now += length;
                },
                .random = [this] { return chance; }};
    }
};

} // namespace bookonce::testing
