// SPDX-License-Identifier: PostgreSQL
// attempts.hpp: the attempts of one call: counts them, sleeps between them, and decides what the caller sees at the
// end.
// To know first: once an attempt was in doubt, the call can no longer report "nothing was written", whatever a later
// attempt finds.
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

    /// Sleeps for the back-off if there is another attempt; otherwise throws the error that the caller should see.
    /// `in_doubt` says whether this attempt may have written; `key` is for OutcomeUnknown.
    void wait_or_throw(const Judged &failure, bool in_doubt, std::string_view key = {});

    /// Sleeps before the caller looks again at something that the retry loop does not repeat. Returns false if the
    /// deadline would pass meanwhile.
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
