// SPDX-License-Identifier: PostgreSQL
// claim_email.cpp: a sign-up that makes one account per e-mail, however many requests come at once.
// To know first: the account's id is the claimant, made before the first attempt; so a repeated request finds its own
// claim, and another request finds it taken.
#include <bookonce/bookonce.hpp>

#include <algorithm>
#include <cctype>
#include <future>
#include <iostream>
#include <string>
#include <vector>

namespace
{

/// The application decides what counts as the same e-mail: here upper and lower case do not differ.
std::string folded(std::string email)
{
    std::ranges::transform(email, email.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return email;
}

/// Writes the account in the claim's transaction, so there is never one without the other.
bool sign_up(bookonce::Client &client, const std::string &email, const std::string &account)
{
    return client.transact(
        [&](bookonce::Transaction &tx)
        {
            const auto outcome = tx.claim({.scope = "email", .value = folded(email), .claimant = account});
            return std::visit(
                bookonce::overloaded{
                    [&](const bookonce::Claimed &claimed)
                    {
                        if (!claimed.replayed)
                        {
                            tx.execute("INSERT INTO account VALUES ($1, $2)", {account, email});
                        }
                        return true;
                    },
                    [](const bookonce::ClaimedByOther &) { return false; },
                },
                outcome);
        });
}

} // namespace

int main()
{
    bookonce::Client client{{}};
    client.transact([](bookonce::Transaction &tx)
                    { tx.execute("CREATE TABLE IF NOT EXISTS account (id text PRIMARY KEY, email text NOT NULL)"); });

    std::vector<std::future<bool>> requests;
    for (const char *email : {"ann@example.org", "Ann@example.org", "ANN@EXAMPLE.ORG", "ann@example.org"})
    {
        requests.push_back(std::async(std::launch::async,
                                      [&client, email, account = bookonce::IdempotencyKey::random().text()]
                                      { return sign_up(client, email, account); }));
    }
    const auto made = std::ranges::count_if(requests, [](auto &request) { return request.get(); });
    std::cout << requests.size() << " requests, " << made << " account\n";
    return made <= 1 ? 0 : 1; // 0 if the program ran before
}
