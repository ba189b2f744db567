// SPDX-License-Identifier: PostgreSQL
// proxy_test.cpp: what differs behind a proxy of many shards: there are no transactions, and the connection that is
// lost may be the one between the proxy and a shard.
#include "fault_proxy.hpp"
#include "server_test.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace bookonce
{

using namespace bookonce::testing;

class ProxyOnAServer : public ServerTest
{
  protected:
    void SetUp() override
    {
        if (!proxied())
        {
            GTEST_SKIP() << "scripts/test proxy runs it";
        }
    }

    /// During its lifetime, new connections of the proxy reach their shard through that port.
    class Way
    {
      public:
        explicit Way(int port) { use("127.0.0.1", std::to_string(port)); }
        ~Way() { use(std::getenv("PGHOST"), std::getenv("PGPORT")); }
        Way(const Way &) = delete;
        Way &operator=(const Way &) = delete;

      private:
        static void use(const std::string &host, const std::string &port)
        {
            const bool is_first = value("SELECT (hashtext('default') & 1)::text") == "0";
            sql(proxy_of(database()), std::string{"ALTER SERVER shards OPTIONS (SET "} + (is_first ? "p0" : "p1") +
                                          " '" + way_to(database(), host, port) + "')");
        }
    };

    static std::string rows_of(const TimeRange &slot)
    {
        return value("SELECT count(*)::text FROM bookonce.booking WHERE lower(during) = to_timestamp($1::bigint)",
                     {std::to_string(
                         std::chrono::duration_cast<std::chrono::seconds>(slot.begin().time_since_epoch()).count())});
    }
};

TEST_F(ProxyOnAServer, WhatNeedsATransactionIsRefused)
{
    Client client{options()};
    const auto one = std::get<Booked>(client.book_slot(request_for(new_slot())));
    const auto two = std::get<Booked>(client.book_slot(request_for(new_slot())));
    bool has_run = false;
    const auto refused = [&](auto call)
    {
        try
        {
            call();
        }
        catch (const InvalidRequest &error)
        {
            return error.sqlstate() == "0A000" && error.attempts() == 1 && !error.hint().empty();
        }
        return false;
    };
    EXPECT_TRUE(refused([&] { client.transact([&](Transaction &) { has_run = true; }); }));
    EXPECT_FALSE(has_run);
    EXPECT_TRUE(refused([&] { (void)client.query("SELECT 1"); }));
    EXPECT_TRUE(refused(
        [&] { (void)client.swap_bookings({.booking_id = one.booking_id, .other_booking_id = two.booking_id}); }));
    EXPECT_TRUE(refused([&] { client.rename_resource({.resource = "room:1", .new_name = "room:9"}); }));
    EXPECT_TRUE(refused([&] { (void)client.delete_resource({.resource = "room:1"}); }));
    EXPECT_EQ(rows_of(one.during) + rows_of(two.during), "11");
}

TEST_F(ProxyOnAServer, AShardItselfHasThemAll)
{
    Client client{{.connection_string = "dbname=" + database()}};
    EXPECT_NO_THROW(client.transact([&](Transaction &tx) { (void)tx.book_slot(request_for(new_slot())); }));
}

TEST_F(ProxyOnAServer, WhereverTheWayToTheShardIsCutAKeyBooksOnce)
{
    FaultProxy link;
    const Way way{link.port()};
    int cuts = 0;
    int replays = 0;
    for (int at = 1, passed = at; passed >= at; ++at)
    {
        std::atomic<int> messages = 0;
        link.use([&, at](const Message &) { return ++messages == at ? Fault::cut : Fault::none; });
        const auto slot = new_slot();
        {
            Client client{options()};
            replays += std::get<Booked>(client.book_slot(request_for(slot))).replayed ? 1 : 0;
        }
        link.wait_until_gone();
        passed = messages;
        cuts += passed >= at ? 1 : 0;
        EXPECT_EQ(rows_of(slot), "1") << "cut at message " << at;
    }
    link.use({});
    EXPECT_GT(cuts, 10);
    EXPECT_GT(replays, 1);
    EXPECT_LT(replays, cuts);
}

TEST_F(ProxyOnAServer, ALostAnswerIsInDoubt)
{
    FaultProxy link;
    const Way way{link.port()};
    const auto slot = new_slot();
    auto request = request_for(slot);
    auto once = options();
    once.retry.max_attempts = 1;
    {
        link.use([&](const Message &message)
                 { return message.sender == Sender::server && message.type == 'D' ? Fault::cut : Fault::none; });
        Client client{once};
        try
        {
            (void)client.book_slot(request);
            ADD_FAILURE() << "its answer was lost";
        }
        catch (const OutcomeUnknown &unknown)
        {
            EXPECT_EQ(unknown.idempotency_key(), request.idempotency_key.text());
        }
    }
    link.wait_until_gone();
    EXPECT_EQ(rows_of(slot), "1");
    link.use({});
    EXPECT_TRUE(std::get<Booked>(Client{once}.book_slot(request)).replayed);
}

TEST_F(ProxyOnAServer, AShardsProcessThatIsEndedIsInDoubt)
{
    const auto slot = new_slot();
    Client holder{{.connection_string = "dbname=" + database()}};
    Client client{options()};
    const auto request = request_for(slot);
    std::future<BookSlotOutcome> answer;
    holder.transact(
        [&](Transaction &tx)
        {
            (void)tx.book_slot({.resource = "room:1", .during = slot, .holder = "nobody"});
            answer = std::async(std::launch::async, [&] { return client.book_slot(request); });
            const auto end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = $1 AND "
                             "cardinality(pg_blocking_pids(pid)) > 0";
            while (sql("postgres", end, {database()}).at(0).at(0) == "0")
            {
            }
            tx.execute("DELETE FROM bookonce.booking WHERE holder = 'nobody'");
        });
    EXPECT_TRUE(std::holds_alternative<Booked>(answer.get()));
    EXPECT_EQ(rows_of(slot), "1");
}

} // namespace bookonce
