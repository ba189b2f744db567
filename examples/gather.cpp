// SPDX-License-Identifier: PostgreSQL
// gather.cpp: many calls of one program share statements and commits. Nothing else changes for the caller.
#include <bookonce/bookonce.hpp>

#include <future>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

int main()
{
    using namespace std::chrono_literals;
    using namespace bookonce;

    Client client{{.connection_string = "application_name=shop", .gather = {.most = 256}}};
    client.define_resource({.resource = "room:9"});
    const Timestamp opens{std::chrono::sys_days{2030y / 2 / 4} + 9h};
    const auto request = [opens](int number)
    {
        return BookSlot{.resource = "room:9",
                        .during = {opens + number * 15min, 15min},
                        .holder = "customer:" + std::to_string(number)};
    };

    // A service has a thread for each customer: they wait for a commit together.
    {
        std::vector<std::jthread> threads;
        for (int number = 0; number < 16; ++number)
        {
            threads.emplace_back([&, number] { (void)client.book_slot(request(number)); });
        }
    }

    // An event loop has only one, which asks for the outcomes when it likes.
    std::vector<std::future<BookSlotOutcome>> outcomes;
    for (int number = 0; number < 32; ++number)
    {
        outcomes.push_back(client.book_slot_async(request(number)));
    }
    int booked = 0;
    for (auto &outcome : outcomes)
    {
        booked += std::holds_alternative<Booked>(outcome.get()) ? 1 : 0;
    }
    std::cout << booked << " of " << outcomes.size() << " are free of the threads' bookings\n";
    return booked == 16 ? 0 : 1;
}
