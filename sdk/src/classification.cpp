// SPDX-License-Identifier: PostgreSQL
// classification.cpp: the table from SQLSTATE to the caller's next step.
// To know first: the first row whose code is a prefix of the SQLSTATE decides, so single codes stand before their
// class.
#include "classification.hpp"

#include "bookonce/adopt.hpp"
#include "busy_times.hpp"

#include <algorithm>
#include <iterator>

namespace bookonce::detail
{

namespace
{

struct Rule
{
    std::string_view code;
    Verdict verdict;
};

constexpr Verdict in_doubt(Verdict verdict)
{
    verdict.doubt = true;
    return verdict;
}

constexpr Verdict spoiling(Verdict verdict)
{
    verdict.spoils = true;
    return verdict;
}

constexpr Verdict with_hint(Verdict verdict, std::string_view hint)
{
    verdict.hint = hint;
    return verdict;
}

constexpr Verdict invalid_request{Kind::invalid_request, Repeat::never};
constexpr Verdict slot_taken{Kind::slot_taken, Repeat::never};
constexpr Verdict denied{Kind::denied, Repeat::never};
constexpr Verdict passing{Kind::unavailable, Repeat::always};

constexpr std::string_view install_hint =
    "Run CREATE EXTENSION bookonce; then SELECT bookonce.setup(); in this database.";

constexpr Rule rules[] = {
    {"OB001", {Kind::key_reused, Repeat::never}},
    {"OB004", with_hint(invalid_request, "Run SELECT bookonce.setup(); in this database.")},
    {"OB007", {Kind::unavailable, Repeat::never}}, // the guard is missing, as during a restore
    // The library that this session has loaded is older than the SQL types. A new session loads the new one.
    {"OB008", spoiling({Kind::invalid_request, Repeat::always})},
    {"OB", invalid_request},    // unknown resource or id, capacity in use
    {"08", in_doubt(passing)},  // connection exception
    {"0A000", invalid_request}, // on a cluster of citus, a call that ran where its tenant is not at home
    {"22", invalid_request},    // malformed argument
    // This server has become a standby; the next call may find the new primary.
    {"25006", spoiling(with_hint({Kind::unavailable, Repeat::never},
                                 "Connect to the primary, for instance with target_session_attrs=read-write."))},
    {"25P02", with_hint(invalid_request,
                        "An earlier statement of this transaction failed: let its exception leave the callback.")},
    {"25", invalid_request},    // invalid transaction state
    {"28", denied},             // login
    {"3D000", invalid_request}, // no such database
    {"3F000", with_hint(invalid_request, install_hint)},
    {"40001", passing},           // serialization failure
    {"40003", in_doubt(passing)}, // statement completion unknown
    {"40P01", passing},           // deadlock
    {"42501", with_hint(denied, "Ask the owner for SELECT bookonce.grant_usage('your_role');")},
    {"42883", with_hint(invalid_request, install_hint)},
    {"53", passing},         // out of connections, memory, disk
    {"54", invalid_request}, // program limit
    {"55P03", {Kind::unavailable, Repeat::lock_timeout}},
    {"57014", {Kind::unavailable, Repeat::statement_timeout}},
    // These two end the session, even one that has already committed and is waiting for its standby.
    {"57P01", in_doubt(passing)},
    {"57P02", in_doubt(passing)},
    {"57P", passing}, // starting up, database dropped, idle timeout
};

/// Errors that the application's own SQL may cause and the application has to fix: constraints, syntax and names, its
/// own RAISE. From a verb, these would be a bug in bookonce.
constexpr std::string_view application_codes[] = {"2", "3", "40002", "42", "44", "P0"};

const Rule *find_rule(std::string_view sqlstate)
{
    for (const Rule &rule : rules)
    {
        if (sqlstate.starts_with(rule.code))
        {
            return &rule;
        }
    }
    return nullptr;
}

/// Returns true if the prepared statement alone may be to blame. If a pooler has put a new server process behind the
/// connection, the statement is missing (26000) or its name is in use (42P05). If ALTER EXTENSION UPDATE has changed a
/// type (0A000) or dropped one (XX000, 42883), its plan is stale. All of these are raised before anything is done. So
/// an error that would mean a bug, a missing function or a call on the wrong node is believed only after the call was
/// tried unprepared.
bool is_stale(const Failure &failure)
{
    return failure.prepared && !failure.needed &&
           (find_rule(failure.sqlstate) == nullptr || failure.sqlstate == "0A000" || failure.sqlstate == "42883");
}

/// Returns true if a proxy has lost its shard, or could not reach it. PL/Proxy has no SQLSTATE of its own for this: it
/// raises XX000 with "PL/Proxy function ..", or with "REMOTE (null): ..", where libpq's message replaces a server's. It
/// does not tell whether the shard got the call.
bool is_lost_shard(const Failure &failure)
{
    return failure.sqlstate == "XX000" && (failure.message.starts_with("PL/Proxy function ") ||
                                           failure.message.find("] REMOTE (null): ") != std::string::npos);
}

} // namespace

Verdict judge(const Failure &failure)
{
    const Rule *const rule = find_rule(failure.sqlstate);
    Verdict verdict = rule != nullptr ? rule->verdict : Verdict{};
    if (failure.needed)
    {
        verdict = invalid_request;
    }
    if (rule == nullptr && failure.application &&
        std::any_of(std::begin(application_codes), std::end(application_codes),
                    [&failure](std::string_view code) { return failure.sqlstate.starts_with(code); }))
    {
        verdict = failure.sqlstate == "23P01" ? slot_taken : invalid_request;
    }
    if (is_lost_shard(failure))
    {
        verdict = in_doubt(passing);
    }
    if (failure.lost || (is_stale(failure) && !is_lost_shard(failure)))
    {
        verdict.kind = Kind::unavailable;
        verdict.repeat = Repeat::always;
        verdict.spoils = true;
    }
    verdict.doubt = verdict.doubt || failure.lost;
    return verdict;
}

bool may_repeat(Repeat repeat, const RetryPolicy &policy)
{
    switch (repeat)
    {
        case Repeat::never: return false;
        case Repeat::always: return true;
        case Repeat::lock_timeout: return policy.repeat_lock_timeout;
        case Repeat::statement_timeout: return policy.repeat_statement_timeout;
    }
    return false;
}

void raise(const Judged &failure, int attempts)
{
    const Error::Details details{.sqlstate = failure.sqlstate,
                                 .hint = failure.hint.empty() ? std::string{failure.verdict.hint} : failure.hint,
                                 .attempts = attempts,
                                 .table = failure.table,
                                 .constraint = failure.constraint,
                                 .busy = failure.verdict.kind == Kind::slot_taken ? read_busy_times(failure.detail)
                                                                                  : std::vector<TimeRange>{}};
    switch (failure.verdict.kind)
    {
        case Kind::invalid_request: throw InvalidRequest{failure.message, details};
        case Kind::slot_taken: throw SlotTaken{failure.message, details};
        case Kind::key_reused: throw KeyReused{failure.message, details};
        case Kind::denied: throw Denied{failure.message, details};
        case Kind::unavailable: throw Unavailable{failure.message, details};
        case Kind::internal: break;
    }
    throw Internal{failure.message, details};
}

} // namespace bookonce::detail
