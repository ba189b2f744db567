// SPDX-License-Identifier: PostgreSQL
// gathered_storm_test.cpp: threads share a client that gathers calls, while its connections are broken: each key is one
// row, and its caller was told so.
#include "fault_proxy.hpp"
#include "server_test.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <thread>

namespace bookonce
{

using namespace bookonce::testing;

namespace
{

constexpr int thread_count = 16;
constexpr int calls_of_a_thread = 30;

/// Breaks one message in fifty.
FaultProxy::Judge breaking_judge(unsigned seed)
{
    return [random = std::mt19937{seed}](const Message &) mutable
    {
        static constexpr Fault faults[] = {Fault::cut, Fault::cut_after, Fault::torn, Fault::half_open};
        const auto chance = random() % (50 * std::size(faults));
        return chance < std::size(faults) ? faults[chance] : Fault::none;
    };
}

} // namespace

class GatheredStormOnAServer : public ServerTest
{
  protected:
    const unsigned seed = static_cast<unsigned>(storm_seed());
    const int calls = calls_of_a_thread * storm_length();
    FaultProxy proxy;
    std::atomic<int> repeated = 0;
    std::atomic<int> unsettled = 0;
    std::mutex mutex;
    std::map<std::string, bool> told; // for each key, whether its caller was told that it has booked
    std::map<std::string, std::string> entries, owners, statuses; // what the callers of the other verbs were told

    ClientOptions through_the_proxy()
    {
        auto made = options(proxy.connection_string());
        made.pool_size = 4;
        made.gather.most = 256;
        made.retry.longest_backoff = std::chrono::milliseconds{50};
        made.on_call = [this](const CallReport &report) { repeated += report.attempts > 1 ? 1 : 0; };
        return made;
    }

    /// A call whose outcome is unknown is made again with its key, as a client of a service would.
    template <typename Call>
    auto settle(Call call, const std::string &key = "")
    {
        for (;; ++unsettled)
        {
            try
            {
                return call();
            }
            catch (const OutcomeUnknown &failure)
            {
                EXPECT_EQ(failure.idempotency_key(), key);
            }
            catch (const Unavailable &)
            {
            }
        }
    }

    void book(Client &client, int thread)
    {
        std::mt19937 random{seed + static_cast<unsigned>(thread)};
        for (int n = 0; n < calls; ++n)
        {
            const std::chrono::hours hour{std::uniform_int_distribution<int>{0, 8 * calls}(random)};
            const Timestamp begin = std::chrono::sys_days{std::chrono::year{2033} / 1 / 1} + hour;
            const BookSlot call{.resource = "room:1",
                                .during = {begin, 1h},
                                .holder = std::to_string(thread),
                                .idempotency_key = IdempotencyKey::derive("storm", thread, n)};
            const auto key = call.idempotency_key.text();
            const bool booked = std::holds_alternative<Booked>(settle([&] { return client.book_slot(call); }, key));
            const std::lock_guard lock{mutex};
            told[key] = booked;
        }
    }

    /// Adds to one of two counters.
    void adjust(Client &client, const std::string &counter, int delta, const IdempotencyKey &key)
    {
        const auto outcome =
            settle([&] { return client.adjust_counter({.counter = counter, .delta = delta, .idempotency_key = key}); },
                   key.text());
        const std::lock_guard lock{mutex};
        entries.emplace(counter + ' ' + key.text(),
                        std::to_string(delta) + ' ' + std::to_string(std::get<Applied>(outcome).value));
    }

    /// Claims a value that others want, too.
    void claim(Client &client, const std::string &value, const std::string &claimant)
    {
        const auto outcome =
            settle([&] { return client.claim({.scope = "storm", .value = value, .claimant = claimant}); });
        if (std::holds_alternative<Claimed>(outcome))
        {
            const std::lock_guard lock{mutex};
            const auto [owner, is_new] = owners.emplace(value, claimant);
            EXPECT_TRUE(is_new || owner->second == claimant) << value;
        }
    }

    /// Holds a slot that nobody else wants, confirms it, and cancels it if told to.
    void confirm(Client &client, const BookSlot &call, bool cancels)
    {
        const auto key = call.idempotency_key.text();
        const auto held = std::get<Booked>(settle([&] { return client.book_slot(call); }, key));
        const auto &id = held.booking_id;
        EXPECT_EQ(std::get<Confirmed>(settle([&] { return client.confirm_booking({.booking_id = id}); })).booking_id,
                  id);
        if (cancels)
        {
            const auto cancelled = settle([&] { return client.cancel_booking({.booking_id = id, .reason = key}); });
            EXPECT_EQ(std::get<Cancelled>(cancelled).booking_id, id);
        }
        const std::lock_guard lock{mutex};
        statuses[id] = cancels ? "cancelled " + key : "confirmed";
    }

