// SPDX-License-Identifier: PostgreSQL
// main.cpp: the program `bookonce`: reads the command line, connects, runs one command.
// To know first: what --help says briefly about a command, bookonce.1 says in full; a test compares their options.
#include "bookonce/version.hpp"
#include "commands.hpp"

#include <CLI/CLI.hpp>

#include <functional>
#include <iostream>

namespace bookonce::tool
{

namespace
{

using Command = std::function<ExitCode(Session &, Output &)>;

constexpr const char *exit_codes = R"(
Exit codes: 0 fine, 1 something was found, 2 wrong usage, 3 refused: no connection, no right, or the server said no.
The server is found as psql finds it: by PGHOST, PGPORT, PGUSER, PGDATABASE, PGPASSFILE and --dbname.
'bookonce COMMAND --help' has an example of each command; 'man bookonce' says more.)";

class CommandLine
{
  public:
    CommandLine()
    {
        app_.set_version_flag("--version", "bookonce " BOOKONCE_VERSION);
        app_.require_subcommand(1);
        app_.footer(exit_codes);
        add_check();
        add_free();
    }

    /// The exit code of what was asked for.
    int run(int argc, char **argv)
    {
        try
        {
            app_.parse(argc, argv);
        }
        catch (const CLI::ParseError &error)
        {
            return app_.exit(error) == 0 ? fine : wrong_usage;
        }
        Output output{app_.get_subcommands().front()->get_name(), json_};
        try
        {
            Session session{dbname_};
            return command_(session, output);
        }
        catch (const Refused &why)
        {
            output.failed(why);
        }
        catch (const Interrupted &interrupted)
        {
            std::cerr << "bookonce: " << interrupted.what() << '\n';
        }
        return refused;
    }

  private:
    CLI::App *add(const std::string &name, const std::string &what, const std::string &example, Command command)
    {
        CLI::App *const sub = app_.add_subcommand(name, what);
        sub->add_option("-d,--dbname", dbname_, "a database, or a connection string or URI")->type_name("NAME");
        sub->add_flag("--json", json_, "print one JSON document");
        sub->footer("\n" + example);
        sub->callback([this, command = std::move(command)] { command_ = command; });
        return sub;
    }

    void add_check()
    {
        add("check", "Prove that no two bookings overlap and that all that is stored is sound.",
            R"(Reads all bookings, while booking goes on. Run it every night, after a restore and after an upgrade:
  bookonce check --dbname shop || mail -s 'bookings' ann@example.org
Prints each problem in one line. Exit code 1: there is one.)",
            [](Session &session, Output &output) { return check(session, output); });
    }

    void add_free()
    {
        CLI::App *const sub = add("free", "List the slots of a resource that can be booked now.",
                                  R"(On Monday, rooms of 45 minutes, one every quarter of an hour:
  bookonce free room:1 --within 2030-01-07T09:00/2030-01-07T17:00 --duration 45min --step 15min
Times without an offset are in the session's time zone, which PGTZ sets. Opening hours, buffers, notice and all other
rules of the resource are kept. Nothing is promised: the first to book has the slot.)",
                                  [this](Session &session, Output &output) { return free(session, output, free_); });
        sub->add_option("resource", free_.resource, "as the application names it")->required()->type_name("RESOURCE");
        sub->add_option("--within", free_.within, "from when to when")->required()->type_name("FROM/TO");
        sub->add_option("--duration", free_.duration, "how long, for example 45min")->required()->type_name("INTERVAL");
        sub->add_option("--step", free_.step, "from one start to the next; else the duration")->type_name("INTERVAL");
        sub->add_option("--quantity", free_.quantity, "how many units")->capture_default_str()->type_name("N");
        sub->add_option("--tenant", free_.tenant, "whose resource")->capture_default_str()->type_name("TENANT");
    }

    CLI::App app_{"Make double booking impossible in PostgreSQL: look at bookings, and what is free.", "bookonce"};
    std::string dbname_;
    bool json_ = false;
    Free free_;
    Command command_;
};

} // namespace

} // namespace bookonce::tool

int main(int argc, char **argv)
{
    bookonce::tool::catch_interrupts();
    try
    {
        return bookonce::tool::CommandLine{}.run(argc, argv);
    }
    catch (const std::exception &error)
    {
        std::cerr << "bookonce: " << error.what() << '\n';
        return bookonce::tool::refused;
    }
}
