// SPDX-License-Identifier: PostgreSQL
// mailer.cpp: another program that learns what happened to bookings, and sends a message about each.
// To know first: the owner of the tables has called keep_history() once; docs/history.md shows the loop.
#include <bookonce/bookonce.hpp>

#include <iostream>
#include <string>
#include <thread>

namespace
{

void send(const std::string &to, const bookonce::Event &event)
{
    std::cout << to << ": " << label(event.kind) << (event.reason ? ", " + *event.reason : "") << '\n';
}

} // namespace

int main()
{
    using namespace std::chrono_literals;
    bookonce::Client client{{.connection_string = "application_name=mailer"}};
    client.transact([](bookonce::Transaction &tx)
                    { tx.execute("SELECT bookonce.keep_history('{booked,cancelled}')"); });

    client.define_resource({.resource = "room:8"});
    const bookonce::Timestamp nine{std::chrono::sys_days{std::chrono::year{2030} / 2 / 4} + 9h};
    const auto answer = client.book_slot({.resource = "room:8", .during = {nine, 1h}, .holder = "ann"});
    if (const auto *booked = std::get_if<bookonce::Booked>(&answer))
    {
        (void)client.cancel_booking({.booking_id = booked->booking_id, .reason = "the heating is broken"});
    }

    bool told = false; // a mailer would go on forever
    while (!told)
    {
        client.events({.consumer = "mailer"},
                      [&](const bookonce::Event &event)
                      {
                          send(event.after ? event.after->holder : event.before->holder, event);
                          told = told || event.kind == bookonce::EventKind::cancelled;
                      });
        std::this_thread::sleep_for(told ? 0s : 1s);
    }
}
