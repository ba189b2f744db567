// SPDX-License-Identifier: PostgreSQL
// gathering_test.cpp: which calls are gathered, and that each gets only its own answer.
#include "gathering_test.hpp"

#include <future>
#include <new>

namespace bookonce
{

using namespace bookonce::testing;

namespace
{

constexpr std::size_t gathered_key = 7;

template <typename Failure, typename Call>
Failure failure_of(Call booking)
{
    try
    {
        booking();
    }
    catch (const Failure &failure)
    {
        return failure;
    }
    throw std::logic_error{"the call did not fail as expected"};
}

} // namespace

TEST_F(GatheringTest, ACallAloneGoesAtOnceAsWhatItIs)
{
    make_client();
    (void)shared->book_slot(call(1));
    (void)shared->book_slot(call(2));
    ASSERT_EQ(server->asked.size(), 2U);
    for (const Asked &asked : server->asked)
    {
        EXPECT_FALSE(is_gathered(asked));
        EXPECT_EQ(asked.parameters.back(), "0"); // calls that come meanwhile must not wait for the same transaction
    }
}

TEST_F(GatheringTest, ACallAloneThatWouldHaveToWaitIsSentAgainAndWaits)
{
    int attempts = 0;
    options.on_call = [&attempts](const CallReport &report) { attempts = report.attempts; };
    make_client();
    server->fails({.sqlstate = "55P03", .message = "the call may not wait"});
    EXPECT_TRUE(std::holds_alternative<Booked>(shared->book_slot(call(1))));
    ASSERT_EQ(server->asked.size(), 2U);
    EXPECT_EQ(server->asked[1].parameters.back(), "9.000000 seconds");
    EXPECT_EQ(attempts, 1); // the first only found out whether the call has to wait

    server->fails({.sqlstate = "55P03", .message = ""}).fails({.sqlstate = "55P03", .message = "max_wait has passed"});
    EXPECT_EQ(failure_of<Unavailable>([&] { (void)shared->book_slot(call(1)); }).attempts(), 1);
}

TEST_F(GatheringTest, AnErrorOfACallAloneIsItsOwn)
{
    make_client();
    server->fails({.sqlstate = "OB002", .message = ""});
    EXPECT_EQ(failure_of<InvalidRequest>([&] { (void)shared->book_slot(call(1)); }).attempts(), 1);
    EXPECT_EQ(server->asked.size(), 1U);
}

TEST_F(GatheringTest, WithoutTheOptionEachCallGoesAlone)
{
    options.gather.most = 1;
    make_client();
    hold_back_the_first();
    (void)shared->book_slot(call(1)); // does not wait for the first statement
    EXPECT_EQ(server->asked.at(1).parameters.back(), "9.000000 seconds");
    end_all();
}

TEST_F(GatheringTest, WhatComesWhileAStatementIsUnderWayIsOneStatement)
{
    make_client();
    hold_back_the_first();
    let_wait(5);
    EXPECT_EQ(server->asked.size(), 1U);
    end_all();
    ASSERT_EQ(server->asked.size(), 2U);
    EXPECT_TRUE(is_gathered(server->asked[1]));
    EXPECT_EQ(elements(server->asked[1].parameters.at(0)).size(), 5U);
    EXPECT_EQ(server->asked[1].parameters.back(), "0");
    EXPECT_EQ(server->connections, 1);
}

TEST_F(GatheringTest, NoMoreThanMostTravelTogether)
{
    options.gather.most = 3;
    make_client();
    hold_back_the_first();
    let_wait(5);
    end_all();
    ASSERT_EQ(server->asked.size(), 3U);
    EXPECT_EQ(elements(server->asked[1].parameters.at(0)).size(), 3U);
    EXPECT_EQ(elements(server->asked[2].parameters.at(0)).size(), 2U);
}

TEST_F(GatheringTest, SoManyStatementsAreUnderWayAtOnceWithNoResourceInCommon)
{
    options.gather.at_once = 2;
    make_client();
    hold_back_the_first();
    (void)shared->book_slot(call(1)); // a second statement may be under way
    start(0);                         // but not for the same room as the first
    standing.wait_until_waiting(1);
    std::latch second_began{1};
    server->answers(
        [&second_began, this]
        {
            second_began.count_down();
            may_end.wait();
            return booked_answer();
        });
    start([this] { (void)shared->book_slot(call(2)); });
    second_began.wait();
    start(3); // but not a third
    standing.wait_until_waiting(2);
    EXPECT_EQ(server->asked.size(), 3U);
    end_all();
    EXPECT_GE(server->asked.size(), 4U);
}

TEST_F(GatheringTest, OnlyCallsThatAgreeInWhatAStatementSaysOnceTravelTogether)
{
    make_client();
    hold_back_the_first();
    const Timestamp limit = nine_to_ten.begin();
    const std::function<void(BookSlot &)> kinds[] = {
        [](BookSlot &) {},
        [](BookSlot &one) { one.tenant = "other"; },
        [](BookSlot &one) { one.hold_for = 10min; },
        [limit](BookSlot &one) { one.valid_until = limit; },
    };
    int number = 0;
    for (const auto &kind : kinds)
    {
        for (const int quantity : {1, 2})
        {
            BookSlot one = call(++number);
            one.quantity = quantity;
            one.details = "{}";
            kind(one);
            start([this, one] { EXPECT_EQ(std::get<Booked>(shared->book_slot(one)).resource, one.resource); });
            standing.wait_until_waiting(number);
        }
    }
    BookSlot overlapping = call(0);
    overlapping.allow_overlap = true;
    (void)shared->book_slot(overlapping); // is sent alone, and need not wait
    BookSlot waiving = call(0);
    waiving.waive = {WaivableRule::closed};
    (void)shared->book_slot(waiving); // as well
    BookSlot reasoned = call(0);
    reasoned.reason = "a regular";
    (void)shared->book_slot(reasoned);
    end_all();
    ASSERT_EQ(server->asked.size(), 8U);
    for (std::size_t i = 4; i < 8; ++i)
    {
        const auto together = elements(server->asked[i].parameters.at(0));
        ASSERT_EQ(together.size(), 2U);
        EXPECT_EQ(std::stoi(together[0].substr(5)) + 1, std::stoi(together[1].substr(5)));
    }
}

TEST_F(GatheringTest, AnErrorMeetsOnlyItsOwnCaller)
{
    make_client();
    hold_back_the_first();
    BookSlot wrong = call(0);
    wrong.resource = "unknown";
    server->otherwise = [](const Asked &asked)
    {
        if (asked.parameters.at(0)->find("unknown") != std::string::npos)
        {
            throw detail::Failure{.sqlstate = "OB002", .message = "resource \"unknown\" is not defined"};
        }
        return answer_each(asked);
    };
    start([this, wrong]
          { EXPECT_EQ(failure_of<InvalidRequest>([&] { (void)shared->book_slot(wrong); }).attempts(), 1); });
    standing.wait_until_waiting(1);
    for (int number = 1; number <= 3; ++number)
    {
        start(number);
    }
    standing.wait_until_waiting(4);
    end_all();
    ASSERT_EQ(server->asked.size(), 6U); // the first, the four together, and each of the four alone
    for (std::size_t i = 2; i < 6; ++i)
    {
        EXPECT_FALSE(is_gathered(server->asked[i]));
        EXPECT_EQ(server->asked[i].parameters.back(), "9.000000 seconds");
    }
}

TEST_F(GatheringTest, WhoWouldHaveToWaitIsSentAgainAlone)
{
    make_client();
    hold_back_the_first();
    server->answers(
        [this]
        {
            Rows rows;
            {
                const std::lock_guard lock{server->mutex};
                rows = answer_each(server->asked.back());
            }
            rows.at(1) = refusal_answer("contended")[0];
            return rows;
        });
    for (int number = 1; number <= 3; ++number)
    {
        start(number);
        standing.wait_until_waiting(number);
    }
    end_all();
    ASSERT_EQ(server->asked.size(), 3U);
    EXPECT_EQ(server->asked[2].parameters.at(0), name(2));
    EXPECT_EQ(server->asked[2].parameters.back(), "9.000000 seconds");
}

TEST_F(GatheringTest, ALostConnectionIsSettledForEachByItsOwnKey)
{
    std::atomic<int> twice = 0;
    options.on_call = [&twice](const CallReport &report) { twice += report.attempts == 2 ? 1 : 0; };
    make_client();
    hold_back_the_first();
    server->loses_connection();
    let_wait(3);
    end_all();
    ASSERT_EQ(server->asked.size(), 5U);
    const auto keys = elements(server->asked[1].parameters.at(5));
    for (std::size_t i = 2; i < 5; ++i)
    {
        EXPECT_EQ(std::count(keys.begin(), keys.end(), *server->asked[i].parameters.at(gathered_key)), 1);
        EXPECT_NE(server->asked[i].connection, 1);
    }
    EXPECT_EQ(twice, 3);
}

TEST_F(GatheringTest, InDoubtToTheEndEachIsToldItsOwnKey)
{
    options.retry.max_attempts = 1;
    make_client();
    hold_back_the_first();
    server->loses_connection();
    for (int number = 1; number <= 3; ++number)
    {
        start(
            [this, one = call(number)]
            {
                const auto unknown = failure_of<OutcomeUnknown>([&] { (void)shared->book_slot(one); });
                EXPECT_EQ(unknown.idempotency_key(), one.idempotency_key.text());
                EXPECT_EQ(unknown.attempts(), 1);
            });
    }
    standing.wait_until_waiting(3);
    end_all();
    EXPECT_EQ(server->asked.size(), 2U);
}

TEST_F(GatheringTest, WhoseDeadlinePassesInTheLineIsNotSent)
{
    make_client();
    hold_back_the_first();
    standing.all_wait_too_long = true;
    const auto late = failure_of<Unavailable>([&] { (void)shared->book_slot(call(1)); });
    EXPECT_EQ(late.sqlstate(), "57014");
    EXPECT_EQ(late.attempts(), 1);
    standing.all_wait_too_long = false;
    end_all();
    EXPECT_EQ(server->asked.size(), 1U);
    (void)shared->book_slot(call(2)); // nothing is in its way
}

TEST_F(GatheringTest, ALeaderWithoutAConnectionLeavesTheOthersInPeace)
{
    make_client();
    hold_back_the_first();
    let_wait(2);
    first_answer = []() -> Rows { throw detail::Failure{.sqlstate = "08006", .message = "", .lost = true}; };
    server->refuses({.sqlstate = "08001", .message = "refused"}, 2);
    end_all();
    EXPECT_GE(server->asked.size(), 3U);
}

TEST_F(GatheringTest, AThreadThatFailsLeavesNobodyWaiting)
{
    std::atomic<int> twice = 0;
    options.on_call = [&twice](const CallReport &report) { twice += report.attempts == 2 ? 1 : 0; };
    make_client();
    hold_back_the_first();
    server->answers([]() -> Rows { throw std::bad_alloc{}; });
    start([this] { EXPECT_THROW((void)shared->book_slot(call(9)), std::bad_alloc); }); // leads
    standing.wait_until_waiting(1);
    start(1);
    start(2);
    standing.wait_until_waiting(3);
    end_all();
    EXPECT_EQ(server->asked.size(), 4U); // the two others are sent again, each alone
    EXPECT_EQ(twice, 2);                 // because nobody knows that nothing was written the first time
}

TEST_F(GatheringTest, AFutureHasTheOutcomeOrTheException)
{
    for (const std::size_t most : {0U, 256U})
    {
        options.gather.most = most;
        make_client();
        EXPECT_EQ(std::get<Booked>(shared->book_slot_async(call(1)).get()).resource, name(1));
        server->fails({.sqlstate = "OB001", .message = ""});
        auto reused = shared->book_slot_async(call(1));
        EXPECT_THROW((void)reused.get(), KeyReused);
    }
    BookSlot wrong = call(1);
    wrong.holder = std::string{"a\0b", 3};
    EXPECT_THROW((void)shared->book_slot_async(wrong), InvalidRequest);
}

TEST_F(GatheringTest, FuturesTravelTogetherAndOutliveTheirClient)
{
    options.pool_size = 1; // one thread, which the first statement keeps busy
    make_client();
    server->answers(
        [this]
        {
            began.count_down();
            may_end.wait();
            return first_answer();
        });
    std::vector<std::future<BookSlotOutcome>> futures;
    futures.push_back(shared->book_slot_async(call(0)));
    began.wait();
    for (int number = 1; number <= 5; ++number)
    {
        futures.push_back(shared->book_slot_async(call(number)));
    }
    std::jthread end{[this] { may_end.count_down(); }};
    shared.reset();
    for (int number = 0; number <= 5; ++number)
    {
        EXPECT_EQ(std::get<Booked>(futures[static_cast<std::size_t>(number)].get()).resource, name(number));
    }
    ASSERT_EQ(server->asked.size(), 2U);
    EXPECT_EQ(elements(server->asked[1].parameters.at(0)).size(), 5U);
}

} // namespace bookonce
