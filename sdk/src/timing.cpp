// SPDX-License-Identifier: PostgreSQL
// timing.cpp: the real clock, sleep and randomness.
#include "bookonce/retry.hpp"

#include "randomness.hpp"

#include <cstdint>
#include <cstring>
#include <random>
#include <thread>

namespace bookonce
{

Timing Timing::real()
{
    return {
        .now = [] { return std::chrono::steady_clock::now(); },
        .sleep = [](std::chrono::nanoseconds length) { std::this_thread::sleep_for(length); },
        .wait = [](std::condition_variable &changed, std::unique_lock<std::mutex> &lock,
                   std::chrono::nanoseconds length) { changed.wait_for(lock, length); },
        .random =
            []
        {
            thread_local std::minstd_rand generator = []
            {
                std::uint32_t seed = 0;
                const auto bytes = detail::random_bytes();
                std::memcpy(&seed, bytes.data(), sizeof seed);
                return std::minstd_rand{seed};
            }();
            return std::uniform_real_distribution<double>{0.0, 1.0}(generator);
        },
    };
}

} // namespace bookonce
