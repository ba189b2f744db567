// SPDX-License-Identifier: PostgreSQL
// pool.cpp: lends connections. Those on loan and the idle ones together never exceed size_.
#include "pool.hpp"

#include <algorithm>

namespace bookonce::detail
{

Pool::Pool(std::unique_ptr<Transport> transport, std::size_t size, const Timing &timing)
    : transport_{std::move(transport)}, size_{std::max<std::size_t>(size, 1)}, timing_{timing}
{
    idle_.reserve(size_); // so that giving back allocates nothing and cannot throw
}

Pool::Lease Pool::acquire(std::chrono::steady_clock::time_point deadline, Want want)
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
    Lease lease{*this, std::move(connection)};
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
        connection_.reset(); // closed before the new one is opened: the server may count
    }
    if (!connection_)
    {
        try
        {
            connection_ = pool_->transport_->connect();
        }
        catch (Failure &failure)
        {
            Judged judged{std::move(failure)};
            judged.verdict.doubt = false; // nothing was sent
            throw judged;
        }
    }
}

Rows Pool::Lease::execute(std::string_view sql, const Parameters &parameters, Author author)
{
    return use(author, [&](Connection &connection) { return connection.execute(sql, parameters); });
}

Rows Pool::Lease::call(const Statement &statement)
{
    const Author author = statement.has_sql ? Author::application : Author::sdk;
    return use(author, [&](Connection &connection) { return connection.call(statement); });
}

template <typename Use>
Rows Pool::Lease::use(Author author, Use use)
{
    if (!connection_) // an application that continued after its connection was lost
    {
        throw Judged{{.sqlstate = "08003", .message = "the connection of this transaction is lost", .lost = true}};
    }
    try
    {
        return use(*connection_);
    }
    catch (Failure &failure)
    {
        failure.application = author == Author::application;
        Judged judged{std::move(failure)};
        if (judged.verdict.spoils)
        {
            discard();
        }
        throw judged;
    }
}

} // namespace bookonce::detail
