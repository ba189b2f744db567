// SPDX-License-Identifier: PostgreSQL
// gathering.cpp: which calls lead, which are sent with them, and the answer of each.
#include "gathering.hpp"

#include "array_text.hpp"
#include "bookonce/refusals.hpp"

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <iterator>
#include <string>
#include <utility>

namespace bookonce::detail
{

namespace
{

/// Returns true if the two calls can be sent as one statement.
bool travel_together(const Statement &one, const Statement &other)
{
    if (one.together != other.together)
    {
        return false;
    }
    const auto &travels = one.together->parameters;
    for (std::size_t i = 0; i < travels.size(); ++i)
    {
        if (travels[i] == Travels::in_common && one.parameters[i] != other.parameters[i])
        {
            return false;
        }
    }
    return true;
}

/// Returns true if all of the calls would wait for one and the same lock.
bool wait_together(const std::vector<const Statement *> &statements)
{
    const Statement &first = *statements.front();
    const auto about = first.together->about;
    return first.together->one_lock &&
           std::all_of(statements.begin(), statements.end(),
                       [&](const Statement *other) { return other->parameters[about] == first.parameters[about]; });
}

/// Returns one statement for all of them.
Statement gathered(const std::vector<const Statement *> &statements)
{
    const Statement &first = *statements.front();
    const auto &travels = first.together->parameters;
    Parameters parameters;
    Parameters common;
    for (std::size_t i = 0; i < travels.size(); ++i)
    {
        if (travels[i] == Travels::by_itself)
        {
            std::vector<std::optional<std::string>> elements;
            elements.reserve(statements.size());
            for (const Statement *statement : statements)
            {
                elements.push_back(statement->parameters[i]);
            }
            parameters.emplace_back(array_text(elements));
        }
        else if (travels[i] == Travels::in_common)
        {
            common.push_back(first.parameters[i]);
        }
    }
    parameters.insert(parameters.end(), common.begin(), common.end());
    parameters.emplace_back(); // max_wait
    return {.sql = first.together->sql, .parameters = std::move(parameters)};
}

/// Only connecting, or a counter that another transaction keeps locked, can make a call this late.
Judged too_late()
{
    return Judged{{.sqlstate = "57014",
                   .message = "the deadline of the call has passed, and it was not sent any more",
                   .hint = "Give RetryPolicy::deadline more time, or send fewer calls at once."}};
}

/// Runs the statement, without waiting for other transactions this time.
Rows call_without_waiting(Pool::Lease &lease, Statement &statement)
{
    struct NoWait
    {
        explicit NoWait(Statement &given) : statement{given}
        {
            statement.may_wait = false;
            statement.parameters.back() = "0";
        }
        ~NoWait() { statement.may_wait = true; }
        Statement &statement;
    } const no_wait{statement};
    return lease.call(statement);
}

/// Returns true if the connection or the whole server failed, and not one of the calls: each call would have failed the
/// same way alone. This counts as an attempt of each call, and they back off before the next.
bool is_everyones(const Judged &failure)
{
    return failure.verdict.doubt ||
           (failure.verdict.repeat == Repeat::always && failure.sqlstate != "40001" && failure.sqlstate != "40P01");
}

bool is_contended(const Row &row)
{
    return !row.empty() && row[0] == Contended::label;
}

} // namespace

/// The calls that one leader sends. The destructor marks them done and makes the next in line a leader, whatever has
/// happened.
class Gathering::Turn
{
  public:
    Turn(Gathering &gathering, Member &leader) : members{&leader}, gathering_{gathering} {}
    Turn(const Turn &) = delete;
    Turn &operator=(const Turn &) = delete;
    ~Turn()
    {
        const std::lock_guard lock{gathering_.mutex_};
        gathering_.leaders_ -= is_counted_ ? 1 : 0;
        for (const Member *const member : members)
        {
            --gathering_.busy_[member->place_];
        }
        gathering_.send_on(); // first, so that the server has work while the others wake up
        for (Member *const member : members)
        {
            const bool is_leader = member->state_ == State::leads;
            member->state_ = State::done;
            if (!is_leader) // the leader is awake; another member may be destroyed as soon as the lock is released
            {
                member->wake_();
            }
        }
    }

    /// From now on another statement may be under way as well. What the members are about stays busy.
    void step_aside()
    {
        const std::lock_guard lock{gathering_.mutex_};
        --gathering_.leaders_;
        is_counted_ = false;
        gathering_.send_on();
    }

    bool has_stepped_aside() const { return !is_counted_; }

    std::vector<Member *> members;

