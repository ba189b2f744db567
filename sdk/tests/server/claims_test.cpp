// SPDX-License-Identifier: PostgreSQL
// claims_test.cpp: claims, counters, and a coupon made of both in one transaction, from a real server.
#include "server_test.hpp"

#include <gtest/gtest.h>

#include <future>

namespace bookonce
{

using bookonce::testing::ServerTest;

class ClaimsOnAServer : public ServerTest
{
  protected:
    Client client{patient()};

    /// 32 callers that all contend under SERIALIZABLE need more than the usual attempts.
    static ClientOptions patient()
    {
        ClientOptions patient = options();
        patient.retry.max_attempts = 1000;
        return patient;
    }

    /// Returns the result of redeeming: how many coupons are left, "used" or "gone". The order's name is claimant and
    /// key.
    std::string redeem(const std::string &coupon, const std::string &account, const std::string &order,
                       Isolation isolation = Isolation::server_default)
    {
        struct Gone
        {
        };
        try
        {
            return client.transact(isolation,
                                   [&](Transaction &tx) -> std::string
                                   {
                                       const auto claim =
                                           tx.claim({.scope = coupon, .value = account, .claimant = order});
                                       if (std::holds_alternative<ClaimedByOther>(claim))
                                       {
                                           return "used";
                                       }
                                       const auto left = tx.adjust_counter(
                                           {.counter = coupon, .delta = -1, .idempotency_key = IdempotencyKey{order}});
                                       if (std::holds_alternative<OutOfBounds>(left))
                                       {
                                           throw Gone{};
                                       }
                                       return std::to_string(std::get<Applied>(left).value);
                                   });
        }
        catch (const Gone &)
        {
            return "gone";
        }
    }

    /// 16 accounts want one of 5 coupons, each with two orders at once.
    void race_for(const std::string &coupon, Isolation isolation)
    {
        client.define_counter({.counter = coupon, .value = 5});
        std::vector<std::future<std::string>> answers;
        for (int order = 0; order < 32; ++order)
        {
            answers.push_back(std::async(std::launch::async, &ClaimsOnAServer::redeem, this, coupon,
                                         std::to_string(order / 2), std::to_string(order), isolation));
        }
        int redeemed = 0;
        for (auto &answer : answers)
        {
            const std::string said = answer.get();
            redeemed += said != "used" && said != "gone" ? 1 : 0;
        }
        EXPECT_EQ(redeemed, 5);
        EXPECT_EQ(value("SELECT count(*) FROM bookonce.claim WHERE scope = $1", {coupon}), "5");
        EXPECT_EQ(value("SELECT value || ' ' || entries FROM bookonce.counter WHERE counter = $1", {coupon}), "0 5");
    }
};

TEST_F(ClaimsOnAServer, AValueHasOneOwnerUntilItIsReleased)
{
    const Claim ann{.scope = "email", .value = "ann@example.org", .claimant = "user:1", .details = R"({"n": 1})"};
    const Claim ben{.scope = "email", .value = "ann@example.org", .claimant = "user:2"};
    EXPECT_FALSE(std::get<Claimed>(client.claim(ann)).replayed);
    EXPECT_TRUE(std::get<Claimed>(client.claim(ann)).replayed);
    EXPECT_TRUE(std::holds_alternative<ClaimedByOther>(client.claim(ben)));
    EXPECT_TRUE(client.release_claim({.scope = ben.scope, .value = ben.value, .claimant = ben.claimant}).replayed);
    EXPECT_FALSE(client.release_claim({.scope = ann.scope, .value = ann.value, .claimant = ann.claimant}).replayed);
    EXPECT_FALSE(std::get<Claimed>(client.claim(ben)).replayed);
}

TEST_F(ClaimsOnAServer, ACounterStaysWithinItsBounds)
{
    client.define_counter({.counter = "debt", .value = -5, .minimum = {}, .maximum = 0});
    const AdjustCounter payment{.counter = "debt", .delta = 3};
    EXPECT_EQ(std::get<Applied>(client.adjust_counter(payment)).value, -2);
    EXPECT_EQ(std::get<OutOfBounds>(client.adjust_counter({.counter = "debt", .delta = 3})).value, -2);
    const auto again = std::get<Applied>(client.adjust_counter(payment));
    EXPECT_TRUE(again.replayed);
    EXPECT_EQ(again.value, -2);
    EXPECT_EQ(std::get<OutOfBounds>(client.adjust_counter({.counter = "debt", .delta = INT64_MIN})).value, -2);

    EXPECT_THROW(
        (void)client.adjust_counter({.counter = "debt", .delta = 1, .idempotency_key = payment.idempotency_key}),
        KeyReused);
    EXPECT_THROW((void)client.adjust_counter({.counter = "debt", .delta = 0}), InvalidRequest);
    EXPECT_THROW((void)client.adjust_counter({.counter = "none", .delta = 1}), InvalidRequest);
    try
    {
        client.define_counter({.counter = "debt", .minimum = 0});
        FAIL() << "the bounds exclude the value";
    }
    catch (const InvalidRequest &error)
    {
        EXPECT_EQ(error.sqlstate(), "OB006");
    }
}

TEST_F(ClaimsOnAServer, ACouponIsRedeemedOncePerAccountAndNotBeyondItsLimit)
{
    client.define_counter({.counter = "SPRING", .value = 2});
    EXPECT_EQ(redeem("SPRING", "account:1", "order:1"), "1");
    EXPECT_EQ(redeem("SPRING", "account:1", "order:1"), "1");
    EXPECT_EQ(redeem("SPRING", "account:1", "order:2"), "used");
    EXPECT_EQ(redeem("SPRING", "account:2", "order:3"), "0");
    EXPECT_EQ(redeem("SPRING", "account:3", "order:4"), "gone");
    EXPECT_EQ(value("SELECT count(*) FROM bookonce.claim WHERE scope = 'SPRING'"), "2");
}

TEST_F(ClaimsOnAServer, SoItIsWhenAllWantItAtOnce)
{
    race_for("AUTUMN", Isolation::server_default);
}

TEST_F(ClaimsOnAServer, AndAtEveryIsolationLevel)
{
    race_for("WINTER", Isolation::serializable);
}

} // namespace bookonce
