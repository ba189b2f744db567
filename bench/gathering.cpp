// SPDX-License-Identifier: PostgreSQL
// gathering.cpp: threads that each make one call after the other for some seconds: they book a free slot, add 1 to the
// same counter, claim a new value, or hold a free slot, confirm the hold and cancel it. By libpq with a connection for
// each thread and SQL written by hand, by a Client, or by a Client that gathers; `rows` books by libpq with 64 rows in
// one INSERT. To know first: bench/gathering prepares the tables and compares the ways; the calls that are left out of
// the latencies are those of the first half second, in which connections are opened and plans made.
//
//     gathering booking|counter|claim|hold libpq|rows|sdk|gathers THREADS SECONDS FIRST RESOURCES CONNECTION_STRING
#include "bookonce/bookonce.hpp"

#include <libpq-fe.h>

#include <ctime>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <iterator>
#include <latch>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <variant>
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

/// Bookings in a statement of the way `rows`.
constexpr std::int64_t rows_at_once = 64;

struct Prepared
{
    const char *name;
    const char *sql;
};

constexpr Prepared by_hand[] = {
    {"book", "INSERT INTO guarded (resource_id, during, blocks, holder, idempotency_key) "
             "VALUES ($1, slot($2), slot($2), 'h', $3) ON CONFLICT DO NOTHING RETURNING booking_id"},
    {"rows", "INSERT INTO guarded (resource_id, during, blocks, holder, idempotency_key) "
             "SELECT r, slot(h), slot(h), 'h', k FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS m (r, h, k) "
             "ON CONFLICT DO NOTHING RETURNING booking_id"},
    {"counter", "WITH entry AS (INSERT INTO hand_entry (idempotency_key, delta) VALUES ($1, 1) "
                "ON CONFLICT DO NOTHING RETURNING delta) "
                "UPDATE hand_counter SET value = value + delta FROM entry RETURNING value"},
    {"claim", "INSERT INTO hand_claim (value, claimant) VALUES ($1, 'h') ON CONFLICT DO NOTHING RETURNING claimant"},
    {"hold", "INSERT INTO guarded (resource_id, during, blocks, holder, idempotency_key, status, lapses_at) "
             "VALUES ($1, slot($2), slot($2), 'h', $3, 'held', clock_timestamp() + interval '1 hour') "
             "ON CONFLICT DO NOTHING RETURNING booking_id"},
    {"confirm", "UPDATE guarded SET status = 'confirmed', lapses_at = NULL WHERE booking_id = $1 "
                "AND tenant = 'default' AND status = 'held' AND lapses_at > clock_timestamp() RETURNING booking_id"},
    {"cancel", "UPDATE guarded SET status = 'cancelled', released_at = clock_timestamp() WHERE booking_id = $1 "
               "AND tenant = 'default' AND released_at IS NULL RETURNING booking_id"},
};

/// SQL written by hand, on a connection of its own.
class Libpq
{
  public:
    explicit Libpq(const std::string &connection_string)
        : connection_{PQconnectdb(connection_string.c_str()), &PQfinish}
    {
    }

    /// Prepares the statement if this is its first call. Returns the first column of the first row; there must be that
    /// many rows.
    std::string call(const char *name, const std::vector<std::string> &parameters, int rows = 1)
    {
        if (prepared_.insert(name).second)
        {
            const auto *const text =
                std::find_if(std::begin(by_hand), std::end(by_hand),
                             [name](const Prepared &one) { return one.name == std::string_view{name}; });
            (void)check(PQprepare(connection_.get(), name, text->sql, 0, nullptr), PGRES_COMMAND_OK);
        }
        std::vector<const char *> values;
        for (const std::string &parameter : parameters)
        {
            values.push_back(parameter.c_str());
        }
        const auto result = check(PQexecPrepared(connection_.get(), name, static_cast<int>(values.size()),
                                                 values.data(), nullptr, nullptr, 0),
                                  PGRES_TUPLES_OK);
        if (PQntuples(result.get()) != rows)
        {
            throw std::runtime_error{std::string{name} + " did not do what it should"};
        }
        return PQgetvalue(result.get(), 0, 0);
    }

    void book_rows(std::int64_t first, std::int64_t resources)
    {
        std::string all[3] = {"{", "{", "{"};
        for (std::int64_t number = first; number < first + rows_at_once; ++number)
        {
            const Slot slot{number, resources};
            const std::string columns[] = {std::to_string(slot.resource), std::to_string(slot.hour), new_key()};
            for (std::size_t i = 0; i < std::size(columns); ++i)
            {
                all[i] += columns[i] + (number + 1 < first + rows_at_once ? ',' : '}');
            }
        }
        (void)call("rows", {all[0], all[1], all[2]}, rows_at_once);
    }

  private:
    using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

