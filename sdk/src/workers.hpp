// SPDX-License-Identifier: PostgreSQL
// workers.hpp: the SDK's own threads, for calls for which no thread of the application waits.
// To know first: no thread is started before there is such a call, and there are never more threads than calls in
// progress.
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
    /// Something to run on a thread. A job owns itself, and says when it is over.
    class Job
    {
      public:
        virtual ~Job() = default;
        virtual void run() noexcept = 0;

      private:
        friend class Workers;
        Job *next_ = nullptr;
    };

    /// At most `most` threads, at least 1.
    explicit Workers(std::size_t most) : most_{std::max<std::size_t>(most, 1)} {}
    Workers(const Workers &) = delete;
    Workers &operator=(const Workers &) = delete;
    ~Workers(); // runs the jobs that are left, and the jobs that they add

    /// Counts one more call as in progress, until it says that it is over. Throws std::system_error if there is no
    /// thread and none can be started.
    void begin();
    void end() noexcept;

    /// Queues the job behind those that are already there.
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
