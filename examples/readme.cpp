// SPDX-License-Identifier: PostgreSQL
// readme.cpp: the README's program. It finds the server by PGHOST, PGDATABASE and friends; bookonce.setup() was run
// there. To know first: scripts/readme fails when README.md shows anything else than what stands here.
#include <bookonce/bookonce.hpp>

#include <chrono>
#include <iostream>

int main()
{
    using namespace std::chrono;

    bookonce::Client client{{.connection_string = "application_name=shop"}}; // thread-safe: one for the whole program
    client.define_resource({.resource = "room:7", .time_zone = "Europe/Paris"});

    const bookonce::BookSlot call{
        .resource = "room:7",
        .during = {sys_days{2030y / January / 7} + 9h, 60min},
        .holder = "ann",
        .hold_for = 10min, // time to pay
        .idempotency_key = bookonce::IdempotencyKey::derive("order", 1001),
    };
    std::visit(
        bookonce::overloaded{
            [&](const bookonce::Booked &booked)
            {
                std::cout << "booked " << booked.booking_id << (booked.replayed ? ", again\n" : "\n");
                const auto paid = client.confirm_booking({.booking_id = booked.booking_id});
                std::cout << (std::holds_alternative<bookonce::Confirmed>(paid) ? "yours\n" : "too late\n");
            },
            [](const bookonce::Taken &taken) { std::cout << taken.busy.size() << " in the way\n"; },
            [](const auto &refused) { std::cout << refused.label << '\n'; }, // closed, too_late, ..
        },
        client.book_slot(call));

    // With the application's own SQL, in one transaction: both or neither.
    client.transact(
        [&](bookonce::Transaction &tx)
        {
            tx.execute("CREATE TABLE IF NOT EXISTS invoice (holder text, amount numeric)");
            if (std::holds_alternative<bookonce::Booked>(tx.book_slot(
                    {.resource = "room:7", .during = {sys_days{2030y / January / 8} + 9h, 60min}, .holder = "ann"})))
            {
                tx.execute("INSERT INTO invoice VALUES ($1, $2)", {"ann", "20.00"});
            }
        });
}
