// SPDX-License-Identifier: PostgreSQL
// guard.cpp: `bookonce guard`: guard_table(), and for an online guard the index that it wants, built beside the
// application. To know first: CREATE INDEX CONCURRENTLY waits for transactions but blocks no writer, so it needs no
// timeout. Creating the trigger does block writers while it waits, so guard_table() is called in short tries of
// --wait-at-most each.
#include "commands.hpp"

#include <iostream>

namespace bookonce::tool
{

namespace
{

constexpr const char *not_ready = "55000"; // guard_table(): the index is missing, or not valid
constexpr const char *deadlock = "40P01";
constexpr std::string_view create_index = "CREATE INDEX CONCURRENTLY ";
constexpr std::string_view drop_index = "DROP INDEX CONCURRENTLY ";

/// The statement in a hint, up to its end.
std::string statement_of(const std::string &hint, std::string_view begin)
{
    const std::size_t at = hint.find(begin);
    return at == std::string::npos ? "" : hint.substr(at);
}

/// Reports the progress of the build on standard error: each phase, and each tenth of a phase.
class Progress
{
  public:
    explicit Progress(const Session &builder) : watcher_{builder.another()}, pid_{builder.pid()} {}

    void show()
    {
        const Table now =
            watcher_.query("SELECT phase, CASE WHEN blocks_total > 0 THEN 10 * (10 * blocks_done / blocks_total) "
                           "WHEN tuples_total > 0 THEN 10 * (10 * tuples_done / tuples_total) END "
                           "FROM pg_catalog.pg_stat_progress_create_index WHERE pid = $1::pg_catalog.int4",
                           {pid_});
        if (now.rows.empty())
        {
            return;
        }
        const Row &row = now.rows.front();
        const std::string line = row[0].value_or("") + (row[1] ? ": " + *row[1] + " %" : "");
        if (line != shown_)
        {
            std::cerr << "bookonce: index: " << line << std::endl;
            shown_ = line;
        }
    }

  private:
    Session watcher_;
    std::string pid_;
    std::string shown_;
};

std::string call_guard_table(Session &session, const Guard &call)
{
    Parameters parameters = call.adopted.parameters();
    parameters.emplace_back(call.online ? "online" : "constraint");
    parameters.emplace_back(call.wait_at_most);
    return session.value(std::string{"SELECT bookonce.guard_table("} + adopted_arguments +
                             ", how => $7, wait_at_most => $8::pg_catalog.interval)",
                         parameters);
}

/// Returns the statement that drops the index of an unfinished build; empty if there is none, or if its build still
/// runs.
std::string remains(Session &session, const Guard &call)
{
    try
    {
        call_guard_table(session, call);
    }
    catch (const Refused &why)
    {
        const bool under_way =
            !session
                 .query("SELECT FROM pg_catalog.pg_stat_progress_create_index WHERE relid = $1::pg_catalog.regclass",
                        {call.adopted.table})
                 .rows.empty();
        return why.sqlstate == not_ready && !under_way ? statement_of(why.hint, drop_index) : "";
    }
    return "";
}

void drop_remains(Session &session, const Guard &call)
{
    const std::string drop = remains(session, call);
    if (!drop.empty())
    {
        session.query(drop);
    }
}

void build(Session &session, const Guard &call, const std::string &statement)
{
    std::cerr << "bookonce: " << statement << std::endl;
    Progress progress{session};
    try
    {
        session.query(statement, {}, [&progress] { progress.show(); });
    }
    catch (const Interrupted &)
    {
        forget_interrupt();
        drop_remains(session, call);
        throw;
    }
}

/// Calls guard_table(), and builds the index if guard_table() asks for it.
std::string guard_online(Session &session, const Guard &call)
{
    constexpr int tries = 4; // the first one gets the statement from the hint
    session.query("SET lock_timeout = 0");
    session.query("SET statement_timeout = 0");
    drop_remains(session, call);
    for (int i = 1;; i++)
    {
        try
        {
            return call_guard_table(session, call);
        }
        catch (const Refused &why)
        {
            const std::string statement = statement_of(why.hint, create_index);
            if (why.sqlstate != not_ready || statement.empty() || i == tries)
            {
                throw;
            }
            try
            {
                build(session, call, statement);
            }
            catch (const Refused &failed)
            {
                drop_remains(session, call);
                if (failed.sqlstate != deadlock)
                {
                    throw;
                }
            }
        }
    }
}

} // namespace

ExitCode guard(Session &session, Output &output, const Guard &call)
{
    std::string name;
    try
    {
        name = call.online ? guard_online(session, call) : call_guard_table(session, call);
    }
    catch (const Refused &why)
    {
        if (why.sqlstate == "23P01") // rows overlap, which is a finding and not a failure
        {
            output.failed(why);
            return found_something;
        }
        throw;
    }
    output.rows(session,
                "SELECT g.relation::pg_catalog.text AS table, g.how, g.guard, g.problem, "
                "(SELECT pg_catalog.count(*) FROM bookonce.guarded_overlaps(g.relation, NULL)) AS overlaps "
                "FROM bookonce.guarded_tables AS g WHERE g.relation = $1::pg_catalog.regclass",
                {call.adopted.table});
    return fine;
}

} // namespace bookonce::tool
