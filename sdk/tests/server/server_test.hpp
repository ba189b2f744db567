// SPDX-License-Identifier: PostgreSQL
// server_test.hpp: gives each suite of tests that needs a real server a database of its own.
// To know first: the server is the one that PGHOST names, used as a superuser; without PGHOST these tests fail. With
// BOOKONCE_PROXIED the database is a shard, and clients connect to a proxy of it.
#pragma once

#include "bookonce/bookonce.hpp"
#include "proxy_database.hpp"
#include "server_sql.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>

namespace bookonce::testing
{

using namespace std::chrono_literals;

class ServerTest : public ::testing::Test
{
  protected:
    static void SetUpTestSuite()
    {
        if (std::getenv("PGHOST") == nullptr)
        {
            throw std::runtime_error{"PGHOST is not set: run these tests by scripts/sandbox run -- ctest"};
        }
        database() = "bookonce_sdk_" + std::to_string(::getpid());
        sql("postgres", "CREATE DATABASE " + database());
        query("CREATE EXTENSION bookonce");
        query("SELECT bookonce.setup()");
        query("SELECT bookonce.define_resource('room:1')");
        if (proxied())
        {
            make_proxy(database());
        }
    }

    static void TearDownTestSuite()
    {
        if (proxied())
        {
            drop_proxy(database());
        }
        sql("postgres", "DROP DATABASE " + database() + " WITH (FORCE)");
    }

    static std::string &database()
    {
        static std::string name;
        return name;
    }

    static Rows query(std::string_view statement, const Parameters &parameters = {})
    {
        return sql(database(), statement, parameters);
    }

    static std::string value(std::string_view statement, const Parameters &parameters = {})
    {
        return query(statement, parameters).at(0).at(0).value();
    }

    /// Options of a client of this database, or of its proxy; `more` is appended to the connection string. The deadline
    /// is long enough for a busy machine.
    static ClientOptions options(const std::string &more = "")
    {
        return {.connection_string = "dbname=" + (proxied() ? proxy_of(database()) : database()) + " " + more,
                .retry = {.deadline = 1min}};
    }

    /// A time that no other test of the suite uses.
    static TimeRange new_slot(std::chrono::microseconds length = 1h)
    {
        static int next = 0;
        return {std::chrono::sys_days{std::chrono::year{2030} / 1 / 1} + std::chrono::days{++next}, length};
    }

    static BookSlot request_for(const TimeRange &during)
    {
        return {.resource = "room:1", .during = during, .holder = "ann"};
    }
};

/// Prints the seed, which BOOKONCE_SEED sets again.
inline std::mt19937::result_type storm_seed()
{
    const char *given = std::getenv("BOOKONCE_SEED");
    const auto seed = given != nullptr ? static_cast<std::mt19937::result_type>(std::strtoul(given, nullptr, 10))
                                       : std::random_device{}();
    std::cout << "seed: BOOKONCE_SEED=" << seed << '\n';
    return seed;
}

/// How many times as long as usual a storm is to be: BOOKONCE_STORM.
inline int storm_length()
{
    const char *given = std::getenv("BOOKONCE_STORM");
    return given != nullptr ? std::max(std::atoi(given), 1) : 1;
}

} // namespace bookonce::testing
