// SPDX-License-Identifier: PostgreSQL
// sign_up_race.cpp: the sign-up race: several requests register one e-mail at the same time; it must get one account.
// To know first: the account is written in the transaction that found the e-mail free, by every method.
#include "contender.hpp"

#include <bookonce/bookonce.hpp>

#include <memory>
#include <string>
#include <variant>

namespace demo
{

namespace
{

std::string email(int item)
{
    return "user" + std::to_string(item) + "@example.com";
}

void create_table(const std::string &table, const std::string &constraint)
{
    Connection connection;
    connection.run(("DROP TABLE IF EXISTS demo." + table).c_str());
    connection.run(("CREATE TABLE demo." + table + " (id text NOT NULL DEFAULT gen_random_uuid(), email text NOT NULL" +
                    constraint + ")")
                       .c_str());
    connection.run(("CREATE INDEX ON demo." + table + " (email)").c_str());
}

Count count_table(const std::string &table)
{
    Connection connection;
    return {.made = connection.number(("SELECT count(*) FROM demo." + table).c_str()),
            .wrong = connection.number(("SELECT count(*) - count(DISTINCT email) FROM demo." + table).c_str())};
}

/// Is the e-mail free? Then register it. (Rails: validates :email, uniqueness: true.)
Contender check_then_insert()
{
    const std::string name = "sign_up_check_then_insert";

    create_table(name, "");
    const auto attempt =
        [check = "SELECT id FROM demo." + name + " WHERE email = $1",
         insert = "INSERT INTO demo." + name + " (email) VALUES ($1)"](Connection &connection, int, int item)
    {
        Work work{connection};
        if (!connection.run(check.c_str(), {email(item)}).empty())
        {
            return Answer::refused;
        }
        connection.run(insert.c_str(), {email(item)});
        work.commit();
        return Answer::won;
    };
    return sql_contender(name, "check, then insert", attempt, [name] { return count_table(name); });
}

/// One INSERT; the unique key's error is how it says that the e-mail is taken.
Contender unique_key()
{
    const std::string name = "sign_up_unique_key";

    create_table(name, ", UNIQUE (email)");
    const auto attempt =
        [insert = "INSERT INTO demo." + name + " (email) VALUES ($1)"](Connection &connection, int, int item)
    {
        return refused_by("23505",
                          [&]
                          {
                              connection.run(insert.c_str(), {email(item)});
                              return Answer::won;
                          });
    };
    return sql_contender(
        name, "unique key, insert", attempt, [name] { return count_table(name); }, true);
}

/// The account's id is the claimant, made before the first attempt.
Contender bookonce_sdk(int clients)
{
    const std::string name = "sign_up_bookonce";
    const SharedClient shared{clients};
    const auto prepare = [shared] {
        shared.client->release_claim(
            {.scope = "email", .value = "none", .claimant = "nobody", .tenant = shared.tenant});
    };
    create_table(name, "");
    const auto attempt = [shared, insert = "INSERT INTO demo." + name + " VALUES ($1, $2)"](int, int item)
    {
        const std::string account = bookonce::IdempotencyKey::random().text();
        return shared.client->transact(
            [&](bookonce::Transaction &tx)
            {
                const auto outcome =
                    tx.claim({.scope = "email", .value = email(item), .claimant = account, .tenant = shared.tenant});
                if (std::holds_alternative<bookonce::ClaimedByOther>(outcome))
                {
                    return Answer::refused;
                }
                tx.execute(insert, {account, email(item)});
                return Answer::won;
            });
    };
    return bookonce_contender(prepare, attempt, [name] { return count_table(name); });
}

} // namespace

std::vector<Table> sign_up_race(const Options &options)
{
    std::vector<Course> courses{
        {.name = "sign_up_10_requests",
         .title = "sign-up: 10 requests at once, same e-mail, 10 e-mails in turn",
         .clients = 10,
         .items = 10,
         .in_step = true,
         .made = "accounts",
         .wrong = "second accounts"},
        {.name = "sign_up_64_clients",
         .title = "sign-up: 64 clients, 20 e-mails, each client tries all of them in an order of its own",
         .clients = 64,
         .items = 20,
         .made = "accounts",
         .wrong = "second accounts"},
    };
    if (options.brief)
    {
        courses.resize(1);
    }
    return run_courses(
        courses,
        [](const Course &course) {
            return std::vector<Contender>{check_then_insert(), unique_key(), bookonce_sdk(course.clients)};
        },
        options);
}

} // namespace demo
