// SPDX-License-Identifier: PostgreSQL
// storm_test.cpp: many clients at once: nothing is booked twice, and no client sees an error.
#include "server_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <latch>
#include <mutex>
#include <numeric>
#include <thread>

namespace bookonce
{

using bookonce::testing::ServerTest;
using bookonce::testing::storm_seed;
using namespace std::chrono_literals;

constexpr int client_count = 16;

class StormOnAServer : public ServerTest
{
  protected:
    const std::mt19937::result_type seed = storm_seed();
    std::mutex mutex;
    std::vector<std::string> errors;

    /// Runs `work(client, random)` in 16 threads, each with a client of its own, all starting together.
    template <typename Work>
    void storm(Work work)
    {
        std::latch start{client_count};
        std::vector<std::jthread> threads;
        for (unsigned i = 0; i < client_count; ++i)
        {
            threads.emplace_back(
                [&, i]
                {
                    auto one = options();
                    one.pool_size = 1;
                    Client client{one};
                    std::mt19937 random{seed + i};
                    start.arrive_and_wait();
                    try
                    {
                        work(client, random);
                    }
                    catch (const std::exception &error)
                    {
                        const std::lock_guard lock{mutex};
                        errors.emplace_back(error.what());
                    }
                });
        }
    }

    static TimeRange slot(int number)
    {
        return {std::chrono::sys_days{std::chrono::year{2031} / 1 / 1} + std::chrono::hours{number}, 1h};
    }
};

TEST_F(StormOnAServer, SixteenClientsBookFiftySlotsOnceEach)
{
    std::atomic<int> booked = 0;
    storm(
        [&](Client &client, std::mt19937 &random)
        {
            std::uniform_int_distribution<int> any{0, 49};
            for (int request = 0; request < 200; ++request)
            {
                const auto outcome = client.book_slot(request_for(slot(any(random))));
                booked += std::holds_alternative<Booked>(outcome) ? 1 : 0;
                EXPECT_TRUE(std::holds_alternative<Booked>(outcome) || std::holds_alternative<Taken>(outcome));
            }
        });
    EXPECT_EQ(errors, std::vector<std::string>{});
    EXPECT_EQ(booked, 50);
    EXPECT_EQ(value("SELECT count(*)::text FROM bookonce.live_booking"), "50");
    EXPECT_EQ(value("SELECT count(*)::text FROM bookonce.live_booking a JOIN bookonce.live_booking b "
                    "ON a.during && b.during AND a.booking_id < b.booking_id"),
              "0");
}

TEST_F(StormOnAServer, SixteenClientsRepeatingFortyKeysMakeFortyRows)
{
    query("SELECT bookonce.define_resource('room:2')");
    std::atomic<int> first = 0;
    std::atomic<int> replayed = 0;
    storm(
        [&](Client &client, std::mt19937 &random)
        {
            std::vector<int> order(40);
            std::iota(order.begin(), order.end(), 0);
            std::shuffle(order.begin(), order.end(), random);
            for (const int number : order)
            {
                const auto outcome = client.book_slot({.resource = "room:2",
                                                       .during = slot(number),
                                                       .holder = "ann",
                                                       .idempotency_key = IdempotencyKey::derive("storm", number)});
                ++(std::get<Booked>(outcome).replayed ? replayed : first);
            }
        });
    EXPECT_EQ(errors, std::vector<std::string>{});
    EXPECT_EQ(first, 40);
    EXPECT_EQ(replayed, (client_count - 1) * 40);
    EXPECT_EQ(value("SELECT count(*)::text FROM bookonce.booking b JOIN bookonce.resource USING (resource_id) WHERE "
                    "resource = 'room:2'"),
              "40");
}

TEST_F(StormOnAServer, ThreadsShareASmallPool)
{
    query("SELECT bookonce.define_resource('room:3')");
    auto few = options();
    few.pool_size = 3;
    Client shared{few};
    std::atomic<int> booked = 0;
    storm(
        [&](Client &, std::mt19937 &)
        {
            for (int number = 0; number < 40; ++number)
            {
                booked += std::holds_alternative<Booked>(
                    shared.book_slot({.resource = "room:3", .during = slot(number), .holder = "ann"}));
            }
        });
    EXPECT_EQ(errors, std::vector<std::string>{});
    EXPECT_EQ(booked, 40);
}

} // namespace bookonce
