// SPDX-License-Identifier: PostgreSQL
// transact_test.cpp: a transaction commits once, or says that it did not; a COMMIT in doubt is settled.
#include "bookonce/errors.hpp"
#include "fake_server_test.hpp"
#include "sample_answers.hpp"

#include <gtest/gtest.h>

namespace bookonce
{

using namespace bookonce::testing;

class Transact : public FakeServerTest
{
  protected:
    /// The statements asked so far, shortened to their first word.
    std::vector<std::string> story() const
    {
        std::vector<std::string> words;
        for (const Asked &asked : server->asked)
        {
            const bool settles = asked.sql.find("pg_xact_status") != std::string::npos;
            const bool receipt = asked.sql.find("pg_current_xact_id") != std::string::npos;
            words.push_back(settles ? "settle" : receipt ? "receipt" : asked.sql.substr(0, asked.sql.find(' ')));
        }
        return words;
    }

    /// The script of one try that ends with a COMMIT whose answer is lost.
    void lose_commit() { server->answers(Rows{}).answers(Rows{}).answers({{"741", life}}).loses_connection(); }

    void update()
    {
        client().transact([](Transaction &tx) { tx.execute("UPDATE cart"); });
    }

    static constexpr const char *life = "\\x0001";
    std::deque<detail::Failure> held_back;
};

TEST_F(Transact, CommitsTheApplicationsSqlWithTheBooking)
{
    server->answers(Rows{}).answers(booked_answer()).answers({{"1"}}).answers({{"741", life}});
    const std::string id = client().transact(
        [](Transaction &tx)
        {
            const auto outcome = tx.book_slot({.resource = "room:1", .during = nine_to_ten, .holder = "ann"});
            EXPECT_EQ(tx.execute("UPDATE cart SET booked = $1", {"yes"}), Rows{{"1"}});
            return std::get<Booked>(outcome).booking_id;
        });
    EXPECT_EQ(id, booking_id);
    EXPECT_EQ(story(), (std::vector<std::string>{"BEGIN", "SELECT", "UPDATE", "receipt", "COMMIT"}));
}

TEST_F(Transact, OnlyVerbsMayBePrepared)
{
    server->answers(Rows{}).answers(booked_answer());
    client().transact(
        [](Transaction &tx)
        {
            (void)tx.book_slot({.resource = "room:1", .during = nine_to_ten, .holder = "ann"});
            tx.execute("UPDATE cart");
        });
    std::vector<bool> calls;
    for (const Asked &asked : server->asked)
    {
        calls.push_back(asked.call);
    }
    EXPECT_EQ(calls, (std::vector<bool>{false, true, false, false, false}));
}

TEST_F(Transact, IsRunAgainWhenAPreparedStatementWasStaleWhateverTheCallbackDoesNext)
{
    server->answers(Rows{}).fails({.sqlstate = "0A000", .message = "", .prepared = true});
    server->answers(Rows{}).answers(booked_answer());
    int runs = 0;
    client().transact(
        [&](Transaction &tx)
        {
            ++runs;
            try
            {
                (void)tx.book_slot({.resource = "room:1", .during = nine_to_ten, .holder = "ann"});
            }
            catch (const Error &)
            {
            }
            tx.execute("UPDATE cart");
        });
    EXPECT_EQ(runs, 2);
    EXPECT_EQ(story(), (std::vector<std::string>{"BEGIN", "SELECT", "BEGIN", "SELECT", "UPDATE", "receipt", "COMMIT"}));
}

TEST_F(Transact, BeginsAtTheIsolationLevelAskedFor)
{
    Client c = client();
    c.transact(Isolation::serializable, [](Transaction &) {});
    EXPECT_EQ(server->asked[0].sql, "BEGIN ISOLATION LEVEL SERIALIZABLE");
}

TEST_F(Transact, AnExceptionOfTheCallbackRollsBackAndPasses)
{
    EXPECT_THROW(client().transact([](Transaction &) -> int { throw std::domain_error{"no"}; }), std::domain_error);
    EXPECT_EQ(story(), (std::vector<std::string>{"BEGIN", "ROLLBACK"}));
}

TEST_F(Transact, IsRunAgainFromItsStartAfterContention)
{
    server->answers(Rows{}).fails({.sqlstate = "40001", .message = ""});
    update();
    EXPECT_EQ(story(),
              (std::vector<std::string>{"BEGIN", "UPDATE", "ROLLBACK", "BEGIN", "UPDATE", "receipt", "COMMIT"}));
}

TEST_F(Transact, IsRunAgainAfterALostConnection)
{
    server->answers(Rows{}).loses_connection();
    update();
    EXPECT_EQ(story(), (std::vector<std::string>{"BEGIN", "UPDATE", "BEGIN", "UPDATE", "receipt", "COMMIT"}));
    EXPECT_EQ(server->asked.back().connection, 2);
}

TEST_F(Transact, IsRunAgainWhenCommitItselfFails)
{
    server->answers(Rows{}).answers(Rows{}).answers({{"741", life}}).fails({.sqlstate = "40001", .message = ""});
    update();
    EXPECT_EQ(story(), (std::vector<std::string>{"BEGIN", "UPDATE", "receipt", "COMMIT", "BEGIN", "UPDATE", "receipt",
                                                 "COMMIT"}));
}

TEST_F(Transact, BeforeCommitNothingIsInDoubt)
{
    options.retry.max_attempts = 1;
    server->answers(Rows{}).loses_connection();
    EXPECT_THROW(update(), Unavailable);
    server->answers(Rows{}).answers(Rows{}).loses_connection(); // at the question for the receipt
    EXPECT_THROW(update(), Unavailable);
}

TEST_F(Transact, ALostCommitThatTheServerKnowsAsCommittedIsDone)
{
    lose_commit();
    server->answers({{"committed", life}});
    update();
    EXPECT_EQ(story(), (std::vector<std::string>{"BEGIN", "UPDATE", "receipt", "COMMIT", "settle"}));
    EXPECT_EQ(server->asked.back().parameters, Parameters{"741"});
    EXPECT_EQ(server->asked.back().connection, 2);
}

TEST_F(Transact, ALostCommitThatTheServerKnowsAsAbortedIsRunAgain)
{
    lose_commit();
    server->answers({{"aborted", life}});
    update();
    EXPECT_EQ(story(), (std::vector<std::string>{"BEGIN", "UPDATE", "receipt", "COMMIT", "settle", "BEGIN", "UPDATE",
                                                 "receipt", "COMMIT"}));
}

TEST_F(Transact, ALostCommitStillInProgressIsWaitedFor)
{
    lose_commit();
    server->answers({{"in progress", life}})
        .refuses({.sqlstate = "57P03", .message = ""})
        .answers({{"committed", life}});
    server->answers(Rows{});
    update();
    EXPECT_EQ(server->script.size(), 1U);
    EXPECT_EQ(clock.slept.size(), 2U);
}

TEST_F(Transact, ALostCommitThatCannotBeSettledIsOutcomeUnknown)
{
    lose_commit();
    options.retry.deadline = 1s;
    server->refuses({.sqlstate = "08001", .message = ""}, 1000);
    // The first connection is open before the refusals count.
    std::swap(server->refusals, held_back);
    Client c = client();
    EXPECT_THROW(c.transact(
                     [this](Transaction &tx)
                     {
                         tx.execute("UPDATE cart");
                         std::swap(server->refusals, held_back);
                     }),
                 OutcomeUnknown);
}

TEST_F(Transact, AnXidOfAnotherLifeOfTheServerProvesNothingUnlessAborted)
{
    lose_commit();
    server->answers({{"committed", "\\x0002"}});
    EXPECT_THROW(update(), OutcomeUnknown);

    lose_commit();
    server->answers({{"aborted", "\\x0002"}});
    EXPECT_NO_THROW(update());
}

/// The answer may be a replay, which is durable only once COMMIT has waited.
TEST_F(Transact, ALostCommitOfATransactionThatWroteNothingIsRunAgain)
{
    server->answers(Rows{}).answers(Rows{}).answers({{std::nullopt, life}}).loses_connection();
    update();
    EXPECT_EQ(story(), (std::vector<std::string>{"BEGIN", "UPDATE", "receipt", "COMMIT", "BEGIN", "UPDATE", "receipt",
                                                 "COMMIT"}));

    options.retry.max_attempts = 1;
    server->answers(Rows{}).answers(Rows{}).answers({{std::nullopt, life}}).loses_connection();
    EXPECT_THROW(update(), Unavailable);
}

TEST_F(Transact, ASwallowedFailureIsNotCommitted)
{
    server->answers(Rows{})
        .fails({.sqlstate = "23505", .message = "duplicate key"})
        .fails({.sqlstate = "25P02", .message = "current transaction is aborted"});
    try
    {
        client().transact([](Transaction &tx) { EXPECT_THROW(tx.execute("INSERT INTO cart"), InvalidRequest); });
        FAIL() << "it looked committed";
    }
    catch (const InvalidRequest &error)
    {
        EXPECT_EQ(error.sqlstate(), "23505");
    }
    EXPECT_EQ(story(), (std::vector<std::string>{"BEGIN", "INSERT", "receipt", "ROLLBACK"}));
}

TEST_F(Transact, AfterALostConnectionTheRestOfTheCallbackReachesNoServer)
{
    options.retry.max_attempts = 1;
    server->answers(Rows{}).loses_connection();
    EXPECT_THROW(client().transact(
                     [](Transaction &tx)
                     {
                         EXPECT_THROW(tx.execute("one"), Unavailable);
                         EXPECT_THROW(tx.execute("two"), Unavailable);
                     }),
                 Unavailable);
    EXPECT_EQ(story(), (std::vector<std::string>{"BEGIN", "one"}));
}

/// Swapping is the one verb that runs as a transaction. All the same it is reported as one call.
TEST_F(Transact, ASwapIsAVerbAndNotTheApplicationsSql)
{
    const auto swap = [this]
    { (void)client().swap_bookings({.booking_id = booking_id, .other_booking_id = booking_id}); };
    server->answers(Rows{}).fails({.sqlstate = "23505", .message = "duplicate key"});
    EXPECT_THROW(swap(), Internal);
    EXPECT_TRUE(server->asked.at(1).call);

    server->answers(Rows{}).answers(booked_answer("swapped")).answers({{"741", life}});
    server->fails({.sqlstate = "23503", .message = ""}); // a deferred constraint
    EXPECT_THROW(swap(), Internal);
}

TEST_F(Transact, ASwapWhoseCommitWasLostIsSettledAndNotRepeated)
{
    server->answers(Rows{}).answers(booked_answer("swapped")).answers({{"741", life}}).loses_connection();
    server->answers({{"committed", life}});
    EXPECT_TRUE(std::holds_alternative<Swapped>(
        client().swap_bookings({.booking_id = booking_id, .other_booking_id = booking_id})));
    EXPECT_EQ(story(), (std::vector<std::string>{"BEGIN", "SELECT", "receipt", "COMMIT", "settle"}));
}

TEST_F(Transact, ADeferredConstraintIsTheApplicationsToFix)
{
    server->answers(Rows{}).answers(Rows{}).answers({{"741", life}}).fails({.sqlstate = "23503", .message = ""});
    EXPECT_THROW(update(), InvalidRequest);
}

TEST_F(Transact, AQueryIsRunAgainUnlessItsCommitMayHaveBeenDone)
{
    server->answers(Rows{}).answers(Rows{}).loses_connection(); // BEGIN, the settings, the statement
    server->answers(Rows{}).answers(Rows{}).answers(Rows{{"7"}}).answers(Rows{{"745", "life"}}).loses_connection();
    server->answers(Rows{{"committed", "life", std::nullopt}});
    EXPECT_EQ(client().query("INSERT ..", {"a"}), (Rows{{"7"}}));
    EXPECT_EQ(std::count_if(server->asked.begin(), server->asked.end(),
                            [](const Asked &asked) { return asked.sql == "INSERT .."; }),
              2);

    server->answers(Rows{}).answers(Rows{}).answers(Rows{{"7"}}).answers(Rows{{"746", "life"}}).loses_connection();
    server->answers(Rows{{"committed", "another life", std::nullopt}});
    EXPECT_THROW((void)client().query("INSERT .."), OutcomeUnknown);
}

} // namespace bookonce