  private:
    Gathering &gathering_;
    bool is_counted_ = true; // among the leaders
};

Gathering::Gathering(Pool &pool, const Timing &timing, std::size_t most, std::size_t at_once)
    : pool_{pool}, timing_{timing}, most_{most}, at_once_{at_once}
{
}

std::optional<Rows> Gathering::call(Statement &statement, TimePoint deadline)
{
    std::condition_variable changed;
    Member me{statement, deadline, [&changed] { changed.notify_one(); }};
    join(me);
    {
        std::unique_lock lock{mutex_};
        while (me.state_ == State::in_line)
        {
            const auto left = deadline - timing_.now();
            if (left <= left.zero())
            {
                std::erase(line_, &me);
                throw too_late();
            }
            timing_.wait(changed, lock, left);
        }
        // The leader's statement ends by the deadline.
        changed.wait(lock, [&me] { return me.state_ != State::under_way; });
    }
    return finish(me);
}

void Gathering::join(Member &me)
{
    const std::lock_guard lock{mutex_};
    line_.push_back(&me);
    send_on();
}

/// Two calls with the same place are never under way at the same time.
std::size_t Gathering::place_of(const Statement &statement)
{
    return std::hash<std::optional<std::string>>{}(statement.parameters.at(statement.together->about)) % places;
}

/// Makes leaders of the first in line whose places are free, as many as may be under way. Call it with the lock held.
void Gathering::send_on()
{
    while (leaders_ < at_once_)
    {
        const auto next = std::find_if(line_.begin(), line_.end(),
                                       [this](const Member *member) { return busy_[member->place_] == 0; });
        if (next == line_.end())
        {
            return;
        }
        Member &leader = **next;
        line_.erase(next);
        ++leaders_;
        ++busy_[leader.place_];
        leader.state_ = State::leads;
        leader.wake_();
    }
}

std::optional<Rows> Gathering::finish(Member &me)
{
    if (me.state_ == State::leads) // in this state nobody else changes it
    {
        lead(me);
    }
    if (me.failure_)
    {
        throw Judged{*me.failure_};
    }
    if (!me.rows_ && !me.goes_alone_)
    {
        throw Judged{{.sqlstate = "08006",
                      .message = "the thread that sent the call together with others has failed",
                      .lost = true}};
    }
    return std::move(me.rows_);
}

/// Takes out of the line those that can be sent with the leader; returns the leader and them.
std::vector<Gathering::Member *> Gathering::take(Member &me)
{
    std::vector<Member *> members{&me};
    const std::lock_guard lock{mutex_};
    const auto is_taken = [&](Member *other)
    {
        const bool is_free = busy_[other->place_] == (other->place_ == me.place_ ? 1U : 0U);
        if (members.size() == most_ || !is_free || !travel_together(me.statement_, other->statement_))
        {
            return false;
        }
        members.push_back(other);
        return true;
    };
    members.reserve(std::min(most_, line_.size() + 1)); // so that nothing throws when half of them are taken
    std::erase_if(line_, is_taken);
    for (std::size_t i = 1; i < members.size(); ++i)
    {
        members[i]->state_ = State::under_way;
        ++busy_[members[i]->place_];
    }
    return members;
}

/// Sends the members' calls in one statement. It waits only where each of them would wait for the same lock: then later
/// calls about the same thing gather behind it, and no more than one connection waits.
Rows Gathering::ask(Turn &turn, Pool::Lease &lease)
{
    std::vector<const Statement *> statements;
    statements.reserve(turn.members.size());
    std::transform(turn.members.begin(), turn.members.end(), std::back_inserter(statements),
                   [](const Member *member) { return &member->statement_; });
    Statement all = statements.size() == 1 ? *statements.front() : gathered(statements);
    try
    {
        return call_without_waiting(lease, all);
    }
    catch (const Judged &failure)
    {
        if (failure.sqlstate != "55P03" || !wait_together(statements))
        {
            throw;
        }
    }
    turn.step_aside();
    return lease.call(all);
}

void Gathering::lead(Member &me)
{
    Turn turn{*this, me};
    if (timing_.now() >= me.deadline_)
    {
        throw too_late();
    }
    Pool::Lease lease = pool_.acquire(me.deadline_, Pool::Want::any);
    turn.members = take(me); // only once there is a connection: until then the line grows
    const auto &members = turn.members;
    for (const Member *const member : members)
    {
        lease.hurry(member->deadline_);
    }
    try
    {
        Rows rows = ask(turn, lease);
        if (members.size() == 1)
        {
            me.rows_ = std::move(rows);
            return;
        }
        if (rows.size() != members.size())
        {
            throw Judged{{.sqlstate = "", .message = "the server did not answer each of the calls of one statement"}};
        }
        for (std::size_t i = 0; i < members.size(); ++i)
        {
            members[i]->goes_alone_ = is_contended(rows[i]);
            if (!members[i]->goes_alone_)
            {
                members[i]->rows_.emplace(1, std::move(rows[i]));
            }
        }
    }
    catch (const Judged &failure)
    {
        const bool would_wait = failure.sqlstate == "55P03" && !turn.has_stepped_aside();
        const bool goes_alone = members.size() == 1 ? would_wait : !is_everyones(failure);
        const auto shared = goes_alone ? nullptr : std::make_shared<const Judged>(failure);
        for (Member *const member : members)
        {
            member->goes_alone_ = goes_alone;
            member->failure_ = shared;
        }
    }
}

} // namespace bookonce::detail
