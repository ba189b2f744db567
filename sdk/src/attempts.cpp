// SPDX-License-Identifier: PostgreSQL
// attempts.cpp: exponential back-off with full jitter, within a budget of tries and time.
#include "attempts.hpp"

#include "bookonce/errors.hpp"

#include <algorithm>
#include <string>

namespace bookonce::detail
{

using std::chrono::nanoseconds;

Attempts::Attempts(const RetryPolicy &policy, const Timing &timing)
    : policy_{policy}, timing_{timing}, began_{timing.now()}, deadline_{began_ + policy.deadline}
{
}

void Attempts::wait_or_throw(const Judged &failure, bool in_doubt, std::string_view key)
{
    in_doubt_ = in_doubt_ || in_doubt;
    const Verdict &verdict = failure.verdict;
    if (may_repeat(verdict.repeat, policy_) && count_ < policy_.max_attempts)
    {
        const double backoff = timing_.random() * static_cast<double>(longest_backoff(count_ - 1).count());
        if (sleep_before_deadline(nanoseconds{static_cast<nanoseconds::rep>(backoff)}))
        {
            ++count_;
            return;
        }
    }
    // An answer about the call itself settles the doubt. If the call is invalid, the earlier attempt was refused as
    // well; if the key belongs to another call, the earlier attempt did not get it.
    if (in_doubt_ && verdict.kind != Kind::invalid_request && verdict.kind != Kind::key_reused)
    {
        throw OutcomeUnknown{failure.message,
                             {.sqlstate = failure.sqlstate,
                              .hint = key.empty() ? "It may have been written: repeat the call to settle it."
                                                  : "It may have been written: repeat the call with key " +
                                                        std::string{key} + " to settle it.",
                              .attempts = count_,
                              .idempotency_key = std::string{key}}};
    }
    raise(failure, count_);
}

bool Attempts::pause()
{
    // Waits at least half of it, so that a run of small random numbers cannot turn waiting into spinning.
    const double share = 0.5 + 0.5 * timing_.random();
    const auto length = share * static_cast<double>(longest_backoff(pauses_++).count());
    return sleep_before_deadline(nanoseconds{static_cast<nanoseconds::rep>(length)} + std::chrono::milliseconds{1});
}

bool Attempts::sleep_before_deadline(nanoseconds length)
{
    if (timing_.now() + length >= deadline_)
    {
        return false;
    }
    timing_.sleep(length);
    return true;
}

nanoseconds Attempts::longest_backoff(int doublings) const
{
    // 2^20 is beyond any sensible longest_backoff, and far from overflow.
    return std::min<nanoseconds>(policy_.longest_backoff, policy_.first_backoff * (1LL << std::min(doublings, 20)));
}

} // namespace bookonce::detail
