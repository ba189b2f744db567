// SPDX-License-Identifier: PostgreSQL
// transact_test.cpp: the verbs together with the application's own SQL, in the SDK's transactions and in libpqxx's.
#include "bookonce/pqxx.hpp"
#include "server_test.hpp"

#include <gtest/gtest.h>

namespace bookonce
{

using bookonce::testing::ServerTest;

class TransactOnAServer : public ServerTest
{
  protected:
    static void SetUpTestSuite()
    {
        ServerTest::SetUpTestSuite();
        query("CREATE TABLE cart (id int PRIMARY KEY, booking_id uuid)");
    }

    Client client{options()};
};

TEST_F(TransactOnAServer, BothAreCommitted)
{
    const auto id = client.transact(
        [&](Transaction &tx)
        {
            const auto booked = std::get<Booked>(tx.book_slot(request_for(new_slot())));
            tx.execute("INSERT INTO cart VALUES (1, $1)", {booked.booking_id});
            return booked.booking_id;
        });
    EXPECT_EQ(value("SELECT booking_id FROM cart JOIN bookonce.booking USING (booking_id) WHERE id = 1"), id);
}

TEST_F(TransactOnAServer, BothAreRolledBack)
{
    const auto slot = new_slot();
    EXPECT_THROW(client.transact(
                     [&](Transaction &tx)
                     {
                         (void)tx.book_slot(request_for(slot));
                         tx.execute("INSERT INTO cart VALUES (2, NULL)");
                         throw std::domain_error{"changed my mind"};
                     }),
                 std::domain_error);
    EXPECT_EQ(value("SELECT count(*)::text FROM cart WHERE id = 2"), "0");
    EXPECT_TRUE(std::holds_alternative<Booked>(client.book_slot(request_for(slot))));
}

TEST_F(TransactOnAServer, ARefusalDoesNotSpoilTheTransaction)
{
    const auto slot = new_slot();
    (void)client.book_slot(request_for(slot));
    client.transact(
        [&](Transaction &tx)
        {
            EXPECT_TRUE(std::holds_alternative<Taken>(tx.book_slot(request_for(slot))));
            tx.execute("INSERT INTO cart VALUES (3, NULL)");
        });
    EXPECT_EQ(value("SELECT count(*)::text FROM cart WHERE id = 3"), "1");
}

TEST_F(TransactOnAServer, ASwallowedErrorDoesNotLookCommitted)
{
    query("INSERT INTO cart VALUES (4, NULL)");
    try
    {
        client.transact(
            [&](Transaction &tx)
            {
                tx.execute("INSERT INTO cart VALUES (5, NULL)");
                EXPECT_THROW(tx.execute("INSERT INTO cart VALUES (4, NULL)"), InvalidRequest);
            });
        FAIL() << "it looked committed";
    }
    catch (const InvalidRequest &error)
    {
        EXPECT_EQ(error.sqlstate(), "23505");
    }
    EXPECT_EQ(value("SELECT count(*)::text FROM cart WHERE id = 5"), "0");
}

TEST_F(TransactOnAServer, ASavepointTakesAnErrorBack)
{
    query("INSERT INTO cart VALUES (6, NULL)");
    client.transact(
        [&](Transaction &tx)
        {
            tx.execute("INSERT INTO cart VALUES (7, NULL)");
            tx.execute("SAVEPOINT before");
            EXPECT_THROW(tx.execute("INSERT INTO cart VALUES (6, NULL)"), InvalidRequest);
            tx.execute("ROLLBACK TO before");
        });
    EXPECT_EQ(value("SELECT count(*)::text FROM cart WHERE id = 7"), "1");
}

TEST_F(TransactOnAServer, ASerializationFailureIsRunAgain)
{
    query("INSERT INTO cart VALUES (8, NULL)");
    int runs = 0;
    client.transact(Isolation::repeatable_read,
                    [&](Transaction &tx)
                    {
                        tx.execute("SELECT 1");
                        if (++runs == 1)
                        {
                            query("UPDATE cart SET booking_id = NULL WHERE id = 8");
                        }
                        tx.execute("UPDATE cart SET booking_id = NULL WHERE id = 8");
                    });
    EXPECT_EQ(runs, 2);
}

TEST_F(TransactOnAServer, NullsGoBothWays)
{
    client.transact(
        [&](Transaction &tx)
        {
            EXPECT_EQ(tx.execute("SELECT $1::text, $2::text, $3::text", {"", std::nullopt, "x"}),
                      (Rows{{"", std::nullopt, "x"}}));
        });
}

TEST_F(TransactOnAServer, TheVerbsRunInAPqxxTransaction)
{
    pqxx::connection connection{"dbname=" + database()};
    const auto slot = new_slot();
    {
        pqxx::work tx{connection};
        const auto held = std::get<Booked>(PqxxVerbs{tx}.book_slot(
            {.resource = "room:1", .during = slot, .holder = "ann", .hold_for = std::chrono::minutes{5}}));
        EXPECT_EQ(held.during, slot);
        EXPECT_TRUE(std::holds_alternative<Confirmed>(PqxxVerbs{tx}.confirm_booking({.booking_id = held.booking_id})));
        // not committed
    }
    {
        pqxx::work tx{connection};
        EXPECT_TRUE(std::holds_alternative<Booked>(PqxxVerbs{tx}.book_slot(request_for(slot))));
        tx.commit();
    }
    EXPECT_TRUE(std::holds_alternative<Taken>(client.book_slot(request_for(slot))));
}

TEST_F(TransactOnAServer, ASwallowedFailureOfAVerbDoesNotLookCommitted)
{
    const auto first = request_for(new_slot());
    (void)client.book_slot(first);
    auto other = request_for(new_slot());
    other.idempotency_key = first.idempotency_key;
    EXPECT_THROW(client.transact(
                     [&](Transaction &tx)
                     {
                         tx.execute("INSERT INTO cart VALUES (9, NULL)");
                         EXPECT_THROW((void)tx.book_slot(other), KeyReused);
                     }),
                 KeyReused);
    EXPECT_EQ(value("SELECT count(*)::text FROM cart WHERE id = 9"), "0");
}

/// A failure that libpqxx's commit() may hide is found by a statement just before it: docs/retries.md, "By hand".
TEST_F(TransactOnAServer, AStatementBeforeCommitTellsWhatLibpqxxsCommitHides)
{
    pqxx::connection connection{"dbname=" + database()};
    for (const bool asks : {false, true})
    {
        const auto request = request_for(new_slot());
        bool committed = true;
        try
        {
            pqxx::work tx{connection};
            EXPECT_TRUE(std::holds_alternative<Booked>(PqxxVerbs{tx}.book_slot(request)));
            EXPECT_THROW(PqxxVerbs{tx}.define_resource({.resource = ""}), pqxx::sql_error); // and swallowed
            if (asks)
            {
                tx.exec("SELECT pg_current_xact_id_if_assigned()");
            }
            tx.commit();
        }
        catch (const pqxx::sql_error &error)
        {
            committed = false;
            EXPECT_EQ(error.sqlstate(), "25P02");
        }
        EXPECT_EQ(value("SELECT count(*)::text FROM bookonce.booking WHERE idempotency_key = $1",
                        {request.idempotency_key.text()}),
                  "0");
        EXPECT_TRUE(!asks || !committed);
        std::cout << (asks ? "asked" : "commit()") << (committed ? ": committed" : ": not committed") << '\n';
        EXPECT_FALSE(std::get<Booked>(client.book_slot(request)).replayed);
    }
}

TEST_F(TransactOnAServer, LibpqxxsOwnExceptionsPassThrough)
{
    pqxx::connection connection{"dbname=" + database()};
    pqxx::work tx{connection};
    try
    {
        PqxxVerbs{tx}.define_resource({.resource = ""});
        FAIL() << "an empty name";
    }
    catch (const pqxx::sql_error &error)
    {
        EXPECT_EQ(error.sqlstate(), "22023");
    }
}

} // namespace bookonce