    Result check(PGresult *given, ExecStatusType expected) const
    {
        Result result{given, &PQclear};
        if (PQresultStatus(result.get()) != expected)
        {
            throw std::runtime_error{PQerrorMessage(connection_.get())};
        }
        return result;
    }

    std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
    std::set<std::string_view> prepared_;
};

/// Returns the outcome that every call of the bench should have.
template <typename Expected, typename Outcome>
Expected expect(const Outcome &outcome)
{
    if (!std::holds_alternative<Expected>(outcome))
    {
        throw std::runtime_error{"an outcome is not what it should be"};
    }
    return std::get<Expected>(outcome);
}

/// What a thread does again and again, with a new number each time.
using Work = std::function<void(std::int64_t)>;

struct Options
{
    std::string what;
    std::string way;
    int threads;
    double seconds;
    std::int64_t first;
    std::int64_t resources;
    std::string connection_string;
};

Work by_libpq(const Options &options)
{
    const auto libpq = std::make_shared<Libpq>(options.connection_string);
    const auto resources = options.resources;
    const auto slot = [resources](std::int64_t number)
    {
        const Slot one{number, resources};
        return std::vector{std::to_string(one.resource), std::to_string(one.hour), new_key()};
    };
    if (options.way == "rows")
    {
        return [libpq, resources](std::int64_t number) { libpq->book_rows(number, resources); };
    }
    if (options.what == "counter")
    {
        return [libpq](std::int64_t) { (void)libpq->call("counter", {new_key()}); };
    }
    if (options.what == "claim")
    {
        return [libpq](std::int64_t number) { (void)libpq->call("claim", {"value:" + std::to_string(number)}); };
    }
    if (options.what == "hold")
    {
        return [libpq, slot](std::int64_t number)
        { (void)libpq->call("cancel", {libpq->call("confirm", {libpq->call("hold", slot(number))})}); };
    }
    return [libpq, slot](std::int64_t number) { (void)libpq->call("book", slot(number)); };
}

Work by_client(const Options &options, bookonce::Client &client)
{
    const auto request = [resources = options.resources](std::int64_t number)
    {
        const Slot slot{number, resources};
        return bookonce::BookSlot{
            .resource = "r" + std::to_string(slot.resource), .during = slot.during(), .holder = "h"};
    };
    if (options.what == "counter")
    {
        return [&client](std::int64_t)
        { expect<bookonce::Applied>(client.adjust_counter({.counter = "hot", .delta = 1})); };
    }
    if (options.what == "claim")
    {
        return [&client](std::int64_t number)
        {
            expect<bookonce::Claimed>(
                client.claim({.scope = "bench", .value = "value:" + std::to_string(number), .claimant = "h"}));
        };
    }
    if (options.what == "hold")
    {
        return [&client, request](std::int64_t number)
        {
            auto call = request(number);
            call.hold_for = 1h;
            const auto id = expect<bookonce::Booked>(client.book_slot(call)).booking_id;
            expect<bookonce::Confirmed>(client.confirm_booking({.booking_id = id}));
            expect<bookonce::Cancelled>(client.cancel_booking({.booking_id = id}));
        };
    }
    return [&client, request](std::int64_t number) { expect<bookonce::Booked>(client.book_slot(request(number))); };
}

/// Makes the work of a thread; the threads of the SDK share a client.
std::function<Work()> way_of(const Options &options)
{
    if (options.way == "libpq" || options.way == "rows")
    {
        return [&options] { return by_libpq(options); };
    }
    bookonce::ClientOptions made{.connection_string = options.connection_string};
    made.pool_size = options.way == "sdk" ? static_cast<std::size_t>(options.threads) : 8;
    made.gather.most = options.way == "sdk" ? 0 : 256;
    const auto client = std::make_shared<bookonce::Client>(made);
    return [&options, client] { return by_client(options, *client); };
}

void measure(const Options &options)
{
    const auto way = way_of(options);
    const std::int64_t each = options.way == "rows" ? rows_at_once : 1;
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
                    const Work work = way();
                    ready.arrive_and_wait();
                    while (!stop)
                    {
                        const bool counts = warm;
                        const auto begin = Clock::now();
                        work(next.fetch_add(each));
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
    std::printf("%.1f\t%.3f\t%.3f\t%.1f\t%lld\n", static_cast<double>(each) * static_cast<double>(all.size()) / took,
                at(0.5), at(0.99),
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
                "usage: gathering booking|counter|claim|hold libpq|rows|sdk|gathers THREADS SECONDS FIRST RESOURCES "
                "CONNECTION"};
        }
        measure({argv[1], argv[2], std::stoi(argv[3]), std::stod(argv[4]), std::stoll(argv[5]), std::stoll(argv[6]),
                 argv[7]});
    }
    catch (const std::exception &error)
    {
        std::fprintf(stderr, "gathering: %s\n", error.what());
        return 1;
    }
}
