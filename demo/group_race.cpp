// SPDX-License-Identifier: PostgreSQL
// group_race.cpp: two more races of booking products: a class with 10 places, and a team event that needs two rooms.
// To know first: 50 connections stand for 200 customers, four one after the other on each; a team event's rooms are
// named in one order by half of the clients and in the other by the rest, as lists from a form come.
#include "contender.hpp"

#include <bookonce/bookonce.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <variant>

namespace demo
{

namespace
{

using namespace std::chrono_literals;

constexpr int places = 10;

bookonce::TimeRange hour(int item)
{
    const bookonce::Timestamp first = std::chrono::sys_days{std::chrono::year{2030} / 1 / 7} + 9h;
    return {first + item * 1h, 1h};
}

std::string who(int client, int item)
{
    return "user" + std::to_string(client) + "." + std::to_string(item) + "@example.com";
}

void create_table(const std::string &name, const std::string &columns)
{
    Connection connection;
    connection.run(("DROP TABLE IF EXISTS demo." + name).c_str());
    connection.run(
        ("CREATE TABLE demo." + name + " (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, " + columns + ")")
            .c_str());
}

/// How many customers are there? If there is room, insert one more.
Contender count_then_insert()
{
    const std::string name = "class_count_then_insert";

    create_table(name, "customer text NOT NULL");
    const auto attempt = [name](Connection &connection, int client, int item)
    {
        Work work{connection};
        if (connection.number(("SELECT count(*) FROM demo." + name).c_str()) >= places)
        {
            return Answer::refused;
        }
        connection.run(("INSERT INTO demo." + name + " (customer) VALUES ($1)").c_str(), {who(client, item)});
        work.commit();
        return Answer::won;
    };
    const auto count = [name]
    {
        Connection connection;
        const long made = connection.number(("SELECT count(*) FROM demo." + name).c_str());
        return Count{.made = made, .wrong = made > places ? made - places : 0};
    };
    return sql_contender(name, "count, then insert", attempt, count);
}

Contender bookonce_class(int clients)
{
    const SharedClient shared{clients};
    const auto prepare = [shared]
    { shared.client->define_resource({.resource = "class", .capacity = places, .tenant = shared.tenant}); };
    const auto attempt = [shared](int client, int item)
    {
        const auto outcome = shared.client->book_slot(
            {.resource = "class", .during = hour(0), .holder = who(client, item), .tenant = shared.tenant});
        return std::holds_alternative<bookonce::Booked>(outcome) ? Answer::won : Answer::refused;
    };
    const auto count = [tenant = shared.tenant]
    {
        Connection connection;
        const long made = connection.number("SELECT count(*) FROM bookonce.live_booking WHERE tenant = $1", {tenant});
        return Count{.made = made, .wrong = made > places ? made - places : 0};
    };
    return bookonce_contender(prepare, attempt, count);
}

/// The rooms of an event, in the order in which this client names them.
std::vector<std::string> rooms(int client)
{
    return client % 2 == 0 ? std::vector<std::string>{"room:1", "room:2"}
                           : std::vector<std::string>{"room:2", "room:1"};
}

/// Inserts both rooms in one transaction. With a constraint, its error says that one of them is taken.
Contender insert_both(const std::string &name, const std::string &title, bool with_constraint)
{
    create_table(name,
                 with_constraint
                     ? "room text NOT NULL, hour int NOT NULL, team int NOT NULL, EXCLUDE (room WITH =, hour WITH =)"
                     : "room text NOT NULL, hour int NOT NULL, team int NOT NULL");
    const auto is_taken = [name, with_constraint](Connection &connection, const std::string &room, int item)
    {
        const std::string check = "SELECT id FROM demo." + name + " WHERE room = $1 AND hour = $2::int";
        return !with_constraint && !connection.run(check.c_str(), {room, std::to_string(item)}).empty();
    };
    const auto insert = [name, is_taken](Connection &connection, int client, int item)
    {
        Work work{connection};
        for (const std::string &room : rooms(client))
        {
            if (is_taken(connection, room, item))
            {
                return Answer::refused;
            }
            connection.run(("INSERT INTO demo." + name + " (room, hour, team) VALUES ($1, $2::int, $3::int)").c_str(),
                           {room, std::to_string(item), std::to_string(client)});
        }
        work.commit();
        return Answer::won;
    };
    const auto attempt = [insert](Connection &connection, int client, int item)
    { return refused_by("23P01", [&] { return insert(connection, client, item); }); };
    const auto count = [name]
    {
        Connection connection;
        return Count{.made = connection.number(("SELECT count(*) FROM (SELECT FROM demo." + name +
                                                " GROUP BY hour, team HAVING count(*) = 2) AS e")
                                                   .c_str()),
                     .wrong = connection.number(("SELECT count(*) FROM demo." + name + " AS a JOIN demo." + name +
                                                 " AS b ON a.id < b.id AND a.room = b.room AND a.hour = b.hour")
                                                    .c_str())};
    };
    return sql_contender(name, title, attempt, count, with_constraint);
}

Contender bookonce_teams(int clients)
{
    const SharedClient shared{clients};
    const auto prepare = [shared]
    {
        for (const std::string &room : rooms(0))
        {
            shared.client->define_resource({.resource = room, .tenant = shared.tenant});
        }
    };
    const auto attempt = [shared](int client, int item)
    {
        bookonce::BookSlots call{.slots = {}, .holder = who(client, item), .tenant = shared.tenant};
        for (const std::string &room : rooms(client))
        {
            call.slots.push_back({.resource = room, .during = hour(item)});
        }
        return std::holds_alternative<bookonce::Booked>(shared.client->book_slots(call).front()) ? Answer::won
                                                                                                 : Answer::refused;
    };
    const auto count = [tenant = shared.tenant]
    {
        Connection connection;
        return Count{.made =
                         connection.number("SELECT count(*) FROM (SELECT FROM bookonce.live_booking WHERE tenant = $1 "
                                           "GROUP BY group_id HAVING count(*) = 2) AS e",
                                           {tenant}),
                     .wrong = overlapping_bookings(connection, tenant)};
    };
    return bookonce_contender(prepare, attempt, count);
}

} // namespace

std::vector<Table> group_race(const Options &options)
{
    const Course lesson{.name = "class_200_customers",
                        .title = "a class: 200 customers, 10 places, 50 at once",
                        .clients = 50,
                        .items = 4,
                        .in_step = true,
                        .wrong = "beyond the places",
                        .places = places};
    const Course team{.name = "team_event",
                      .title = "team events: 16 clients, 20 hours, both rooms or none, named in either order",
                      .clients = 16,
                      .items = 20};
    std::vector<Contender> teams{insert_both("team_check_then_insert", "check, then insert", false)};

    if (!options.brief)
    {
        teams.push_back(insert_both("team_exclusion_constraint", "exclusion constraint, insert", true));
    }
    teams.push_back(bookonce_teams(team.clients));
    return {run_race(lesson, {count_then_insert(), bookonce_class(lesson.clients)}, options),
            run_race(team, teams, options)};
}

} // namespace demo
