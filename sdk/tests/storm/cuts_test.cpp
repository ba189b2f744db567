// SPDX-License-Identifier: PostgreSQL
// cuts_test.cpp: every verb that writes, interrupted at each of its messages by each kind of fault: one effect, never
// two.
#include "bookonce/pqxx.hpp"
#include "cut_calls.hpp"
#include "cuts_on_a_server.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <future>
#include <vector>

namespace bookonce
{

using bookonce::testing::cut_calls;
using bookonce::testing::CutCall;
using bookonce::testing::CutsOnAServer;
using bookonce::testing::Fault;
using bookonce::testing::Message;
using bookonce::testing::storm_length;
using bookonce::testing::storm_seed;

TEST_P(CutsOnAServer, AreSurvivedAtEachMessage)
{
    report(break_everywhere(GetParam(), true));
    if (GetParam().repeatable)
    {
        EXPECT_GT(unknown_and_done_, 0);
        EXPECT_GT(unknown_and_not_done_, 0);
    }
    else
    {
        EXPECT_GT(unavailable_, 0);
    }
}

namespace
{

/// The long form runs all of them; the short form every sixth, and the seed decides which.
std::vector<CutCall> chosen_cut_calls()
{
    if (storm_length() > 1)
    {
        return cut_calls();
    }
    std::vector<CutCall> chosen;
    for (std::size_t i = storm_seed() % 6; i < cut_calls().size(); i += 6)
    {
        chosen.push_back(cut_calls()[i]);
    }
    return chosen;
}

} // namespace

INSTANTIATE_TEST_SUITE_P(Of, CutsOnAServer, ::testing::ValuesIn(chosen_cut_calls()),
                         [](const auto &call) { return call.param.name; });

/// From the startup packet to the farewell. Connecting is the same for each verb; the long form does it with each.
TEST_F(CutsOnAServer, AreSurvivedFromTheFirstMessageToTheLast)
{
    int faults = 0;
    for (const CutCall &call : cut_calls())
    {
        if (storm_length() > 1 || call.name == "book_slot")
        {
            faults += break_everywhere(call, false);
        }
    }
    report(faults);
    EXPECT_GT(unavailable_, 0);
}

/// The loop that docs/retries.md describes for one's own transactions: start again with the same keys on a new
/// connection, and before COMMIT run a statement that fails where COMMIT would only roll back.
TEST_F(CutsOnAServer, AreSurvivedByAPqxxTransactionThatIsRepeatedWithItsKeys)
{
    const CutCall call{
        "by_hand",
        {},
        [this](Client &, const std::string &tenant, const Row &)
        {
            for (int attempt = 0;; ++attempt)
            {
                try
                {
                    pqxx::connection connection{options(proxy_.connection_string()).connection_string};
                    pqxx::work tx{connection};
                    (void)PqxxVerbs{tx}.book_slot({.resource = "a",
                                                   .during = {Timestamp{}, std::chrono::hours{1}},
                                                   .holder = "ann",
                                                   .allow_overlap = true, // so that only the key protects
                                                   .idempotency_key = IdempotencyKey{"call"},
                                                   .tenant = tenant});
                    (void)PqxxVerbs{tx}.adjust_counter(
                        {.counter = "stock", .delta = -1, .idempotency_key = IdempotencyKey{"call"}, .tenant = tenant});
                    tx.exec("SELECT pg_current_xact_id_if_assigned()");
                    tx.commit();
                    return std::string{"done"};
                }
                catch (const std::exception &)
                {
                    if (attempt == 5)
                    {
                        throw;
                    }
                }
            }
        }};
    report(break_everywhere(call, false, {Fault::cut, Fault::torn}));
}

TEST_F(CutsOnAServer, AHalfOpenConnectionHoldsUpItsCallAndNobodyElse)
{
    proxy_.half_open_lasts(std::chrono::hours{1});
    auto through = options(proxy_.connection_string());
    through.pool_size = 1;
    Client client{through};
    const BookSlot request = request_for(new_slot());
    std::promise<void> silent;
    proxy_.use(
        [&silent, done = false](const Message &message) mutable
        {
            if (done || message.type != 'Z') // while connecting, so that the server never sees the call
            {
                return Fault::none;
            }
            done = true;
            silent.set_value();
            return Fault::half_open;
        });
    auto answer = std::async(std::launch::async, [&] { return client.book_slot(request); });
    silent.get_future().wait();
    Client other{options()};
    EXPECT_FALSE(std::get<Booked>(other.book_slot(request)).replayed);
    EXPECT_EQ(answer.wait_for(std::chrono::seconds{0}), std::future_status::timeout);
    proxy_.end_half_open();
    EXPECT_TRUE(std::get<Booked>(answer.get()).replayed);
}

} // namespace bookonce
