// SPDX-License-Identifier: PostgreSQL
// transaction.cpp: the application's own row and the booking are committed together, or neither is.
#include <bookonce/bookonce.hpp>

#include <iostream>

int main()
{
    using namespace std::chrono_literals;
    using namespace bookonce;

    Client client{{}};
    client.define_resource({.resource = "studio"});
    client.transact([](Transaction &tx)
                    { tx.execute("CREATE TABLE IF NOT EXISTS studio_invoice (booking_id uuid, euros int)"); });

    // The callback may be run again, after contention or a lost connection, so it changes nothing outside the
    // transaction.
    const bool booked = client.transact(
        [](Transaction &tx)
        {
            const auto outcome = tx.book_slot(
                {.resource = "studio", .during = {std::chrono::sys_days{2030y / 6 / 5} + 10h, 3h}, .holder = "band:9"});
            const auto *booking = std::get_if<Booked>(&outcome);
            if (booking == nullptr)
            {
                return false; // a refusal spoils nothing: what else was written is committed
            }
            tx.execute("INSERT INTO studio_invoice VALUES ($1, $2)", {booking->booking_id, std::to_string(120)});
            return true;
        });

    const auto rows =
        client.transact([](Transaction &tx) { return tx.execute("SELECT count(*), sum(euros) FROM studio_invoice"); });
    std::cout << (booked ? "booked; " : "taken; ") << rows.at(0).at(0).value_or("?") << " invoice, "
              << rows.at(0).at(1).value_or("0") << " euros\n";
}
