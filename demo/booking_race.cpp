// SPDX-License-Identifier: PostgreSQL
// booking_race.cpp: cal.com's race (issue 13397): several people book the same slot of one host at the same time.
// To know first: the methods do what an application does, one statement a round trip; nothing sleeps to make one of
// them fail.
#include "contender.hpp"

#include <bookonce/bookonce.hpp>

#include <chrono>
#include <memory>
#include <variant>

namespace demo
{

namespace
{

using namespace std::chrono_literals;

/// The slots of the host, half an hour each, back to back.
bookonce::TimeRange slot(int item)
{
    const bookonce::Timestamp first = std::chrono::sys_days{std::chrono::year{2030} / 1 / 7} + 9h;
    return {first + item * 30min, 30min};
}

/// The same slot as two parameters, seconds since 1970.
std::vector<std::string> parameters(int item)
{
    const auto seconds = [](bookonce::Timestamp time)
    { return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count()); };
    return {seconds(slot(item).begin()), seconds(slot(item).end())};
}

std::vector<std::string> parameters(int item, const std::string &attendee)
{
    std::vector<std::string> all = parameters(item);
    all.push_back(attendee);
    return all;
}

#define DURING "tstzrange(to_timestamp($1::int8), to_timestamp($2::int8))"

std::string attendee(int client)
{
    return "user" + std::to_string(client) + "@example.com";
}

/// An empty table of bookings for one method.
void create_table(const std::string &table, const std::string &constraint)
{
    Connection connection;
    connection.run(("DROP TABLE IF EXISTS demo." + table).c_str());
    connection.run(
        ("CREATE TABLE demo." + table +
         " (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, host text NOT NULL, during tstzrange NOT NULL,"
         "  attendee text NOT NULL" +
         constraint + ")")
            .c_str());
    connection.run(("CREATE INDEX ON demo." + table + " (host, lower(during))").c_str());
}

Count count_table(const std::string &table)
{
    Connection connection;
    return {.made = connection.number(("SELECT count(*) FROM demo." + table).c_str()),
            .wrong = connection.number(("SELECT count(*) FROM demo." + table + " AS a JOIN demo." + table +
                                        " AS b ON a.id < b.id AND a.host = b.host AND a.during && b.during")
                                           .c_str())};
}

/// A request in the application's own transaction: is the slot free? Then take it.
Contender transaction_with_check(const std::string &name, const std::string &title, const std::string &lock)
{
    create_table(name, "");
    const std::string check = "SELECT id FROM demo." + name + " WHERE host = 'ann' AND during && " DURING + lock;
    const std::string insert = "INSERT INTO demo." + name + " (host, during, attendee) VALUES ('ann', " DURING ", $3)";
    const auto attempt = [check, insert](Connection &connection, int client, int item)
    {
        Work work{connection};
        if (!connection.run(check.c_str(), parameters(item)).empty())
        {
            return Answer::refused;
        }
        connection.run(insert.c_str(), parameters(item, attendee(client)));
        work.commit();
        return Answer::won;
    };
    return sql_contender(name, title, attempt, [name] { return count_table(name); });
}

/// One INSERT; the constraint's own error is how it says that the slot is taken.
Contender bare_constraint()
{
    const std::string name = "exclusion_constraint";

    create_table(name, ", EXCLUDE USING gist (host WITH =, during WITH &&)");
    const std::string insert = "INSERT INTO demo." + name + " (host, during, attendee) VALUES ('ann', " DURING ", $3)";
    const auto attempt = [insert](Connection &connection, int client, int item)
    {
        return refused_by("23P01",
                          [&]
                          {
                              connection.run(insert.c_str(), parameters(item, attendee(client)));
                              return Answer::won;
                          });
    };
    const auto count = [name] { return count_table(name); };
    return sql_contender(name, "exclusion constraint, insert", attempt, count, true);
}

Contender bookonce_sdk(int clients)
{
    const SharedClient shared{clients};
    const auto prepare = [shared] { shared.client->define_resource({.resource = "ann", .tenant = shared.tenant}); };
    const auto attempt = [shared](int client, int item)
    {
        const auto outcome = shared.client->book_slot(
            {.resource = "ann", .during = slot(item), .holder = attendee(client), .tenant = shared.tenant});
        return std::holds_alternative<bookonce::Booked>(outcome) ? Answer::won : Answer::refused;
    };
    const auto count = [tenant = shared.tenant]
    {
        Connection connection;
        return Count{.made =
                         connection.number("SELECT count(*) FROM bookonce.live_booking WHERE tenant = $1", {tenant}),
                     .wrong = overlapping_bookings(connection, tenant)};
    };
    return bookonce_contender(prepare, attempt, count);
}

/// The short form leaves out the methods that only take longer: each deadlock of the constraint lasts a second.
std::vector<Contender> contenders(const Course &course, const Options &options)
{
    std::vector<Contender> all{transaction_with_check("check_then_insert", "check, then insert", "")};

    if (!options.brief)
    {
        all.push_back(transaction_with_check("select_for_update", "SELECT .. FOR UPDATE, insert", " FOR UPDATE"));
        all.push_back(bare_constraint());
    }
    all.push_back(bookonce_sdk(course.clients));
    return all;
}

} // namespace

std::vector<Table> booking_race(const Options &options)
{
    std::vector<Course> courses{
        {.name = "booking_2_users",
         .title = "cal.com 13397: two users book the same slot at the same time, 20 slots in turn",
         .clients = 2,
         .items = 20,
         .in_step = true},
        {.name = "booking_10_requests",
         .title = "cal.com 13397: 10 requests at once, same slot, different e-mails, 10 slots in turn",
         .clients = 10,
         .items = 10,
         .in_step = true},
        {.name = "booking_64_clients",
         .title = "64 clients, 40 slots, each client tries all of them in an order of its own",
         .clients = 64,
         .items = 40},
    };
    if (options.brief)
    {
        courses = {courses[1], {.name = "booking_16_clients", .clients = 16, .items = 20}};
    }
    return run_courses(
        courses, [&](const Course &course) { return contenders(course, options); }, options);
}

} // namespace demo
