// SPDX-License-Identifier: PostgreSQL
// watchdog_test.cpp: a server that does not answer is given up at the deadline, by the given clock.
// To know first: to show that a connection is not given up, a test waits until another one with an earlier deadline is.
#include "watchdog.hpp"

#include "bookonce/errors.hpp"
#include "fake_server_test.hpp"
#include "sample_answers.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace bookonce
{

using namespace std::chrono_literals;
using namespace bookonce::testing;
using detail::Watchdog;

/// A clock that the test sets, for any thread.
struct SharedClock
{
    std::atomic<std::chrono::steady_clock::time_point> now{};

    Timing timing()
    {
        return {.now = [this] { return now.load(); },
                .sleep = [this](std::chrono::nanoseconds length) { now = now.load() + length; },
                // Returns without a reason, as it may, and so soon notices the time that the test has set.
                .wait = [](std::condition_variable &changed, std::unique_lock<std::mutex> &lock,
                           std::chrono::nanoseconds) { changed.wait_for(lock, 1ms); },
                .random = [] { return 0.5; }};
    }
};

class GivenUp final : public detail::Connection
{
  public:
    Rows execute(std::string_view, const Parameters &) override { return {}; }
    Rows call(const detail::Statement &) override { return {}; }
    void give_up() noexcept override { given_up_.set_value(); }
    bool usable() noexcept override { return true; }

    void wait() { future_.wait(); }
    bool is() const { return future_.wait_for(0s) == std::future_status::ready; }

  private:
    std::promise<void> given_up_;
    std::future<void> future_ = given_up_.get_future();
};

class WatchdogTest : public ::testing::Test
{
  protected:
    SharedClock clock;
    Timing timing = clock.timing();
    Watchdog watchdog{timing};
    GivenUp one;
    GivenUp other;

    std::chrono::steady_clock::time_point in(std::chrono::seconds length) { return clock.now.load() + length; }
};

TEST_F(WatchdogTest, GivesUpAtTheDeadlineAndNotBefore)
{
    const Watchdog::Watch late{watchdog, one, in(10s)};
    const Watchdog::Watch early{watchdog, other, in(5s)};
    clock.now = in(9s);
    other.wait();
    EXPECT_TRUE(early.gave_up());
    EXPECT_FALSE(one.is());
    EXPECT_FALSE(late.gave_up());
    clock.now = in(1s);
    one.wait();
    EXPECT_TRUE(late.gave_up());
}

TEST_F(WatchdogTest, ForgetsWhatHasEnded)
{
    {
        const Watchdog::Watch ended{watchdog, one, in(1s)};
    }
    const Watchdog::Watch next{watchdog, other, in(2s)};
    clock.now = in(3s);
    other.wait();
    EXPECT_FALSE(one.is());
}

TEST_F(WatchdogTest, IsThereAgainAfterItHadNothingToWatch)
{
    {
        const Watchdog::Watch first{watchdog, one, in(1s)};
        clock.now = in(2s);
        one.wait();
    }
    const Watchdog::Watch second{watchdog, other, in(1s)};
    clock.now = in(2s);
    other.wait();
    EXPECT_TRUE(second.gave_up());
}

/// A server that does not answer until its connection is given up.
class HangingServer : public ::testing::Test
{
  protected:
    HangingServer()
    {
        server->may_hang = true;
        server->gives_up = [this] { given_up.set_value(); };
    }

    void hangs()
    {
        server->answers(
            [this]() -> Rows
            {
                clock.now = clock.now.load() + 11s;
                given_up.get_future().wait();
                throw detail::Failure{.sqlstate = "08006", .message = "closed", .lost = true};
            });
    }

    Client client() { return detail::ClientAccess::make(options, std::make_unique<FakeTransport>(server)); }

    SharedClock clock;
    std::promise<void> given_up;
    std::shared_ptr<FakeServer> server = std::make_shared<FakeServer>();
    ClientOptions options{.connection_string = "", .pool_size = 1, .retry = {}, .timing = clock.timing()};
};

TEST_F(HangingServer, AWritingCallEndsAtTheDeadlineInDoubt)
{
    hangs();
    Client c = client();
    const BookSlot request{.resource = "room:1", .during = nine_to_ten, .holder = "ann"};
    try
    {
        (void)c.book_slot(request);
        FAIL() << "it was answered";
    }
    catch (const OutcomeUnknown &error)
    {
        EXPECT_NE(std::string{error.what()}.find("did not answer before the deadline"), std::string::npos);
        EXPECT_EQ(error.idempotency_key(), request.idempotency_key.text());
        EXPECT_EQ(error.attempts(), 1);
    }
    EXPECT_EQ(server->open, 0);
    server->answers(booked_answer("booked", "t"));
    EXPECT_TRUE(std::get<Booked>(c.book_slot(request)).replayed);
    EXPECT_EQ(server->asked.back().connection, 2);
}

TEST_F(HangingServer, AReadingCallIsUnavailable)
{
    hangs();
    EXPECT_THROW((void)client().free_time({.resource = "room:1", .within = nine_to_ten}), Unavailable);
}

TEST_F(HangingServer, ATransactionThatHadNotCommittedIsUnavailable)
{
    server->answers(Rows{});
    hangs();
    EXPECT_THROW(client().transact([](Transaction &tx) { tx.execute("UPDATE cart"); }), Unavailable);
}

TEST_F(HangingServer, ACommitIsInDoubt)
{
    server->answers(Rows{}).answers(Rows{}).answers({{"741", "\\x0001"}});
    hangs();
    EXPECT_THROW(client().transact([](Transaction &tx) { tx.execute("UPDATE cart"); }), OutcomeUnknown);
}

} // namespace bookonce
