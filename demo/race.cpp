// SPDX-License-Identifier: PostgreSQL
// race.cpp: starts the clients together, times each request, prints what came of it.
// To know first: a client is a thread with a connection of its own, made before the start, so the clock measures
// requests only.
#include "race.hpp"

#include "connection.hpp"

#include <bookonce/errors.hpp>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <cstdio>
#include <exception>
#include <numeric>
#include <random>
#include <string_view>
#include <thread>
#include <utility>
#include <unistd.h>

namespace demo
{

namespace
{

using Clock = std::chrono::steady_clock;

/// One line on stderr: rewritten in place on a terminal, else written once at the start.
class Progress
{
  public:
    Progress(const Course &course, const Contender &contender, long requests)
        : what_{course.name + ": " + contender.title}, requests_{requests}
    {
        if (on_terminal_)
        {
            ticker_ = std::jthread{[this](std::stop_token stop) { show(stop); }};
        }
        else
        {
            std::fprintf(stderr, "%s, %ld requests\n", what_.c_str(), requests_);
        }
    }

    ~Progress()
    {
        if (on_terminal_)
        {
            ticker_.request_stop();
            ticker_.join();
            std::fprintf(stderr, "\r\033[K");
        }
    }

    void answered() { ++answered_; }

  private:
    void show(const std::stop_token &stop)
    {
        while (!stop.stop_requested())
        {
            std::fprintf(stderr, "\r\033[K%s, %ld of %ld requests", what_.c_str(), answered_.load(), requests_);
            std::this_thread::sleep_for(std::chrono::milliseconds{100});
        }
    }

    std::string what_;
    long requests_;
    std::atomic<long> answered_{0};
    bool on_terminal_ = isatty(STDERR_FILENO) == 1;
    std::jthread ticker_;
};

/// One request, timed; whatever is thrown is counted by its SQLSTATE.
void make_request(const Attempt &attempt, int item, Row &row)
{
    const auto begin = Clock::now();
    try
    {
        ++(attempt(item) == Answer::won ? row.told_won : row.refused);
    }
    catch (const SqlError &error)
    {
        ++row.errors[error.sqlstate];
    }
    catch (const bookonce::Error &error)
    {
        ++row.errors[error.sqlstate()];
    }
    row.slowest = std::max(row.slowest, std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin));
}

void add(Row &sum, const Row &part)
{
    sum.told_won += part.told_won;
    sum.refused += part.refused;
    sum.not_tried += part.not_tried;
    sum.slowest = std::max(sum.slowest, part.slowest);
    for (const auto &[sqlstate, count] : part.errors)
    {
        sum.errors[sqlstate] += count;
    }
}

/// A client that cannot connect still stands at the barrier; each of its requests then fails.
Attempt connect(const Contender &contender, int client)
{
    try
    {
        return contender.connect(client);
    }
    catch (...)
    {
        return [failure = std::current_exception()](int) -> Answer { std::rethrow_exception(failure); };
    }
}

/// The order in which a client wants the items.
std::vector<int> order_of(int client, const Course &course, const Options &options)
{
    std::vector<int> order(static_cast<std::size_t>(course.items));
    std::iota(order.begin(), order.end(), 0);
    if (!course.in_step)
    {
        std::mt19937 random{options.seed + static_cast<unsigned>(client)};
        std::shuffle(order.begin(), order.end(), random);
    }
    return order;
}

Row run_contender(const Course &course, const Contender &contender, const Options &options)
{
    const auto clients = static_cast<std::size_t>(course.clients);
    std::vector<Row> parts(clients);
    Progress progress{course, contender, static_cast<long>(course.clients) * course.items};
    Clock::time_point end = Clock::time_point::max();
    bool over = false;
    // Whether the time is over is decided while all stand at the barrier, so all agree.
    std::barrier start{course.clients, [&]() noexcept
                       {
                           if (!contender.ours) // which must serve all, however slow the machine
                           {
                               end = std::min(end, Clock::now() + course.limit);
                           }
                           over = Clock::now() >= end;
                       }};

    const auto run_client = [&](int client)
    {
        Row &part = parts[static_cast<std::size_t>(client)];
        const Attempt attempt = connect(contender, client);
        start.arrive_and_wait();
        for (const int item : order_of(client, course, options))
        {
            if (course.in_step)
            {
                start.arrive_and_wait();
            }
            if (course.in_step ? over : Clock::now() >= end)
            {
                ++part.not_tried;
                continue;
            }
            make_request(attempt, item, part);
            progress.answered();
        }
    };
    std::vector<std::jthread> threads;
    for (int client = 0; client < course.clients; ++client)
    {
        threads.emplace_back(run_client, client);
    }
    threads.clear(); // joins

    Row row{.name = contender.name, .title = contender.title, .guarded = contender.guarded, .ours = contender.ours};
    for (const Row &part : parts)
    {
        add(row, part);
    }
    row.count = contender.count();
    return row;
}

/// How many can be won.
int on_offer(const Course &course)
{
    return course.places > 0 ? course.places : course.items;
}

/// "12 x 40P01", or "none".
std::string errors_text(const Row &row)
{
    std::string text;
    for (const auto &[sqlstate, count] : row.errors)
    {
        text += (text.empty() ? "" : ", ") + std::to_string(count) + " x " + (sqlstate.empty() ? "none" : sqlstate);
    }
    return text.empty() ? "none" : text;
}

/// "3", or "3, 1" where two things can be wrong.
std::string wrong_text(const Course &course, const Row &row)
{
    return std::to_string(row.count.wrong) +
           (course.also_wrong.empty() ? "" : ", " + std::to_string(row.count.also_wrong));
}

long errors_total(const Row &row)
{
    return std::accumulate(row.errors.begin(), row.errors.end(), 0L,
                           [](long sum, const auto &error) { return sum + error.second; });
}

std::string milliseconds(std::chrono::microseconds time)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.*f ms", time < std::chrono::milliseconds{10} ? 1 : 0,
                  static_cast<double>(time.count()) / 1000.0);
    return text;
}

