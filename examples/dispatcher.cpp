// SPDX-License-Identifier: PostgreSQL
// dispatcher.cpp: a couple needs two therapists. Four are asked at once, all four accept at once, two have it.
#include <bookonce/bookonce.hpp>

#include <iostream>
#include <thread>
#include <tuple>
#include <vector>

int main()
{
    using namespace std::chrono_literals;
    using namespace bookonce;

    Client client{{}};
    const std::vector<std::string> therapists{"mira", "noor", "olga", "pia"};
    for (const std::string &therapist : therapists)
    {
        client.define_resource({.resource = therapist});
    }

    const Opened request = client.open_request(
        {.during = {std::chrono::sys_days{2030y / 5 / 1} + 10h, 1h}, .positions = 2, .requester = "user:1"});
    const auto invited =
        client.make_offers({.request_id = request.request_id, .providers = therapists, .expires_in = 10min});

    // Each therapist's phone: a thread of its own.
    std::vector<std::jthread> phones;
    for (const Invited &therapist : invited)
    {
        phones.emplace_back(
            [&client, offer = std::get<Offered>(therapist.outcome)]
            {
                // Accepted or too late: the code below asks who has the appointment.
                std::ignore = client.accept_offer({.offer_id = offer.offer_id, .provider = offer.provider});
            });
    }
    phones.clear(); // joins

    // Who it is, from the view that has one row for each position taken.
    const auto there = [&client, &request]
    {
        return client.transact(
            [&](Transaction &tx)
            {
                return tx.execute("SELECT provider FROM bookonce.appointment WHERE request_id = $1 ORDER BY position",
                                  {request.request_id});
            });
    };
    const std::string ill = there().at(0).at(0).value();
    std::cout << there().size() << " of " << therapists.size() << " have the appointment\n";

    // One falls ill. Her position is open again; so is each offer that was not answered with a no.
    client.release_position({.request_id = request.request_id, .provider = ill, .reason = "ill"});
    for (const Invited &therapist : invited)
    {
        const Offered &offer = std::get<Offered>(therapist.outcome);
        const auto outcome = client.accept_offer({.offer_id = offer.offer_id, .provider = offer.provider});
        if (const auto *accepted = std::get_if<Accepted>(&outcome); accepted != nullptr && !accepted->replayed)
        {
            std::cout << "another one came in as number " << accepted->position << "\n";
        }
    }

    const RequestCancelled over = client.cancel_request({.request_id = request.request_id});
    std::cout << "cancelled: " << over.filled << " are still expected, " << there().size() << " are booked\n";
}
