// SPDX-License-Identifier: PostgreSQL
// connect_timeout_test.cpp: connecting is bounded in each form of a connection string, and the caller's shorter bound
// stays. The tests check the value that libpq reads from the string.
#include "connect_timeout.hpp"

#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

namespace bookonce::detail
{

using namespace std::chrono_literals;

/// The connect_timeout that libpq reads; "none" if there is none.
std::string read_timeout(const std::string &connection_string)
{
    const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption *)> options{
        PQconninfoParse(connection_string.c_str(), nullptr), PQconninfoFree};
    for (const PQconninfoOption *option = options.get(); option != nullptr && option->keyword != nullptr; ++option)
    {
        if (std::string_view{option->keyword} == "connect_timeout")
        {
            return option->val != nullptr ? option->val : "none";
        }
    }
    return "malformed";
}

TEST(ConnectTimeout, IsWholeSecondsRoundedUpAndAtLeastTwo)
{
    EXPECT_EQ(read_timeout(with_connect_timeout("", 1ns)), "2");
    EXPECT_EQ(read_timeout(with_connect_timeout("", 2s)), "2");
    EXPECT_EQ(read_timeout(with_connect_timeout("", 2s + 1ns)), "3");
    EXPECT_EQ(read_timeout(with_connect_timeout("", std::chrono::hours{24 * 365})), "1000000");
}

TEST(ConnectTimeout, IsAddedToEachFormOfAConnectionString)
{
    for (const char *given : {"host=a dbname=b", "host=a password='x y' ", "postgresql://a/b",
                              "postgres://u:p@a,b:5433/c", "postgresql://a/b?sslmode=disable", "postgresql://"})
    {
        EXPECT_EQ(read_timeout(with_connect_timeout(given, 7s)), "7") << given;
    }
}

TEST(ConnectTimeout, OfTheCallersStaysIfItIsShorter)
{
    for (const char *given : {"connect_timeout=5", "postgresql://a/b?connect_timeout=5"})
    {
        EXPECT_EQ(with_connect_timeout(given, 7s), given);
        EXPECT_EQ(with_connect_timeout(given, 5s), given);
        EXPECT_EQ(read_timeout(with_connect_timeout(given, 4s)), "4") << given;
    }
    // For libpq, 0 or less means no bound.
    EXPECT_EQ(read_timeout(with_connect_timeout("connect_timeout=0", 7s)), "7");
    EXPECT_EQ(read_timeout(with_connect_timeout("connect_timeout=-1", 7s)), "7");
}

TEST(ConnectTimeout, OfTheEnvironmentIsHeededBehindThatOfTheString)
{
    setenv("PGCONNECT_TIMEOUT", "3", 1); // NOLINT(concurrency-mt-unsafe): no other thread runs
    EXPECT_EQ(with_connect_timeout("host=a", 7s), "host=a");
    EXPECT_EQ(read_timeout(with_connect_timeout("host=a connect_timeout=9", 7s)), "7");
    unsetenv("PGCONNECT_TIMEOUT"); // NOLINT(concurrency-mt-unsafe)
}

TEST(ConnectTimeout, LeavesAMalformedStringForLibpqToRefuse)
{
    EXPECT_EQ(with_connect_timeout("nonsense", 7s), "nonsense");
    EXPECT_EQ(with_connect_timeout("postgresql://a/b?nonsense=1", 7s), "postgresql://a/b?nonsense=1");
}

} // namespace bookonce::detail
