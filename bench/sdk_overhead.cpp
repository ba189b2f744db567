// SPDX-License-Identifier: PostgreSQL
// sdk_overhead.cpp: the cost of a call of the SDK beyond that of the same statement sent by libpq, in one process.
// To know first: the rounds are interleaved, so a busy machine disturbs all ways alike; quote the ratios. The libpq way
// is the least possible: its texts are made beforehand, and only the status of the answer is looked at. The libpqxx way
// sends the same texts and copies the fields of the answer, as it does for the SDK.
//
//     cmake -S . -B build/bench -G Ninja -DBOOKONCE_BUILD_BENCH=ON && cmake --build build/bench --target sdk_overhead
//     scripts/sandbox run -- build/bench/bench/sdk_overhead [rounds [calls in each]]
#include "bookonce/bookonce.hpp"
#include "bookonce/pqxx.hpp"

#include <libpq-fe.h>

#include <ctime>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace
{

using bookonce::BookSlot;
using bookonce::Client;
using bookonce::Timestamp;
using namespace std::chrono_literals;

using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

/// What a request becomes on the wire.
class Recorder final : public bookonce::Verbs
{
  public:
    bookonce::detail::Statement record(const BookSlot &request)
    {
        try
        {
            (void)book_slot(request);
        }
        catch (const bookonce::Internal &) // no rows
        {
        }
        return recorded_;
    }

  private:
    bookonce::Rows run(bookonce::detail::Statement &statement) override
    {
        recorded_ = statement;
        return {};
    }

    bookonce::detail::Statement recorded_;
};

/// A connection by libpq alone.
class Libpq
{
  public:
    Libpq() : connection_{PQconnectdb(""), &PQfinish}
    {
        if (PQstatus(connection_.get()) != CONNECTION_OK)
        {
            throw std::runtime_error{PQerrorMessage(connection_.get())};
        }
    }

    int server_pid() const { return PQbackendPID(connection_.get()); }

    void run(const char *sql) { check(Result{PQexec(connection_.get(), sql), &PQclear}); }

    void prepare(const std::string &sql)
    {
        check(Result{PQprepare(connection_.get(), "book_slot", sql.c_str(), 0, nullptr), &PQclear});
    }

    void call(const char *sql, const std::vector<const char *> &values)
    {
        check(Result{PQexecParams(connection_.get(), sql, static_cast<int>(values.size()), nullptr, values.data(),
                                  nullptr, nullptr, 0),
                     &PQclear});
    }

    void call_prepared(const std::vector<const char *> &values)
    {
        check(Result{PQexecPrepared(connection_.get(), "book_slot", static_cast<int>(values.size()), values.data(),
                                    nullptr, nullptr, 0),
                     &PQclear});
    }

  private:
    void check(const Result &result) const
    {
        const auto status = PQresultStatus(result.get());
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        {
            throw std::runtime_error{PQerrorMessage(connection_.get())};
        }
    }

    std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

/// A connection by libpqxx alone.
class Libpqxx
{
  public:
    int server_pid() const { return connection_.backendpid(); }

    void call(const bookonce::detail::Statement &statement)
    {
        bookonce::detail::execute(autocommit_, statement.sql, statement.parameters);
    }

  private:
    pqxx::connection connection_{""};
    pqxx::nontransaction autocommit_{connection_};
};

/// The requests of one round, as the SDK takes them, as libpqxx and as libpq do.
struct Work
{
    std::vector<BookSlot> requests;
    std::vector<bookonce::detail::Statement> statements;
    std::string sql;
    std::vector<std::vector<const char *>> values; // in the statements

    explicit Work(std::vector<BookSlot> given) : requests{std::move(given)}
    {
        Recorder recorder;
        for (const BookSlot &request : requests)
        {
            statements.push_back(recorder.record(request));
        }
        sql = statements.front().sql;
        for (const auto &statement : statements)
        {
            auto &row = values.emplace_back();
            for (const auto &parameter : statement.parameters)
            {
                row.push_back(parameter ? parameter->c_str() : nullptr);
            }
        }
    }
};

// Functions of their own, not inlined, so that `valgrind --tool=callgrind --toggle-collect=` can name them.
[[gnu::noinline]] void by_libpq(Libpq &libpq, const Work &work)
{
    for (const auto &values : work.values)
    {
        libpq.call(work.sql.c_str(), values);
    }
}

[[gnu::noinline]] void by_libpq_prepared(Libpq &libpq, const Work &work)
{
    for (const auto &values : work.values)
    {
        libpq.call_prepared(values);
    }
}

[[gnu::noinline]] void by_libpqxx(Libpqxx &libpqxx, const Work &work)
{
    for (const auto &statement : work.statements)
    {
        libpqxx.call(statement);
    }
}

[[gnu::noinline]] void by_sdk(Client &client, const Work &work)
{
    for (const BookSlot &request : work.requests)
    {
        (void)client.book_slot(request);
    }
}

/// Microseconds a call: of this process's CPU, of the server process's (0 if it cannot be seen), of waiting for both.
struct Cost
{
    double client = 0, server = 0, wall = 0;
};

double microseconds_of(clockid_t clock)
{
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

double server_microseconds(int pid)
{
    std::ifstream file{"/proc/" + std::to_string(pid) + "/schedstat"};
    std::uint64_t nanoseconds = 0;
    return file >> nanoseconds ? static_cast<double>(nanoseconds) / 1e3 : 0;
}

struct Way
{
    const char *name;
    std::size_t base; // the way that it is compared with
    int server_pid;
    std::function<void(const Work &)> call;
    std::vector<Cost> costs = {};

    void measure(const Work &work)
    {
        const double wall = microseconds_of(CLOCK_MONOTONIC), client = microseconds_of(CLOCK_PROCESS_CPUTIME_ID);
        const double server = server_microseconds(server_pid);
        call(work);
        const auto calls = static_cast<double>(work.requests.size());
        costs.push_back({.client = (microseconds_of(CLOCK_PROCESS_CPUTIME_ID) - client) / calls,
                         .server = (server_microseconds(server_pid) - server) / calls,
                         .wall = (microseconds_of(CLOCK_MONOTONIC) - wall) / calls});
    }
};

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

double median_of(const std::vector<Cost> &costs, double Cost::*part)
{
    std::vector<double> values;
    for (const Cost &cost : costs)
    {
        values.push_back(cost.*part);
    }
    return median(values);
}

/// The median of the rounds' ratios, of what client and server spend together.
double ratio(const Way &way, const Way &base)
{
    std::vector<double> ratios;
    for (std::size_t i = 0; i < way.costs.size(); ++i)
    {
        ratios.push_back((way.costs[i].client + way.costs[i].server) / (base.costs[i].client + base.costs[i].server));
    }
    return median(ratios);
}

void print(const char *what, const std::vector<Way> &ways)
{
    for (const Way &way : ways)
    {
        const Way &base = ways[way.base];
        std::vector<double> client_ratios;
        for (std::size_t n = 0; n < way.costs.size(); ++n)
        {
            client_ratios.push_back(way.costs[n].client / base.costs[n].client);
        }
        std::printf("| %s | %s | %.1f | %.1f | %.1f | %.2f | %.3f |\n", what, way.name,
                    median_of(way.costs, &Cost::client), median_of(way.costs, &Cost::server),
                    median_of(way.costs, &Cost::wall), median(client_ratios), ratio(way, base));
    }
}

/// The server process of the client's one connection.
int server_pid(Client &client)
{
    return std::stoi(client.transact([](bookonce::Transaction &tx)
                                     { return *tx.execute("SELECT pg_catalog.pg_backend_pid()").at(0).at(0); }));
}

/// Free slots that no other call has.
std::vector<BookSlot> free_slots(std::size_t count)
{
    static int next = 0;
    std::vector<BookSlot> requests;
    for (; requests.size() < count; ++next)
    {
        const Timestamp begin = std::chrono::sys_days{std::chrono::year{2030} / 1 / 1} + std::chrono::hours{next};
        requests.push_back({.resource = "room:1", .during = {begin, begin + 1h}, .holder = "ann"});
    }
    return requests;
}

void compare(int rounds, std::size_t calls)
{
    Libpq plain, prepared;
    Libpqxx libpqxx;
    Client unprepared_client{{.pool_size = 1, .prepared_statements = false}};
    Client client{{.pool_size = 1}};

    const BookSlot first = free_slots(1).front();
    client.define_resource({.resource = "room:1"});
    (void)client.book_slot(first);
    BookSlot rival = first;
    rival.idempotency_key = bookonce::IdempotencyKey::random();
    prepared.prepare(Work{{first}}.sql);

    const struct
    {
        const char *name;
        std::function<std::vector<BookSlot>(std::size_t)> requests;
    } cases[] = {
        {"replay", [&](std::size_t count) { return std::vector(count, first); }},
        {"refusal", [&](std::size_t count) { return std::vector(count, rival); }},
        {"success", free_slots},
    };
    std::printf("%d rounds of %zu calls; medians, in microseconds of CPU and of waiting a call\n\n", rounds, calls);
    std::printf("| book_slot | way | client | server | wall | client, to libpq's | both, to libpq's |\n"
                "|---|---|---|---|---|---|---|\n");
    for (const auto &a_case : cases)
    {
        std::vector<Way> ways = {
            {"libpq, parameters", 0, plain.server_pid(), [&](const Work &work) { by_libpq(plain, work); }},
            {"libpqxx, parameters", 0, libpqxx.server_pid(), [&](const Work &work) { by_libpqxx(libpqxx, work); }},
            {"SDK, unprepared", 0, server_pid(unprepared_client),
             [&](const Work &work) { by_sdk(unprepared_client, work); }},
            {"libpq, prepared", 3, prepared.server_pid(), [&](const Work &work) { by_libpq_prepared(prepared, work); }},
            {"SDK", 3, server_pid(client), [&](const Work &work) { by_sdk(client, work); }},
        };
        for (int round = -1; round < rounds; ++round)
        {
            for (std::size_t i = 0; i < ways.size(); ++i)
            {
                ways[(i + static_cast<std::size_t>(round + 1)) % ways.size()].measure(Work{a_case.requests(calls)});
            }
            if (round < 0) // to warm up
            {
                for (Way &way : ways)
                {
                    way.costs.clear();
                }
            }
        }
        print(a_case.name, ways);
    }
}

} // namespace

int main(int argc, char **argv)
{
    try
    {
        Libpq setup;
        setup.run("CREATE EXTENSION bookonce");
        setup.run("SELECT bookonce.setup()");
        compare(argc > 1 ? std::stoi(argv[1]) : 101, argc > 2 ? std::stoul(argv[2]) : 100);
    }
    catch (const std::exception &error)
    {
        std::fprintf(stderr, "sdk_overhead: %s\n", error.what());
        return 1;
    }
}
