// SPDX-License-Identifier: PostgreSQL
// dispatch_race.cpp: Soothe's race: therapists accept appointments at the same time, couples need exactly two.
// To know first: each item is two appointments that overlap, a couple's and a single's. Every therapist is offered both
// and taps both at once, on two phones, so each can also be double-booked.
#include "contender.hpp"

#include <bookonce/bookonce.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace demo
{

namespace
{

using namespace std::chrono_literals;

constexpr int therapists = 8;
constexpr int phones = 2;
constexpr int places_of_item = 3; // two for the couple, one for the single

std::string therapist_of(int client)
{
    return "therapist:" + std::to_string(client / phones);
}

/// A client is one phone of a therapist, and the phone says which of the two appointments it taps.
int appointment_of(int client, int item)
{
    return item * phones + client % phones;
}

int wanted(int appointment)
{
    return appointment % phones == 0 ? 2 : 1;
}

/// An hour each; the single's begins half an hour after the couple's.
bookonce::TimeRange during(int appointment)
{
    const bookonce::Timestamp first = std::chrono::sys_days{std::chrono::year{2030} / 1 / 7} + 9h;
    return {first + appointment / phones * 24h + appointment % phones * 30min, 1h};
}

long seconds(bookonce::Timestamp time)
{
    return static_cast<long>(std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
}

/// The application's own tables: the positions asked for, and the therapists who have accepted.
void create_tables(const std::string &name, int items)
{
    Connection connection;
    connection.run(("DROP TABLE IF EXISTS demo." + name + "_acceptance, demo." + name + "_appointment").c_str());
    connection.run(("CREATE TABLE demo." + name +
                    "_appointment (id int PRIMARY KEY, wanted int NOT NULL, status text NOT NULL DEFAULT 'open',"
                    " during tstzrange NOT NULL)")
                       .c_str());
    connection.run(("CREATE TABLE demo." + name +
                    "_acceptance (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, appointment int NOT NULL,"
                    " therapist text NOT NULL, during tstzrange NOT NULL)")
                       .c_str());
    connection.run(("CREATE INDEX ON demo." + name + "_acceptance (appointment)").c_str());
    connection.run(("CREATE INDEX ON demo." + name + "_acceptance (therapist)").c_str());
    for (int appointment = 0; appointment < items * phones; ++appointment)
    {
        const bookonce::TimeRange time = during(appointment);
        connection.run(("INSERT INTO demo." + name +
                        "_appointment VALUES ($1, $2, 'open', "
                        "tstzrange(to_timestamp($3::int8), to_timestamp($4::int8)))")
                           .c_str(),
                       {std::to_string(appointment), std::to_string(wanted(appointment)),
                        std::to_string(seconds(time.begin())), std::to_string(seconds(time.end()))});
    }
}

Count count_tables(const std::string &name)
{
    Connection connection;
    const std::string acceptance = "demo." + name + "_acceptance";
    return {.made = connection.number(("SELECT count(*) FROM " + acceptance).c_str()),
            .wrong = connection.number(("SELECT coalesce(sum(greatest(n - wanted, 0)), 0) FROM demo." + name +
                                        "_appointment AS p, LATERAL (SELECT count(*) AS n FROM " + acceptance +
                                        " WHERE appointment = p.id) AS a")
                                           .c_str()),
            .also_wrong =
                connection.number(("SELECT count(*) FROM " + acceptance + " AS a JOIN " + acceptance +
                                   " AS b ON a.id < b.id AND a.therapist = b.therapist AND a.during && b.during")
                                      .c_str())};
}

/// A transaction of the application: is the appointment still open, and the therapist free? Then accept, and close it
/// when full.
Contender transaction_with_check(const std::string &name, const std::string &title, const std::string &lock, int items)
{
    struct Statements
    {
        std::string open, busy, insert, close;
    };
    create_tables(name, items);
    const auto sql = std::make_shared<Statements>(Statements{
        .open = "SELECT id FROM demo." + name + "_appointment WHERE id = $1 AND status = 'open'" + lock,
        .busy = "SELECT a.id FROM demo." + name + "_acceptance AS a JOIN demo." + name +
                "_appointment AS p ON p.id = $1 WHERE a.therapist = $2 AND a.during && p.during",
        .insert = "INSERT INTO demo." + name +
                  "_acceptance (appointment, therapist, during) SELECT id, $2, during FROM demo." + name +
                  "_appointment WHERE id = $1",
        .close = "UPDATE demo." + name +
                 "_appointment SET status = 'filled' WHERE id = $1 AND wanted <= (SELECT count(*) FROM demo." + name +
                 "_acceptance WHERE appointment = $1)"});
    const auto attempt = [sql](Connection &connection, int client, int item)
    {
        const std::string appointment = std::to_string(appointment_of(client, item));
        Work work{connection};
        if (connection.run(sql->open.c_str(), {appointment}).empty() ||
            !connection.run(sql->busy.c_str(), {appointment, therapist_of(client)}).empty())
        {
            return Answer::refused;
        }
        connection.run(sql->insert.c_str(), {appointment, therapist_of(client)});
        connection.run(sql->close.c_str(), {appointment});
        work.commit();
        return Answer::won;
    };
    return sql_contender(name, title, attempt, [name] { return count_tables(name); });
}

/// The offers by appointment and therapist.
using Offers = std::map<std::pair<int, std::string>, std::string>;

Offers make_offers(bookonce::Client &client, const std::string &tenant, int items)
{
    Offers offers;
    std::vector<std::string> all;
    for (int number = 0; number < therapists; ++number)
    {
        all.push_back(therapist_of(number * phones));
        client.define_resource({.resource = all.back(), .tenant = tenant});
    }
    for (int appointment = 0; appointment < items * phones; ++appointment)
    {
        const bookonce::Opened request = client.open_request({.during = during(appointment),
                                                              .positions = wanted(appointment),
                                                              .requester = "user:" + std::to_string(appointment),
                                                              .tenant = tenant});
        for (const auto &[therapist, outcome] :
             client.make_offers({.request_id = request.request_id, .providers = all, .tenant = tenant}))
        {
            offers[{appointment, therapist}] = std::get<bookonce::Offered>(outcome).offer_id;
        }
    }
    return offers;
}

Contender bookonce_sdk(int items)
{
    const SharedClient shared{therapists * phones};
    const auto offers = std::make_shared<const Offers>(make_offers(*shared.client, shared.tenant, items));
    const auto prepare = [shared]
    { shared.client->define_resource({.resource = therapist_of(0), .tenant = shared.tenant}); };
    const auto attempt = [shared, offers](int client, int item)
    {
        const std::string therapist = therapist_of(client);
        const auto outcome =
            shared.client->accept_offer({.offer_id = offers->at({appointment_of(client, item), therapist}),
                                         .provider = therapist,
                                         .tenant = shared.tenant});
        return std::holds_alternative<bookonce::Accepted>(outcome) ? Answer::won : Answer::refused;
    };
    const auto count = [tenant = shared.tenant]
    {
        Connection connection;
        return Count{.made = connection.number("SELECT count(*) FROM bookonce.appointment WHERE tenant = $1", {tenant}),
                     .wrong = connection.number("SELECT coalesce(sum(greatest(filled - positions, 0)), 0) FROM "
                                                "bookonce.request_status WHERE tenant = $1",
                                                {tenant}),
                     .also_wrong = overlapping_bookings(connection, tenant)};
    };
    return bookonce_contender(prepare, attempt, count);
}

} // namespace

std::vector<Table> dispatch_race(const Options &options)
{
    const int items = options.brief ? 5 : 20;
    const Course course{.name = "dispatch_couples",
                        .title = "Soothe: 8 therapists tap two overlapping appointments at once, a couple's and a "
                                 "single's, 20 pairs in turn",
                        .clients = therapists * phones,
                        .items = items,
                        .in_step = true,
                        .made = "accepted",
                        .wrong = "one too many",
                        .also_wrong = "double-booked",
                        .places = items * places_of_item};
    std::vector<Contender> all{transaction_with_check("check_status", "check status, then update", "", items)};

    if (!options.brief)
    {
        all.push_back(transaction_with_check("lock_appointment", "SELECT .. FOR UPDATE, update", " FOR UPDATE", items));
    }
    all.push_back(bookonce_sdk(items));
    return {run_race(course, all, options)};
}

} // namespace demo
