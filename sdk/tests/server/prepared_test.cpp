// SPDX-License-Identifier: PostgreSQL
// prepared_test.cpp: verbs are prepared if prepared statements last, and callers notice nothing if they do not.
#include "pgbouncer.hpp"
#include "server_test.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace bookonce
{

using bookonce::testing::PgBouncer;
using bookonce::testing::ServerTest;

class PreparedOnAServer : public ServerTest
{
  protected:
    static ClientOptions one_connection(const std::string &more = "")
    {
        ClientOptions options = ServerTest::options(more);
        options.pool_size = 1;
        return options;
    }

    using ServerTest::value;
    static std::string value(Transaction &tx, std::string_view sql) { return tx.execute(sql).at(0).at(0).value(); }

    /// How many statements the client's present server process has prepared for the SDK.
    static std::string kept_by(Client &client)
    {
        return client.transact([](Transaction &tx) { return kept_in(tx); });
    }

    static std::string kept_in(Transaction &tx)
    {
        return value(tx, "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'bookonce\\_%'");
    }

    static std::string process_of(Client &client)
    {
        return client.transact([](Transaction &tx) { return value(tx, "SELECT pg_backend_pid()"); });
    }

    static void book(Verbs &verbs) { std::get<Booked>(verbs.book_slot(request_for(new_slot()))); }

    /// Changes the type of a column that the SDK reads, and changes it back.
    static void change_answer_type()
    {
        query("ALTER TYPE bookonce.booking_answer ALTER ATTRIBUTE resource TYPE varchar");
    }
    static void restore_answer_type()
    {
        query("ALTER TYPE bookonce.booking_answer ALTER ATTRIBUTE resource TYPE text");
    }

    /// The same, for a client whose second attempt finds the original type again.
    static ClientOptions one_connection_and_a_short_change()
    {
        ClientOptions given = one_connection();
        given.timing.sleep = [](std::chrono::nanoseconds) { restore_answer_type(); };
        return given;
    }
};

TEST_F(PreparedOnAServer, FromTheSecondCallOn)
{
    Client client{one_connection()};
    book(client);
    EXPECT_EQ(kept_by(client), "0");
    book(client);
    book(client);
    EXPECT_EQ(kept_by(client), "1");
    client.define_resource({.resource = "room:2"});
    client.define_resource({.resource = "room:2"});
    EXPECT_EQ(kept_by(client), "2");
    EXPECT_EQ(client.transact(
                  [](Transaction &tx)
                  {
                      return value(tx, "SELECT sum(generic_plans + custom_plans) FROM pg_prepared_statements "
                                       "WHERE statement LIKE '%book_slot%'");
                  }),
              "2");
}

TEST_F(PreparedOnAServer, UnderANameThatMeansTheStatementOnEveryConnection)
{
    const auto name_of_booking = [](Transaction &tx)
    { return value(tx, "SELECT name FROM pg_prepared_statements WHERE statement LIKE '%book_slot%'"); };
    Client one{one_connection()};
    Client other{one_connection()};
    book(one);
    book(one);
    other.define_resource({.resource = "room:2"});
    other.define_resource({.resource = "room:2"});
    book(other);
    book(other);
    EXPECT_EQ(one.transact(name_of_booking), other.transact(name_of_booking));
}

TEST_F(PreparedOnAServer, AlsoInATransactionButNotTheApplicationsOwnSql)
{
    Client client{one_connection()};
    client.transact(
        [](Transaction &tx)
        {
            for (int i = 0; i < 3; ++i)
            {
                book(tx);
                tx.execute("SELECT $1::text", {"mine"});
            }
            EXPECT_EQ(value(tx, "SELECT count(*) FROM pg_prepared_statements"), "1");
        });
}

TEST_F(PreparedOnAServer, NothingIfSoChosen)
{
    ClientOptions options = one_connection();
    options.prepared_statements = false;
    Client client{options};
    book(client);
    book(client);
    EXPECT_EQ(kept_by(client), "0");
}

TEST_F(PreparedOnAServer, ATypeThatHasChangedIsReadAnew)
{
    Client client{one_connection_and_a_short_change()};
    book(client);
    book(client);
    const std::string process = process_of(client);
    change_answer_type();
    book(client);
    EXPECT_NE(process_of(client), process); // the plan was stale: it raised 0A000
}

TEST_F(PreparedOnAServer, ATransactionThatMeetsAStalePlanIsRunAgain)
{
    Client client{one_connection_and_a_short_change()};
    book(client);
    book(client);
    change_answer_type();
    int runs = 0;
    client.transact(
        [&runs](Transaction &tx)
        {
            ++runs;
            book(tx);
        });
    EXPECT_EQ(runs, 2);
}

TEST_F(PreparedOnAServer, StatementsThatAreGoneAreNotPreparedAgain)
{
    Client client{one_connection()};
    book(client);
    book(client);
    client.transact([](Transaction &tx) { tx.execute("DEALLOCATE ALL"); });
    book(client); // 26000
    book(client);
    book(client);
    EXPECT_EQ(kept_by(client), "0");
}

TEST_F(PreparedOnAServer, ARefusedRequestIsNotTakenForAStalePlan)
{
    Client client{one_connection()};
    const BookSlot unknown{.resource = "no such room", .during = new_slot(), .holder = "ann"};
    for (int i = 0; i < 3; ++i)
    {
        try
        {
            (void)client.book_slot(unknown);
            FAIL() << "booked";
        }
        catch (const InvalidRequest &error)
        {
            EXPECT_EQ(error.sqlstate(), "OB002");
            EXPECT_EQ(error.attempts(), 1);
        }
    }
    EXPECT_EQ(kept_by(client), "1");
}

TEST_F(PreparedOnAServer, NothingBehindAPoolerInTransactionMode)
{
    const PgBouncer bouncer{2};
    Client client{one_connection(bouncer.address())};
    Client other{one_connection(bouncer.address())};
    // While another client holds one of the two server processes, the client has the second one. PgBouncer lends the
    // process that was returned last, so then the client gets a process that has never seen its statements.
    std::string first;
    other.transact(
        [&](Transaction &tx)
        {
            value(tx, "SELECT 1");
            book(client);
            book(client);
            book(client);
            first = process_of(client);
        });
    int runs = 0;
    client.transact(
        [&](Transaction &tx)
        {
            ++runs;
            book(tx);
            book(tx);
            EXPECT_EQ(kept_in(tx), "0");
            EXPECT_NE(value(tx, "SELECT pg_backend_pid()"), first);
        });
    EXPECT_EQ(runs, 1);
}

TEST_F(PreparedOnAServer, ManyClientsOfFewServerProcesses)
{
    const PgBouncer bouncer{3};
    ClientOptions options = ServerTest::options(bouncer.address());
    options.retry.max_attempts = 1; // so that no attempt may fail, not even once
    Client client{options};
    const char *storm = std::getenv("BOOKONCE_STORM");
    const int calls = 160 * (storm != nullptr ? std::atoi(storm) : 1);
    std::vector<TimeRange> slots;
    for (int i = 0; i < calls; ++i)
    {
        slots.push_back(new_slot());
    }
    std::atomic<int> booked = 0;
    std::vector<std::thread> threads;
    for (std::size_t thread = 0; thread < 8; ++thread)
    {
        threads.emplace_back(
            [&, thread]
            {
                for (std::size_t i = thread; i < slots.size(); i += 8)
                {
                    const BookSlot request = request_for(slots[i]);
                    const auto outcome = i % 3 == 0
                                             ? client.transact([&](Transaction &tx) { return tx.book_slot(request); })
                                             : client.book_slot(request);
                    booked += std::holds_alternative<Booked>(outcome) ? 1 : 0;
                }
            });
    }
    for (std::thread &thread : threads)
    {
        thread.join();
    }
    EXPECT_EQ(booked, calls);
}

} // namespace bookonce
