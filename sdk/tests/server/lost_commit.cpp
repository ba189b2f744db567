// SPDX-License-Identifier: PostgreSQL
// lost_commit.cpp: a program that makes one call and cuts the connection when its first COMMIT has reached the server.
// It prints what the SDK reported: `lost_commit book|transact KEY [HOST PORT]`; the other host is used when this server
// is gone. lost_commit.pl runs it.
#include "bookonce/bookonce.hpp"
#include "fault_proxy.hpp"

#include <iostream>
#include <string>
#include <vector>

using namespace bookonce;
using namespace bookonce::testing;
using namespace std::chrono_literals;

namespace
{

/// Cuts the client off once, after that many statements.
FaultProxy::Judge cut_after_statement(int number)
{
    return [number](const Message &message) mutable
    {
        const bool is_statement = message.sender == Sender::client && message.type == 'S'; // Sync ends each
        return is_statement && --number == 0 ? Fault::cut_after : Fault::none;
    };
}

/// The number of the first transaction's COMMIT, which follows four statements: the question whether the server is a
/// proxy, BEGIN, the callback's statement, and the question for the transaction's id.
constexpr int commit_after_one = 5;

BookSlot call_with_key(const std::string &key)
{
    return {.resource = "room:1",
            .during = {std::chrono::sys_days{std::chrono::year{2031} / 1 / 1}, 1h},
            .holder = "ann",
            .allow_overlap = true, // so that only the key keeps it from being booked again
            .idempotency_key = IdempotencyKey{key}};
}

std::string told(const BookSlotOutcome &outcome)
{
    const auto *booked = std::get_if<Booked>(&outcome);
    return booked == nullptr ? "refused" : booked->replayed ? "replayed" : "booked";
}

std::string run(const std::string &what, const std::string &key, FaultProxy &proxy, Client &client)
{
    if (what == "book")
    {
        proxy.use(cut_after_statement(1));
        return told(client.book_slot(call_with_key(key)));
    }
    proxy.use(cut_after_statement(commit_after_one));
    int runs = 0;
    const std::string answer = client.transact(
        [&](Transaction &tx)
        {
            ++runs;
            return told(tx.book_slot(call_with_key(key)));
        });
    return answer + ", run " + (runs == 1 ? "once" : "again");
}

/// Connects to the host that accepts writes: the server, through the proxy, or the other host. The other host comes
/// first, because libpq gives up if a proxy accepts a connection and closes it.
std::string connection_string(const FaultProxy &proxy, const std::vector<std::string> &words)
{
    std::string hosts = proxy.connection_string();
    if (words.size() == 4)
    {
        hosts = "host=" + words[2] + ",127.0.0.1 port=" + words[3] + ',' + std::to_string(proxy.port()) +
                " sslmode=disable gssencmode=disable target_session_attrs=read-write";
    }
    return "dbname=postgres user=app application_name=" + words[1] + ' ' + hosts;
}

} // namespace

int main(int argc, char **argv)
{
    try
    {
        const std::vector<std::string> words(argv + 1, argv + argc);
        const std::string &key = words.at(1);
        FaultProxy proxy;
        ClientOptions options{.connection_string = connection_string(proxy, words)};
        options.prepared_statements = false; // one message pattern for every statement
        options.retry.max_attempts = 1'000'000;
        options.retry.deadline = 1h;
        Client client{options};
        (void)client.free_time({.resource = "room:1", .within = call_with_key(key).during}); // connects
        std::cout << run(words[0], key, proxy, client) << '\n';
        return proxy.injected(Fault::cut_after) == 1 ? 0 : 2;
    }
    catch (const OutcomeUnknown &)
    {
        std::cout << "outcome unknown\n";
        return 0;
    }
    catch (const std::exception &error)
    {
        std::cout << error.what() << '\n';
        return 1;
    }
}
