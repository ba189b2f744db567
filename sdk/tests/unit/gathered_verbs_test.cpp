// SPDX-License-Identifier: PostgreSQL
// gathered_verbs_test.cpp: the calls of confirm_booking(), cancel_booking(), claim() and adjust_counter() that are
// gathered.
#include "gathering_test.hpp"

#include <string>

namespace bookonce
{

using namespace bookonce::testing;

/// A verb whose calls are gathered, as the tests make them.
struct GatheredVerb
{
    std::string name;
    std::string about;                              // what the calls are about: this, and the call's number
    std::size_t parameter;                          // the one that says so
    Row answer;                                     // to one call
    std::function<bool(Client &, int)> is_answered; // makes the call with a number, with the same number as its key
};

static void PrintTo(const GatheredVerb &verb, std::ostream *out)
{
    *out << verb.name;
}

namespace
{

/// Calls with a number from 10 are another tenant's.
std::string tenant_of(int number)
{
    return number < 10 ? "default" : "other";
}

const GatheredVerb verbs[] = {
    {.name = "confirm_booking",
     .about = "booking:",
     .parameter = 0,
     .answer = booked_answer("confirmed")[0],
     .is_answered =
         [](Client &client, int number)
     {
         return std::holds_alternative<Confirmed>(
             client.confirm_booking({.booking_id = "booking:" + std::to_string(number), .tenant = tenant_of(number)}));
     }},
    {.name = "cancel_booking",
     .about = "booking:",
     .parameter = 0,
     .answer = booked_answer("cancelled")[0],
     .is_answered =
         [](Client &client, int number)
     {
         return std::holds_alternative<Cancelled>(
             client.cancel_booking({.booking_id = "booking:" + std::to_string(number), .tenant = tenant_of(number)}));
     }},
    {.name = "claim",
     .about = "value:",
     .parameter = 1,
     .answer = {"claimed", "f"},
     .is_answered =
         [](Client &client, int number)
     {
         return std::holds_alternative<Claimed>(client.claim({.scope = "email",
                                                              .value = "value:" + std::to_string(number),
                                                              .claimant = "ann",
                                                              .tenant = tenant_of(number)}));
     }},
    {.name = "adjust_counter",
     .about = "counter:",
     .parameter = 0,
     .answer = {"applied", "f", "1"},
     .is_answered =
         [](Client &client, int number)
     {
         return std::holds_alternative<Applied>(client.adjust_counter(
             {.counter = "counter:" + std::to_string(number), .delta = 1, .tenant = tenant_of(number)}));
     }},
};

} // namespace

class GatheredVerbs : public GatheringTest, public ::testing::WithParamInterface<GatheredVerb>
{
  protected:
    GatheredVerbs()
    {
        server->otherwise = answer;
        first_answer = [] { return Rows(1, GetParam().answer); };
    }

    static bool is_of_many(const Asked &asked) { return asked.sql.find("unnest(") != std::string::npos; }

    static std::vector<std::string> about(const Asked &asked)
    {
        const auto &said = asked.parameters.at(GetParam().parameter);
        return is_of_many(asked) ? elements(said) : std::vector{said.value()};
    }

    static Rows answer(const Asked &asked) { return Rows(about(asked).size(), GetParam().answer); }

    void start_call(int number)
    {
        start([this, number] { EXPECT_TRUE(GetParam().is_answered(*shared, number)); });
    }

    /// The first call is under way, and these are in line, in the order of their numbers.
    void let_calls_wait(int calls)
    {
        make_client();
        server->answers(
            [this]
            {
                began.count_down();
                may_end.wait();
                return first_answer();
            });
        start_call(0);
        began.wait();
        for (int number = 1; number <= calls; ++number)
        {
            start_call(number);
            standing.wait_until_waiting(number);
        }
    }

