// SPDX-License-Identifier: PostgreSQL
// main.cpp: the program `bookonce`: reads the command line, connects, runs one command.
// To know first: --help is brief, and bookonce.1 describes the commands in full; a test compares their options.
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

/// CLI11 2.6 would run the lines of an example together; 2.4 has no such setting, and keeps them.
template <typename Formatter>
void keep_lines(Formatter &formatter)
{
    if constexpr (requires { formatter.enable_footer_formatting(false); })
        formatter.enable_footer_formatting(false);
}

class CommandLine
{
  public:
    CommandLine()
    {
        app_.set_version_flag("--version", "bookonce " BOOKONCE_VERSION);
        app_.require_subcommand(1);
        keep_lines(*app_.get_formatter());
        app_.footer(exit_codes);
        add_audit();
        add_guard();
        add_follow();
        add_check();
        add_free();
    }

    /// Runs the command that was asked for; returns the exit code.
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

    /// The options that describe one of the application's own tables.
    static void add_adopted(CLI::App *sub, Adopted &adopted)
    {
        sub->add_option("table", adopted.table, "as in SQL, with its own quotes")->required()->type_name("TABLE");
        sub->add_option("--resource", adopted.resource, "what is booked: a column, or several")
            ->required()
            ->type_name("SQL");
        auto *const starts = sub->add_option("--starts", adopted.starts, "the column where it starts");
        auto *const ends = sub->add_option("--ends", adopted.ends, "the column where it ends, the first free instant");
        auto *const during = sub->add_option("--during", adopted.during, "or a column with a range of time");
        starts->needs(ends)->excludes(during)->type_name("SQL");
        ends->needs(starts)->excludes(during)->type_name("SQL");
        during->type_name("SQL");
        sub->add_option("--live-when", adopted.live_when, "which rows count; else all")->type_name("SQL");
    }

    void add_audit()
    {
        CLI::App *const sub = add("audit", "List what is booked twice in a table of your own.",
                                  R"(The first question to a table of bookings that is there already:
  bookonce audit '"Booking"' --resource '"userId"' --starts '"startTime"' --ends '"endTime"' \
      --live-when "status = 'accepted'"
Names are quoted as in SQL, and once more for the shell. Only reads; any table that you may read.
Exit code 1: something is.)",
                                  [this](Session &session, Output &output) { return audit(session, output, audit_); });
        add_adopted(sub, audit_.adopted);
        sub->add_option("--at-most", audit_.at_most, "how many pairs to list; 0: all")
            ->capture_default_str()
            ->check(CLI::NonNegativeNumber)
            ->type_name("N");
    }

    void add_guard()
    {
        CLI::App *const sub =
            add("guard", "Let nothing more be booked twice in a table of your own.",
                R"(While the application runs; rows that overlap from before may stay, and are judged when they change:
  bookonce guard bookings --online --resource room_id --starts starts_at --ends ends_at
Builds the index by CREATE INDEX CONCURRENTLY and tells how far it is; Ctrl-C takes away what was begun.
Without --online it is an exclusion constraint, built while others wait, and refused while rows overlap
(exit code 1).)",
                [this](Session &session, Output &output) { return guard(session, output, guard_); });
        add_adopted(sub, guard_.adopted);
        sub->add_flag("--online", guard_.online, "beside the running application");
        sub->add_option("--wait-at-most", guard_.wait_at_most,
                        "how long writers may have to wait for each of ten tries")
            ->capture_default_str()
            ->type_name("INTERVAL");
    }

    void add_follow()
    {
        CLI::App *const sub =
            add("follow", "Let the rows of a table of your own be bookings, now and whenever they are written.",
                R"(The application goes on as it is; what it writes and what the verbs book exclude each other:
  bookonce follow bookings --resource "'room:' || room_id" --starts starts_at --ends ends_at --holder user_id
Again: mends what was dropped or disabled. Rows that overlap make it refuse (exit code 1), unless --keep-overlaps.)",
                [this](Session &session, Output &output) { return follow(session, output, follow_); });
        add_adopted(sub, follow_.adopted);
        sub->add_option("--holder", follow_.holder, "who has it")->type_name("SQL");
        sub->add_option("--quantity", follow_.quantity, "how many units; else 1")->type_name("SQL");
        sub->add_flag("--no-rules", follow_.no_rules, "only the guard: no opening hours, limits, notice");
        sub->add_flag("--keep-overlaps", follow_.keep_overlaps, "take rows that overlap as they are");
        sub->add_option("--tenant", follow_.tenant, "whose bookings")->capture_default_str()->type_name("TENANT");
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

    CLI::App app_{"Make double booking impossible in PostgreSQL: guard your own tables, look at bookings.", "bookonce"};
    std::string dbname_;
    bool json_ = false;
    Audit audit_;
    Guard guard_;
    Follow follow_;
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
