// SPDX-License-Identifier: PostgreSQL
// settling.hpp: how a client of the storm calls until an answer is final.
#pragma once

#include "workload.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace bookonce::testing
{

template <typename Outcome>
bool is_yes(const Outcome &)
{
    return true;
}

inline bool is_yes(const bool &done)
{
    return done;
}

template <typename... Outcomes>
bool is_yes(const std::variant<Outcomes...> &outcome)
{
    return outcome.index() == 0; // each variant begins with the outcome that is a yes
}

template <typename Outcome>
bool is_yes(const std::vector<Outcome> &outcomes)
{
    return !outcomes.empty() && is_yes(outcomes.front());
}

template <typename Outcome>
std::string label_of(const Outcome &)
{
    return std::string{Outcome::label};
}

inline std::string label_of(const Invited &invited)
{
    return std::visit([](const auto &one) { return label_of(one); }, invited.outcome);
}

inline std::string label_of(const bool &done)
{
    return done ? "done" : "refused";
}

template <typename... Outcomes>
std::string label_of(const std::variant<Outcomes...> &outcome)
{
    return std::visit([](const auto &one) { return label_of(one); }, outcome);
}

template <typename Outcome>
std::string label_of(const std::vector<Outcome> &outcomes)
{
    return outcomes.empty() ? "" : label_of(outcomes.front());
}

template <typename Call>
auto StormClient::settle(const char *verb, Call call, Settling settling)
{
    journal_.entries.push_back({.call = std::string{verb} + " " + name_, .answers = {}});
    Entry &entry = journal_.entries.back();
    ++totals_.calls;
    std::optional<decltype(call())> answer;
    for (;;)
    {
        sleeps_ = 0;
        bool clean = false;
        const auto started = std::chrono::steady_clock::now();
        try
        {
            auto now = call();
            clean = sleeps_ == 0;
            entry.took_back = entry.took_back || (answer && is_yes(*answer) && !is_yes(now));
            totals_.late_wins += answer && !is_yes(*answer) && is_yes(now) ? 1 : 0;
            answer.emplace(std::move(now));
            entry.answers.push_back(label_of(*answer));
        }
        catch (const OutcomeUnknown &error)
        {
            ++totals_.unknown;
            const auto took = std::chrono::steady_clock::now() - started;
            entry.answers.emplace_back("OutcomeUnknown");
            entry.unknown.push_back({.attempts = error.attempts(),
                                     .out_of_time = took + std::chrono::seconds{1} >= options_.retry.deadline,
                                     .transaction = settling != Settling::by_repeating});
        }
        catch (const Unavailable &)
        {
            ++totals_.unavailable;
            entry.answers.emplace_back("Unavailable");
        }
        totals_.lost_tries += sleeps_;
        if (!clean)
        {
            proxy_.wait_until_gone(name_);
        }
        if (clean || (answer && settling == Settling::by_looking))
        {
            return std::move(*answer);
        }
    }
}

} // namespace bookonce::testing
