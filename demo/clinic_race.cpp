// SPDX-License-Identifier: PostgreSQL
// clinic_race.cpp: a clinic with 8 doctors and 5 rooms, where each visit needs one of each.
// To know first: at each hour 16 patients want a visit at once. Five can have one; after that no room is left.
#include "contender.hpp"

#include <bookonce/bookonce.hpp>

#include <chrono>
#include <string>
#include <variant>
#include <vector>

namespace demo
{

namespace
{

using namespace std::chrono_literals;

constexpr int doctors = 8;
constexpr int rooms = 5;

bookonce::TimeRange hour(int item)
{
    const bookonce::Timestamp first = std::chrono::sys_days{std::chrono::year{2030} / 1 / 7} + 9h;
    return {first + item * 1h, 1h};
}

std::string patient(int client)
{
    return "patient" + std::to_string(client) + "@example.com";
}

/// Which doctor and which room are free? Then insert both.
Contender look_then_insert()
{
    Connection connection;
    connection.run("DROP TABLE IF EXISTS demo.visit");
    connection.run("CREATE TABLE demo.visit (hour int, doctor int, room int, patient text)");
    const auto attempt = [](Connection &mine, int client, int item)
    {
        const std::string number = std::to_string(item);
        const auto free =
            mine.run("SELECT d, r FROM generate_series(1, $2::int) AS d, generate_series(1, $3::int) AS r "
                     "WHERE NOT EXISTS (SELECT FROM demo.visit AS v WHERE v.hour = $1::int "
                     "AND (v.doctor = d OR v.room = r)) ORDER BY d, r LIMIT 1",
                     {number, std::to_string(doctors), std::to_string(rooms)});
        if (free.empty())
        {
            return Answer::refused;
        }
        mine.run("INSERT INTO demo.visit VALUES ($1::int, $2::int, $3::int, $4)",
                 {number, free.at(0).at(0), free.at(0).at(1), patient(client)});
        return Answer::won;
    };
    const auto count = []
    {
        Connection mine;
        return Count{.made = mine.number("SELECT count(*) FROM demo.visit"),
                     .wrong = mine.number("SELECT count(*) FROM demo.visit AS a JOIN demo.visit AS b USING (hour) "
                                          "WHERE a.ctid < b.ctid AND (a.doctor = b.doctor OR a.room = b.room)")};
    };
    return sql_contender("look_then_insert", "see who is free, then insert", attempt, count);
}

Contender bookonce_clinic(int clients)
{
    const SharedClient shared{clients};
    const auto define = [&shared](const std::string &kind, int many)
    {
        for (int n = 1; n <= many; ++n)
        {
            shared.client->define_resource({.resource = kind + ':' + std::to_string(n),
                                            .attributes = R"({"kind": ")" + kind + R"("})",
                                            .tenant = shared.tenant});
        }
    };
    define("doctor", doctors);
    define("room", rooms);
    const auto attempt = [shared](int client, int item)
    {
        const auto outcomes =
            shared.client->book_needs({.needs = {{.where = {{"kind", "doctor"}}}, {.where = {{"kind", "room"}}}},
                                       .during = hour(item),
                                       .holder = patient(client),
                                       .tenant = shared.tenant});
        return std::holds_alternative<bookonce::Booked>(outcomes.at(0)) ? Answer::won : Answer::refused;
    };
    const auto count = [tenant = shared.tenant]
    {
        Connection mine;
        return Count{.made = mine.number("SELECT count(*) FROM (SELECT FROM bookonce.live_booking WHERE tenant = $1 "
                                         "GROUP BY group_id HAVING count(*) = 2) AS visits",
                                         {tenant}),
                     .wrong = overlapping_bookings(mine, tenant)};
    };
    return bookonce_contender([] {}, attempt, count);
}

} // namespace

std::vector<Table> clinic_race(const Options &options)
{
    const int hours = options.brief ? 8 : 20;
    const Course course{.name = "clinic",
                        .title = "a clinic with 8 doctors and 5 rooms: at each hour 16 patients need any of both",
                        .clients = 16,
                        .items = hours,
                        .in_step = true,
                        .made = "visits",
                        .places = rooms * hours};
    return {run_race(course, {look_then_insert(), bookonce_clinic(course.clients)}, options)};
}

} // namespace demo