/// What a code in the column of errors means.
std::string_view meaning(const std::string &sqlstate)
{
    constexpr std::pair<std::string_view, std::string_view> meanings[] = {
        {"40001", "could not serialize: the user is to try again"},
        {"40P01", "deadlock: found after a second of waiting, the user is to try again"},
        {"57014", "statement_timeout: still waiting after 10 s"},
    };
    for (const auto &[code, text] : meanings)
    {
        if (code == sqlstate)
        {
            return text;
        }
    }
    return "see PostgreSQL's Appendix A";
}

/// What the figures do not say by themselves.
std::vector<std::string> notes_of(const Table &table)
{
    std::vector<std::string> notes;
    std::map<std::string, long> codes;
    for (const Row &row : table.rows)
    {
        codes.insert(row.errors.begin(), row.errors.end());
        if (row.not_tried > 0)
        {
            notes.push_back(row.title + ": stopped after " + std::to_string(table.course.limit.count()) + " s; " +
                            std::to_string(row.not_tried) + " requests were not made any more.");
        }
        if (!row.guarded && row.count.wrong + row.count.also_wrong == 0)
        {
            notes.push_back(row.title + ": it survived this run. Nothing prevents its " + table.course.wrong +
                            "; run it again.");
        }
    }
    for (const auto &[code, count] : codes)
    {
        notes.push_back(code + ": " + std::string{meaning(code)} + ".");
    }
    return notes;
}

} // namespace

Table run_race(const Course &course, const std::vector<Contender> &contenders, const Options &options)
{
    Table table{.course = course};
    for (const Contender &contender : contenders)
    {
        table.rows.push_back(run_contender(course, contender, options));
    }
    return table;
}

std::vector<Table> run_courses(const std::vector<Course> &courses, const MakeContenders &contenders,
                               const Options &options)
{
    std::vector<Table> tables;
    for (const Course &course : courses)
    {
        tables.push_back(run_race(course, contenders(course), options));
    }
    return tables;
}

void print_for_people(const Table &table)
{
    const Course &course = table.course;
    std::printf("\n%s\n\n", course.title.c_str());
    std::printf("  %-30s %8s %8s %8s  %-22s %9s  %s%s%s\n", "method", course.made.c_str(), "of", "refused", "errors",
                "slowest", course.wrong.c_str(), course.also_wrong.empty() ? "" : ", ", course.also_wrong.c_str());
    for (const Row &row : table.rows)
    {
        std::printf("  %-30s %8ld %8d %8ld  %-22s %9s  %s%s\n", row.title.c_str(), row.count.made, on_offer(course),
                    row.refused, errors_text(row).c_str(), milliseconds(row.slowest).c_str(),
                    wrong_text(course, row).c_str(), row.count.wrong + row.count.also_wrong > 0 ? "  <-" : "");
    }
    for (const std::string &note : notes_of(table))
    {
        std::printf("  %s\n", note.c_str());
    }
    std::fflush(stdout);
}

void print_for_machines(const Table &table)
{
    for (const Row &row : table.rows)
    {
        std::printf("race=%s method=%s clients=%d on_offer=%d made=%ld told_won=%ld refused=%ld errors=%ld wrong=%ld\n",
                    table.course.name.c_str(), row.name.c_str(), table.course.clients, on_offer(table.course),
                    row.count.made, row.told_won, row.refused, errors_total(row),
                    row.count.wrong + row.count.also_wrong);
    }
}

bool kept_its_promise(const Table &table)
{
    bool kept = true;
    for (const Row &row : table.rows)
    {
        const int wanted = on_offer(table.course);
        if (row.ours && (row.count.made != wanted || row.told_won != wanted || row.count.wrong != 0 ||
                         row.count.also_wrong != 0 || !row.errors.empty() || row.not_tried != 0))
        {
            std::fprintf(stderr, "not ok: %s, %s: made %ld and told %ld of %d, %ld wrong, errors: %s, %ld not tried\n",
                         table.course.name.c_str(), row.name.c_str(), row.count.made, row.told_won, wanted,
                         row.count.wrong + row.count.also_wrong, errors_text(row).c_str(), row.not_tried);
            kept = false;
        }
    }
    return kept;
}

} // namespace demo
