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
    bool settle(Client &client, const BookSlot &call)
    {
        for (;; ++unsettled)
        {
            try
            {
                return std::holds_alternative<Booked>(client.book_slot(call));
            }
            catch (const OutcomeUnknown &failure)
            {
                EXPECT_EQ(failure.idempotency_key(), call.idempotency_key.text());
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
            const bool booked = settle(client, call);
            const std::lock_guard lock{mutex};
            told[call.idempotency_key.text()] = booked;
        }
    }

    void storm()
    {
        Client client{through_the_proxy()};
        proxy.use(breaking_judge(seed));
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < thread_count; ++thread)
        {
            threads.emplace_back([&, thread] { book(client, thread); });
        }
        threads.clear();
        proxy.use({});
        proxy.wait_until_gone();
    }
};

TEST_F(GatheredStormOnAServer, EachKeyIsOneRowAndItsCallerKnows)
{
    storm();
    std::map<std::string, std::string> rows;
    for (const Row &row : query("SELECT idempotency_key, count(*)::text FROM bookonce.booking GROUP BY 1"))
    {
        rows[row.at(0).value()] = row.at(1).value();
    }
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

} // namespace bookonce
