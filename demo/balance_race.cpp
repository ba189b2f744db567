// SPDX-License-Identifier: PostgreSQL
// balance_race.cpp: the balance race: several purchases at the same time from an account that has money for one.
// To know first: a purchase is written in the transaction that takes the money; two purchases of one account mean that
// an update was lost, whatever the balance says.
#include "contender.hpp"

#include <bookonce/bookonce.hpp>

#include <memory>
#include <string>
#include <variant>

namespace demo
{

namespace
{

constexpr int price = 100; // each account has as much

std::string account(int item)
{
    return "account:" + std::to_string(item);
}

void create_tables(const std::string &name, int items)
{
    Connection connection;
    connection.run(("DROP TABLE IF EXISTS demo." + name + ", demo." + name + "_purchase").c_str());
    connection.run(
        ("CREATE TABLE demo." + name + " (account text PRIMARY KEY, balance integer NOT NULL CHECK (balance >= 0))")
            .c_str());
    connection.run(("CREATE TABLE demo." + name + "_purchase (account text NOT NULL)").c_str());
    for (int item = 0; item < items; ++item)
    {
        connection.run(("INSERT INTO demo." + name + " VALUES ($1, $2)").c_str(),
                       {account(item), std::to_string(price)});
    }
}

Count count_table(const std::string &purchases)
{
    Connection connection;
    return {.made = connection.number(("SELECT count(*) FROM " + purchases).c_str()),
            .wrong = connection.number(("SELECT count(*) - count(DISTINCT account) FROM " + purchases).c_str())};
}

/// Reads the balance; if it is enough, writes the difference, computed in the program.
Contender read_then_write(const std::string &name, const std::string &title, int items, const std::string &lock,
                          bool guarded)
{
    create_tables(name, items);
    const auto attempt =
        [read = "SELECT balance FROM demo." + name + " WHERE account = $1" + lock,
         write = "UPDATE demo." + name + " SET balance = $2 WHERE account = $1",
         purchase = "INSERT INTO demo." + name + "_purchase VALUES ($1)"](Connection &connection, int, int item)
    {
        Work work{connection};
        const int balance = std::stoi(connection.run(read.c_str(), {account(item)}).at(0).at(0));
        if (balance < price)
        {
            return Answer::refused;
        }
        connection.run(write.c_str(), {account(item), std::to_string(balance - price)});
        connection.run(purchase.c_str(), {account(item)});
        work.commit();
        return Answer::won;
    };
    const auto count = [name] { return count_table("demo." + name + "_purchase"); };
    return sql_contender(name, title, attempt, count, guarded);
}

/// The entry that adjust_counter() writes is the purchase.
Contender bookonce_sdk(int clients, int items)
{
    const SharedClient shared{clients};
    const auto prepare = [shared]
    { shared.client->define_counter({.counter = account(0), .value = price, .tenant = shared.tenant}); };
    for (int item = 0; item < items; ++item)
    {
        shared.client->define_counter({.counter = account(item), .value = price, .tenant = shared.tenant});
    }
    const auto attempt = [shared](int, int item)
    {
        const auto outcome =
            shared.client->adjust_counter({.counter = account(item), .delta = -price, .tenant = shared.tenant});
        return std::holds_alternative<bookonce::Applied>(outcome) ? Answer::won : Answer::refused;
    };
    const auto count = [tenant = shared.tenant] {
        return count_table("(SELECT counter AS account FROM bookonce.counter_entry WHERE tenant = '" + tenant +
                           "') AS e");
    };
    return bookonce_contender(prepare, attempt, count);
}

std::vector<Contender> contenders(const Course &course)
{
    return {read_then_write("balance_read_then_write", "SELECT, then UPDATE", course.items, "", false),
            read_then_write("balance_for_update", "SELECT .. FOR UPDATE, UPDATE", course.items, " FOR UPDATE", true),
            bookonce_sdk(course.clients, course.items)};
}

} // namespace

std::vector<Table> balance_race(const Options &options)
{
    std::vector<Course> courses{
        {.name = "balance_10_requests",
         .title = "balance: 10 purchases at once, money for one, 10 accounts in turn",
         .clients = 10,
         .items = 10,
         .in_step = true,
         .made = "bought",
         .wrong = "not paid for"},
        {.name = "balance_64_clients",
         .title = "balance: 64 clients, 20 accounts, each client tries all of them in an order of its own",
         .clients = 64,
         .items = 20,
         .made = "bought",
         .wrong = "not paid for"},
    };
    if (options.brief)
    {
        courses.resize(1);
    }
    return run_courses(courses, contenders, options);
}

} // namespace demo
