// SPDX-License-Identifier: PostgreSQL
// hold_and_confirm.cpp: a slot is held while the customer pays, then confirmed; if the hold lapsed, the money goes
// back.
#include <bookonce/bookonce.hpp>

#include <iostream>

int main()
{
    using namespace std::chrono_literals;
    using namespace bookonce;

    Client client{{}};
    client.define_resource({.resource = "court:1"});

    const auto outcome = client.book_slot({
        .resource = "court:1",
        .during = {std::chrono::sys_days{2030y / 6 / 4} + 18h, 1h},
        .holder = "ann",
        .hold_for = 10min,
    });
    const auto *held = std::get_if<Booked>(&outcome);
    if (held == nullptr)
    {
        std::cout << "somebody was faster\n";
        return 0;
    }
    std::cout << "held until " << held->lapses_at->time_since_epoch() / 1s << " s after 1970\n";

    // The customer is still typing a card number: keep it for them.
    if (!std::holds_alternative<Extended>(client.extend_hold({.booking_id = held->booking_id, .hold_for = 20min})))
    {
        std::cout << "the hold is gone, show the free slots again\n";
        return 0;
    }

    // The payment has arrived. All cases must be told apart here; one that is left out does not compile.
    std::visit(
        overloaded{
            [](const Confirmed &) { std::cout << "confirmed\n"; },
            [](const HoldExpired &) { std::cout << "paid too late: refund\n"; },
            [](const NotLive &) { std::cout << "cancelled meanwhile: refund\n"; },
        },
        client.confirm_booking({.booking_id = held->booking_id}));
}
