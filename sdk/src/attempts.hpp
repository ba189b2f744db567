// SPDX-License-Identifier: PostgreSQL
// attempts.hpp: the tries of one call: counts them, sleeps between them, and says what the last one means.
// To know first: once a try was in doubt, "nothing was written" can no longer be said, whatever a later try meets.
#pragma once

#include "classification.hpp"

#include <chrono>
#include <string_view>

namespace bookonce::detail
{

class Attempts
{
  public:
    Attempts(const RetryPolicy &policy, const Timing &timing);

    std::chrono::steady_clock::time_point deadline() const { return deadline_; }
    int count() const { return count_; }

    /// Waits for the back-off when another try is due; otherwise throws what the caller is to see. `in_doubt` says
    /// whether this try may have written; `key` is for OutcomeUnknown.
    void wait_or_throw(const Judged &failure, bool in_doubt, std::string_view key = {});

    /// Sleeps before the next look at something that is not ours to repeat; false when the deadline would pass
    /// meanwhile.
    bool pause();

  private:
    bool sleep_before_deadline(std::chrono::nanoseconds length);
    std::chrono::nanoseconds longest_backoff(int doublings) const;

    const RetryPolicy &policy_;
    const Timing &timing_;
    std::chrono::steady_clock::time_point deadline_;
    int count_ = 1;
    int pauses_ = 0;
    bool in_doubt_ = false;
};

} // namespace bookonce::detail
