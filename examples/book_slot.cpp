// SPDX-License-Identifier: PostgreSQL
// book_slot.cpp: books a slot under one of the application's own keys, and shows what each failure means to the caller.
#include <bookonce/bookonce.hpp>

#include <iostream>

int main()
{
    using namespace std::chrono_literals;
    using namespace bookonce;

    try
    {
        Client client{{.connection_string = "application_name=example"}};
        client.define_resource({.resource = "user:42", .min_notice = 1h});

        // The key is derived from the customer's order, so this program, even if it is started again after a crash,
        // repeats the same booking and never makes a second one.
        const BookSlot request{
            .resource = "user:42",
            .during = {std::chrono::sys_days{2030y / 6 / 3} + 14h, 45min},
            .holder = "customer:7",
            .details = R"({"topic": "onboarding"})",
            .idempotency_key = IdempotencyKey::derive("order", 1001, "line", 1),
        };
        for (int i = 0; i < 2; ++i)
        {
            const auto outcome = client.book_slot(request);
            if (const auto *booked = std::get_if<Booked>(&outcome))
            {
                std::cout << booked->booking_id << (booked->replayed ? " was booked before\n" : " is booked\n");
            }
        }

        const auto other = client.book_slot({.resource = "user:42", .during = request.during, .holder = "customer:8"});
        if (const auto *taken = std::get_if<Taken>(&other))
        {
            std::cout << "customer:8 is refused; busy times: " << taken->busy.size() << '\n';
        }
        return 0;
    }
    catch (const InvalidRequest &error)
    {
        std::cerr << "fix the call: " << error.what() << '\n';
    }
    catch (const KeyReused &error)
    {
        std::cerr << "two intents share a key: " << error.what() << '\n';
    }
    catch (const Denied &error)
    {
        std::cerr << "ask for a grant: " << error.what() << '\n';
    }
    catch (const OutcomeUnknown &error)
    {
        std::cerr << "repeat it with key " << error.idempotency_key() << ": " << error.what() << '\n';
    }
    catch (const Unavailable &error)
    {
        std::cerr << "nothing was written, try later: " << error.what() << '\n';
    }
    catch (const Internal &error)
    {
        std::cerr << "report it: " << error.what() << '\n';
    }
    return 1;
}