    /// Each of the calls was sent alone, with its own deadline, after the statement of all of them.
    void expect_each_alone(int calls)
    {
        ASSERT_EQ(server->asked.size(), 2U + static_cast<std::size_t>(calls));
        std::vector<std::string> alone;
        for (std::size_t i = 2; i < server->asked.size(); ++i)
        {
            EXPECT_FALSE(is_of_many(server->asked[i]));
            EXPECT_NE(server->asked[i].parameters.back(), "0"); // less than 9 seconds after a pause
            alone.push_back(about(server->asked[i]).at(0));
        }
        std::sort(alone.begin(), alone.end());
        EXPECT_EQ(alone, about(server->asked[1]));
    }
};

TEST_P(GatheredVerbs, WhatComesMeanwhileIsOneStatementThatWaitsForNobody)
{
    let_calls_wait(3);
    end_all();
    ASSERT_EQ(server->asked.size(), 2U);
    const Asked &asked = server->asked[1];
    EXPECT_TRUE(is_of_many(asked));
    EXPECT_NE(asked.sql.find("bookonce." + GetParam().name + '('), std::string::npos);
    const std::string &one = GetParam().about;
    EXPECT_EQ(about(asked), (std::vector{one + '1', one + '2', one + '3'}));
    EXPECT_EQ(asked.parameters.back(), "0");
}

TEST_P(GatheredVerbs, IfOneWouldHaveToWaitEachIsSentAgainAlone)
{
    std::atomic<int> attempts = 0;
    options.on_call = [&attempts](const CallReport &report) { attempts += report.attempts; };
    let_calls_wait(3);
    server->fails({.sqlstate = "55P03", .message = "the call may not wait"});
    end_all();
    expect_each_alone(3);
    EXPECT_EQ(attempts, 4); // being sent again is not another attempt
}

TEST_P(GatheredVerbs, AnErrorMeetsOnlyItsOwnCaller)
{
    let_calls_wait(2);
    const std::string wrong = GetParam().about + '9';
    server->otherwise = [wrong](const Asked &asked)
    {
        if (asked.parameters.at(GetParam().parameter)->find(wrong) != std::string::npos)
        {
            throw detail::Failure{.sqlstate = "OB003", .message = "unknown"};
        }
        return answer(asked);
    };
    start([this] { EXPECT_THROW((void)GetParam().is_answered(*shared, 9), InvalidRequest); });
    standing.wait_until_waiting(3);
    end_all();
    expect_each_alone(3);
}

TEST_P(GatheredVerbs, ALostConnectionIsSettledByRepeatingEach)
{
    std::atomic<int> twice = 0;
    options.on_call = [&twice](const CallReport &report) { twice += report.attempts == 2 ? 1 : 0; };
    let_calls_wait(3);
    server->loses_connection();
    end_all();
    expect_each_alone(3);
    EXPECT_EQ(twice, 3);
}

TEST_P(GatheredVerbs, AnotherTenantsCallsTravelByThemselves)
{
    let_calls_wait(2);
    for (const int number : {10, 11})
    {
        start_call(number);
    }
    standing.wait_until_waiting(4);
    end_all();
    ASSERT_EQ(server->asked.size(), 3U);
    EXPECT_EQ(about(server->asked[1]).size(), 2U);
    EXPECT_EQ(about(server->asked[2]).size(), 2U);
}

INSTANTIATE_TEST_SUITE_P(All, GatheredVerbs, ::testing::ValuesIn(verbs),
                         [](const auto &given) { return given.param.name; });

/// Deltas, of which the first is under way.
class GatheredDeltas : public GatheringTest
{
  protected:
    GatheredDeltas()
    {
        first_answer = [] { return Rows(1, {"applied", "f", "1"}); };
        server->otherwise = [](const Asked &asked)
        { return asked.sql.find("adjust_counter(") == std::string::npos ? answer_each(asked) : applied(asked); };
    }

    static Rows applied(const Asked &asked)
    {
        const bool is_many = asked.sql.find("unnest(") != std::string::npos;
        return Rows(is_many ? elements(asked.parameters.at(0)).size() : 1U, {"applied", "f", "1"});
    }

