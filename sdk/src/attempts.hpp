// SPDX-License-Identifier: PostgreSQL
// attempts.hpp: the attempts of one call: counts them, sleeps between them, and says what the last one means.
// To know first: once an attempt was in doubt, "nothing was written" can no longer be said, whatever a later attempt
// finds.
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

    std::chrono::steady_clock::time_point began() const { return began_; }
    std::chrono::steady_clock::time_point deadline() const { return deadline_; }
    int count() const { return count_; }

    /// Waits for the back-off if another attempt is due; otherwise throws what the caller should see. `in_doubt` says
    /// whether this attempt may have written; `key` is for OutcomeUnknown.
    void wait_or_throw(const Judged &failure, bool in_doubt, std::string_view key = {});

    /// Sleeps before it looks again at something that the loop does not repeat itself; false if the deadline would pass
    /// meanwhile.
    bool pause();

  private:
    bool sleep_before_deadline(std::chrono::nanoseconds length);
    std::chrono::nanoseconds longest_backoff(int doublings) const;

    const RetryPolicy &policy_;
    const Timing &timing_;
    std::chrono::steady_clock::time_point began_;
    std::chrono::steady_clock::time_point deadline_;
    int count_ = 1;
    int pauses_ = 0;
    bool in_doubt_ = false;
};

} // namespace bookonce::detail
