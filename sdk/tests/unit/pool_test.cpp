// SPDX-License-Identifier: PostgreSQL
// pool_test.cpp: never more connections than allowed, broken ones thrown away, waiting limited by the deadline.
#include "pool.hpp"

#include "bookonce/errors.hpp"
#include "fake_server_test.hpp"

#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace bookonce
{

using namespace std::chrono_literals;
using namespace bookonce::testing;
using detail::Failure;
using detail::Pool;

class PoolTest : public ::testing::Test
{
  protected:
    std::shared_ptr<FakeServer> server = std::make_shared<FakeServer>();
    Timing timing = Timing::real();
    Pool pool{std::make_unique<FakeTransport>(server), 2, timing};

    Pool::Lease acquire(Pool::Want want = Pool::Want::any) { return pool.acquire(timing.now() + 1h, want); }
};

TEST_F(PoolTest, LendsAConnectionAgain)
{
    acquire().execute("one");
    acquire().execute("two");
    EXPECT_EQ(server->connections, 1);
}

TEST_F(PoolTest, ThrowsAwayALostConnection)
{
    server->loses_connection();
    EXPECT_THROW(acquire().execute("one"), Failure);
    EXPECT_EQ(server->open, 0);
    acquire().execute("two");
    EXPECT_EQ(server->asked.back().connection, 2);
}

TEST_F(PoolTest, KeepsAConnectionWhoseStatementFailed)
{
    server->fails({.sqlstate = "22023", .message = ""});
    EXPECT_THROW(acquire().execute("one"), Failure);
    acquire().execute("two");
    EXPECT_EQ(server->connections, 1);
}

TEST_F(PoolTest, LeavesAServerThatBecameReadOnly)
{
    server->fails({.sqlstate = "25006", .message = ""});
    EXPECT_THROW(acquire().execute("one"), Failure);
    acquire().execute("two");
    EXPECT_EQ(server->asked.back().connection, 2);
}

TEST_F(PoolTest, ReplacesAnIdleConnectionThatTheServerClosed)
{
    acquire().execute("one");
    server->idle_connections_usable = false;
    acquire().execute("two");
    EXPECT_EQ(server->asked.back().connection, 2);
    EXPECT_EQ(server->open, 1);
}

TEST_F(PoolTest, OpensAFreshConnectionWhenAsked)
{
    acquire().execute("one");
    acquire(Pool::Want::fresh).execute("two");
    EXPECT_EQ(server->asked.back().connection, 2);
    EXPECT_EQ(server->open, 1);
}

TEST_F(PoolTest, AConnectionThatCouldNotBeOpenedGivesItsPlaceBack)
{
    server->refuses({.sqlstate = "08001", .message = "refused"}, 5);
    for (int i = 0; i < 5; ++i)
    {
        EXPECT_THROW(acquire(), Failure);
    }
    acquire().execute("one");
}

TEST_F(PoolTest, ExhaustedItFailsAtTheDeadline)
{
    const Pool::Lease one = acquire();
    const Pool::Lease two = acquire();
    try
    {
        pool.acquire(timing.now(), Pool::Want::any);
        FAIL() << "a third connection";
    }
    catch (const Failure &failure)
    {
        EXPECT_EQ(failure.sqlstate, "53300");
        EXPECT_NE(failure.hint.find("pool_size"), std::string::npos);
    }
}

TEST_F(PoolTest, AWaiterGetsThePlaceThatIsGivenBack)
{
    std::optional<Pool::Lease> one{acquire()};
    const Pool::Lease two = acquire();
    auto waiter = std::async(std::launch::async, [this] { acquire().execute("waited"); });
    one.reset();
    waiter.get();
    EXPECT_EQ(server->asked.back().sql, "waited");
    EXPECT_EQ(server->connections, 2);
}

TEST_F(PoolTest, ManyThreadsNeverHaveMoreThanItsSize)
{
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
    {
        threads.emplace_back(
            [this]
            {
                for (int turn = 0; turn < 200; ++turn)
                {
                    acquire(turn % 3 == 0 ? Pool::Want::fresh : Pool::Want::any).execute("turn");
                }
            });
    }
    threads.clear();
    EXPECT_EQ(server->asked.size(), 1600U);
    EXPECT_LE(server->most_open, 2);
}

} // namespace bookonce
