// SPDX-License-Identifier: PostgreSQL
// gathering.hpp: calls of many threads sent as one statement, with one commit.
// To know first: no call waits for others to join it. While fewer statements are under way than allowed, a call is sent
// at once. Later calls stand in line, and the first of them, the leader, sends one statement for all that can be sent
// with it. A gathered statement never waits for other transactions, unless it is about one counter only, and no two
// statements under way are about the same resource, booking, value or counter.
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
        /// The statement must be one that can be gathered. `wake` is called, with the gathering's lock held, when
        /// finish() will no longer have to wait; it must not throw.
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
        const std::size_t place_;      // the index in busy_ of what the call is about
        State state_ = State::in_line; // guarded by the gathering's mutex

        // The result, once it is done; if none of these is set, the result is unknown.
        std::optional<Rows> rows_;
        std::shared_ptr<const Judged> failure_;
        bool goes_alone_ = false;
    };

    /// At most `most` calls are sent in one statement, and at most `at_once` statements are under way.
    Gathering(Pool &pool, const Timing &timing, std::size_t most, std::size_t at_once);

    /// Returns the call's rows; or none if nothing was written and the call has to be sent alone now, because it would
    /// have had to wait, or because the statement was refused, perhaps because of another call. Throws Judged, like
    /// Pool::Lease::call(), for a fault of the connection or of this call.
    std::optional<Rows> call(Statement &statement, TimePoint deadline);

    /// The same in two steps, for a call for which no thread waits. Each member that has joined must be finished.
    void join(Member &me);
    std::optional<Rows> finish(Member &me);

  private:
    using State = Member::State;
    class Turn;

    static constexpr std::size_t places = 1024;

    static std::size_t place_of(const Statement &statement);
    void lead(Member &me);
    std::vector<Member *> take(Member &me);
    Rows ask(Turn &turn, Pool::Lease &lease);
    void send_on();

    Pool &pool_;
    const Timing &timing_;
    const std::size_t most_;
    const std::size_t at_once_;

    std::mutex mutex_; // guards what follows
    std::deque<Member *> line_;
    std::size_t leaders_ = 0;
    std::array<std::uint32_t, places> busy_{}; // how many calls lead or are under way, by what they are about
};

} // namespace bookonce::detail
