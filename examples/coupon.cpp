// SPDX-License-Identifier: PostgreSQL
// coupon.cpp: a coupon that works once per account and three times in all: a claim and a counter in one transaction.
// To know first: the order is both the claimant and the key, so a repeated order is a replay of both.
#include <bookonce/bookonce.hpp>

#include <iostream>
#include <string>

namespace
{

/// Thrown to roll back the transaction, and with it the claim.
struct AllGone
{
};

const char *redeem(bookonce::Client &client, const std::string &account, const std::string &order)
{
    try
    {
        return client.transact(
            [&](bookonce::Transaction &tx)
            {
                const auto claim = tx.claim({.scope = "coupon:SPRING", .value = account, .claimant = order});
                if (std::holds_alternative<bookonce::ClaimedByOther>(claim))
                {
                    return "used before";
                }
                const auto left = tx.adjust_counter(
                    {.counter = "coupon:SPRING", .delta = -1, .idempotency_key = bookonce::IdempotencyKey{order}});
                if (std::holds_alternative<bookonce::OutOfBounds>(left))
                {
                    throw AllGone{};
                }
                return std::get<bookonce::Applied>(left).replayed ? "redeemed, again" : "redeemed";
            });
    }
    catch (const AllGone &)
    {
        return "all gone";
    }
}

} // namespace

int main()
{
    bookonce::Client client{{}};
    client.define_counter({.counter = "coupon:SPRING", .value = 3});

    for (const auto &[account, order] : {std::pair{"account:1", "order:1"},
                                         {"account:1", "order:1"},
                                         {"account:1", "order:2"},
                                         {"account:2", "order:3"},
                                         {"account:3", "order:4"},
                                         {"account:4", "order:5"}})
    {
        std::cout << account << ", " << order << ": " << redeem(client, account, order) << '\n';
    }
}
