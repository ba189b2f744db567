// SPDX-License-Identifier: PostgreSQL
// waitlist_race.cpp: a sold-out class, 200 people in line, and one ticket after another is given back.
// To know first: one client gives the tickets back, in any order, while all others come by and would like to have one.
// What counts is who has it in the end: the first in line, or somebody who came by.
#include "contender.hpp"

#include <bookonce/bookonce.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace demo
{

namespace
{

using namespace std::chrono_literals;

constexpr int in_line = 200;

const bookonce::TimeRange &class_time()
{
    static const bookonce::TimeRange time{std::chrono::sys_days{std::chrono::year{2030} / 1 / 7} + 9h, 1h};
    return time;
}

std::string waiter(int place)
{
    return "waits" + std::to_string(place) + "@example.com";
}

std::string passer_by(int client)
{
    return "walks.in" + std::to_string(client) + "@example.com";
}

/// Frees the ticket, then gives it to the first in line. In between anybody can take it.
Contender cancel_then_tell(const Course &course)
{
    Connection connection;
    connection.run("DROP TABLE IF EXISTS demo.ticket, demo.waiting");
    connection.run("CREATE TABLE demo.ticket (ticket int PRIMARY KEY, holder text)");
    connection.run("CREATE TABLE demo.waiting (place int PRIMARY KEY, who text)");
    connection.run("INSERT INTO demo.ticket SELECT n, 'ann@example.com' FROM generate_series(0, $1::int - 1) AS n",
                   {std::to_string(course.items)});
    connection.run("INSERT INTO demo.waiting SELECT n, 'waits' || n || '@example.com' "
                   "FROM generate_series(0, $1::int - 1) AS n",
                   {std::to_string(in_line)});
    const auto attempt = [](Connection &mine, int client, int item)
    {
        const std::string number = std::to_string(item);
        if (client > 0)
        {
            return mine.run("UPDATE demo.ticket SET holder = $2 WHERE ticket = $1::int AND holder IS NULL RETURNING 1",
                            {number, passer_by(client)})
                           .empty()
                       ? Answer::refused
                       : Answer::won;
        }
        mine.run("UPDATE demo.ticket SET holder = NULL WHERE ticket = $1::int", {number});
        const auto first = mine.run("SELECT w.who FROM demo.waiting AS w WHERE NOT EXISTS "
                                    "(SELECT FROM demo.ticket AS t WHERE t.holder = w.who) ORDER BY w.place LIMIT 1");
        mine.run("UPDATE demo.ticket SET holder = $2 WHERE ticket = $1::int AND holder IS NULL",
                 {number, first.at(0).at(0)});
        return Answer::won;
    };
    const auto count = [items = std::to_string(course.items)]
    {
        Connection mine;
        const long made =
            mine.number("SELECT count(*) FROM demo.ticket AS t JOIN demo.waiting AS w ON w.who = t.holder "
                        "WHERE w.place < $1::int",
                        {items});
        return Count{.made = made, .wrong = mine.number("SELECT count(*) FROM demo.ticket") - made};
    };
    return sql_contender("cancel_then_tell", "cancel, then tell the first", attempt, count);
}

Contender bookonce_line(const Course &course)
{
    const SharedClient shared{course.clients};
    const auto tickets = std::make_shared<std::vector<std::string>>();
    shared.client->define_resource({.resource = "class", .capacity = course.items, .tenant = shared.tenant});
    for (int item = 0; item < course.items; ++item)
    {
        const auto booked = shared.client->book_slot(
            {.resource = "class", .during = class_time(), .holder = "ann@example.com", .tenant = shared.tenant});
        tickets->push_back(std::get<bookonce::Booked>(booked).booking_id);
    }
    for (int place = 0; place < in_line; ++place)
    {
        (void)shared.client->join_waitlist(
            {.resource = "class", .during = class_time(), .holder = waiter(place), .tenant = shared.tenant});
    }
    const auto attempt = [shared, tickets](int client, int item)
    {
        if (client == 0)
        {
            const auto outcome = shared.client->cancel_booking(
                {.booking_id = tickets->at(static_cast<std::size_t>(item)), .tenant = shared.tenant});
            return std::holds_alternative<bookonce::Cancelled>(outcome) ? Answer::won : Answer::refused;
        }
        const auto outcome = shared.client->book_slot(
            {.resource = "class", .during = class_time(), .holder = passer_by(client), .tenant = shared.tenant});
        return std::holds_alternative<bookonce::Booked>(outcome) ? Answer::won : Answer::refused;
    };
    const auto count = [shared, items = course.items]
    {
        Count all;
        for (const auto &row : shared.client->waitlist({.resource = "class", .tenant = shared.tenant}))
        {
            for (int place = 0; row.booking_id && place < items; ++place)
            {
                all.made += row.holder == waiter(place) ? 1 : 0;
            }
        }
        all.wrong = items - all.made;
        return all;
    };
    return bookonce_contender([] {}, attempt, count);
}

} // namespace

std::vector<Table> waitlist_race(const Options &options)
{
    const Course course{.name = "waitlist",
                        .title = "a sold-out class, 200 in line: ten tickets are given back, and at each 19 others "
                                 "come by and would like to have it",
                        .clients = 20,
                        .items = 10,
                        .in_step = true,
                        .made = "to first",
                        .wrong = "snatched"};
    return run_courses(
        {course},
        [](const Course &one) {
            return std::vector<Contender>{cancel_then_tell(one), bookonce_line(one)};
        },
        options);
}

} // namespace demo
