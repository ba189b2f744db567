// SPDX-License-Identifier: PostgreSQL
// cuts_on_a_server.cpp: runs a call with and without a fault, and compares the effects.
#include "cuts_on_a_server.hpp"

#include <functional>

namespace bookonce::testing
{

namespace
{

/// A cut after a server's message equals a cut at its next message, except after the last message of an answer, where
/// the connection dies while idle. A caller without retries gets the same answer for each kind of loss, so the short
/// form tries only one kind there. Otherwise the short form tries every second kind at each message, starting with the
/// first or the second kind by turns.
bool applies(Fault fault, const Message &message, std::size_t turn, bool retries)
{
    if (fault == Fault::cut_after && message.sender == Sender::server && message.type != 'Z')
    {
        return false;
    }
    return storm_length() > 1 || (retries ? turn % 2 == 0 : fault == Fault::cut);
}

/// ">Q<T<D": the sender and the type of each message.
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

CutsOnAServer::Run::Run(CutsOnAServer &test, const CutCall &call, bool connected, bool retries)
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
        test.client_->transact([](Transaction &) {}); // the first one asks whether the server is a proxy
    }
}

Told CutsOnAServer::Run::call()
{
    return told_by([this] { return call_.run(*test_.client_, tenant_, ids_); });
}

void CutsOnAServer::make_client(bool retries)
{
    if (!client_ || client_retries_ != retries)
    {
        client_retries_ = retries;
        auto through = options(proxy_.connection_string());
        through.pool_size = 1;
        through.prepared_statements = false; // otherwise the messages would depend on earlier calls
        through.retry.first_backoff = std::chrono::milliseconds{1};
        through.retry.max_attempts = retries ? 10 : 1;
        client_.emplace(through);
    }
}

CutsOnAServer::Recording CutsOnAServer::record(const CutCall &call, bool connected)
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

void CutsOnAServer::finish(bool connected)
{
    if (!connected)
    {
        client_.reset(); // which sends a message too
    }
    proxy_.wait_until_gone();
    proxy_.use({});
}

int CutsOnAServer::break_everywhere(const CutCall &call, bool connected, std::vector<Fault> with)
{
    const Recording clean = record(call, connected);
    int faults = 0;
    for (const bool retries : {true, false})
    {
        for (std::size_t kind = 0; kind < with.size(); ++kind)
        {
            const Fault fault = with[kind];
            for (std::size_t at = 0; at < clean.messages.size(); ++at)
            {
                if (applies(fault, clean.messages[at], at + kind, retries))
                {
                    SCOPED_TRACE(call.name + (retries ? ": " : ", without retries: ") + name(fault) + " at message " +
                                 std::to_string(at) + " '" + clean.messages[at].type + "'");
                    break_at(call, connected, retries, clean, at, fault);
                    ++faults;
                }
            }
        }
    }
    return faults;
}

void CutsOnAServer::break_at(const CutCall &call, bool connected, bool retries, const Recording &clean, std::size_t at,
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

Rows CutsOnAServer::ask(std::string_view statement, const std::string &tenant)
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

void CutsOnAServer::report(int faults)
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

} // namespace bookonce::testing
