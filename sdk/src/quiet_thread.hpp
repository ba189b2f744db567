// SPDX-License-Identifier: PostgreSQL
// quiet_thread.hpp: starts a thread for the SDK itself.
#pragma once

#include <csignal>
#include <thread>
#include <utility>

namespace bookonce::detail
{

/// Starts a thread that gets no signals, because signals to the application are meant for its own threads. Throws
/// std::system_error.
template <typename Run>
std::thread quiet_thread(Run run)
{
    struct Blocked
    {
        Blocked()
        {
            sigset_t all;
            ::sigfillset(&all);
            ::pthread_sigmask(SIG_SETMASK, &all, &before);
        }
        ~Blocked() { ::pthread_sigmask(SIG_SETMASK, &before, nullptr); }
        sigset_t before;
    } const blocked;
    return std::thread{std::move(run)};
}

} // namespace bookonce::detail
