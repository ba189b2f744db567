// SPDX-License-Identifier: PostgreSQL
// deadline_test.cpp: a call that is kept waiting ends at its deadline, as the right kind of failure, while it is still
// kept waiting: by an open transaction, by a server process that is stopped, by a network that swallows everything.
// To know first: the calls run in parallel, each with a client of its own, so that the test waits for one deadline
// only. Nothing is measured: the blocker is released only when all calls have ended.
#include "cut_calls.hpp"
#include "fault_proxy.hpp"
#include "server_test.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <functional>
#include <future>
#include <iterator>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace bookonce
{

using namespace bookonce::testing;

class DeadlineOnAServer : public ServerTest
{
  protected:
    static void SetUpTestSuite()
    {
        ServerTest::SetUpTestSuite();
        query("CREATE TABLE note (tenant text, text text)");
    }

    /// One call, in a tenant of its own.
    struct Caller
    {
        const CutCall &call;
        std::string tenant;
        Row ids = {};
        std::string before = {};
        std::unique_ptr<Client> client = {};
        std::string ended = {}; // as what
        std::string sqlstate = {};
        std::string key = {};
    };

    Rows ask(std::string_view statement, const std::string &tenant)
    {
        try
        {
            return admin_->execute(statement, {tenant});
        }
        catch (const detail::Failure &failure)
        {
            throw std::runtime_error{failure.sqlstate + ": " + failure.message};
        }
    }

    /// Asks until the condition holds. If it never does, the test fails and names the condition.
    static void await(const char *what, const std::function<bool()> &is_so)
    {
        const auto end = std::chrono::steady_clock::now() + 2min;
        while (!is_so())
        {
            if (std::chrono::steady_clock::now() > end)
            {
                throw std::runtime_error{std::string{"it did not come about: "} + what};
            }
        }
    }

    /// On a busy machine the first connection may take longer than the deadline.
    static void connect(Caller &caller)
    {
        const auto is_connected = [&caller]
        {
            try
            {
                (void)caller.client->free_time({.resource = "a", .within = new_slot(), .tenant = caller.tenant});
                return true;
            }
            catch (const Unavailable &)
            {
                return false;
            }
        };
        await("a client connects", is_connected);
    }

    /// Callers whose clients are already connected.
    std::vector<Caller> make_callers(std::chrono::milliseconds deadline, const std::string &connection)
    {
        static int tenants = 0;
        std::vector<Caller> callers;
        for (const CutCall &call : cut_calls())
        {
            Caller caller{.call = call, .tenant = "late:" + std::to_string(++tenants)};
            ask("SELECT bookonce.define_resource('a', tenant => $1), bookonce.define_resource('b', tenant => $1), "
                "bookonce.define_resource('class', 3, tenant => $1), bookonce.define_counter('stock', 5, tenant => $1)",
                caller.tenant);
            for (const std::string &step : call.prepare)
            {
                caller.ids = ask(step, caller.tenant).at(0);
            }
            caller.before = state(caller);
            auto made = options(connection + " application_name=late");
            made.pool_size = 1;
            made.retry.deadline = deadline;
            caller.client = std::make_unique<Client>(made);
            connect(caller);
            callers.push_back(std::move(caller));
        }
        return callers;
    }

    std::string state(const Caller &caller) { return ask(tenant_state, caller.tenant).at(0).at(0).value(); }

    static void run(Caller &caller)
    {
        const auto note = [&caller](const char *ended, const Error &error)
        {
            caller.ended = ended;
            caller.sqlstate = error.sqlstate();
        };
        try
        {
            caller.ended = "answered: " + caller.call.run(*caller.client, caller.tenant, caller.ids);
        }
        catch (const OutcomeUnknown &error)
        {
            note("OutcomeUnknown", error);
            caller.key = error.idempotency_key();
        }
        catch (const Unavailable &error)
        {
            note("Unavailable", error);
        }
        catch (const Error &error)
        {
            note(error.what(), error);
        }
    }

    /// Returns when all calls have ended.
    static void run_all(std::vector<Caller> &callers)
    {
        std::vector<std::future<void>> calls;
        for (Caller &caller : callers)
        {
            calls.push_back(std::async(std::launch::async, [&caller] { run(caller); }));
        }
        for (auto &call : calls)
        {
            call.get();
        }
    }

    /// A call in doubt is settled by calling again, on another client.
    void expect_settled(std::vector<Caller> &callers)
    {
        for (Caller &caller : callers)
        {
            caller.client = std::make_unique<Client>(options());
            run(caller);
            EXPECT_TRUE(caller.ended.starts_with("answered")) << caller.call.name << ": " << caller.ended;
            EXPECT_NE(state(caller), caller.before) << caller.call.name;
        }
    }

    /// Expects the failure of a call that may have been done, if the server was asked anything that writes.
    static void expect_in_doubt(const std::vector<Caller> &callers)
    {
        for (const Caller &caller : callers)
        {
            EXPECT_EQ(caller.ended, caller.call.repeatable ? "OutcomeUnknown" : "Unavailable") << caller.call.name;
            EXPECT_EQ(caller.key, caller.call.repeatable ? caller.call.key : "") << caller.call.name;
        }
    }

    /// 'T' is a process that was stopped. The name before it, in parentheses, may have spaces.
    static char process_state(const std::string &pid)
    {
        std::ifstream file{"/proc/" + pid + "/stat"};
        const std::string line{std::istreambuf_iterator<char>{file}, {}};
        const auto name_ends = line.rfind(") ");
        return name_ends == std::string::npos ? '?' : line.at(name_ends + 2);
    }

    std::unique_ptr<detail::Connection> admin_ =
        detail::postgres_transport("dbname=" + database())->connect(std::chrono::minutes{1});
};

TEST_F(DeadlineOnAServer, BehindAnOpenTransactionNothingIsWritten)
{
    auto callers = make_callers(8s, ""); // the last second of which is left for the server's answer
    EXPECT_GE(callers.size(), 16U);
    const auto blocker = detail::postgres_transport("dbname=" + database())->connect(std::chrono::minutes{1});
    blocker->execute("BEGIN", {});
    blocker->execute("LOCK TABLE bookonce.booking, bookonce.opening_hours, bookonce.resource, bookonce.offer, "
                     "bookonce.\"position\", bookonce.request, bookonce.claim, bookonce.counter_entry, "
                     "bookonce.counter IN SHARE MODE",
                     {});
    run_all(callers);
    for (const Caller &caller : callers)
    {
        EXPECT_EQ(caller.ended, "Unavailable") << caller.call.name;
        EXPECT_EQ(caller.sqlstate, "55P03") << caller.call.name;
        EXPECT_EQ(state(caller), caller.before) << caller.call.name;
    }
    EXPECT_EQ(blocker->execute("SELECT 1", {}).at(0).at(0), "1"); // it still blocks
    blocker->execute("ROLLBACK", {});
    expect_settled(callers);
}

TEST_F(DeadlineOnAServer, AServerProcessThatStandsStillIsGivenUp)
{
    auto callers = make_callers(1s, "");
    // A connection that was given up while connecting ends by itself.
    Rows processes;
    await("each call has one server process",
          [&]
          {
              processes = query("SELECT pid FROM pg_stat_activity WHERE application_name = 'late'");
              return processes.size() == callers.size();
          });
    for (const Row &row : processes)
    {
        ASSERT_EQ(::kill(std::stoi(row.at(0).value()), SIGSTOP), 0);
    }
    run_all(callers);
    for (const Row &row : processes)
    {
        EXPECT_EQ(process_state(row.at(0).value()), 'T') << "it is not stopped any more";
        EXPECT_EQ(::kill(std::stoi(row.at(0).value()), SIGCONT), 0);
    }
    expect_in_doubt(callers);
    // The server processes continue with what they had read, and then find out that the client is gone.
    await("the server processes end",
          [] { return value("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'late'") == "0"; });
    expect_settled(callers);
}

TEST_F(DeadlineOnAServer, ANetworkThatSwallowsEverythingIsGivenUp)
{
    FaultProxy proxy;
    proxy.half_open_lasts(1h);
    auto callers = make_callers(1s, proxy.connection_string());
    proxy.use([](const Message &) { return Fault::half_open; });
    run_all(callers);
    expect_in_doubt(callers);

    auto through = options(proxy.connection_string());
    through.retry.deadline = 1s; // connecting takes 2 seconds, libpq's minimum
    EXPECT_THROW((void)Client{through}.book_slot(request_for(new_slot())), Unavailable);
    proxy.end_half_open();
    proxy.use({});
    expect_settled(callers);
}

TEST_F(DeadlineOnAServer, WhateverTheNetworkDoesAKeyBooksOnce)
{
    std::mt19937 random{storm_seed()};
    const int rounds = storm_length() > 1 ? 1000 : 40;
    FaultProxy proxy;
    proxy.half_open_lasts(1h);
    const auto judge = [&random](const Message &)
    {
        constexpr Fault faults[] = {Fault::cut, Fault::cut_after, Fault::torn, Fault::half_open, Fault::delay};
        return random() % 30 == 0 ? faults[random() % std::size(faults)] : Fault::none;
    };
    auto through = options(proxy.connection_string());
    through.retry.deadline = 500ms;
    Client client{through};
    int ended_at_the_deadline = 0;
    for (int round = 0; round < rounds; ++round)
    {
        const BookSlot request = request_for(new_slot(5min));
        proxy.use(judge);
        for (bool done = false; !done;)
        {
            try
            {
                EXPECT_TRUE(std::holds_alternative<Booked>(client.book_slot(request)));
                done = true;
            }
            catch (const OutcomeUnknown &)
            {
                ++ended_at_the_deadline;
            }
            catch (const Unavailable &)
            {
                ++ended_at_the_deadline;
            }
            // Until the server finds out, a half-open link keeps a connection, and a transaction that has the key.
            proxy.end_half_open();
        }
        proxy.use({});
        EXPECT_EQ(
            value("SELECT count(*) FROM bookonce.booking WHERE idempotency_key = $1", {request.idempotency_key.text()}),
            "1");
    }
    std::cout << rounds << " rounds, of which calls ended at the deadline " << ended_at_the_deadline << " times\n";
}

} // namespace bookonce
