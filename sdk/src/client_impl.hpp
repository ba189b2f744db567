// SPDX-License-Identifier: PostgreSQL
// client_impl.hpp: the parts of a client, and how it sends, repeats and reports a call.
#pragma once

#include "bookonce/client.hpp"

#include "attempts.hpp"
#include "bookonce/errors.hpp"
#include "gathering.hpp"
#include "pool.hpp"
#include "transaction_state.hpp"
#include "workers.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>

namespace bookonce
{

namespace detail
{

std::string_view verb_of(std::string_view sql);

/// The outcome of a call, for a report. The result refers to the rows.
std::string_view outcome_of(const Statement &statement, const Rows &rows);
std::string_view name_of(const Error &error);

} // namespace detail

struct Client::Impl
{
    Impl(ClientOptions given, std::unique_ptr<detail::Transport> transport);

    /// What the decision to repeat a failed attempt has to know.
    struct Stakes
    {
        bool may_be_in_doubt = false;
        std::string_view key = {}; // for OutcomeUnknown: repeating the call with it settles the doubt
    };

    /// Runs `once(want)` until it returns, or until a failure may not be repeated. `want` is the kind of connection
    /// that the last failure demands. Throws Error.
    template <typename Once>
    std::invoke_result_t<Once &, detail::Pool::Want> retry(detail::Attempts &attempts, Stakes stakes, Once once);

    /// Sends a repeatable call until it has an answer. If `in_company` is given, it makes the first attempt, gathered
    /// with other calls; if that gives no answer, the call is sent alone.
    Rows send(detail::Statement &statement, detail::Attempts &attempts,
              std::function<std::optional<Rows>()> in_company = {});

    /// Whether such calls are gathered.
    bool gathers(const detail::Statement &statement) const
    {
        return statement.together != nullptr && options.gather.most > 1;
    }

    /// Runs `body` in a transaction and commits it; repeats both while nothing was written and they may be repeated.
    void in_transaction(detail::Attempts &attempts, Isolation isolation, detail::Pool::Author author,
                        const std::function<void(detail::TransactionState &)> &body);

    /// Runs `call()`, which returns its outcome, and reports to on_call.
    template <typename Call>
    void report(std::string_view verb, const detail::Attempts &attempts, Call call);

    /// The same, for `call(attempts)` with attempts that begin now.
    template <typename Call>
    void report(std::string_view verb, Call call)
    {
        detail::Attempts attempts{options.retry, options.timing};
        report(verb, attempts, [&] { return call(attempts); });
    }

    /// A call whose answer is fetched later.
    class FutureCall;

    const ClientOptions options;
    detail::Pool pool;
    detail::Gathering gathering;
    detail::Workers workers; // last, because they use all of the above
};

template <typename Call>
void Client::Impl::report(std::string_view verb, const detail::Attempts &attempts, Call call)
{
    if (!options.on_call)
    {
        (void)call();
        return;
    }
    const auto tell = [&](std::string_view outcome) noexcept
    {
        try
        {
            options.on_call({verb, outcome, attempts.count(), options.timing.now() - attempts.began()});
        }
        catch (...) // on_call is the application's, and the call is over anyway
        {
        }
    };
    try
    {
        tell(call());
    }
    catch (const Error &error)
    {
        tell(detail::name_of(error));
        throw;
    }
    catch (...) // from the callback of a transact()
    {
        tell("exception");
        throw;
    }
}

} // namespace bookonce
