// SPDX-License-Identifier: PostgreSQL
// gathering.cpp: threads that each book one free slot after the other, or add 1 to the same counter, for some seconds:
// by libpq with a connection for each thread and SQL written by hand, by a Client, or by a Client that gathers. To know
// first: bench/gathering prepares the tables and compares the ways; the calls that are left out of the latencies are
// those of the first half second, in which connections are opened and plans made.
//
//     gathering booking|counter libpq|sdk|gathers THREADS SECONDS FIRST_CALL RESOURCES CONNECTION_STRING
#include "bookonce/bookonce.hpp"

#include <libpq-fe.h>

#include <ctime>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <latch>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace
{

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::int64_t hours = 10'000;

/// A free slot for each number: the resources in turn, and the odd hours of the bench's calendar in a mixed order.
struct Slot
{
    std::int64_t resource;
    std::int64_t hour;

    Slot(std::int64_t number, std::int64_t resources)
    {
        const std::int64_t mixed = number * 7'368'787 % (resources * hours);
        resource = 1 + mixed % resources;
        hour = 2 * (mixed / resources) + 1;
    }

    bookonce::TimeRange during() const
    {
        const bookonce::Timestamp begin{std::chrono::sys_days{std::chrono::year{2030} / 1 / 1} +
                                        std::chrono::hours{hour}};
        return {begin, begin + 1h};
    }
};

/// The caller's key, the same kind of text for all ways.
std::string new_key()
{
    return bookonce::IdempotencyKey::random().text();
}

class Libpq
{
  public:
    explicit Libpq(const std::string &connection_string)
        : connection_{PQconnectdb(connection_string.c_str()), &PQfinish}
    {
        check(PQprepare(connection_.get(), "book",
                        "INSERT INTO guarded (resource_id, during, blocks, holder, idempotency_key) "
                        "VALUES ($1, slot($2), slot($2), 'h', $3) ON CONFLICT DO NOTHING",
                        0, nullptr),
              PGRES_COMMAND_OK);
        check(PQprepare(connection_.get(), "count",
                        "WITH entry AS (INSERT INTO hand_entry (idempotency_key, delta) VALUES ($1, 1) "
                        "ON CONFLICT DO NOTHING RETURNING delta) "
                        "UPDATE hand_counter SET value = value + delta FROM entry RETURNING value",
                        0, nullptr),
              PGRES_COMMAND_OK);
    }

    void count()
    {
        const std::string key = new_key();
        const char *values[] = {key.c_str()};
        check(PQexecPrepared(connection_.get(), "count", 1, values, nullptr, nullptr, 0), PGRES_TUPLES_OK);
    }

    void book(const Slot &slot)
    {
        const std::string resource = std::to_string(slot.resource), hour = std::to_string(slot.hour), key = new_key();
        const char *values[] = {resource.c_str(), hour.c_str(), key.c_str()};
        check(PQexecPrepared(connection_.get(), "book", 3, values, nullptr, nullptr, 0), PGRES_COMMAND_OK);
    }

  private:
    void check(PGresult *given, ExecStatusType expected) const
    {
        const std::unique_ptr<PGresult, decltype(&PQclear)> result{given, &PQclear};
        if (PQresultStatus(result.get()) != expected)
        {
            throw std::runtime_error{PQerrorMessage(connection_.get())};
        }
    }

    std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

bookonce::BookSlot request(const Slot &slot)
{
    return {.resource = "r" + std::to_string(slot.resource), .during = slot.during(), .holder = "h"};
}

void expect_booked(const bookonce::BookSlotOutcome &outcome)
{
    if (!std::holds_alternative<bookonce::Booked>(outcome))
    {
        throw std::runtime_error{"a slot that should be free is not"};
    }
}

void expect_applied(const bookonce::AdjustCounterOutcome &outcome)
{
    if (!std::holds_alternative<bookonce::Applied>(outcome))
    {
        throw std::runtime_error{"the counter has no bounds, and yet refuses"};
    }
}

/// The calls that a thread makes again and again.
using Book = std::function<void(const Slot &)>;

struct Options
{
    bool counts; // instead of booking
    std::string way;
    int threads;
    double seconds;
    std::int64_t first;
    std::int64_t resources;
    std::string connection_string;
};

/// The ways to call; the threads of the SDK share a client.
std::function<Book()> way_of(const Options &options)
{
    if (options.way == "libpq")
    {
        return [&options]() -> Book
        {
            return [libpq = std::make_shared<Libpq>(options.connection_string),
                    counts = options.counts](const Slot &slot) { counts ? libpq->count() : libpq->book(slot); };
        };
    }
    bookonce::ClientOptions made{.connection_string = options.connection_string};
    made.pool_size = options.way == "sdk" ? static_cast<std::size_t>(options.threads) : 8;
    made.gather.most = options.way == "sdk" ? 0 : 256;
    const auto client = std::make_shared<bookonce::Client>(made);
    if (options.counts)
    {
        return [client]() -> Book
        { return [client](const Slot &) { expect_applied(client->adjust_counter({.counter = "hot", .delta = 1})); }; };
    }
    return [client]() -> Book
    { return [client](const Slot &slot) { expect_booked(client->book_slot(request(slot))); }; };
}

void measure(const Options &options)
{
    const auto way = way_of(options);
    std::atomic<std::int64_t> next = options.first;
    std::latch ready{options.threads + 1};
    std::atomic<bool> warm = false, stop = false;
    std::vector<std::vector<double>> latencies(static_cast<std::size_t>(options.threads));
    std::vector<std::jthread> threads;
    for (auto &mine : latencies)
    {
        threads.emplace_back(
            [&]
            {
                try
                {
                    const Book book = way();
                    ready.arrive_and_wait();
                    while (!stop)
                    {
                        const bool counts = warm;
                        const auto begin = Clock::now();
                        book(Slot{next++, options.resources});
                        if (counts)
                        {
                            mine.push_back(std::chrono::duration<double, std::milli>{Clock::now() - begin}.count());
                        }
                    }
                }
                catch (const std::exception &error)
                {
                    std::fprintf(stderr, "gathering: %s\n", error.what());
                    std::_Exit(1);
                }
            });
    }
    ready.arrive_and_wait();
    std::this_thread::sleep_for(500ms);
    warm = true;
    const auto began = Clock::now();
    std::this_thread::sleep_for(std::chrono::duration<double>{options.seconds});
    stop = true;
    threads.clear();
    const double took = std::chrono::duration<double>{Clock::now() - began}.count();

    std::vector<double> all;
    for (const auto &mine : latencies)
    {
        all.insert(all.end(), mine.begin(), mine.end());
    }
    std::sort(all.begin(), all.end());
    const auto at = [&all](double part)
    { return all.at(static_cast<std::size_t>(part * static_cast<double>(all.size()))); };
    timespec cpu{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    const auto calls = static_cast<double>(next - options.first);
    std::printf("%.1f\t%.3f\t%.3f\t%.1f\t%lld\n", static_cast<double>(all.size()) / took, at(0.5), at(0.99),
                (static_cast<double>(cpu.tv_sec) * 1e6 + static_cast<double>(cpu.tv_nsec) / 1e3) / calls,
                static_cast<long long>(next.load()));
}

} // namespace

int main(int argc, char **argv)
{
    try
    {
        if (argc != 8)
        {
            throw std::runtime_error{
                "usage: gathering booking|counter libpq|sdk|gathers THREADS SECONDS FIRST RESOURCES CONNECTION"};
        }
        measure({std::string{argv[1]} == "counter", argv[2], std::stoi(argv[3]), std::stod(argv[4]),
                 std::stoll(argv[5]), std::stoll(argv[6]), argv[7]});
    }
    catch (const std::exception &error)
    {
        std::fprintf(stderr, "gathering: %s\n", error.what());
        return 1;
    }
}
