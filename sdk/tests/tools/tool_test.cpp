// SPDX-License-Identifier: PostgreSQL
// tool_test.cpp: what `bookonce check` and `bookonce free` print, and the exit codes of all commands.
#include "tool_test.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bookonce
{

using bookonce::testing::run_tool;
using bookonce::testing::Said;
using bookonce::testing::ToolTest;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ToolOnAServer : public ToolTest
{
};

TEST_F(ToolOnAServer, CheckFindsNothingInSoundTables)
{
    const Said said = tool("check");
    EXPECT_EQ(said.code, 0) << said.error;
    EXPECT_EQ(said.out, "No problem was found.\n");
    EXPECT_EQ(tool("check --json").out, "{\n  \"command\": \"check\",\n  \"rows\": []\n}\n");
}

TEST_F(ToolOnAServer, CheckNamesWhatItFindsAndSaysSoByItsExitCode)
{
    query("SELECT bookonce.define_resource('shrunk', capacity => 2)");
    query("SELECT bookonce.book_slot('shrunk', '[2031-01-01 09:00+00,2031-01-01 10:00+00)', 'ann', quantity => 2)");
    query("UPDATE bookonce.resource SET capacity = 1 WHERE resource = 'shrunk'"); // a fault that no constraint detects
    const Said said = tool("check");
    EXPECT_EQ(said.code, 1) << said.error;
    EXPECT_THAT(said.out, StartsWith("problem"));
    EXPECT_THAT(said.out, HasSubstr("default"));
    const Said json = tool("check --json");
    EXPECT_EQ(json.code, 1);
    EXPECT_THAT(json.out, HasSubstr("\"tenant\": \"default\""));
    query("UPDATE bookonce.resource SET capacity = 2 WHERE resource = 'shrunk'");
}

TEST_F(ToolOnAServer, FreeListsSlotsInIsoTimes)
{
    const Said said = tool("free room:1 --within '2032-01-05T09:00Z/2032-01-05T10:30Z' --duration 45min");
    EXPECT_EQ(said.code, 0) << said.error;
    EXPECT_EQ(said.out, "starts                     ends\n"
                        "2032-01-05T09:00:00+00:00  2032-01-05T09:45:00+00:00\n"
                        "2032-01-05T09:45:00+00:00  2032-01-05T10:30:00+00:00\n");
    const Said stepped = tool("free room:1 --within '[2032-01-05 09:00+00,2032-01-05 10:00+00)' --duration 45min "
                              "--step 15min --json");
    EXPECT_EQ(stepped.out, "{\n  \"command\": \"free\",\n  \"rows\": [\n"
                           "    {\n      \"starts\": \"2032-01-05T09:00:00+00:00\",\n"
                           "      \"ends\": \"2032-01-05T09:45:00+00:00\"\n    },\n"
                           "    {\n      \"starts\": \"2032-01-05T09:15:00+00:00\",\n"
                           "      \"ends\": \"2032-01-05T10:00:00+00:00\"\n    }\n  ]\n}\n");
}

TEST_F(ToolOnAServer, FreeSaysThatNothingIs)
{
    query("SELECT bookonce.book_slot('room:1', '[2033-01-05 09:00+00,2033-01-05 10:00+00)', 'ann')");
    const Said said = tool("free room:1 --within '2033-01-05T09:00Z/2033-01-05T10:00Z' --duration 30min");
    EXPECT_EQ(said.code, 0);
    EXPECT_EQ(said.out, "Nothing is free.\n");
}

TEST_F(ToolOnAServer, WhatTheServerRefusesIsToldWithItsHint)
{
    const Said said = tool("free 'no such' --within '2033-01-05T09:00Z/2033-01-05T10:00Z' --duration 30min");
    EXPECT_EQ(said.code, 3);
    EXPECT_EQ(said.out, "");
    EXPECT_THAT(said.error, HasSubstr("define_resource"));
    const Said json = tool("free 'no such' --within '2033-01-05T09:00Z/2033-01-05T10:00Z' --duration 30min --json");
    EXPECT_EQ(json.code, 3);
    EXPECT_THAT(json.out, HasSubstr("\"sqlstate\": \"OB002\""));
    EXPECT_EQ(tool("free room:1 --within yesterday --duration 30min").code, 3);
}

TEST_F(ToolOnAServer, ANameIsAValueAndNeverSql)
{
    const Said said =
        tool("free \"x'); DROP TABLE bookonce.booking; --\" --within 2033-01-05/2033-01-06 --duration 1h");
    EXPECT_EQ(said.code, 3);
    EXPECT_THAT(said.error, HasSubstr("DROP TABLE"));
    EXPECT_EQ(value("SELECT pg_catalog.to_regclass('bookonce.booking')::text"), "bookonce.booking");
}

TEST(Tool, SaysWhatIsWrongWithItsUsage)
{
    for (const char *arguments : {"", "chekc", "free room:1", "free", "check --no-such", "check more",
                                  "free a --within b --duration c --quantity many"})
    {
        const Said said = run_tool(arguments);
        EXPECT_EQ(said.code, 2) << arguments;
        EXPECT_EQ(said.out, "") << arguments;
        EXPECT_NE(said.error, "") << arguments;
    }
}

TEST(Tool, CannotConnect)
{
    for (const char *arguments : {"check --dbname 'host=/nowhere'", "check --dbname no_such_database"})
    {
        const Said said = run_tool(arguments);
        EXPECT_EQ(said.code, 3) << arguments;
        EXPECT_THAT(said.error, HasSubstr("PGHOST")) << arguments;
    }
}

TEST(Tool, TeachesByItsHelp)
{
    const Said said = run_tool("--help");
    EXPECT_EQ(said.code, 0);
    EXPECT_THAT(said.out, HasSubstr("Exit codes: 0 fine"));
    for (const std::string command : {"audit", "guard", "follow", "check", "free"})
    {
        EXPECT_THAT(said.out, HasSubstr("\n  " + command + " "));
        const Said help = run_tool(command + " --help");
        EXPECT_EQ(help.code, 0);
        EXPECT_THAT(help.out, HasSubstr("\n  bookonce " + command + " ")) << "an example";
    }
    EXPECT_EQ(run_tool("--version").out, "bookonce " BOOKONCE_VERSION "\n");
}

} // namespace bookonce
