// SPDX-License-Identifier: PostgreSQL
// gathering_test.cpp: many threads share a client that gathers calls: the outcomes are those of single calls.
#include "server_test.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>
#include <mutex>
#include <thread>

namespace bookonce
{

using bookonce::testing::ServerTest;
using bookonce::testing::storm_seed;
using namespace std::chrono_literals;

constexpr int thread_count = 64;

class GatheringOnAServer : public ServerTest
{
  protected:
    static ClientOptions gathering(const std::string &more = "")
    {
        auto made = options(more);
        made.gather.most = 256;
        return made;
    }

    /// Runs `work(thread)` in 64 threads that begin together; returns what they threw.
    template <typename Work>
    static std::vector<std::string> in_threads(Work work)
    {
        std::mutex mutex;
        std::vector<std::string> errors;
        std::latch start{thread_count};
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < thread_count; ++thread)
        {
            threads.emplace_back(
                [&, thread]
                {
                    start.arrive_and_wait();
                    try
                    {
                        work(thread);
                    }
                    catch (const std::exception &error)
                    {
                        const std::lock_guard lock{mutex};
                        errors.emplace_back(error.what());
                    }
                });
        }
        threads.clear();
        return errors;
    }

    static TimeRange slot(int number)
    {
        return {std::chrono::sys_days{std::chrono::year{2032} / 1 / 1} + std::chrono::hours{number}, 1h};
    }

    static std::string rows_of(const std::string &resource)
    {
        return value("SELECT count(*)::text FROM bookonce.live_booking WHERE resource = $1", {resource});
    }

    /// How many transactions made the resource's bookings.
    static int commits_of(const std::string &resource)
    {
        return std::stoi(value("SELECT count(DISTINCT b.xmin::text)::text FROM bookonce.booking b JOIN "
                               "bookonce.resource USING (tenant, resource_id) WHERE resource = $1",
                               {resource}));
    }
};

TEST_F(GatheringOnAServer, OneWinnerForEachSlotAndItIsTheOneThatWasToldSo)
{
    query("SELECT bookonce.define_resource('hall:1')");
    const auto seed = storm_seed();
    Client client{gathering()};
    std::mutex mutex;
    std::vector<std::string> told;
    const auto errors = in_threads(
        [&](int thread)
        {
            std::mt19937 random{static_cast<std::mt19937::result_type>(seed) + static_cast<unsigned>(thread)};
            for (int n = 0; n < 20; ++n)
            {
                const auto outcome =
                    client.book_slot({.resource = "hall:1",
                                      .during = slot(std::uniform_int_distribution<int>{0, 199}(random)),
                                      .holder = "thread:" + std::to_string(thread),
                                      .details = "{\"n\": " + std::to_string(n) + "}"});
                if (const auto *const booked = std::get_if<Booked>(&outcome))
                {
                    const std::lock_guard lock{mutex};
                    told.push_back(booked->booking_id + " thread:" + std::to_string(thread) + ' ' + std::to_string(n));
                    EXPECT_FALSE(booked->group_id);
                }
                else
                {
                    EXPECT_FALSE(std::get<Taken>(outcome).busy.empty());
                }
            }
        });
    EXPECT_EQ(errors, std::vector<std::string>{});
    std::vector<std::string> found;
    for (const Row &row : query("SELECT booking_id || ' ' || holder || ' ' || (details ->> 'n') FROM "
                                "bookonce.live_booking WHERE resource = 'hall:1'"))
    {
        found.push_back(row[0].value());
    }
    std::sort(told.begin(), told.end());
    std::sort(found.begin(), found.end());
    EXPECT_EQ(told, found);
    EXPECT_LE(commits_of("hall:1"), static_cast<int>(found.size()));
    EXPECT_EQ(value("SELECT count(*)::text FROM bookonce.live_booking a JOIN bookonce.live_booking b "
                    "ON a.resource = b.resource AND a.during && b.during AND a.booking_id < b.booking_id"),
              "0");
}

TEST_F(GatheringOnAServer, ManyCallsAreOneCommit)
{
    query("SELECT bookonce.define_resource('hall:2')");
    Client client{gathering()};
    const auto errors = in_threads(
        [&](int thread)
        {
            for (int n = 0; n < 20; ++n)
            {
                EXPECT_TRUE(std::holds_alternative<Booked>(
                    client.book_slot({.resource = "hall:2", .during = slot(thread * 20 + n), .holder = "ann"})));
            }
        });
    EXPECT_EQ(errors, std::vector<std::string>{});
    EXPECT_EQ(rows_of("hall:2"), std::to_string(thread_count * 20));
    EXPECT_LT(commits_of("hall:2"), thread_count * 20 / 2);
}

