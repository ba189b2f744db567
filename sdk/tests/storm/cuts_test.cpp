// SPDX-License-Identifier: PostgreSQL
// cuts_test.cpp: every verb that writes, broken off at each of its messages in each way: one effect, never two.
// To know first: a clean run is recorded, then it is run again for each message and each fault, in a tenant of its own,
// and what the tenant has afterwards is compared with what it has after the clean run.
#include "bookonce/pqxx.hpp"
#include "cut_calls.hpp"
#include "fault_proxy.hpp"
#include "server_test.hpp"

#include <gtest/gtest.h>

#include <future>
#include <optional>

namespace bookonce
{

using bookonce::testing::cut_calls;
using bookonce::testing::CutCall;
using bookonce::testing::Fault;
using bookonce::testing::FaultProxy;
using bookonce::testing::Message;
using bookonce::testing::Sender;
using bookonce::testing::ServerTest;
using bookonce::testing::storm_length;
using bookonce::testing::tenant_state;

namespace
{

const std::vector<Fault> all_faults{Fault::cut, Fault::cut_after, Fault::torn, Fault::half_open, Fault::delay};

/// Cutting off after a server's message is cutting off at its next one, but after the last one of an answer the
/// connection dies at rest. And what a caller without retries is told is the same for each kind of loss: the short form
/// tries one.
bool applies(Fault fault, const Message &message, bool retries)
{
    return (fault != Fault::cut_after || message.sender == Sender::client || message.type == 'Z') &&
           (retries || fault == Fault::cut || storm_length() > 1);
}

/// ">Q<T<D": who says what.
std::string letters(const Message &message)
{
    return {message.sender == Sender::client ? '>' : '<', message.type};
}

std::string conversation(const std::vector<Message> &messages)
{
    std::string text;
    for (const Message &message : messages)
    {
        text += letters(message);
    }
    return text;
}

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

Told told_by(const std::function<std::string()> &call)
{
    try
    {
        return {Told::How::answered, call()};
    }
    catch (const OutcomeUnknown &error)
    {
        return {Told::How::outcome_unknown, error.what(), error.idempotency_key()};
    }
    catch (const Unavailable &error)
    {
        return {Told::How::unavailable, error.what()};
    }
    catch (const std::exception &error)
    {
        return {Told::How::failed, error.what()};
    }
}

} // namespace

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
        Run(CutsOnAServer &test, const CutCall &call, bool connected, bool retries)
            : test_{test}, call_{call}, tenant_{"tenant:" + std::to_string(++test.tenants_)}
        {
            test.ask("SELECT bookonce.define_resource('a', tenant => $1), bookonce.define_resource('b', tenant => $1), "
                     "bookonce.define_resource('class', 3, tenant => $1), "
                     "bookonce.define_counter('stock', 5, tenant => $1)",
                     tenant_);
            for (const std::string &step : call.prepare)
            {
                ids_ = test.ask(step, tenant_).at(0);
            }
            if (!connected)
            {
                test.finish(connected); // with the client of the last run
            }
            test.make_client(retries);
            if (connected)
            {
                (void)test.client_->free_time({.resource = "a", .within = new_slot(), .tenant = tenant_});
            }
        }

        Told call()
        {
            return told_by([this] { return call_.run(*test_.client_, tenant_, ids_); });
        }

        std::string state() { return test_.ask(tenant_state, tenant_).at(0).at(0).value(); }

