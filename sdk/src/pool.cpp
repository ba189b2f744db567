// SPDX-License-Identifier: PostgreSQL
// pool.cpp: lends connections. Connections on loan and idle ones together never exceed size_.
#include "pool.hpp"

#include "instant_text.hpp"

#include <algorithm>
#include <optional>

namespace bookonce::detail
{

namespace
{

std::chrono::microseconds longest_wait(std::chrono::nanoseconds left)
{
    const auto answer = std::min<std::chrono::nanoseconds>(left / 8, std::chrono::seconds{1});
    return std::max(std::chrono::duration_cast<std::chrono::microseconds>(left - answer), std::chrono::microseconds{1});
}

} // namespace

Pool::Pool(std::unique_ptr<Transport> transport, std::size_t size, const Timing &timing)
    : transport_{std::move(transport)}, size_{std::max<std::size_t>(size, 1)}, timing_{timing}, watchdog_{timing}
{
    idle_.reserve(size_); // so that returning a connection allocates nothing and cannot throw
}

Pool::Lease Pool::acquire(TimePoint deadline, Want want)
{
    std::unique_ptr<Connection> connection;
    {
        std::unique_lock lock{mutex_};
        while (on_loan_ == size_)
        {
            const auto left = deadline - timing_.now();
            if (left <= left.zero())
            {
                throw Judged{{.sqlstate = "53300",
                              .message = "no connection of the pool became free before the deadline",
                              .hint = "Raise ClientOptions::pool_size, or send fewer calls at once."}};
            }
            timing_.wait(place_free_, lock, left);
        }
        ++on_loan_;
        if (!idle_.empty())
        {
            connection = std::move(idle_.back());
            idle_.pop_back();
        }
    }
    Lease lease{*this, std::move(connection), deadline};
    lease.refresh(want);
    return lease;
}

void Pool::give_back(std::unique_ptr<Connection> connection) noexcept
{
    {
        const std::lock_guard lock{mutex_};
        --on_loan_;
        if (connection)
        {
            idle_.push_back(std::move(connection));
        }
    }
    place_free_.notify_one();
}

Pool::Lease::~Lease()
{
    if (pool_ != nullptr)
    {
        pool_->give_back(std::move(connection_));
    }
}

void Pool::Lease::refresh(Want want)
{
    if (connection_ && (want == Want::fresh || !connection_->usable()))
    {
        connection_.reset(); // closed before the new one is opened, because the server may limit connections
    }
    if (!connection_)
    {
        try
        {
            connection_ = pool_->transport_->connect(time_left());
        }
        catch (Failure &failure)
        {
            Judged judged{std::move(failure)};
            judged.verdict.doubt = false; // nothing was sent
            throw judged;
        }
    }
}

std::chrono::nanoseconds Pool::Lease::time_left() const
{
    const auto left = deadline_ - pool_->timing_.now();
    if (left <= left.zero())
    {
        throw Judged{{.sqlstate = "57014",
                      .message = "the deadline of the call has passed, and this was not sent any more",
                      .hint = "Give RetryPolicy::deadline more time, or let the callback of a transaction take less."}};
    }
    return left;
}

Rows Pool::Lease::execute(std::string_view sql, const Parameters &parameters, Author author)
{
    return use(author, [&](Connection &connection) { return connection.execute(sql, parameters); });
}

Rows Pool::Lease::call(Statement &statement)
{
    const Author author = statement.has_sql ? Author::application : Author::sdk;
    if (statement.writes && statement.may_wait)
    {
        statement.parameters.back() = interval_text(longest_wait(time_left()));
    }
    return use(author,
               [&](Connection &connection)
               {
                   try
                   {
                       return connection.call(statement);
                   }
                   catch (Failure &failure)
                   {
                       failure.needed = statement.may_be_needed && failure.sqlstate == "23503";
                       throw;
                   }
               });
}

void Pool::Lease::refuse_proxy()
{
    (void)use(Author::sdk,
              [](Connection &connection)
              {
                  connection.refuse_proxy();
                  return Rows{};
              });
}

template <typename Use>
Rows Pool::Lease::use(Author author, Use use)
{
    if (!connection_) // the application continued after its connection was lost
    {
        throw Judged{{.sqlstate = "08003", .message = "the connection of this transaction is lost", .lost = true}};
    }
    (void)time_left();
    std::optional<Watchdog::Watch> watch;
    if (pool_->transport_->may_hang())
    {
        watch.emplace(pool_->watchdog_, *connection_, deadline_);
    }
    try
    {
        return use(*connection_);
    }
    catch (Failure &failure)
    {
        if (watch && watch->gave_up())
        {
            failure = {.sqlstate = "08006",
                       .message = "the server did not answer before the deadline",
                       .hint = "The connection was given up. See RetryPolicy::deadline.",
                       .lost = true};
        }
        watch.reset(); // before the connection is destroyed
        failure.application = failure.application || author == Author::application;
        Judged judged{std::move(failure)};
        if (judged.verdict.spoils)
        {
            discard();
        }
        throw judged;
    }
}

} // namespace bookonce::detail