TEST_F(GatheringOnAServer, ResourcesWithRulesAndPartiesAreDecidedAsAlone)
{
    query("SELECT bookonce.define_resource('class:1', capacity => 10)");
    Client client{gathering()};
    std::atomic<int> units = 0;
    const auto errors = in_threads(
        [&](int thread)
        {
            const auto outcome = client.book_slot(
                {.resource = "class:1", .during = slot(0), .holder = "ann", .quantity = thread % 2 + 1});
            if (const auto *const booked = std::get_if<Booked>(&outcome))
            {
                units += static_cast<int>(booked->units.size());
            }
        });
    EXPECT_EQ(errors, std::vector<std::string>{});
    EXPECT_GE(units, 9); // the last unit may stay free if only parties are left
    EXPECT_EQ(rows_of("class:1"), std::to_string(units));
}

TEST_F(GatheringOnAServer, OneKeyOfAllThreadsIsOneBooking)
{
    query("SELECT bookonce.define_resource('hall:3')");
    Client client{gathering()};
    std::atomic<int> replayed = 0;
    const auto errors = in_threads(
        [&](int)
        {
            const auto outcome = client.book_slot({.resource = "hall:3",
                                                   .during = slot(0),
                                                   .holder = "ann",
                                                   .idempotency_key = IdempotencyKey{"gathered:1"}});
            replayed += std::get<Booked>(outcome).replayed ? 1 : 0;
        });
    EXPECT_EQ(errors, std::vector<std::string>{});
    EXPECT_EQ(replayed, thread_count - 1);
    EXPECT_EQ(rows_of("hall:3"), "1");
}

TEST_F(GatheringOnAServer, AWrongCallAndAReusedKeyMeetOnlyTheirCallers)
{
    query("SELECT bookonce.define_resource('hall:4')");
    Client client{gathering()};
    (void)client.book_slot(
        {.resource = "hall:4", .during = slot(1000), .holder = "ann", .idempotency_key = IdempotencyKey{"gathered:2"}});
    const auto errors = in_threads(
        [&](int thread)
        {
            for (int n = 0; n < 5; ++n)
            {
                BookSlot call{.resource = "hall:4", .during = slot(thread * 5 + n), .holder = "ann"};
                if (thread == 1)
                {
                    call.resource = "nowhere";
                    EXPECT_THROW((void)client.book_slot(call), InvalidRequest);
                }
                else if (thread == 2)
                {
                    call.idempotency_key = IdempotencyKey{"gathered:2"};
                    EXPECT_THROW((void)client.book_slot(call), KeyReused);
                }
                else
                {
                    EXPECT_TRUE(std::holds_alternative<Booked>(client.book_slot(call)));
                }
            }
        });
    EXPECT_EQ(errors, std::vector<std::string>{});
    EXPECT_EQ(rows_of("hall:4"), std::to_string((thread_count - 2) * 5 + 1));
}

TEST_F(GatheringOnAServer, WhoWaitsForAnOpenTransactionKeepsNobodyWaiting)
{
    query("SELECT bookonce.define_resource('hall:5')");
    Client other{options()};
    auto few = gathering();
    few.pool_size = 4;
    Client client{few};
    std::latch done{thread_count - 1};
    const auto book = [&](int number)
    { return client.book_slot({.resource = "hall:5", .during = slot(number), .holder = "ben"}); };
    std::future<BookSlotOutcome> waits;
    std::vector<std::string> errors;
    other.transact(
        [&](Transaction &tx)
        {
            (void)tx.book_slot({.resource = "hall:5", .during = slot(0), .holder = "ann"});
            waits = std::async(std::launch::async, [&] { return book(0); });
            errors = in_threads(
                [&](int thread)
                {
                    if (thread > 0)
                    {
                        EXPECT_TRUE(std::holds_alternative<Booked>(book(thread)));
                        done.count_down();
                    }
                });
            done.wait(); // for all threads but one, while the transaction is open
        });
    EXPECT_EQ(errors, std::vector<std::string>{});
    EXPECT_TRUE(std::holds_alternative<Taken>(waits.get()));
    EXPECT_EQ(rows_of("hall:5"), std::to_string(thread_count));
}

TEST_F(GatheringOnAServer, OneCounterIsMovedByManyInFewCommits)
{
    query("SELECT bookonce.define_counter('hot', 0, 0, 900)");
    Client client{gathering()};
    std::mutex mutex;
    std::vector<std::int64_t> values;
    std::atomic<int> refused = 0;
    const auto errors = in_threads(
        [&](int thread)
        {
            for (int n = 0; n < 20; ++n)
            {
                const auto outcome = client.adjust_counter(
                    {.counter = thread == 0 ? "nowhere" : "hot",
                     .delta = 1,
                     .idempotency_key = IdempotencyKey::derive("hot", std::to_string(thread), std::to_string(n))});
                if (const auto *const adjusted = std::get_if<Applied>(&outcome))
                {
                    const std::lock_guard lock{mutex};
                    values.push_back(adjusted->value);
                }
                else
                {
                    ++refused;
                }
            }
        });
    ASSERT_EQ(errors.size(), 1U); // of the thread whose counter does not exist; the others were not disturbed
    std::sort(values.begin(), values.end());
    ASSERT_EQ(values.size(), 900U);
    EXPECT_EQ(values.front(), 1);
    EXPECT_EQ(values.back(), 900);
    EXPECT_EQ(std::adjacent_find(values.begin(), values.end()), values.end());
    EXPECT_EQ(refused, (thread_count - 1) * 20 - 900);
    EXPECT_LT(std::stoi(value("SELECT count(DISTINCT xmin::text)::text FROM bookonce.counter_entry "
                              "WHERE counter = 'hot'")),
              450);
}

