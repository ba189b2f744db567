// SPDX-License-Identifier: PostgreSQL
// cuts_on_a_server.hpp: interrupts a call at each of its messages, with each kind of fault.
// To know first: a clean run is recorded. Then the call is run again for each message and each fault, in a tenant of
// its own, and the tenant's data are compared with those after the clean run.
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

/// The result of a call.
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
    std::string text; // the outcomes' labels, or the failure's name
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

    /// Reuses the client of the last run if possible: after a fault its connection is a new one.
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

    /// Waits until nothing of the run is still under way.
    void finish(bool connected);

    /// Interrupts the call once at each message with each kind of fault; returns the number of faults.
    int break_everywhere(const CutCall &call, bool connected, std::vector<Fault> with = all_faults);

    void break_at(const CutCall &call, bool connected, bool retries, const Recording &clean, std::size_t at,
                  Fault fault);

    /// Uses one connection for all questions, because a fault test asks often.
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
