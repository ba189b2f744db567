// SPDX-License-Identifier: PostgreSQL
// fault_storm_test.cpp: sixteen clients call every verb while their connections are broken and their backends ended.
// Then the answers that they got are compared with the tables.
// To know first: the same BOOKONCE_SEED repeats the choices of clients and proxy, but not their timing. With
// BOOKONCE_STORM above 1 backends are also killed with SIGKILL, which makes the server end all sessions and recover.
#include "judge.hpp"
#include "server_test.hpp"
#include "workload.hpp"

#include <gtest/gtest.h>

#include <signal.h>

#include <atomic>
#include <latch>

namespace bookonce
{

using namespace bookonce::testing;

namespace
{

constexpr int fault_clients = 16;
constexpr int calls_of_a_client = 120;

/// Breaks one message in a hundred.
FaultProxy::Judge random_judge(unsigned seed)
{
    return [random = std::mt19937{seed}](const Message &) mutable
    {
        static constexpr Fault faults[] = {Fault::cut,  Fault::cut,       Fault::cut_after, Fault::cut_after,
                                           Fault::torn, Fault::half_open, Fault::delay,     Fault::delay};
        const auto chance = random() % (100 * std::size(faults));
        return chance < std::size(faults) ? faults[chance] : Fault::none;
    };
}

std::string client_name(int number)
{
    return "storm:" + std::to_string(number);
}

} // namespace

class FaultStormOnAServer : public ServerTest
{
  protected:
    const std::mt19937::result_type seed = storm_seed();
    const int calls = calls_of_a_client * storm_length();
    const bool kills = storm_length() > 1;
    FaultProxy proxy;
    Journal set_up_journal;
    std::vector<std::unique_ptr<StormClient>> clients;
    int terminated = 0;
    int killed = 0;

    /// Makes the objects that all clients share; their facts are the first journal.
    void set_up()
    {
        query("CREATE TABLE note (holder text, text text)");
        query("SELECT bookonce.define_resource(kind || n, CASE kind WHEN 'class:' THEN 3 ELSE 1 END) FROM (VALUES "
              "('room:', 8), ('class:', 2), ('prov:', 6), ('storm:', 16)) AS v(kind, many), generate_series(0, many - "
              "1) AS n");
        Entry entry{.call = "set-up", .answers = {"done"}};
        for (int i = 0; i < storm_counters; ++i)
        {
            const std::string counter = "stock:" + std::to_string(i);
            query("SELECT bookonce.define_counter($1, 25, 0, 50)", {counter});
            entry.facts["counter " + counter] = {"0 50 adds up"};
        }
        for (int i = 0; i < calls / 6; ++i)
        {
            const std::string requester = "shared:" + std::to_string(i);
            query("SELECT bookonce.make_offers(r.request_id, ARRAY(SELECT 'storm:' || n FROM generate_series(0, 15) AS "
                  "n)) FROM (SELECT timestamptz '2029-01-01 00:00+00' + interval '1 hour' * $1::integer) AS hour(at), "
                  "bookonce.open_request(tstzrange(at, at + interval '1 hour'), 2, $2, idempotency_key => $2) AS r",
                  {std::to_string(i), requester});
            entry.facts["request " + requester] = {"2 " + requester};
            for (int client = 0; client < fault_clients; ++client)
            {
                entry.facts["offer " + requester + ' ' + client_name(client)] = {"pending"};
            }
        }
        set_up_journal.entries.push_back(entry);
    }

    void make_clients()
    {
        static constexpr int budgets[] = {1, 2, 4, 10};
        for (int i = 0; i < fault_clients; ++i)
        {
            auto through = options(proxy.connection_string() + " application_name=" + client_name(i));
            through.pool_size = 1;
            through.retry.max_attempts = budgets[i % 4];
            through.retry.longest_backoff = std::chrono::milliseconds{100};
            clients.push_back(std::make_unique<StormClient>(
                proxy, client_name(i), through, static_cast<unsigned>(seed) + static_cast<unsigned>(i), calls / 2,
                query("SELECT offer_id, request_id, requester FROM bookonce.offer JOIN bookonce.request USING "
                      "(tenant, request_id) WHERE provider = $1 ORDER BY requester",
                      {client_name(i)})));
        }
    }

