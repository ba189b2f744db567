// SPDX-License-Identifier: PostgreSQL
// faults_test.cpp: backends that die while idle, at work and while committing: the effect is there once.
// To know first: with a synchronous standby that does not exist, COMMIT is done on the server but its answer is not
// sent; ending the backend there makes the purest lost answer.
#include "server_test.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace bookonce
{

using bookonce::testing::ServerTest;
using bookonce::testing::sql;

class FaultsOnAServer : public ServerTest
{
  protected:
    Client client{options("application_name=victim")};

    static void terminate_victims()
    {
        query("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = 'victim'");
    }

    static std::string rows_for(const TimeRange &slot)
    {
        return value("SELECT count(*)::text FROM bookonce.booking WHERE during @> to_timestamp($1::bigint)",
                     {std::to_string(
                         std::chrono::duration_cast<std::chrono::seconds>(slot.begin().time_since_epoch()).count())});
    }
};

/// During its lifetime no COMMIT is answered, except in sessions that ask for local durability only; and the first
/// backend found waiting in COMMIT is ended.
class LostCommitAnswer
{
  public:
    explicit LostCommitAnswer(const std::string &database)
        : database_{database + " options='-c synchronous_commit=local'"}
    {
        set("ALTER SYSTEM SET synchronous_standby_names = 'nobody'", "nobody");
        killer_ = std::thread{[this]
                              {
                                  while (sql(database_, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                                                        "application_name = 'victim' AND wait_event = 'SyncRep'")
                                             .empty())
                                  {
                                  }
                                  set("ALTER SYSTEM RESET synchronous_standby_names", "");
                              }};
    }
    ~LostCommitAnswer() { killer_.join(); }

  private:
    /// Returns when new sessions see the setting.
    void set(const char *statement, const std::string &expected)
    {
        sql(database_, statement);
        sql(database_, "SELECT pg_reload_conf()");
        while (sql(database_, "SHOW synchronous_standby_names").at(0).at(0) != expected)
        {
        }
    }

    std::string database_;
    std::thread killer_;
};

TEST_F(FaultsOnAServer, ACallAfterItsIdleConnectionDiedIsNotEvenInDoubt)
{
    const auto request = request_for(new_slot());
    (void)client.book_slot(request_for(new_slot()));
    terminate_victims();
    EXPECT_FALSE(std::get<Booked>(client.book_slot(request)).replayed);
}

TEST_F(FaultsOnAServer, ABookingWhoseAnswerWasLostIsFoundAgain)
{
    (void)client.book_slot(request_for(new_slot())); // connected
    const auto slot = new_slot();
    const LostCommitAnswer lost{database()};
    EXPECT_TRUE(std::get<Booked>(client.book_slot(request_for(slot))).replayed);
    EXPECT_EQ(rows_for(slot), "1");
}

TEST_F(FaultsOnAServer, ATransactionWhoseCommitWasDoneIsNotRunAgain)
{
    const auto slot = new_slot();
    int runs = 0;
    const LostCommitAnswer lost{database()};
    const bool replayed = client.transact(
        [&](Transaction &tx)
        {
            ++runs;
            return std::get<Booked>(tx.book_slot(request_for(slot))).replayed;
        });
    EXPECT_FALSE(replayed);
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(rows_for(slot), "1");
}

TEST_F(FaultsOnAServer, ATransactionWhoseCommitWasCutOffIsRunAgain)
{
    // The first time, ends its own backend in the middle of COMMIT.
    query("CREATE TABLE note (text text)");
    query("CREATE SEQUENCE times");
    query("CREATE FUNCTION die_once() RETURNS trigger LANGUAGE plpgsql AS "
          "'BEGIN IF nextval(''times'') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NULL; "
          "END'");
    query("CREATE CONSTRAINT TRIGGER die AFTER INSERT ON note DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE "
          "FUNCTION die_once()");
    const auto slot = new_slot();
    int runs = 0;
    client.transact(
        [&](Transaction &tx)
        {
            ++runs;
            (void)tx.book_slot(request_for(slot));
            tx.execute("INSERT INTO note VALUES ($1)", {"run " + std::to_string(runs)});
        });
    EXPECT_EQ(runs, 2);
    EXPECT_EQ(rows_for(slot), "1");
    EXPECT_EQ(value("SELECT string_agg(text, ',') FROM note"), "run 2");
}

TEST_F(FaultsOnAServer, ATransactionWhoseBackendDiedIsRunAgain)
{
    const auto slot = new_slot();
    int runs = 0;
    client.transact(
        [&](Transaction &tx)
        {
            (void)tx.book_slot(request_for(slot));
            if (++runs == 1)
            {
                terminate_victims();
            }
            tx.execute("SELECT 1");
        });
    EXPECT_EQ(runs, 2);
    EXPECT_EQ(rows_for(slot), "1");
}

} // namespace bookonce
