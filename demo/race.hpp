// SPDX-License-Identifier: PostgreSQL
// race.hpp: a race: the same requests, by real concurrent clients, against each of several methods; and its table.
// To know first: what was made and what went wrong is counted in the tables afterwards, never believed from the
// answers.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace demo
{

struct Options
{
    bool brief = false; ///< --check: the short form, one line for a machine per row
    unsigned seed = 0;
};

enum class Answer
{
    won,
    refused,
};

/// One request for the thing on offer with this number, as the application would make it. An exception derived from
/// SqlError or bookonce::Error is an error that its user sees.
using Attempt = std::function<Answer(int item)>;

/// What the tables hold after the race.
struct Count
{
    long made = 0;
    long wrong = 0;      ///< what must never be: pairs of overlapping bookings, say
    long also_wrong = 0; ///< a second thing of that kind
};

/// A method and how to reach it.
struct Contender
{
    std::string name = {};                      ///< for machines: check_then_insert
    std::string title = {};                     ///< for people: check, then insert
    std::function<Attempt(int client)> connect; ///< in the client's own thread, before the start
    std::function<Count()> count;
    bool guarded = false; ///< something other than luck stands between it and Count::wrong
    bool ours = false;
};

/// Who wants what.
struct Course
{
    std::string name = {};
    std::string title = {};
    int clients = 0;
    int items = 0;
    bool in_step =
        false; ///< true: all want item 0 at once, then item 1, ..; false: each wants all, in an order of its own
    std::string made = "booked";           ///< heading of Count::made
    std::string wrong = "double bookings"; ///< heading of Count::wrong
    std::string also_wrong = {};           ///< heading of Count::also_wrong; empty: there is none
    int places = 0;                        ///< how many can be won in all; 0: one for each item
    /// No request of the others starts after it. The bare constraint needs it: each of its deadlocks lasts a second.
    std::chrono::seconds limit{4};
};

struct Row
{
    std::string name = {};
    std::string title = {};
    bool guarded = false;
    bool ours = false;
    Count count = {};
    long told_won = 0;
    long refused = 0;
    long not_tried = 0;                      ///< the limit was over
    std::map<std::string, long> errors = {}; ///< by SQLSTATE
    std::chrono::microseconds slowest{0};
};

struct Table
{
    Course course;
    std::vector<Row> rows = {};
};

/// Runs the course against each contender in turn, showing progress on stderr.
Table run_race(const Course &course, const std::vector<Contender> &contenders, const Options &options);

/// Makes the contenders of a course, with everything prepared that they need.
using MakeContenders = std::function<std::vector<Contender>(const Course &)>;

/// Runs each course in turn, against contenders made for it.
std::vector<Table> run_courses(const std::vector<Course> &courses, const MakeContenders &contenders,
                               const Options &options);

void print_for_people(const Table &table);
void print_for_machines(const Table &table);

/// Returns true if bookonce made exactly what was on offer, told exactly as many clients that they won, and nobody saw
/// an error. If not, says so on stderr.
bool kept_its_promise(const Table &table);

// The races, each in a file of its own.
std::vector<Table> booking_race(const Options &options);
std::vector<Table> dispatch_race(const Options &options);
std::vector<Table> group_race(const Options &options);
std::vector<Table> waitlist_race(const Options &options);
std::vector<Table> clinic_race(const Options &options);
std::vector<Table> sign_up_race(const Options &options);
std::vector<Table> balance_race(const Options &options);

} // namespace demo