    /// Runs all clients to their end, and at the same time the thread that ends backends.
    void storm()
    {
        std::latch start{fault_clients};
        std::atomic<int> running = fault_clients;
        std::vector<std::string> errors(fault_clients);
        std::vector<std::jthread> threads;
        proxy.use(random_judge(static_cast<unsigned>(seed)));
        for (std::size_t i = 0; i < fault_clients; ++i)
        {
            threads.emplace_back(
                [&, i]
                {
                    start.arrive_and_wait();
                    try
                    {
                        clients[i]->run(calls);
                    }
                    catch (const std::exception &error)
                    {
                        errors[i] = error.what();
                    }
                    --running;
                });
        }
        end_backends(running);
        threads.clear();
        proxy.use({});
        proxy.wait_until_gone();
        EXPECT_EQ(errors, std::vector<std::string>(fault_clients));
    }

    /// While the clients run, ends one of their backends about 20 times a second, and kills one about every 4 seconds.
    /// The fewer clients still run, the less often, or the last one would never finish.
    void end_backends(const std::atomic<int> &running)
    {
        std::mt19937 random{seed};
        auto next_kill = std::chrono::steady_clock::now();
        while (running > 0)
        {
            std::this_thread::sleep_for(std::chrono::milliseconds{50}); // the pace, nothing waits for it
            if (static_cast<int>(random() % fault_clients) >= running)
            {
                continue;
            }
            try
            {
                const Rows pids = query("SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'storm:%'");
                if (pids.empty())
                {
                    continue;
                }
                const std::string pid = pids[random() % pids.size()].at(0).value();
                if (kills && std::chrono::steady_clock::now() > next_kill)
                {
                    next_kill = std::chrono::steady_clock::now() + std::chrono::seconds{4};
                    killed += ::kill(static_cast<pid_t>(std::stol(pid)), SIGKILL) == 0 ? 1 : 0;
                }
                else
                {
                    terminated += value("SELECT pg_terminate_backend($1)::text", {pid}) == "true" ? 1 : 0;
                }
            }
            catch (const std::runtime_error &)
            {
                // The server is recovering; it will be back.
            }
        }
    }

    std::vector<Journal> journals() const
    {
        std::vector<Journal> all{set_up_journal};
        for (const auto &client : clients)
        {
            all.push_back(client->journal());
        }
        return all;
    }

    static std::vector<Fact> facts()
    {
        std::vector<Fact> all;
        for (const Row &row : query(facts_statement))
        {
            all.push_back({row.at(0).value(), row.at(1).value(), row.at(2).value_or("")});
        }
        return all;
    }

    void report(const std::vector<Journal> &journals) const
    {
        StormTotals sum;
        for (const auto &client : clients)
        {
            const StormTotals &one = client->totals();
            sum.calls += one.calls;
            sum.lost_tries += one.lost_tries;
            sum.unknown += one.unknown;
            sum.unavailable += one.unavailable;
            sum.late_wins += one.late_wins;
        }
        std::cout << sum.calls << " calls, " << sum.lost_tries << " tries repeated; OutcomeUnknown " << sum.unknown
                  << ", Unavailable " << sum.unavailable << ", late wins " << sum.late_wins << "; terminated "
                  << terminated << ", killed " << killed << ";";
        for (const Fault fault : {Fault::cut, Fault::cut_after, Fault::torn, Fault::half_open, Fault::delay})
        {
            std::cout << ' ' << name(fault) << ' ' << proxy.injected(fault, Sender::client) << '+'
                      << proxy.injected(fault, Sender::server);
            EXPECT_GT(proxy.injected(fault), 0) << name(fault);
        }
        std::map<std::string, int> answers;
        for (const Journal &journal : journals)
        {
            for (const Entry &entry : journal.entries)
            {
                ++answers[entry.call.substr(0, entry.call.find(" storm:")) + ": " + entry.answers.back()];
            }
        }
        std::cout << '\n';
        for (const auto &[answer, count] : answers)
        {
            std::cout << "    " << answer << ' ' << count << '\n';
        }
        EXPECT_GT(sum.unknown, 0);
        EXPECT_GT(sum.lost_tries, 0);
        EXPECT_GT(terminated, 0);
        EXPECT_EQ(killed > 0, kills);
    }
};

/// Tries, on data that the comparison has just found right, every way in which it must fail.
class Tampering
{
  public:
    Tampering(std::vector<Journal> journals, std::vector<Fact> facts)
        : journals_{std::move(journals)}, facts_{std::move(facts)}
    {
    }

