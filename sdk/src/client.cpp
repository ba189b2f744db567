// SPDX-License-Identifier: PostgreSQL
// client.cpp: the retry loop, and what goes through it: one statement, or a whole transaction.
#include "client_impl.hpp"

#include "parameters.hpp"

#include <algorithm>
#include <utility>

namespace bookonce
{

using detail::Attempts;
using detail::Judged;
using detail::Pool;
using detail::Statement;
using detail::TransactionState;

namespace
{

template <typename Kind>
bool is(const Error &error)
{
    return dynamic_cast<const Kind *>(&error) != nullptr;
}

/// The server takes no more in one call (BO_MAX_MEMBERS).
constexpr std::size_t most_members = 10000;

} // namespace

/// The verb is the first function of bookonce in the text: book_slot in "SELECT .. FROM bookonce.book_slot(..".
std::string_view detail::verb_of(std::string_view sql)
{
    constexpr std::string_view schema = "bookonce.";
    const auto begin = sql.find(schema);
    if (begin == std::string_view::npos)
    {
        return "calendar"; // day_in_zone() and the like call only PostgreSQL's own functions
    }
    const std::string_view from = sql.substr(begin + schema.size());
    return from.substr(0, from.find('('));
}

std::string_view detail::outcome_of(const Statement &statement, const Rows &rows)
{
    if (!statement.writes)
    {
        return "read";
    }
    const auto label = [](const Row &row) { return row.empty() || !row[0] ? std::string_view{} : *row[0]; };
    if (rows.empty() || label(rows[0]).empty())
    {
        return "done";
    }
    return std::all_of(rows.begin(), rows.end(), [&](const Row &row) { return label(row) == label(rows[0]); })
               ? label(rows[0])
               : "several";
}

std::string_view detail::name_of(const Error &error)
{
    return is<InvalidRequest>(error)   ? "InvalidRequest"
           : is<KeyReused>(error)      ? "KeyReused"
           : is<Denied>(error)         ? "Denied"
           : is<Unavailable>(error)    ? "Unavailable"
           : is<OutcomeUnknown>(error) ? "OutcomeUnknown"
           : is<Internal>(error)       ? "Internal"
                                       : "SlotTaken";
}

Client::Impl::Impl(ClientOptions given, std::unique_ptr<detail::Transport> transport)
    : options{std::move(given)}, pool{std::move(transport), options.pool_size, options.timing},
      gathering{pool, options.timing, std::min(options.gather.most, most_members),
                std::max<std::size_t>(options.gather.at_once, 1)},
      workers{options.pool_size}
{
}

template <typename Once>
std::invoke_result_t<Once &, Pool::Want> Client::Impl::retry(Attempts &attempts, Stakes stakes, Once once)
{
    for (auto want = Pool::Want::any;;)
    {
        try
        {
            return once(want);
        }
        catch (const Judged &failure)
        {
            want = failure.verdict.spoils ? Pool::Want::fresh : want;
            attempts.wait_or_throw(failure, stakes.may_be_in_doubt && failure.verdict.doubt, stakes.key);
        }
    }
}

Client::Client(ClientOptions options, std::unique_ptr<detail::Transport> transport)
    : impl_{std::make_unique<Impl>(std::move(options), std::move(transport))}
{
}

Client::Client(ClientOptions options) : impl_{nullptr}
{
    auto transport = detail::postgres_transport(options.connection_string, options.prepared_statements);
    impl_ = std::make_unique<Impl>(std::move(options), std::move(transport));
}

Client::~Client() = default;

Rows Client::Impl::send(Statement &statement, Attempts &attempts, std::function<std::optional<Rows>()> in_company)
{
    // A connection lost during a writing call leaves the call in doubt: losing the call and losing its answer look the
    // same from here. When the call is repeated, its key, or the nature of the verb, settles the doubt.
    return retry(attempts, {.may_be_in_doubt = statement.writes, .key = statement.idempotency_key},
                 [&](Pool::Want want)
                 {
                     if (const auto ask = std::exchange(in_company, {}))
                     {
                         if (auto rows = ask())
                         {
                             return *std::move(rows);
                         }
                     }
                     return pool.acquire(attempts.deadline(), want).call(statement);
                 });
}

Rows Client::run(Statement &statement)
{
    Rows rows;
    impl_->report(detail::verb_of(statement.sql),
                  [&](Attempts &attempts)
                  {
                      if (impl_->gathers(statement))
                      {
                          rows = impl_->send(statement, attempts,
                                             [&] { return impl_->gathering.call(statement, attempts.deadline()); });
                      }
                      else if (statement.repeatable)
                      {
                          rows = impl_->send(statement, attempts);
                      }
                      else
                      {
                          impl_->in_transaction(attempts, Isolation::read_committed, Pool::Author::sdk,
                                                [&](TransactionState &state) { rows = state.call(statement); });
                      }
                      return detail::outcome_of(statement, rows);
                  });
    return rows;
}

void Client::run_transaction(Isolation isolation, const std::function<void(Transaction &)> &body)
{
    impl_->report("transact",
                  [&](Attempts &attempts)
                  {
                      impl_->in_transaction(attempts, isolation, Pool::Author::application,
                                            [&body](TransactionState &state)
                                            {
                                                Transaction tx{state};
                                                body(tx);
                                            });
                      return std::string_view{"committed"};
                  });
}

Rows Client::query(std::string_view sql, const Parameters &parameters)
{
    // For this transaction only, because other callers use the same connection later.
    constexpr std::string_view fixed_settings =
        "SELECT pg_catalog.set_config(s.name, s.value, true) FROM (VALUES ('DateStyle', 'ISO, YMD'), "
        "('IntervalStyle', 'iso_8601'), ('TimeZone', 'UTC'), ('bytea_output', 'hex'), ('extra_float_digits', '1'), "
        "('lc_monetary', 'C')) AS s(name, value)";
    detail::refuse_nul_bytes(parameters);
    Rows rows;
    impl_->report("query",
                  [&](Attempts &attempts)
                  {
                      impl_->in_transaction(attempts, Isolation::server_default, Pool::Author::application,
                                            [&](TransactionState &state)
                                            {
                                                state.execute(fixed_settings, {});
                                                rows = state.execute(sql, parameters);
                                            });
                      return std::string_view{"committed"};
                  });
    return rows;
}

void Client::Impl::in_transaction(Attempts &attempts, Isolation isolation, Pool::Author author,
                                  const std::function<void(TransactionState &)> &body)
{
    const auto once = [&](Pool::Want want)
    {
        TransactionState state{pool.acquire(attempts.deadline(), want), isolation};
        try
        {
            body(state);
        }
        catch (const Error &)
        {
            if (state.failure() && detail::may_repeat(state.failure()->verdict.repeat, options.retry))
            {
                throw Judged{*state.failure()};
            }
            throw;
        }
        state.commit(attempts, author);
    };
    // Never in doubt: commit() settles a doubt, or throws OutcomeUnknown itself. Any other failure means that nothing
    // was written, because a transaction that did not commit has no effect.
    retry(attempts, {.may_be_in_doubt = false}, once);
}

} // namespace bookonce
