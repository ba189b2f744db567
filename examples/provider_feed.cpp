// SPDX-License-Identifier: PostgreSQL
// provider_feed.cpp: what one driver sees and does: the offers made to him, and an answer to each.
#include <bookonce/bookonce.hpp>

#include <iostream>
#include <string>

int main()
{
    using namespace std::chrono_literals;
    using namespace bookonce;

    Client client{{}};
    client.define_resource({.resource = "driver:7"});
    const Timestamp morning = std::chrono::sys_days{2030y / 5 / 2} + 8h;
    for (const auto after : {0min, 30min, 90min}) // the first two rides overlap
    {
        const Opened ride = client.open_request({.during = {morning + after, 1h}, .requester = "rider:1"});
        const auto invited =
            client.make_offers({.request_id = ride.request_id, .providers = {"driver:7"}, .expires_in = 5min});
        if (!std::holds_alternative<Offered>(invited.front().outcome))
        {
            std::cout << "not offered\n";
        }
    }

    // The feed: his offers as they stand. An offer of a filled request is not pending, though nobody wrote to it.
    const auto feed = client.transact(
        [](Transaction &tx)
        {
            return tx.execute(
                "SELECT offer_id FROM bookonce.offer_status "
                "WHERE tenant = 'default' AND provider = $1 AND status = 'pending' ORDER BY lower(during)",
                {"driver:7"});
        });
    for (const Row &offer : feed)
    {
        const std::string offer_id = offer.at(0).value();
        const auto outcome = client.accept_offer({.offer_id = offer_id, .provider = "driver:7"});
        std::cout << std::visit(
            overloaded{[](const Accepted &) -> std::string { return "accepted: the time is booked\n"; },
                       [](const Filled &) -> std::string { return "others were faster\n"; },
                       [&](const ProviderBusy &) -> std::string
                       {
                           // He cannot be in two places; say so, and nobody waits for him.
                           const auto no = client.decline_offer({.offer_id = offer_id, .provider = "driver:7"});
                           return std::holds_alternative<Declined>(no) ? "busy then: declined\n" : "over by now\n";
                       },
                       [](const auto &gone) -> std::string { return std::string{gone.label} + "\n"; }},
            outcome);
    }
}