    void the_comparison_complains() const
    {
        const std::size_t booked = find("booking ");
        complains_of(&Disagreements::lost, "a row is gone",
                     [&](auto &, auto &facts) { facts.erase(at(facts, booked)); });
        complains_of(&Disagreements::doubled, "a row is there twice",
                     [&](auto &, auto &facts) { facts.push_back(facts[booked]); });
        complains_of(&Disagreements::wrong, "a row says something else",
                     [&](auto &, auto &facts) { facts[booked].state += " for nothing"; });
        complains_of(&Disagreements::double_booked, "two bookings have one place",
                     [&](auto &, auto &facts)
                     {
                         const std::size_t other = find("booking ", booked + 1);
                         facts[other].takes = facts[booked].takes;
                     });
        complains_of(&Disagreements::unexplained, "a row that nobody made",
                     [](auto &, auto &facts) {
                         facts.push_back({"booking of nobody", "room:1 @1 confirmed -", ""});
                     });
        complains_of(&Disagreements::unexplained, "a call that was not written down",
                     [&](auto &journals, auto &)
                     {
                         for (Journal &journal : journals)
                         {
                             std::erase_if(journal.entries, [&](const Entry &entry)
                                           { return entry.facts.contains(facts_[booked].identity); });
                         }
                     });
        complains_of(&Disagreements::lost, "a booking that was only written down",
                     [](auto &journals, auto &)
                     {
                         journals[1].entries.push_back({.call = "book_slot",
                                                        .answers = {"booked"},
                                                        .facts = {{"booking of nobody", {"room:1 @1 confirmed -"}}}});
                     });
        complains_of(&Disagreements::unsettled, "OutcomeUnknown with budget left",
                     [](auto &journals, auto &)
                     {
                         journals[1].max_attempts = 10;
                         journals[1].entries[0].unknown.push_back({.attempts = 3});
                     });
        complains_of(&Disagreements::unsettled, "a call that nobody settled",
                     [](auto &journals, auto &) { journals[1].entries[0].answers.emplace_back("OutcomeUnknown"); });
        complains_of(&Disagreements::unsettled, "a yes that became a no",
                     [](auto &journals, auto &) { journals[1].entries[0].took_back = true; });
    }

  private:
    static std::vector<Fact>::iterator at(std::vector<Fact> &facts, std::size_t number)
    {
        return facts.begin() + static_cast<std::ptrdiff_t>(number);
    }

    /// The next live booking of a unit.
    std::size_t find(std::string_view identity, std::size_t from = 0) const
    {
        while (!facts_.at(from).identity.starts_with(identity) || facts_[from].takes.empty())
        {
            ++from;
        }
        return from;
    }

    template <typename Tamper>
    void complains_of(std::vector<std::string> Disagreements::*list, const char *what, Tamper tamper) const
    {
        std::vector<Journal> journals = journals_;
        std::vector<Fact> facts = facts_;
        tamper(journals, facts);
        EXPECT_FALSE((compare(journals, facts, false).*list).empty()) << what;
    }

    std::vector<Journal> journals_;
    std::vector<Fact> facts_;
};

TEST_F(FaultStormOnAServer, WhatTheClientsWereToldIsWhatTheTablesSay)
{
    set_up();
    make_clients();
    storm();
    const auto told = journals();
    const auto found = facts();
    report(told);
    const Disagreements result = compare(told, found, killed > 0);
    EXPECT_TRUE(result.none()) << result.text();
    EXPECT_EQ(query("SELECT * FROM bookonce.check_slot_index()"), Rows{});
    Tampering{told, found}.the_comparison_complains();
}

} // namespace bookonce
