// SPDX-License-Identifier: PostgreSQL
// lost_commit.cpp: a program that makes one call, whose first COMMIT reaches the server and is cut off there, and says
// what the SDK made of it: `lost_commit book|transact KEY [HOST PORT]`, where the other host is the one to go to when
// this server is gone. lost_commit.pl runs it.
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

/// Cuts the client off when it has sent so many statements; once.
FaultProxy::Judge cut_after_statement(int number)
{
    return [number](const Message &message) mutable
    {
        const bool is_statement = message.sender == Sender::client && message.type == 'S'; // Sync ends each
        return is_statement && --number == 0 ? Fault::cut_after : Fault::none;
    };
}

/// Which of the statements is the first transaction's COMMIT: whether it is a proxy, BEGIN, one of the callback's, the
/// one that asks for its id.
constexpr int commit_after_one = 5;

BookSlot call_with_key(const std::string &key)
{
    return {.resource = "room:1",
            .during = {std::chrono::sys_days{std::chrono::year{2031} / 1 / 1}, 1h},
            .holder = "ann",
            .allow_overlap = true, // only the key keeps it from being booked again
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

/// Through the proxy to the server, or past it to the other host: to whichever of them takes writes. The other is asked
/// first, for libpq gives up where a proxy accepts a connection and closes it.
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
