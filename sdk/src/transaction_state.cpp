// SPDX-License-Identifier: PostgreSQL
// transaction_state.cpp: BEGIN, the statements, the receipt, COMMIT, and settling a COMMIT in doubt.
#include "transaction_state.hpp"

#include "bookonce/errors.hpp"

#include <utility>

namespace bookonce::detail
{

namespace
{

std::string_view begin_statement(Isolation isolation)
{
    switch (isolation)
    {
        case Isolation::server_default: return "BEGIN";
        case Isolation::read_committed: return "BEGIN ISOLATION LEVEL READ COMMITTED";
        case Isolation::repeatable_read: return "BEGIN ISOLATION LEVEL REPEATABLE READ";
        case Isolation::serializable: return "BEGIN ISOLATION LEVEL SERIALIZABLE";
    }
    return "BEGIN";
}

// The time when the server's statistics were reset, which happens at every crash recovery, and at different times on
// every standby. An xid identifies our transaction only within one such life of the server: a crash forgets the xids
// that were not yet on disk and assigns them again.
#define BOOKONCE_SERVER_LIFE "pg_catalog.timestamptz_send(pg_catalog.pg_stat_get_bgwriter_stat_reset_time())"

// Runs just before COMMIT. In an aborted transaction it raises 25P02, where COMMIT would roll back and report success.
constexpr std::string_view receipt_statement =
    "SELECT pg_catalog.pg_current_xact_id_if_assigned(), " BOOKONCE_SERVER_LIFE;

// pg_xact_status() says "committed" even if COMMIT was still waiting for the disk or a synchronous standby when the
// connection was lost. So this transaction waits as that COMMIT should have: it writes a message, which nobody reads,
// later in the log, and commits.
constexpr std::string_view settle_statement =
    "SELECT s.status, " BOOKONCE_SERVER_LIFE ", CASE s.status WHEN 'committed' THEN "
    "pg_catalog.pg_logical_emit_message(true, 'bookonce', '') END "
    "FROM pg_catalog.pg_xact_status($1::pg_catalog.xid8) AS s(status)";

} // namespace

TransactionState::TransactionState(Pool::Lease lease, Isolation isolation) : lease_{std::move(lease)}
{
    lease_.refuse_proxy();
    lease_.execute(begin_statement(isolation));
}

TransactionState::~TransactionState()
{
    if (open_)
    {
        try
        {
            lease_.execute("ROLLBACK");
        }
        catch (...)
        {
            lease_.discard();
        }
    }
}

Rows TransactionState::execute(std::string_view sql, const Parameters &parameters)
{
    return remember_failure([&] { return lease_.execute(sql, parameters, Pool::Author::application); });
}

Rows TransactionState::call(Statement &statement)
{
    return remember_failure([&] { return lease_.call(statement); });
}

template <typename Run>
Rows TransactionState::remember_failure(Run run)
{
    try
    {
        return run();
    }
    catch (const Judged &failure)
    {
        if (!failure_ || failure.sqlstate != "25P02") // 25P02 only says that the callback swallowed an earlier failure
        {
            failure_.emplace(failure);
        }
        raise(failure, 1);
    }
}

void TransactionState::commit(Attempts &attempts, Pool::Author author)
{
    const Receipt receipt = take_receipt();
    open_ = false; // an error of COMMIT ends the transaction too
    try
    {
        lease_.execute("COMMIT", {}, author);
    }
    catch (const Judged &failure)
    {
        if (!failure.verdict.doubt)
        {
            throw;
        }
        // Nothing was written, but replays may have been reported, whose durability COMMIT waits for; so the whole
        // transaction is run again.
        switch (receipt.xid.empty() ? Fate::aborted : settle(receipt, attempts))
        {
            case Fate::committed: return;
            case Fate::aborted: throw;
            case Fate::unknown: break;
        }
        throw OutcomeUnknown{"the connection was lost during COMMIT: " + failure.message,
                             {.sqlstate = failure.sqlstate,
                              .hint = "Look for what the transaction should have written before running it again.",
                              .attempts = attempts.count()}};
    }
}

TransactionState::Receipt TransactionState::take_receipt()
{
    try
    {
        const Rows rows = lease_.execute(receipt_statement);
        return {.xid = rows.at(0).at(0).value_or(""), .server = rows.at(0).at(1)};
    }
    catch (const Judged &failure)
    {
        // The callback swallowed the exception of a failed statement: report that statement's failure.
        if (failure.sqlstate == "25P02" && failure_)
        {
            throw Judged{*failure_};
        }
        throw;
    }
}

Fate TransactionState::settle(const Receipt &receipt, Attempts &attempts)
{
    do
    {
        try
        {
            lease_.refresh(Pool::Want::fresh);
            const Rows rows = lease_.execute(settle_statement, {receipt.xid});
            const std::string status = rows.at(0).at(0).value_or("");
            // "Aborted" holds in any life of the server: if our transaction had committed, its xid could not have been
            // assigned again.
            if (status == "aborted")
            {
                return Fate::aborted;
            }
            if (status == "committed")
            {
                return rows.at(0).at(1) == receipt.server ? Fate::committed : Fate::unknown;
            }
            if (status != "in progress") // NULL: so old that the status is gone
            {
                return Fate::unknown;
            }
            // The server has not noticed yet that the connection is gone, or COMMIT is in progress.
        }
        catch (const Judged &failure)
        {
            if (failure.verdict.repeat != Repeat::always)
            {
                return Fate::unknown;
            }
        }
    } while (attempts.pause());
    return Fate::unknown;
}

} // namespace bookonce::detail
