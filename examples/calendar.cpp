// SPDX-License-Identifier: PostgreSQL
// calendar.cpp: a room's week, read page by page.
#include <bookonce/bookonce.hpp>

#include <iostream>

int main()
{
    using namespace std::chrono_literals;
    bookonce::Client client{{.connection_string = "application_name=calendar"}};
    const bookonce::Timestamp monday{std::chrono::sys_days{std::chrono::year{2030} / 2 / 4}};
    const bookonce::TimeRange week{monday, 7 * 24h};

    client.define_resource({.resource = "room:7"});
    for (const auto hour : {9h, 11h, 14h})
    {
        (void)client.book_slot(
            {.resource = "room:7", .during = {monday + hour, 1h}, .holder = "ann", .hold_for = 10min});
    }
    for (const bookonce::BookingRow &booking : client.list_bookings({.resources = {"room:7"}, .within = week}))
    {
        std::cout << booking.holder << (booking.status == bookonce::BookingStatus::held ? " may come\n" : " comes\n");
    }
}
