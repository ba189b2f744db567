// SPDX-License-Identifier: PostgreSQL
// workers.cpp: a queue of jobs, and threads that run them.
#include "workers.hpp"

#include "quiet_thread.hpp"

#include <system_error>
#include <utility>

namespace bookonce::detail
{

Workers::~Workers()
{
    {
        const std::lock_guard lock{mutex_};
        stop_ = true;
    }
    changed_.notify_all();
    for (std::thread &thread : threads_)
    {
        thread.join();
    }
}

void Workers::begin()
{
    const std::lock_guard lock{mutex_};
    if (threads_.size() < most_ && threads_.size() <= calls_)
    {
        threads_.reserve(most_); // so that storing a started thread cannot throw
        try
        {
            threads_.push_back(quiet_thread([this] { loop(); }));
        }
        catch (const std::system_error &)
        {
            if (threads_.empty())
            {
                throw;
            }
        }
    }
    ++calls_;
}

void Workers::end() noexcept
{
    const std::lock_guard lock{mutex_};
    --calls_;
}

void Workers::submit(Job &job) noexcept
{
    {
        const std::lock_guard lock{mutex_};
        (first_ == nullptr ? first_ : last_->next_) = &job;
        last_ = &job;
        job.next_ = nullptr;
    }
    changed_.notify_one();
}

void Workers::loop()
{
    std::unique_lock lock{mutex_};
    for (;;)
    {
        changed_.wait(lock, [this] { return stop_ || first_ != nullptr; });
        if (first_ == nullptr) // calls in progress that are not jobs yet will run on a thread that is still running
        {
            return;
        }
        Job &job = *std::exchange(first_, first_->next_);
        lock.unlock();
        job.run();
        lock.lock();
    }
}

} // namespace bookonce::detail
