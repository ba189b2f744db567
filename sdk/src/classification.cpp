// SPDX-License-Identifier: PostgreSQL
// classification.cpp: the table from SQLSTATE to the caller's next step.
// To know first: the first row whose code begins the SQLSTATE decides; so single codes stand before their class.
#include "classification.hpp"

#include "bookonce/errors.hpp"

namespace bookonce::detail
{

namespace
{

struct Rule
{
    std::string_view code;
    Verdict verdict;
    std::string_view hint = {}; // where the server has none of its own
};

constexpr std::string_view install_hint =
    "Run CREATE EXTENSION bookonce; then SELECT bookonce.setup(); in this database.";

constexpr Rule rules[] = {
    {"OB001", {Kind::key_reused, Repeat::never}},
    {"OB004", {Kind::invalid_request, Repeat::never}, "Run SELECT bookonce.setup(); in this database."},
    {"OB007", {Kind::unavailable, Repeat::never}},  // no guard: a restore is under way, or the owner must mend it
    {"OB", {Kind::invalid_request, Repeat::never}}, // unknown resource or id, capacity in use
    {"08", {Kind::unavailable, Repeat::always}},    // connection exception
    {"22", {Kind::invalid_request, Repeat::never}}, // malformed argument
    {"25006",
     {Kind::unavailable, Repeat::never},
     "Connect to the primary, for instance with target_session_attrs=read-write."},
    {"25P02",
     {Kind::invalid_request, Repeat::never},
     "An earlier statement of this transaction failed: let its exception leave the callback."},
    {"25", {Kind::invalid_request, Repeat::never}},    // invalid transaction state
    {"28", {Kind::denied, Repeat::never}},             // login
    {"3D000", {Kind::invalid_request, Repeat::never}}, // no such database
    {"3F000", {Kind::invalid_request, Repeat::never}, install_hint},
    {"40001", {Kind::unavailable, Repeat::always}}, // serialization failure
    {"40003", {Kind::unavailable, Repeat::always}}, // statement completion unknown
    {"40P01", {Kind::unavailable, Repeat::always}}, // deadlock
    {"42501", {Kind::denied, Repeat::never}, "Ask the owner for SELECT bookonce.grant_usage('your_role');"},
    {"42883", {Kind::invalid_request, Repeat::never}, install_hint},
    {"53", {Kind::unavailable, Repeat::always}},    // out of connections, memory, disk
    {"54", {Kind::invalid_request, Repeat::never}}, // program limit
    {"55P03", {Kind::unavailable, Repeat::lock_timeout}},
    {"57014", {Kind::unavailable, Repeat::statement_timeout}},
    {"57P", {Kind::unavailable, Repeat::always}}, // shutdown, crash, starting up, idle timeout
};

/// What the application's own SQL may meet and has to fix itself: constraints, syntax and names, its own RAISE. From a
/// verb these would be a bug of bookonce.
constexpr std::string_view application_codes[] = {"0A", "2", "3", "40002", "42", "44", "P0"};

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

/// Whether it may be that only the prepared statement is to blame. It is gone (26000) or another's (42P05) when a
/// pooler has put a new server process behind the connection; its plan is stale when ALTER EXTENSION UPDATE has changed
/// a type (0A000) or dropped one (XX000, 42883). All of them come before anything is done. So whatever an unprepared
/// call would report as a bug, or as a missing function, is tried unprepared before it is believed.
bool is_stale(const Failure &failure)
{
    return failure.prepared && (find_rule(failure.sqlstate) == nullptr || failure.sqlstate == "42883");
}

} // namespace

bool spoils_connection(const Failure &failure)
{
    // 25006: this server has become a standby; the next call may find the new primary.
    return failure.lost || is_stale(failure) || failure.sqlstate == "25006";
}

Verdict classify(const Failure &failure)
{
    if (failure.lost || is_stale(failure))
    {
        return {Kind::unavailable, Repeat::always};
    }
    if (const Rule *rule = find_rule(failure.sqlstate))
    {
        return rule->verdict;
    }
    if (failure.application)
    {
        for (const std::string_view code : application_codes)
        {
            if (failure.sqlstate.starts_with(code))
            {
                return {Kind::invalid_request, Repeat::never};
            }
        }
    }
    return {Kind::internal, Repeat::never};
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

bool leaves_doubt(const Failure &failure)
{
    // 57P01 and 57P02 end the session, also one that has committed already and waits for its standby.
    return failure.lost || failure.sqlstate.starts_with("08") || failure.sqlstate == "40003" ||
           failure.sqlstate == "57P01" || failure.sqlstate == "57P02";
}

void raise(const Failure &failure, int attempts)
{
    Error::Details details{.sqlstate = failure.sqlstate, .hint = failure.hint, .attempts = attempts};
    const Rule *rule = find_rule(failure.sqlstate);
    if (details.hint.empty() && rule != nullptr)
    {
        details.hint = rule->hint;
    }
    switch (classify(failure).kind)
    {
        case Kind::invalid_request: throw InvalidRequest{failure.message, details};
        case Kind::key_reused: throw KeyReused{failure.message, details};
        case Kind::denied: throw Denied{failure.message, details};
        case Kind::unavailable: throw Unavailable{failure.message, details};
        case Kind::internal: break;
    }
    throw Internal{failure.message, details};
}

} // namespace bookonce::detail
