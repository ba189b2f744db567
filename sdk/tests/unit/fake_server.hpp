// SPDX-License-Identifier: PostgreSQL
// fake_server.hpp: a scripted server and a clock that only sleeping moves, so that no test waits or connects.
#pragma once

#include "client_access.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace bookonce::testing
{

/// What the server was asked, and on which of its connections, counted from 1.
struct Asked
{
    int connection;
    std::string sql;
    Parameters parameters;
    bool call; // it may be prepared
};

/// Answers statements in the order of its script, and after its end with a row of NULLs. Everything is remembered.
/// Usable from many threads.
class FakeServer
{
  public:
    using Answer = std::function<Rows()>;

    /// The next statement is answered so.
    FakeServer &answers(Rows rows)
    {
        return answers([rows] { return rows; });
    }

    FakeServer &answers(Answer answer)
    {
        script.push_back(std::move(answer));
        return *this;
    }

    /// The next statement fails so.
    FakeServer &fails(detail::Failure failure)
    {
        return answers([failure]() -> Rows { throw failure; });
    }

    FakeServer &loses_connection()
    {
        return fails({.sqlstate = "08006", .message = "server closed the connection unexpectedly", .lost = true});
    }

    /// The next attempts to connect fail so.
    FakeServer &refuses(detail::Failure failure, int times = 1)
    {
        refusals.insert(refusals.end(), static_cast<std::size_t>(times), std::move(failure));
        return *this;
    }

    std::mutex mutex;
    std::deque<Answer> script;
    std::deque<detail::Failure> refusals;
    std::vector<Asked> asked;
    int connections = 0;
    int open = 0;
    int most_open = 0;
    bool idle_connections_usable = true;
};

class FakeConnection final : public detail::Connection
{
  public:
    FakeConnection(std::shared_ptr<FakeServer> server, int number) : server_{std::move(server)}, number_{number} {}
    ~FakeConnection() override
    {
        const std::lock_guard lock{server_->mutex};
        --server_->open;
    }

    Rows execute(std::string_view sql, const Parameters &parameters) override { return ask(sql, parameters, false); }

    Rows call(const detail::Statement &statement) override { return ask(statement.sql, statement.parameters, true); }

    bool usable() noexcept override { return server_->idle_connections_usable; }

  private:
    Rows ask(std::string_view sql, const Parameters &parameters, bool call)
    {
        FakeServer::Answer answer;
        {
            const std::lock_guard lock{server_->mutex};
            server_->asked.push_back({number_, std::string{sql}, parameters, call});
            if (server_->script.empty())
            {
                return {{std::nullopt, std::nullopt}};
            }
            answer = std::move(server_->script.front());
            server_->script.pop_front();
        }
        return answer();
    }

    std::shared_ptr<FakeServer> server_;
    int number_;
};

class FakeTransport final : public detail::Transport
{
  public:
    explicit FakeTransport(std::shared_ptr<FakeServer> server) : server_{std::move(server)} {}

    std::unique_ptr<detail::Connection> connect() override
    {
        const std::lock_guard lock{server_->mutex};
        if (!server_->refusals.empty())
        {
            const detail::Failure failure = server_->refusals.front();
            server_->refusals.pop_front();
            throw failure;
        }
        server_->most_open = std::max(server_->most_open, ++server_->open);
        return std::make_unique<FakeConnection>(server_, ++server_->connections);
    }

  private:
    std::shared_ptr<FakeServer> server_;
};

/// A clock that stands still but for sleeping. Not for use from several threads.
struct FakeTiming
{
    std::chrono::steady_clock::time_point now{};
    std::vector<std::chrono::nanoseconds> slept;
    std::vector<std::chrono::nanoseconds> waited; // for another thread, of which there is none
    double chance = 0.5;

    Timing timing()
    {
        return {.now = [this] { return now; },
                .sleep =
                    [this](std::chrono::nanoseconds length)
                {
                    slept.push_back(length);
                    now += length;
                },
                .wait =
                    [this](std::condition_variable &, std::unique_lock<std::mutex> &, std::chrono::nanoseconds length)
                {
                    waited.push_back(length);
                    now += length;
                },
                .random = [this] { return chance; }};
    }
};

/// A client of a FakeServer, with a FakeTiming.
class FakeServerTest : public ::testing::Test
{
  protected:
    std::shared_ptr<FakeServer> server = std::make_shared<FakeServer>();
    FakeTiming clock;
    ClientOptions options{.connection_string = "", .pool_size = 1, .retry = {}, .timing = clock.timing()};

    Client client() { return detail::ClientAccess::make(options, std::make_unique<FakeTransport>(server)); }
};

} // namespace bookonce::testing
