// SPDX-License-Identifier: PostgreSQL
// gathering_test.hpp: many threads that book with one client, while the first statement is held back.
// To know first: nothing here waits for time to pass. The clock does not move, and the tests count the calls in line.
#pragma once

#include "bookonce/errors.hpp"
#include "fake_server_test.hpp"
#include "gathered_answers.hpp"
#include "standing_clock.hpp"

#include <gtest/gtest.h>

#include <concepts>
#include <functional>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace bookonce::testing
{

class GatheringTest : public FakeServerTest
{
  protected:
    GatheringTest()
    {
        options.timing = standing.timing();
        options.gather = {.most = 256, .at_once = 1};
        options.pool_size = 8;
        server->otherwise = answer_each;
    }

    void make_client()
    {
        shared.reset(new Client(detail::ClientAccess::make(options, std::make_unique<FakeTransport>(server))));
    }

    static BookSlot call(int number) { return {.resource = name(number), .during = nine_to_ten, .holder = "ann"}; }
    static std::string name(int number) { return "room:" + std::to_string(number); }

    /// Lets the first statement begin, and end only when the test says so.
    void hold_back_the_first()
    {
        server->answers(
            [this]
            {
                began.count_down();
                may_end.wait();
                return first_answer();
            });
        start(0);
        began.wait();
    }

    /// Starts a thread that books a room, and expects to get it.
    void start(int number)
    {
        start([this, number] { EXPECT_EQ(std::get<Booked>(shared->book_slot(call(number))).resource, name(number)); });
    }

    template <typename Work>
    requires std::invocable<Work &>
    void start(Work work)
    {
        threads.emplace_back(
            [work]
            {
                try
                {
                    work();
                }
                catch (const std::exception &error)
                {
                    ADD_FAILURE() << error.what();
                }
            });
    }

    /// Threads for the rooms 1, 2, .., all of which wait for the first statement.
    void let_wait(int calls)
    {
        for (int number = 1; number <= calls; ++number)
        {
            start(number);
        }
        standing.wait_until_waiting(calls);
    }

    void end_all()
    {
        may_end.count_down();
        threads.clear();
    }

    StandingClock standing;
    std::latch began{1};
    std::latch may_end{1};
    std::function<Rows()> first_answer = []
    {
        Rows rows = booked_answer();
        rows[0][4] = name(0);
        return rows;
    };
    std::unique_ptr<Client> shared;
    std::vector<std::jthread> threads;
};

} // namespace bookonce::testing
