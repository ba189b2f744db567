// SPDX-License-Identifier: PostgreSQL
// adopt_tool_test.cpp: `bookonce audit`, `guard` and `follow` on one of the application's own tables.
#include "tool_test.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <thread>

namespace bookonce
{

using bookonce::testing::Said;
using bookonce::testing::ToolTest;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class AdoptByTool : public ToolTest
{
  protected:
    void SetUp() override
    {
        query("CREATE TABLE \"Booking\" (id int PRIMARY KEY, \"userId\" int, starts timestamptz, ends timestamptz, "
              "status "
              "text DEFAULT 'accepted')");
        query("INSERT INTO \"Booking\" SELECT n, 1, at, at + interval '1 hour' FROM (SELECT n, timestamptz '2030-01-07 "
              "09:00+00' + n * interval '1 hour' AS at FROM generate_series(1, 5) AS n) AS t");
    }

    void TearDown() override { query("DROP TABLE \"Booking\" CASCADE"); }

    static void overlap()
    {
        query("INSERT INTO \"Booking\" VALUES (6, 1, '2030-01-07 10:30+00', '2030-01-07 11:00+00')");
    }

    static std::string refusal_of_another()
    {
        try
        {
            query("INSERT INTO \"Booking\" VALUES (7, 1, '2030-01-07 12:10+00', '2030-01-07 12:20+00')");
        }
        catch (const std::runtime_error &refused)
        {
            return std::string{refused.what()}.substr(0, 5);
        }
        return "none";
    }

    static Said on_table(const std::string &command, const std::string &more = "", const std::string &before = "")
    {
        return tool(command +
                        " '\"Booking\"' --resource '\"userId\"' --starts starts --ends ends --live-when \"status = "
                        "'accepted'\" " +
                        more,
                    before);
    }
};

TEST_F(AdoptByTool, AuditListsThePairsAndCountsThemAll)
{
    EXPECT_EQ(on_table("audit").code, 0);
    EXPECT_EQ(on_table("audit").out, "Nothing is booked twice.\n");
    overlap();
    const Said said = on_table("audit");
    EXPECT_EQ(said.code, 1) << said.error;
    EXPECT_THAT(said.out, StartsWith("resource  row        other_row  shared\n"));
    EXPECT_THAT(said.out, HasSubstr("Pairs that overlap: 1.\n"));
    query("INSERT INTO \"Booking\" VALUES (8, 1, '2030-01-07 10:00+00', '2030-01-07 12:00+00')");
    const Said first = on_table("audit", "--at-most 1 --json");
    EXPECT_EQ(first.code, 1);
    EXPECT_THAT(first.out, HasSubstr("\"pairs\": 4"));
    EXPECT_THAT(first.out, HasSubstr("\"row\": {"));
}

TEST_F(AdoptByTool, GuardByConstraintRefusesWhatOverlapsAndThenStands)
{
    overlap();
    const Said refused = on_table("guard");
    EXPECT_EQ(refused.code, 1);
    EXPECT_THAT(refused.error, HasSubstr("double bookings"));
    query("DELETE FROM \"Booking\" WHERE id = 6");
    const Said said = on_table("guard");
    EXPECT_EQ(said.code, 0) << said.error;
    EXPECT_THAT(said.out, HasSubstr("constraint"));
    EXPECT_EQ(refusal_of_another(), "23P01");
}

TEST_F(AdoptByTool, GuardOnlineBuildsTheIndexAndLeavesOldOverlaps)
{
    overlap();
    const Said said = on_table("guard", "--online --json");
    EXPECT_EQ(said.code, 0) << said.error;
    EXPECT_THAT(said.error, HasSubstr("CREATE INDEX CONCURRENTLY"));
    EXPECT_THAT(said.out, HasSubstr("\"how\": \"online\""));
    EXPECT_THAT(said.out, HasSubstr("\"overlaps\": 1"));
    EXPECT_EQ(refusal_of_another(), "23P01");
    EXPECT_EQ(on_table("guard", "--online").code, 0) << "again";
}

TEST_F(AdoptByTool, GuardOnlineTidiesUpWhatAnEarlierBuildLeft)
{
    ASSERT_EQ(on_table("guard", "--online").code, 0);
    query("UPDATE pg_catalog.pg_index SET indisvalid = false WHERE indexrelid = '\"Booking_guard\"'::regclass");
    const Said said = on_table("guard", "--online");
    EXPECT_EQ(said.code, 0) << said.error;
    EXPECT_THAT(said.error, HasSubstr("CREATE INDEX CONCURRENTLY"));
    EXPECT_EQ(value("SELECT count(*)::text FROM bookonce.guarded_tables WHERE problem IS NULL"), "1");
}

// An open transaction keeps the build waiting, so that there is something to see and to interrupt.
TEST_F(AdoptByTool, GuardOnlineTellsWhatItWaitsForAndCtrlCLeavesNothing)
{
    const std::string pid_file = ::testing::TempDir() + "bookonce_guard_" + std::to_string(::getpid());
    const std::string building_now = "SELECT count(*)::text FROM pg_stat_progress_create_index";
    Client client{options()};
    Said said;
    std::thread building;
    client.transact(
        [&](Transaction &tx)
        {
            tx.execute("INSERT INTO \"Booking\" VALUES (9, 2, '2030-01-08 09:00+00', '2030-01-08 10:00+00')");
            building = std::thread{[&] { said = on_table("guard", "--online", "echo $$ >" + pid_file + "; exec "); }};
            while (value(building_now + " WHERE phase LIKE 'waiting%'") == "0")
            {
            }
            ASSERT_EQ(::kill(std::stoi(testing::contents(pid_file)), SIGINT), 0);
            while (value(building_now) != "0") // otherwise the build may end before the signal arrives
            {
            }
        });
    building.join(); // only now, because the index is dropped once nobody uses the table
    ::unlink(pid_file.c_str());
    EXPECT_EQ(said.code, 3);
    EXPECT_THAT(said.error, HasSubstr("interrupted"));
    EXPECT_EQ(value("SELECT count(*)::text FROM bookonce.guarded_tables"), "0");
    EXPECT_EQ(value("SELECT count(*)::text FROM pg_index WHERE indrelid = '\"Booking\"'::regclass"), "1");
}

TEST_F(AdoptByTool, FollowTakesTheRowsOver)
{
    overlap();
    const std::string follow =
        "follow '\"Booking\"' --resource \"'user:' || \\\"userId\\\"\" --starts starts --ends ends --holder id::text ";
    EXPECT_EQ(tool(follow).code, 1);
    const Said said = tool(follow + "--keep-overlaps --json");
    EXPECT_EQ(said.code, 0) << said.error;
    EXPECT_THAT(said.out, HasSubstr("\"overlapping\": "));
    EXPECT_EQ(refusal_of_another(), "23P01");
    query("SELECT bookonce.unfollow_table('\"Booking\"')");
}

TEST_F(AdoptByTool, WhatIsNoRuleIsRefused)
{
    EXPECT_EQ(tool("audit '\"Booking\"' --resource 1").code, 3);
    EXPECT_EQ(tool("audit '\"Booking\"' --starts starts --ends ends").code, 2);
    EXPECT_EQ(tool("audit '\"Booking\"' --resource \"userId\" --starts starts").code, 2);
    EXPECT_EQ(tool("audit '\"Booking\"' --resource 1 --starts starts --ends ends --during starts").code, 2);
    EXPECT_EQ(tool("audit no_such --resource 1 --starts starts --ends ends").code, 3);
    EXPECT_EQ(tool("guard \"x; DROP TABLE y\" --online --resource 1 --starts starts --ends ends").code, 3);
}

} // namespace bookonce
