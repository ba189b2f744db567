// SPDX-License-Identifier: PostgreSQL
// main.cpp: the list of races, and how to show them.
// To know first: run it beside a throw-away server: scripts/sandbox run -- build/sdk/demo/bookonce_demo [--check]
// [--seed=N] [RACE..]
#include "connection.hpp"
#include "race.hpp"

#include <bookonce/errors.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string_view>
#include <vector>

namespace
{

struct NamedRace
{
    std::string_view name;
    std::vector<demo::Table> (*run)(const demo::Options &);
};

constexpr NamedRace races[] = {
    {"booking", demo::booking_race},   {"dispatch", demo::dispatch_race}, {"group", demo::group_race},
    {"waitlist", demo::waitlist_race}, {"clinic", demo::clinic_race},     {"sign_up", demo::sign_up_race},
    {"balance", demo::balance_race},
};

bool wanted(std::string_view name, const std::vector<std::string_view> &chosen)
{
    if (chosen.empty())
    {
        return true;
    }
    for (const std::string_view choice : chosen)
    {
        if (choice == name)
        {
            return true;
        }
    }
    return false;
}

void prepare()
{
    demo::Connection connection;
    connection.run("CREATE EXTENSION IF NOT EXISTS btree_gist");
    connection.run("CREATE EXTENSION IF NOT EXISTS bookonce");
    connection.run("SELECT bookonce.setup()");
    connection.run("DROP SCHEMA IF EXISTS demo CASCADE");
    connection.run("CREATE SCHEMA demo");
}

bool run_races(const demo::Options &options, const std::vector<std::string_view> &chosen)
{
    bool kept = true;
    for (const NamedRace &race : races)
    {
        if (!wanted(race.name, chosen))
        {
            continue;
        }
        for (const demo::Table &table : race.run(options))
        {
            (options.brief ? demo::print_for_machines : demo::print_for_people)(table);
            kept = demo::kept_its_promise(table) && kept;
        }
    }
    return kept;
}

} // namespace

int main(int argc, char **argv)
{
    demo::Options options{.seed = std::random_device{}()};
    std::vector<std::string_view> chosen;

    for (int i = 1; i < argc; ++i)
    {
        const std::string_view argument = argv[i];
        if (argument == "--check")
        {
            options.brief = true;
        }
        else if (argument.starts_with("--seed="))
        {
            options.seed = static_cast<unsigned>(std::strtoul(argv[i] + std::strlen("--seed="), nullptr, 10));
        }
        else
        {
            chosen.push_back(argument);
        }
    }
    try
    {
        std::fprintf(stderr, "seed %u\n", options.seed);
        prepare();
        return run_races(options, chosen) ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    catch (const demo::SqlError &error)
    {
        std::fprintf(stderr, "bookonce_demo: %s (%s)\n", error.what(), error.sqlstate.c_str());
    }
    catch (const bookonce::Error &error)
    {
        std::fprintf(stderr, "bookonce_demo: %s (%s)\n", error.what(), error.sqlstate().c_str());
    }
    return EXIT_FAILURE;
}