      private:
        CutsOnAServer &test_;
        const CutCall &call_;
        std::string tenant_;
        Row ids_;
    };

    /// Keeps the client of the last run if it will do: after a fault its connection is a new one.
    void make_client(bool retries)
    {
        if (!client_ || client_retries_ != retries)
        {
            client_retries_ = retries;
            auto through = options(proxy_.connection_string());
            through.pool_size = 1;
            through.prepared_statements = false; // or the messages would depend on the calls before
            through.retry.first_backoff = std::chrono::milliseconds{1};
            through.retry.max_attempts = retries ? 10 : 1;
            client_.emplace(through);
        }
    }

    /// A clean run: its messages, its answer, and the tenant before and after.
    struct Recording
    {
        std::vector<Message> messages;
        std::string answer;
        std::string before;
        std::string after;
    };

    Recording record(const CutCall &call, bool connected)
    {
        Recording made;
        Run run{*this, call, connected, true};
        made.before = run.state();
        proxy_.use(
            [&made](const Message &message)
            {
                made.messages.push_back(message);
                return Fault::none;
            });
        const Told told = run.call();
        EXPECT_EQ(told.how, Told::How::answered) << told.text;
        finish(connected);
        made.answer = told.text;
        made.after = run.state();
        EXPECT_NE(made.before, made.after) << "it does nothing that could be lost";
        return made;
    }

    /// Waits until nothing of the run is under way any more.
    void finish(bool connected)
    {
        if (!connected)
        {
            client_.reset(); // which takes a message too
        }
        proxy_.wait_until_gone();
        proxy_.use({});
    }

    /// Breaks the call once at each message in each way; returns how many faults that were.
    int break_everywhere(const CutCall &call, bool connected, std::vector<Fault> with = all_faults)
    {
        const Recording clean = record(call, connected);
        int faults = 0;
        for (const bool retries : {true, false})
        {
            for (const Fault fault : with)
            {
                for (std::size_t at = 0; at < clean.messages.size(); ++at)
                {
                    if (applies(fault, clean.messages[at], retries))
                    {
                        SCOPED_TRACE(call.name + (retries ? ": " : ", without retries: ") + name(fault) +
                                     " at message " + std::to_string(at) + " '" + clean.messages[at].type + "'");
                        break_at(call, connected, retries, clean, at, fault);
                        ++faults;
                    }
                }
            }
        }
        return faults;
    }

    void break_at(const CutCall &call, bool connected, bool retries, const Recording &clean, std::size_t at,
                  Fault fault)
    {
        Run run{*this, call, connected, retries};
        const int injected = proxy_.injected(fault, clean.messages[at].sender);
        std::string seen;
        proxy_.use(
            [&seen, at, fault](const Message &message)
            {
                seen += letters(message);
                return seen.size() == 2 * (at + 1) ? fault : Fault::none;
            });
        const Told told = run.call();
        finish(connected);
        EXPECT_EQ(proxy_.injected(fault, clean.messages[at].sender), injected + 1);
        const std::string until = conversation(clean.messages).substr(0, 2 * (at + 1));
        EXPECT_EQ(seen.substr(0, until.size()), until) << "the fault was at another message than the one recorded";

        const std::string state = run.state();
        switch (told.how)
        {
            case Told::How::answered:
                EXPECT_EQ(told.text, clean.answer);
                EXPECT_EQ(state, clean.after);
                return;
            case Told::How::outcome_unknown:
                EXPECT_FALSE(retries) << "one fault does not use up ten tries";
                EXPECT_TRUE(call.repeatable) << "a transaction is settled by its id";
                EXPECT_EQ(told.key, call.key);
                EXPECT_TRUE(state == clean.before || state == clean.after) << state;
                ++(state == clean.after ? unknown_and_done_ : unknown_and_not_done_);
                break;
            case Told::How::unavailable:
                EXPECT_FALSE(retries) << told.text;
                EXPECT_EQ(state, clean.before) << "Unavailable says that nothing was written";
                ++unavailable_;
                break;
            case Told::How::failed: FAIL() << told.text;
        }
        make_client(retries);
        const Told again = run.call();
        EXPECT_EQ(again.how, Told::How::answered) << again.text;
        EXPECT_EQ(again.text, clean.answer);
        EXPECT_EQ(run.state(), clean.after);
    }

    /// On one connection for all of it: a fault test asks often.
    Rows ask(std::string_view statement, const std::string &tenant)
    {
        try
        {
            return admin_->execute(statement, {tenant});
        }
        catch (const detail::Failure &failure)
        {
            throw std::runtime_error{failure.sqlstate + ": " + failure.message};
        }
    }

    void report(int faults)
    {
        std::cout << faults << " faults:";
        int injected = 0;
        for (const Fault fault : all_faults)
        {
            std::cout << ' ' << name(fault) << ' ' << proxy_.injected(fault, Sender::client) << '+'
                      << proxy_.injected(fault, Sender::server);
            injected += proxy_.injected(fault);
        }
        std::cout << " (client's + server's messages); unknown and done " << unknown_and_done_ << ", and not done "
                  << unknown_and_not_done_ << ", unavailable " << unavailable_ << '\n';
        EXPECT_EQ(injected, faults);
    }

    FaultProxy proxy_;
    std::unique_ptr<detail::Connection> admin_ = detail::postgres_transport("dbname=" + database())->connect();
    inline static int tenants_ = 0;
    std::optional<Client> client_;
    bool client_retries_ = true;
    int unknown_and_done_ = 0;
    int unknown_and_not_done_ = 0;
    int unavailable_ = 0;
};

