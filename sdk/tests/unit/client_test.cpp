// SPDX-License-Identifier: PostgreSQL
// client_test.cpp: one call through lost connections, contention and refusals, on a scripted server.
#include "bookonce/errors.hpp"
#include "fake_server_test.hpp"
#include "sample_answers.hpp"

#include <gtest/gtest.h>

namespace bookonce
{

using namespace bookonce::testing;

class ClientTest : public FakeServerTest
{
  protected:
    BookSlot request{.resource = "room:1", .during = nine_to_ten, .holder = "ann"};

    template <typename Expected>
    Expected failure_of_booking()
    {
        try
        {
            (void)client().book_slot(request);
        }
        catch (const Expected &error)
        {
            return error;
        }
        throw std::logic_error{"the call did not fail as expected"};
    }
};

constexpr std::size_t key_parameter = 7;

TEST_F(ClientTest, ConnectsOnlyWhenCalled)
{
    client();
    EXPECT_EQ(server->connections, 0);
}

TEST_F(ClientTest, ALostAnswerIsAskedForAgainWithTheSameKeyOnANewConnection)
{
    server->loses_connection().answers(booked_answer("booked", "t"));
    EXPECT_TRUE(std::get<Booked>(client().book_slot(request)).replayed);
    ASSERT_EQ(server->asked.size(), 2U);
    EXPECT_EQ(server->asked[0].parameters[key_parameter], request.idempotency_key.text());
    for (Asked &asked : server->asked)
    {
        asked.parameters.pop_back(); // max_wait, which is shorter the second time
    }
    EXPECT_EQ(server->asked[0].parameters, server->asked[1].parameters);
    EXPECT_NE(server->asked[0].connection, server->asked[1].connection);
}

TEST_F(ClientTest, ARepeatedCallDoesNotTryItsLuckWithTheOtherIdleConnections)
{
    options.pool_size = 2;
    Client c = client();
    c.transact([&](Transaction &) { c.define_resource({.resource = "room:1"}); });
    ASSERT_EQ(server->connections, 2); // both are idle now, and both are dead if the server was restarted
    server->loses_connection().answers(booked_answer());
    (void)c.book_slot(request);
    EXPECT_EQ(server->asked.back().connection, 3);
}

TEST_F(ClientTest, InDoubtToTheEndIsOutcomeUnknownAndNamesTheKey)
{
    options.retry.max_attempts = 3;
    server->loses_connection().loses_connection().loses_connection();
    const auto unknown = failure_of_booking<OutcomeUnknown>();
    EXPECT_EQ(unknown.attempts(), 3);
    EXPECT_EQ(unknown.idempotency_key(), request.idempotency_key.text());
    EXPECT_EQ(unknown.sqlstate(), "08006");
}

TEST_F(ClientTest, OnceInDoubtLaterFailuresDoNotMakeItCertain)
{
    options.retry.max_attempts = 2;
    server->loses_connection().fails({.sqlstate = "40001", .message = ""});
    failure_of_booking<OutcomeUnknown>();

    server->loses_connection();
    server->fails({.sqlstate = "57014", .message = ""});
    failure_of_booking<OutcomeUnknown>();

    server->loses_connection();
    server->fails({.sqlstate = "42501", .message = ""});
    failure_of_booking<OutcomeUnknown>();
}

TEST_F(ClientTest, ARefusedRequestSettlesTheDoubt)
{
    server->loses_connection().fails({.sqlstate = "OB001", .message = ""});
    failure_of_booking<KeyReused>();
    server->loses_connection().fails({.sqlstate = "22023", .message = ""});
    failure_of_booking<InvalidRequest>();
}

TEST_F(ClientTest, AConnectionThatNeverOpenedLeavesNoDoubt)
{
    options.retry.max_attempts = 3;
    server->refuses({.sqlstate = "08001", .message = "refused"}, 3);
    EXPECT_EQ(failure_of_booking<Unavailable>().attempts(), 3);
    EXPECT_TRUE(server->asked.empty());
}

TEST_F(ClientTest, AConnectionThatOpensLateIsEnough)
{
    server->refuses({.sqlstate = "57P03", .message = "starting up"}, 4).answers(booked_answer());
    EXPECT_TRUE(std::holds_alternative<Booked>(client().book_slot(request)));
}

TEST_F(ClientTest, ContentionIsRepeatedAndLeavesNoDoubt)
{
    server->fails({.sqlstate = "40001", .message = ""})
        .fails({.sqlstate = "40P01", .message = ""})
        .answers(booked_answer());
    EXPECT_FALSE(std::get<Booked>(client().book_slot(request)).replayed);

    options.retry.max_attempts = 2;
    server->fails({.sqlstate = "40P01", .message = "deadlock detected"}).fails({.sqlstate = "40P01", .message = ""});
    EXPECT_EQ(failure_of_booking<Unavailable>().sqlstate(), "40P01");
}

TEST_F(ClientTest, TimeoutsAreNotRepeatedUnlessAsked)
{
    server->fails({.sqlstate = "57014", .message = ""});
    EXPECT_EQ(failure_of_booking<Unavailable>().attempts(), 1);
    server->fails({.sqlstate = "55P03", .message = ""});
    EXPECT_EQ(failure_of_booking<Unavailable>().attempts(), 1);

    options.retry.repeat_lock_timeout = true;
    options.retry.repeat_statement_timeout = true;
    server->fails({.sqlstate = "57014", .message = ""})
        .fails({.sqlstate = "55P03", .message = ""})
        .answers(booked_answer());
    EXPECT_TRUE(std::holds_alternative<Booked>(client().book_slot(request)));
}

TEST_F(ClientTest, AWrongCallIsNotRepeated)
{
    server->fails({.sqlstate = "OB002", .message = "resource \"room:1\" is not defined", .hint = "Define it first."});
    const auto error = failure_of_booking<InvalidRequest>();
    EXPECT_EQ(error.attempts(), 1);
    EXPECT_EQ(error.hint(), "Define it first.");
    server->fails({.sqlstate = "28P01", .message = ""});
    failure_of_booking<Denied>();
    server->fails({.sqlstate = "XX000", .message = ""});
    failure_of_booking<Internal>();
}

TEST_F(ClientTest, ARefusalIsAnAnswerAndNotRepeated)
{
    server->answers(refusal_answer("taken"));
    EXPECT_TRUE(std::holds_alternative<Taken>(client().book_slot(request)));
    EXPECT_EQ(server->asked.size(), 1U);
}

TEST_F(ClientTest, CallsWithoutAKeyAreRepeatedToo)
{
    server->loses_connection().answers(booked_answer("cancelled", "t"));
    EXPECT_TRUE(std::get<Cancelled>(client().cancel_booking({.booking_id = booking_id})).replayed);

    options.retry.max_attempts = 1;
    server->loses_connection();
    try
    {
        (void)client().confirm_booking({.booking_id = booking_id});
        FAIL() << "it was in doubt";
    }
    catch (const OutcomeUnknown &unknown)
    {
        EXPECT_EQ(unknown.idempotency_key(), "");
    }
}

TEST_F(ClientTest, WhatOnlyAPreparedStatementCanMeetIsAskedAgainOnANewConnection)
{
    options.pool_size = 2;
    for (const char *sqlstate : {"26000", "42P05", "0A000", "42883", "XX000"})
    {
        Client c = client();
        c.transact([&](Transaction &) { c.define_resource({.resource = "room:1"}); }); // two connections, both stale
        const int connections = server->connections;
        server->fails({.sqlstate = sqlstate, .message = "", .prepared = true}).answers(booked_answer());
        (void)c.book_slot(request);
        EXPECT_EQ(server->asked.back().connection, connections + 1) << sqlstate;
    }
}

TEST_F(ClientTest, ASessionFromBeforeAnUpdateIsLeftForANewOne)
{
    server->fails({.sqlstate = "OB008", .message = ""}).answers(booked_answer());
    EXPECT_FALSE(std::get<Booked>(client().book_slot(request)).replayed);
    EXPECT_EQ(server->asked.back().connection, 2);

    options.retry.max_attempts = 2;
    server->fails({.sqlstate = "OB008", .message = ""}).fails({.sqlstate = "OB008", .message = ""});
    EXPECT_EQ(failure_of_booking<InvalidRequest>().attempts(), 2);
}

TEST_F(ClientTest, AStalePreparedStatementLeavesNoDoubt)
{
    options.retry.max_attempts = 1;
    server->fails({.sqlstate = "26000", .message = "", .prepared = true});
    failure_of_booking<Unavailable>();
}

TEST_F(ClientTest, TheSameFromAnUnpreparedStatementIsBelieved)
{
    server->fails({.sqlstate = "0A000", .message = ""}).fails({.sqlstate = "42883", .message = ""});
    EXPECT_EQ(failure_of_booking<InvalidRequest>().attempts(), 1);
    EXPECT_EQ(failure_of_booking<InvalidRequest>().attempts(), 1);
}

TEST_F(ClientTest, ACallThatIsNotOnItsTenantsHomeIsTheCallersToFix)
{
    server->fails({.sqlstate = "0A000", .message = "not on its home", .hint = "Name the tenant.", .prepared = true})
        .fails({.sqlstate = "0A000", .message = "not on its home", .hint = "Name the tenant."});
    const auto error = failure_of_booking<InvalidRequest>();
    EXPECT_EQ(error.sqlstate(), "0A000");
    EXPECT_EQ(error.hint(), "Name the tenant.");
    EXPECT_EQ(error.attempts(), 2); // a stale plan has the same code
}

TEST_F(ClientTest, WhatAVerbRaisesItselfIsBelievedOfAPreparedOneToo)
{
    server->fails({.sqlstate = "OB002", .message = "", .prepared = true});
    EXPECT_EQ(failure_of_booking<InvalidRequest>().attempts(), 1);
    server->fails({.sqlstate = "42501", .message = "", .prepared = true});
    EXPECT_EQ(failure_of_booking<Denied>().attempts(), 1);
}

TEST_F(ClientTest, TheSameRequestObjectIsTheSameIntent)
{
    server->answers(booked_answer()).answers(booked_answer());
    Client c = client();
    (void)c.book_slot(request);
    (void)c.book_slot(request);
    EXPECT_EQ(server->asked[0].parameters[key_parameter], server->asked[1].parameters[key_parameter]);
    const BookSlot another{.resource = "room:1", .during = nine_to_ten, .holder = "ann"};
    EXPECT_NE(another.idempotency_key, request.idempotency_key);
}

TEST_F(ClientTest, AnExhaustedPoolIsWaitedForByTheGivenClock)
{
    options.retry.deadline = 1h;
    Client c = client();
    // The one connection is lent to the transaction from whose callback the client is called.
    EXPECT_THROW(c.transact([&](Transaction &) { EXPECT_THROW((void)c.book_slot(request), Unavailable); }),
                 Unavailable); // the inner call's own deadline has passed by then
    EXPECT_EQ(clock.waited, std::vector<std::chrono::nanoseconds>{1h});
}

TEST_F(ClientTest, ARestartOfFiveSecondsIsSurvivedByDefault)
{
    server->refuses({.sqlstate = "57P03", .message = "starting up"}, 18).answers(booked_answer());
    const auto begin = clock.now;
    EXPECT_TRUE(std::holds_alternative<Booked>(client().book_slot(request)));
    EXPECT_GE(clock.now - begin, 5s);
}

TEST_F(ClientTest, AVerbMayWaitALittleShorterThanUntilTheDeadline)
{
    options.retry.deadline = 4s;
    server->answers(booked_answer());
    (void)client().book_slot(request);
    EXPECT_EQ(server->asked.back().parameters.back(), "3.500000 seconds");
}

TEST_F(ClientTest, AMemberThatMayNotWaitSaysSo)
{
    server->answers({{"contended", "f", std::nullopt, std::nullopt, "room:1", std::nullopt, std::nullopt, std::nullopt,
                      std::nullopt, std::nullopt}});
    const auto outcomes = client().book_slots({.slots = {{.resource = "room:1", .during = nine_to_ten}},
                                               .holder = "ann",
                                               .all_or_nothing = false,
                                               .may_wait = false});
    EXPECT_TRUE(std::holds_alternative<Contended>(outcomes.at(0)));
    EXPECT_EQ(server->asked.back().parameters.back(), "0");
}

TEST_F(ClientTest, NothingIsSentAfterTheDeadline)
{
    EXPECT_THROW(client().transact(
                     [this](Transaction &tx)
                     {
                         tx.execute("UPDATE cart");
                         clock.now += 11s; // a callback that takes long
                     }),
                 Unavailable);
    EXPECT_EQ(server->asked.back().sql, "UPDATE cart"); // no COMMIT; the connection is closed instead
    EXPECT_EQ(server->open, 0);
}

TEST_F(ClientTest, EachCallIsReported)
{
    std::vector<std::string> reports;
    options.on_call = [&reports](const CallReport &report)
    {
        reports.push_back(std::string{report.verb} + " " + std::string{report.outcome} + " " +
                          std::to_string(report.attempts) + (report.duration > 0ns ? " took time" : ""));
        throw std::runtime_error{"nobody's business"};
    };
    Client c = client();
    server->loses_connection().answers(booked_answer());
    (void)c.book_slot(request);
    server->answers(Rows{{""}});
    c.define_resource({.resource = "room:1"});
    server->fails({.sqlstate = "OB002", .message = ""});
    EXPECT_THROW((void)c.book_slot(request), InvalidRequest);
    server->answers({booked_answer()[0], refusal_answer("taken")[0]});
    (void)c.book_slots(
        {.slots = {{.resource = "room:1", .during = nine_to_ten}, {.resource = "room:2", .during = nine_to_ten}},
         .holder = "ann"});
    c.transact([](Transaction &tx) { tx.execute("UPDATE cart"); });
    EXPECT_THROW(c.transact([](Transaction &) { throw 1; }), int);
    EXPECT_EQ(reports, (std::vector<std::string>{"book_slot booked 2 took time", "define_resource done 1",
                                                 "book_slot InvalidRequest 1", "book_slots several 1",
                                                 "transact committed 1", "transact exception 1"}));
}

} // namespace bookonce
