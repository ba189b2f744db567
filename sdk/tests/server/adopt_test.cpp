// SPDX-License-Identifier: PostgreSQL
// adopt_test.cpp: one of the application's own tables: which rows are booked twice, and its errors in transact().
#include "server_test.hpp"

#include <gtest/gtest.h>

namespace bookonce
{

using bookonce::testing::ServerTest;
using namespace std::chrono_literals;

class AdoptOnAServer : public ServerTest
{
  protected:
    static constexpr std::chrono::sys_days monday{std::chrono::year{2030} / 1 / 7};

    void SetUp() override
    {
        query(
            "CREATE TABLE \"Booking\" (id int PRIMARY KEY, room text NOT NULL, \"startTime\" timestamptz, \"endTime\" "
            "timestamptz, status text DEFAULT 'accepted')");
    }

    void TearDown() override { query("DROP TABLE \"Booking\" CASCADE"); }

    /// Books the hour from 9:00, in a transact().
    void insert(const std::string &id, const std::string &from = "09:00")
    {
        client.transact(
            [&](Transaction &tx)
            {
                tx.execute("INSERT INTO \"Booking\" VALUES ($1, 'a', ('2030-01-07 ' || $2 || '+00')::timestamptz, "
                           "('2030-01-07 ' || $2 || '+00')::timestamptz + interval '1 hour')",
                           {id, from});
            });
    }

    SlotTaken refusal_of(const std::string &id, const std::string &from = "09:00")
    {
        try
        {
            insert(id, from);
        }
        catch (const SlotTaken &taken)
        {
            return taken;
        }
        throw std::logic_error{"the row was not refused"};
    }

    const FindDoubleBookings all{.relation = "\"Booking\"",
                                 .resource = "room",
                                 .starts = "\"startTime\"",
                                 .ends = "\"endTime\"",
                                 .live_when = "status = 'accepted'"};
    Client client{options()};
};

TEST_F(AdoptOnAServer, DoubleBookingsAreTypedRows)
{
    EXPECT_EQ(client.find_double_bookings(all).pairs, 0);
    insert("1");
    insert("2", "09:30");
    insert("3", "09:45");
    const DoubleBookings answer = client.find_double_bookings(all);
    EXPECT_EQ(answer.pairs, 3);
    ASSERT_EQ(answer.found.size(), 3U);
    EXPECT_EQ(answer.found[0].resource, "a");
    EXPECT_EQ(answer.found[0].row_key, "{\"id\": 1}");
    EXPECT_EQ(answer.found[0].other_row_key, "{\"id\": 2}");
    EXPECT_EQ(answer.found[0].shared, (TimeRange{monday + 9h + 30min, 30min}));

    FindDoubleBookings first = all;
    first.at_most = 1;
    EXPECT_EQ(client.find_double_bookings(first).pairs, 3);
    EXPECT_EQ(client.find_double_bookings(first).found.size(), 1U);
    first.at_most.reset();
    EXPECT_EQ(client.find_double_bookings(first).found.size(), 3U);
}

TEST_F(AdoptOnAServer, DoubleBookingsAreReadByARangeToo)
{
    query("CREATE TABLE stay (room int, nights daterange)");
    query("INSERT INTO stay VALUES (1, '[2030-01-07,2030-01-10)'), (1, '[2030-01-09,2030-01-12)')");
    const DoubleBookings answer = client.transact(
        [](Transaction &tx)
        { return tx.find_double_bookings({.relation = "stay", .resource = "room", .during = "nights"}); });
    ASSERT_EQ(answer.found.size(), 1U);
    EXPECT_EQ(answer.found[0].row_key, "{\"ctid\": \"(0,1)\"}");
    EXPECT_EQ(answer.found[0].shared.end() - answer.found[0].shared.begin(), 24h);
    query("DROP TABLE stay");
}

TEST_F(AdoptOnAServer, WhatIsNoColumnIsRefused)
{
    FindDoubleBookings call = all;
    call.resource = "room; DROP TABLE \"Booking\"";
    EXPECT_THROW((void)client.find_double_bookings(call), InvalidRequest);
    call.resource = "no_such";
    EXPECT_THROW((void)client.find_double_bookings(call), InvalidRequest);
    EXPECT_EQ(client.find_double_bookings(all).pairs, 0);
}

TEST_F(AdoptOnAServer, AFollowedTablesRefusalIsTyped)
{
    query("SELECT bookonce.follow_table('\"Booking\"', 'room', '\"startTime\"', '\"endTime\"')");
    insert("1");
    const SlotTaken taken = refusal_of("2", "09:30");
    EXPECT_EQ(taken.sqlstate(), "23P01");
    EXPECT_EQ(taken.table(), "Booking");
    EXPECT_NE(taken.constraint(), "");
    EXPECT_EQ(taken.busy(), std::vector{(TimeRange{monday + 9h, 1h})});
    EXPECT_NE(taken.hint(), "");

    query("SELECT bookonce.set_opening_hours('a', 1, '{09:00}', '{17:00}')");
    try
    {
        insert("3", "18:00");
        FAIL() << "outside the opening hours";
    }
    catch (const InvalidRequest &refused)
    {
        EXPECT_EQ(refused.sqlstate(), "23514");
        EXPECT_EQ(refused.constraint(), "closed");
        EXPECT_EQ(refused.table(), "Booking");
    }
    query("SELECT bookonce.unfollow_table('\"Booking\"')");
}

TEST_F(AdoptOnAServer, AnExclusionConstraintOfOnesOwnIsTheSame)
{
    query("ALTER TABLE \"Booking\" ADD CONSTRAINT one_at_a_time EXCLUDE USING gist (tstzrange(\"startTime\", "
          "\"endTime\") WITH &&)");
    insert("1");
    const SlotTaken taken = refusal_of("2", "09:30");
    EXPECT_EQ(taken.table(), "Booking");
    EXPECT_EQ(taken.constraint(), "one_at_a_time");
    EXPECT_EQ(taken.busy(), std::vector{(TimeRange{monday + 9h, 1h})});

    try
    {
        insert("1", "15:00");
        FAIL() << "a primary key twice";
    }
    catch (const InvalidRequest &refused)
    {
        EXPECT_EQ(dynamic_cast<const SlotTaken *>(&refused), nullptr);
        EXPECT_EQ(refused.constraint(), "Booking_pkey");
    }
}

} // namespace bookonce