TEST_P(CutsOnAServer, AreSurvivedAtEachMessage)
{
    report(break_everywhere(GetParam(), true));
    if (GetParam().repeatable)
    {
        EXPECT_GT(unknown_and_done_, 0);
        EXPECT_GT(unknown_and_not_done_, 0);
    }
    else
    {
        EXPECT_GT(unavailable_, 0);
    }
}

INSTANTIATE_TEST_SUITE_P(Of, CutsOnAServer, ::testing::ValuesIn(cut_calls()),
                         [](const auto &call) { return call.param.name; });

/// From the startup packet to the farewell. Connecting is the same for each verb; the long form does it with each.
TEST_F(CutsOnAServer, AreSurvivedFromTheFirstMessageToTheLast)
{
    int faults = 0;
    for (const CutCall &call : cut_calls())
    {
        if (storm_length() > 1 || call.name == "book_slot")
        {
            faults += break_everywhere(call, false);
        }
    }
    report(faults);
    EXPECT_GT(unavailable_, 0);
}

/// The way that docs/retries.md describes for transactions of one's own: again from the beginning, with the same keys,
/// on a new connection; and a statement before COMMIT that fails where COMMIT would only roll back.
TEST_F(CutsOnAServer, AreSurvivedByAPqxxTransactionThatIsRepeatedWithItsKeys)
{
    const CutCall call{
        "by_hand",
        {},
        [this](Client &, const std::string &tenant, const Row &)
        {
            for (int attempt = 0;; ++attempt)
            {
                try
                {
                    pqxx::connection connection{options(proxy_.connection_string()).connection_string};
                    pqxx::work tx{connection};
                    (void)PqxxVerbs{tx}.book_slot({.resource = "a",
                                                   .during = {Timestamp{}, std::chrono::hours{1}},
                                                   .holder = "ann",
                                                   .allow_overlap = true, // so that only the key stands guard
                                                   .idempotency_key = IdempotencyKey{"call"},
                                                   .tenant = tenant});
                    (void)PqxxVerbs{tx}.adjust_counter(
                        {.counter = "stock", .delta = -1, .idempotency_key = IdempotencyKey{"call"}, .tenant = tenant});
                    tx.exec("SELECT pg_current_xact_id_if_assigned()");
                    tx.commit();
                    return std::string{"done"};
                }
                catch (const std::exception &)
                {
                    if (attempt == 5)
                    {
                        throw;
                    }
                }
            }
        }};
    report(break_everywhere(call, false, {Fault::cut, Fault::torn}));
}

TEST_F(CutsOnAServer, AHalfOpenConnectionHoldsUpItsCallAndNobodyElse)
{
    proxy_.half_open_lasts(std::chrono::hours{1});
    auto through = options(proxy_.connection_string());
    through.pool_size = 1;
    Client client{through};
    const BookSlot request = request_for(new_slot());
    std::promise<void> silent;
    proxy_.use(
        [&silent, done = false](const Message &message) mutable
        {
            if (done || message.type != 'Z') // of the connecting, so that the server never sees the call
            {
                return Fault::none;
            }
            done = true;
            silent.set_value();
            return Fault::half_open;
        });
    auto answer = std::async(std::launch::async, [&] { return client.book_slot(request); });
    silent.get_future().wait();
    Client other{options()};
    EXPECT_FALSE(std::get<Booked>(other.book_slot(request)).replayed);
    EXPECT_EQ(answer.wait_for(std::chrono::seconds{0}), std::future_status::timeout);
    proxy_.end_half_open();
    EXPECT_TRUE(std::get<Booked>(answer.get()).replayed);
}

} // namespace bookonce
