// SPDX-License-Identifier: PostgreSQL
// lost_commit.cpp: a program that makes one call, whose first COMMIT reaches the server and is cut off there, and says
// what the SDK made of it: `lost_commit book | transact | transact_replay`. lost_commit.pl runs it.
#include "bookonce/bookonce.hpp"
#include "fault_proxy.hpp"

#include <iostream>

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

/// Which of a transaction's statements is its COMMIT: BEGIN, one of the callback's, the one that asks for its id.
constexpr int commit_after_one = 4;

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

std::string run(const std::string &what, FaultProxy &proxy, Client &client)
{
    if (what == "book")
    {
        proxy.use(cut_after_statement(1));
        return told(client.book_slot(call_with_key(what)));
    }
    proxy.use(cut_after_statement(commit_after_one));
    int runs = 0;
    const std::string answer = client.transact(
        [&](Transaction &tx)
        {
            ++runs;
            return told(tx.book_slot(call_with_key(what == "transact" ? what : "there already")));
        });
    return answer + ", run " + (runs == 1 ? "once" : "again");
}

} // namespace

int main(int argc, char **argv)
{
    try
    {
        const std::string what = argc == 2 ? argv[1] : "";
        FaultProxy proxy;
        ClientOptions options{.connection_string = "dbname=postgres user=app application_name=" + what + ' ' +
                                                   proxy.connection_string()};
        options.prepared_statements = false; // one message pattern for every statement
        options.retry.max_attempts = 1'000'000;
        options.retry.deadline = 1h;
        Client client{options};
        (void)client.free_time({.resource = "room:1", .within = call_with_key(what).during}); // connects
        std::cout << run(what, proxy, client) << '\n';
        return proxy.injected(Fault::cut_after) == 1 ? 0 : 2;
    }
    catch (const std::exception &error)
    {
        std::cout << error.what() << '\n';
        return 1;
    }
}