TEST_F(GatheringOnAServer, WhoWaitForACounterWaitInOneConnection)
{
    query("SELECT bookonce.define_resource('hall:8')");
    query("SELECT bookonce.define_counter('held', 0, NULL, NULL)");
    Client other{options()};
    auto few = gathering();
    few.pool_size = 2;
    Client client{few};
    std::vector<std::future<AdjustCounterOutcome>> waiting;
    other.transact(
        [&](Transaction &tx)
        {
            (void)tx.adjust_counter({.counter = "held", .delta = 1000});
            for (int n = 0; n < thread_count; ++n)
            {
                waiting.push_back(std::async(std::launch::async, [&client]
                                             { return client.adjust_counter({.counter = "held", .delta = 1}); }));
            }
            while (value("SELECT count(*)::text FROM pg_stat_activity WHERE datname = current_database() "
                         "AND wait_event_type = 'Lock'") == "0")
            {
                std::this_thread::yield();
            }
            for (int n = 0; n < 10; ++n)
            {
                EXPECT_TRUE(std::holds_alternative<Booked>(
                    client.book_slot({.resource = "hall:8", .during = slot(n), .holder = "ann"})));
            }
        });
    for (auto &one : waiting)
    {
        EXPECT_GT(std::get<Applied>(one.get()).value, 1000);
    }
    EXPECT_EQ(value("SELECT value::text FROM bookonce.counter WHERE counter = 'held'"),
              std::to_string(1000 + thread_count));
}

TEST_F(GatheringOnAServer, HoldsAreConfirmedAndCancelledByManyEachByItsOwnCaller)
{
    query("SELECT bookonce.define_resource('hall:7')");
    Client client{gathering()};
    const auto errors = in_threads(
        [&](int thread)
        {
            const auto holder = std::to_string(thread);
            for (int n = 0; n < 5; ++n)
            {
                const auto held = std::get<Booked>(client.book_slot(
                    {.resource = "hall:7", .during = slot(thread * 5 + n), .holder = holder, .hold_for = 10min}));
                const auto confirmed = client.confirm_booking({.booking_id = held.booking_id, .holder = holder});
                EXPECT_EQ(std::get<Confirmed>(confirmed).booking_id, held.booking_id);
                if (n > 0)
                {
                    const auto cancelled =
                        client.cancel_booking({.booking_id = held.booking_id, .reason = "no. " + std::to_string(n)});
                    EXPECT_EQ(std::get<Cancelled>(cancelled).booking_id, held.booking_id);
                }
            }
            EXPECT_THROW((void)client.confirm_booking({.booking_id = "00000000-0000-0000-0000-000000000000"}),
                         InvalidRequest);
        });
    EXPECT_EQ(errors, std::vector<std::string>{});
    EXPECT_EQ(rows_of("hall:7"), std::to_string(thread_count));
    EXPECT_EQ(value("SELECT count(*)::text FROM bookonce.booking JOIN bookonce.resource USING (tenant, resource_id) "
                    "WHERE resource = 'hall:7' AND reason = 'no. 3' AND status = 'cancelled'"),
              std::to_string(thread_count));
}

TEST_F(GatheringOnAServer, OneOfManyClaimsAValue)
{
    Client client{gathering()};
    std::atomic<int> claimed = 0;
    const auto errors = in_threads(
        [&](int thread)
        {
            for (int n = 0; n < 10; ++n)
            {
                const auto outcome =
                    client.claim({.scope = "gathered",
                                  .value = std::to_string(n),
                                  .claimant = std::to_string(thread),
                                  .details = n % 2 == 0 ? std::optional<std::string>{"{\"n\": 1}"} : std::nullopt});
                claimed += std::holds_alternative<Claimed>(outcome) ? 1 : 0;
            }
        });
    EXPECT_EQ(errors, std::vector<std::string>{});
    EXPECT_EQ(claimed, 10);
}

TEST_F(GatheringOnAServer, FuturesAreKeptByOneConnection)
{
    query("SELECT bookonce.define_resource('hall:6')");
    auto one = gathering();
    one.pool_size = 1;
    std::vector<std::future<BookSlotOutcome>> futures;
    {
        Client client{one};
        for (int number = 0; number < 500; ++number)
        {
            futures.push_back(client.book_slot_async(
                {.resource = "hall:6", .during = slot(number / 2), .holder = std::to_string(number % 2)}));
        }
    }
    int booked = 0;
    for (auto &future : futures)
    {
        booked += std::holds_alternative<Booked>(future.get()) ? 1 : 0;
    }
    EXPECT_EQ(booked, 250);
    EXPECT_LT(commits_of("hall:6"), 125);
}

} // namespace bookonce
