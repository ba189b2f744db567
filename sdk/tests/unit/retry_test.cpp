// SPDX-License-Identifier: PostgreSQL
// retry_test.cpp: how often, how long apart, and when to stop.
#include "attempts.hpp"
#include "bookonce/errors.hpp"
#include "fake_server_test.hpp"

#include <gtest/gtest.h>

namespace bookonce
{

using namespace std::chrono_literals;
using bookonce::testing::FakeTiming;
using detail::Attempts;
using detail::Judged;

const Judged contention{{.sqlstate = "40001", .message = "could not serialize access"}};

class Retry : public ::testing::Test
{
  protected:
    FakeTiming clock;
    Timing timing = clock.timing();
    RetryPolicy policy{.max_attempts = 6, .first_backoff = 10ms, .longest_backoff = 100ms, .deadline = 10s};

    template <typename Expected>
    Expected exhaust(Attempts &attempts, const Judged &failure = contention)
    {
        for (;;)
        {
            try
            {
                attempts.wait_or_throw(failure, false);
            }
            catch (const Expected &error)
            {
                return error;
            }
        }
    }
};

TEST_F(Retry, BackoffDoublesUpToItsLimit)
{
    clock.chance = 1.0;
    Attempts attempts{policy, timing};
    EXPECT_EQ(exhaust<Unavailable>(attempts).attempts(), 6);
    EXPECT_EQ(clock.slept, (std::vector<std::chrono::nanoseconds>{10ms, 20ms, 40ms, 80ms, 100ms}));
}

TEST_F(Retry, JitterReachesDownToNothing)
{
    clock.chance = 0.0;
    Attempts attempts{policy, timing};
    exhaust<Unavailable>(attempts);
    EXPECT_EQ(clock.slept, std::vector<std::chrono::nanoseconds>(5, 0ns));
}

TEST_F(Retry, NoTryStartsAtOrAfterTheDeadline)
{
    clock.chance = 1.0;
    policy.deadline = 70ms; // after 10 + 20, 40 are left, which is exactly the next back-off
    Attempts attempts{policy, timing};
    EXPECT_EQ(exhaust<Unavailable>(attempts).attempts(), 3);
    EXPECT_LT(clock.now.time_since_epoch(), 70ms);
}

TEST_F(Retry, ManyTriesDoNotOverflowTheBackoff)
{
    clock.chance = 1.0;
    policy.max_attempts = 200;
    policy.deadline = 1h;
    Attempts attempts{policy, timing};
    EXPECT_EQ(exhaust<Unavailable>(attempts).attempts(), 200);
    EXPECT_EQ(clock.slept.back(), 100ms);
}

TEST_F(Retry, WhatRepeatingCannotMendIsNotRepeated)
{
    Attempts attempts{policy, timing};
    EXPECT_EQ(exhaust<InvalidRequest>(attempts, Judged{{.sqlstate = "22023", .message = ""}}).attempts(), 1);
    EXPECT_TRUE(clock.slept.empty());
}

TEST_F(Retry, RealRandomNumbersAreShares)
{
    const Timing real = Timing::real();
    for (int i = 0; i < 1000; ++i)
    {
        const double share = real.random();
        EXPECT_GE(share, 0.0);
        EXPECT_LT(share, 1.0);
    }
}

} // namespace bookonce
