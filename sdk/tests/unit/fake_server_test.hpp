// SPDX-License-Identifier: PostgreSQL
// fake_server_test.hpp: a client of a scripted server, for tests that neither wait nor connect.
#pragma once

#include "client_access.hpp"
#include "fake_server.hpp"
#include "fake_timing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace bookonce::testing
{

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

    void give_up() noexcept override { server_->gives_up(); }

    bool usable() noexcept override { return server_->idle_connections_usable; }

  private:
    Rows ask(std::string_view sql, const Parameters &parameters, bool call)
    {
        const Asked question{number_, std::string{sql}, parameters, call};
        FakeServer::Answer answer;
        {
            const std::lock_guard lock{server_->mutex};
            server_->asked.push_back(question);
            if (!server_->script.empty())
            {
                answer = std::move(server_->script.front());
                server_->script.pop_front();
            }
        }
        if (answer)
        {
            return answer();
        }
        return server_->otherwise ? server_->otherwise(question) : Rows{{std::nullopt, std::nullopt}};
    }

    std::shared_ptr<FakeServer> server_;
    int number_;
};

class FakeTransport final : public detail::Transport
{
  public:
    explicit FakeTransport(std::shared_ptr<FakeServer> server) : server_{std::move(server)} {}

    bool may_hang() const override { return server_->may_hang; }

    std::unique_ptr<detail::Connection> connect(std::chrono::nanoseconds) override
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

/// The parameters with which a verb is sent: its own, and max_wait, out of the 10 seconds that a call has.
inline Parameters bounded(Parameters parameters)
{
    parameters.emplace_back("9.000000 seconds");
    return parameters;
}

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
