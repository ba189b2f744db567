// SPDX-License-Identifier: PostgreSQL
// gathering.hpp: calls of many threads that travel as one statement, with one commit.
// To know first: no call waits for company. While fewer statements are under way than may be, it goes at once; later
// ones stand in line, and the first of them sends one statement for all that can travel with it. No such statement
// waits for other transactions, and no two under way at a time are about one resource, booking, value or counter.
#pragma once

#include "pool.hpp"
#include "together.hpp"

#include "bookonce/statement.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace bookonce::detail
{

class Gathering
{
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    /// A call on its way, from join() to finish().
    class Member
    {
      public:
        /// The statement can travel with others. `wake` is called, under the lock of the gathering, when finish() will
        /// not have to wait; it must not throw.
        Member(Statement &statement, TimePoint deadline, std::function<void()> wake)
            : statement_{statement}, deadline_{deadline}, wake_{std::move(wake)}, place_{place_of(statement)}
        {
        }
        Member(const Member &) = delete;
        Member &operator=(const Member &) = delete;

      private:
        friend class Gathering;

        enum class State
        {
            in_line,
            leads,
            under_way,
            done,
        };

        Statement &statement_;
        const TimePoint deadline_;
        const std::function<void()> wake_;
        const std::size_t place_;      // of what it is about, in busy_
        State state_ = State::in_line; // guarded by the gathering's mutex

        // What it came to, once it is done; with none of these nobody knows.
        std::optional<Rows> rows_;
        std::shared_ptr<const Judged> failure_;
        bool goes_alone_ = false;
    };

    /// So many calls at most travel together, and so many statements are under way at once.
    Gathering(Pool &pool, const Timing &timing, std::size_t most, std::size_t at_once);

    /// Returns the call's rows, or none if it has to be sent alone now: nothing was written, and it would have had to
    /// wait, or a statement of several calls was refused, perhaps for another's sake. Throws Judged like
    /// Pool::Lease::call(), for the connection's faults and the call's own.
    std::optional<Rows> call(Statement &statement, TimePoint deadline);

    /// The same in two steps, for a call that no thread waits for. Members that have joined must be finished.
    void join(Member &me);
    std::optional<Rows> finish(Member &me);

  private:
    using State = Member::State;
    class Turn;

    static constexpr std::size_t places = 1024;

    static std::size_t place_of(const Statement &statement);
    void lead(Member &me);
    std::vector<Member *> take(Member &me);
    void send_on();

    Pool &pool_;
    const Timing &timing_;
    const std::size_t most_;
    const std::size_t at_once_;

    std::mutex mutex_; // guards what follows
    std::deque<Member *> line_;
    std::size_t leaders_ = 0;
    std::array<std::uint32_t, places> busy_{}; // the calls that lead or are under way, by what they are about
};

} // namespace bookonce::detail
