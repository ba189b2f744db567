// SPDX-License-Identifier: PostgreSQL
// watchdog.cpp: the thread that waits for the earliest deadline.
// To know first: a connection is given up with the mutex held, so the Watch, and with it the connection, cannot be
// destroyed meanwhile.
#include "watchdog.hpp"

#include "quiet_thread.hpp"

namespace bookonce::detail
{

Watchdog::Watch::Watch(Watchdog &watchdog, Connection &connection, TimePoint deadline)
    : watchdog_{watchdog}, connection_{connection}, deadline_{deadline}
{
    const std::lock_guard lock{watchdog_.mutex_};
    if (!watchdog_.thread_.joinable())
    {
        watchdog_.thread_ = quiet_thread([&watchdog] { watchdog.loop(); });
    }
    watchdog_.watched_.emplace(deadline_, this);
    if (deadline_ < watchdog_.wakes_at_)
    {
        watchdog_.changed_.notify_one();
    }
}

Watchdog::Watch::~Watch()
{
    const std::lock_guard lock{watchdog_.mutex_};
    watchdog_.watched_.erase({deadline_, this});
}

bool Watchdog::Watch::gave_up() const
{
    const std::lock_guard lock{watchdog_.mutex_};
    return gave_up_;
}

Watchdog::~Watchdog()
{
    {
        const std::lock_guard lock{mutex_};
        stop_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable())
    {
        thread_.join();
    }
}

void Watchdog::loop()
{
    std::unique_lock lock{mutex_};
    while (!stop_)
    {
        const auto now = timing_.now();
        while (!watched_.empty() && watched_.begin()->first <= now)
        {
            Watch &late = *watched_.begin()->second;
            watched_.erase(watched_.begin());
            late.gave_up_ = true;
            late.connection_.give_up();
        }
        if (watched_.empty())
        {
            wakes_at_ = TimePoint::max();
            changed_.wait(lock);
        }
        else
        {
            wakes_at_ = watched_.begin()->first;
            timing_.wait(changed_, lock, wakes_at_ - now);
        }
    }
}

} // namespace bookonce::detail
