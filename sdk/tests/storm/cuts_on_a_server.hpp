// SPDX-License-Identifier: PostgreSQL
// cuts_on_a_server.hpp: a call that is broken off at each of its messages in each way.
// To know first: a clean run is recorded, then it is run again for each message and each fault, in a tenant of its own,
// and what the tenant has afterwards is compared with what it has after the clean run.
#pragma once

#include "cut_calls.hpp"
#include "fault_proxy.hpp"
#include "server_test.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bookonce::testing
{

inline const std::vector<Fault> all_faults{Fault::cut, Fault::cut_after, Fault::torn, Fault::half_open, Fault::delay};

/// What a call came to.
struct Told
{
    enum class How
    {
        answered,
        outcome_unknown,
        unavailable,
        failed,
    };
    How how;
    std::string text; // the outcomes, or the failure's
    std::string key = {};
};

class CutsOnAServer : public ServerTest, public ::testing::WithParamInterface<CutCall>
{
  protected:
    static void SetUpTestSuite()
    {
        ServerTest::SetUpTestSuite();
        query("CREATE TABLE note (tenant text, text text)");
    }

    /// A call in a tenant of its own, with a client that is connected already, or not.
    class Run
    {
      public:
        Run(CutsOnAServer &test, const CutCall &call, bool connected, bool retries);
        Told call();
        std::string state() { return test_.ask(tenant_state, tenant_).at(0).at(0).value(); }

      private:
        CutsOnAServer &test_;
        const CutCall &call_;
        std::string tenant_;
        Row ids_;
    };

    /// Keeps the client of the last run if it will do: after a fault its connection is a new one.
    void make_client(bool retries);

    /// A clean run: its messages, its answer, and the tenant before and after.
    struct Recording
    {
        std::vector<Message> messages;
        std::string answer;
        std::string before;
        std::string after;
    };

    Recording record(const CutCall &call, bool connected);

    /// Waits until nothing of the run is under way any more.
    void finish(bool connected);

    /// Breaks the call once at each message in each way; returns how many faults that were.
    int break_everywhere(const CutCall &call, bool connected, std::vector<Fault> with = all_faults);

    void break_at(const CutCall &call, bool connected, bool retries, const Recording &clean, std::size_t at,
                  Fault fault);

    /// On one connection for all of it: a fault test asks often.
    Rows ask(std::string_view statement, const std::string &tenant);

    void report(int faults);

    FaultProxy proxy_;
    std::unique_ptr<detail::Connection> admin_ =
        detail::postgres_transport("dbname=" + database())->connect(std::chrono::minutes{1});
    inline static int tenants_ = 0;
    std::optional<Client> client_;
    bool client_retries_ = true;
    int unknown_and_done_ = 0;
    int unknown_and_not_done_ = 0;
    int unavailable_ = 0;
};

} // namespace bookonce::testing
