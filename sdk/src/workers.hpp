// SPDX-License-Identifier: PostgreSQL
// workers.hpp: threads of the SDK's own, for calls that no thread of the application waits for.
// To know first: none is started before there is such a call, and no more than calls are in progress.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>
#include <vector>

namespace bookonce::detail
{

class Workers
{
  public:
    /// What a thread is given to do; it belongs to itself, and says when it is over.
    class Job
    {
      public:
        virtual ~Job() = default;
        virtual void run() noexcept = 0;

      private:
        friend class Workers;
        Job *next_ = nullptr;
    };

    /// So many threads at most, at least 1.
    explicit Workers(std::size_t most) : most_{std::max<std::size_t>(most, 1)} {}
    Workers(const Workers &) = delete;
    Workers &operator=(const Workers &) = delete;
    ~Workers(); // runs what is left, and all that comes of it

    /// One more call is in progress, until it says that it is over. Throws std::system_error if there is no thread and
    /// none can be started.
    void begin();
    void end() noexcept;

    /// Has the job run, after those before it.
    void submit(Job &job) noexcept;

  private:
    void loop();

    const std::size_t most_;

    std::mutex mutex_; // guards what follows
    std::condition_variable changed_;
    Job *first_ = nullptr;
    Job *last_ = nullptr;
    std::size_t calls_ = 0;
    bool stop_ = false;
    std::vector<std::thread> threads_;
};

} // namespace bookonce::detail
