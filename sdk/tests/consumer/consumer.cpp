// SPDX-License-Identifier: PostgreSQL
// consumer.cpp: another project's program, built against the installed SDK.
#include <bookonce/bookonce.hpp>

#include <iostream>

int main()
{
    using namespace std::chrono_literals;
    try
    {
        bookonce::Client client{{.connection_string = "host=/nonexistent", .retry = {.max_attempts = 1}}};
        (void)client.book_slot({.resource = "room:1", .during = {bookonce::Timestamp{}, 1h}, .holder = "ann"});
    }
    catch (const bookonce::Unavailable &error) // caught by its type across the boundary of the shared library
    {
        std::cout << BOOKONCE_VERSION << ": " << error.what() << '\n';
        return 0;
    }
    return 1;
}