    void do_all_else(Client &client, int thread)
    {
        std::mt19937 random{seed + static_cast<unsigned>(thread)};
        for (int n = 0; n < calls / 3; ++n)
        {
            adjust(client, "hot:" + std::to_string(random() % 2), 1 + static_cast<int>(random() % 3),
                   IdempotencyKey::derive("delta", thread, n));
            claim(client, std::to_string(random() % static_cast<unsigned>(calls)), std::to_string(thread));
            const Timestamp begin =
                std::chrono::sys_days{std::chrono::year{2034} / 1 / 1} + std::chrono::hours{thread * calls + n};
            confirm(client,
                    {.resource = "room:1",
                     .during = {begin, 1h},
                     .holder = std::to_string(thread),
                     .hold_for = 10min,
                     .idempotency_key = IdempotencyKey::derive("hold", thread, n)},
                    n % 2 == 1);
        }
    }

    /// The rows of a query with two columns.
    static std::map<std::string, std::string> pairs(std::string_view sql)
    {
        std::map<std::string, std::string> found;
        for (const Row &row : query(sql))
        {
            EXPECT_TRUE(found.emplace(row.at(0).value(), row.at(1).value()).second) << row.at(0).value();
        }
        return found;
    }

    template <typename Work>
    void storm(Work work)
    {
        Client client{through_the_proxy()};
        proxy.use(breaking_judge(seed));
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < thread_count; ++thread)
        {
            threads.emplace_back([&, thread] { work(client, thread); });
        }
        threads.clear();
        proxy.use({});
        proxy.wait_until_gone();
    }
};

TEST_F(GatheredStormOnAServer, EachKeyIsOneRowAndItsCallerKnows)
{
    storm([this](Client &client, int thread) { book(client, thread); });
    auto rows = pairs("SELECT idempotency_key, count(*)::text FROM bookonce.booking "
                      "WHERE during && '[2033-01-01 00:00+00, 2034-01-01 00:00+00)' GROUP BY 1");
    int late_wins = 0; // a lost attempt was still at work when the repeated one was refused
    for (const auto &[key, booked] : told)
    {
        const auto found = rows.find(key);
        EXPECT_TRUE(found != rows.end() || !booked) << key;
        if (found != rows.end())
        {
            EXPECT_EQ(found->second, "1") << key;
            late_wins += booked ? 0 : 1;
            rows.erase(found);
        }
    }
    EXPECT_TRUE(rows.empty());
    EXPECT_EQ(value("SELECT count(*)::text FROM bookonce.live_booking a JOIN bookonce.live_booking b "
                    "ON a.during && b.during AND a.booking_id < b.booking_id"),
              "0");
    EXPECT_EQ(query("SELECT * FROM bookonce.check_slot_index()"), Rows{});
    EXPECT_GT(repeated, 0);
    std::cout << told.size() << " calls, " << repeated << " repeated by the SDK, " << unsettled << " by the caller, "
              << late_wins << " late wins; " << value("SELECT count(DISTINCT xmin::text)::text FROM bookonce.booking")
              << " commits\n";
}

TEST_F(GatheredStormOnAServer, EachDeltaClaimAndHoldIsWhatItsCallerWasTold)
{
    query("SELECT bookonce.define_counter('hot:' || n, 0, 0, NULL) FROM generate_series(0, 1) AS n");
    storm([this](Client &client, int thread) { do_all_else(client, thread); });
    EXPECT_EQ(entries, pairs("SELECT counter || ' ' || idempotency_key, delta || ' ' || value "
                             "FROM bookonce.counter_entry"));
    EXPECT_EQ(value("SELECT sum(value)::text FROM bookonce.counter"),
              value("SELECT sum(delta)::text FROM bookonce.counter_entry"));
    EXPECT_EQ(owners, pairs("SELECT value, claimant FROM bookonce.claim WHERE scope = 'storm'"));
    EXPECT_EQ(statuses, pairs("SELECT booking_id, concat_ws(' ', status, reason) FROM bookonce.booking "
                              "WHERE during && '[2034-01-01 00:00+00, 2040-01-01 00:00+00)'"));
    EXPECT_EQ(query("SELECT * FROM bookonce.check_slot_index()"), Rows{});
    EXPECT_GT(repeated, 0);
    std::cout << entries.size() << " deltas in "
              << value("SELECT count(DISTINCT xmin::text)::text FROM bookonce.counter_entry") << " commits, "
              << owners.size() << " claims in " << value("SELECT count(DISTINCT xmin::text)::text FROM bookonce.claim")
              << ", " << statuses.size() << " holds; " << repeated << " calls repeated by the SDK, " << unsettled
              << " by the caller\n";
}

} // namespace bookonce