    void start_delta(const std::string &counter)
    {
        start([this, counter]
              { EXPECT_EQ(std::get<Applied>(shared->adjust_counter({.counter = counter, .delta = 1})).value, 1); });
    }

    void begin(const std::vector<std::string> &counters)
    {
        make_client();
        server->answers(
            [this]
            {
                began.count_down();
                may_end.wait();
                return first_answer();
            });
        start_delta("first");
        began.wait();
        for (std::size_t i = 0; i < counters.size(); ++i)
        {
            start_delta(counters[i]);
            standing.wait_until_waiting(static_cast<int>(i) + 1);
        }
    }
};

TEST_F(GatheredDeltas, KeepTheirKeysWhenTheyAreSentAgain)
{
    begin({"hot", "hot"});
    server->loses_connection();
    end_all();
    ASSERT_EQ(server->asked.size(), 4U);
    auto keys = elements(server->asked[1].parameters.at(2));
    std::vector<std::string> repeated{*server->asked[2].parameters.at(2), *server->asked[3].parameters.at(2)};
    std::sort(keys.begin(), keys.end());
    std::sort(repeated.begin(), repeated.end());
    EXPECT_EQ(keys, repeated);
    EXPECT_NE(keys[0], keys[1]);
}

TEST_F(GatheredDeltas, OfOneCounterWaitInOneStatementAndOthersGoOn)
{
    begin({"hot", "hot"});
    std::latch waits{1}, may_go_on{1};
    server->fails({.sqlstate = "55P03", .message = "the call may not wait"})
        .answers(
            [&]
            {
                waits.count_down();
                may_go_on.wait();
                return Rows(2, {"applied", "f", "1"});
            });
    may_end.count_down();
    waits.wait();
    (void)shared->book_slot(call(1)); // although no more than one statement may be under way
    start_delta("hot");               // but this one stands in line
    standing.wait_until_waiting(2);   // it, and the one that does not lead
    EXPECT_EQ(server->asked.size(), 4U);
    may_go_on.count_down();
    threads.clear();
    ASSERT_EQ(server->asked.size(), 5U);
    EXPECT_EQ(server->asked[1].parameters.back(), "0");
    EXPECT_EQ(server->asked[2].parameters.at(0), server->asked[1].parameters.at(0));
    EXPECT_EQ(server->asked[2].parameters.back(), "9.000000 seconds");
    EXPECT_EQ(server->asked[3].parameters.back(), "0");
}

TEST_F(GatheredDeltas, WhoseWaitWasTooLongAreSentAloneOnceMore)
{
    begin({"hot", "hot"});
    server->fails({.sqlstate = "55P03", .message = "the call may not wait"})
        .fails({.sqlstate = "55P03", .message = "max_wait has passed"});
    end_all();
    EXPECT_EQ(server->asked.size(), 5U);
}

TEST_F(GatheredDeltas, ADeltaAloneWaitsOnce)
{
    make_client();
    server->fails({.sqlstate = "55P03", .message = "the call may not wait"})
        .fails({.sqlstate = "55P03", .message = "max_wait has passed"});
    EXPECT_THROW((void)shared->adjust_counter({.counter = "hot", .delta = 1}), Unavailable);
    EXPECT_EQ(server->asked.size(), 2U);
}

TEST_F(GatheredDeltas, OfSeveralCountersDoNotWaitTogether)
{
    begin({"hot", "cold"});
    server->fails({.sqlstate = "55P03", .message = "the call may not wait"});
    end_all();
    ASSERT_EQ(server->asked.size(), 4U);
    for (std::size_t i = 2; i < 4; ++i)
    {
        EXPECT_EQ(server->asked[i].sql.find("unnest("), std::string::npos);
        EXPECT_EQ(server->asked[i].parameters.back(), "9.000000 seconds");
    }
}

} // namespace bookonce
