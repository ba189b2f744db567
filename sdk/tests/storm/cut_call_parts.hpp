// SPDX-License-Identifier: PostgreSQL
// cut_call_parts.hpp: shared by the lists of calls: the hours that they book, and their outcomes as text.
#pragma once

#include "cut_calls.hpp"

#include <chrono>
#include <string>
#include <variant>
#include <vector>

namespace bookonce::testing
{

using namespace std::chrono_literals;

inline TimeRange hour(int number)
{
    return {std::chrono::sys_days{std::chrono::year{2032} / 1 / 1} + std::chrono::hours{number}, 1h};
}

inline std::string hour_text(int number)
{
    return "'[2032-01-01 0" + std::to_string(number) + ":00+00, 2032-01-01 0" + std::to_string(number + 1) + ":00+00)'";
}

template <typename Outcome>
std::string labels(const Outcome &)
{
    return std::string{Outcome::label};
}

template <typename... Outcomes>
std::string labels(const std::variant<Outcomes...> &outcome)
{
    return std::visit([](const auto &one) { return labels(one); }, outcome);
}

inline std::string labels(const Invited &invited)
{
    return labels(invited.outcome);
}

template <typename Outcome>
std::string labels(const std::vector<Outcome> &outcomes)
{
    std::string all;
    for (const auto &outcome : outcomes)
    {
        all += (all.empty() ? "" : " ") + labels(outcome);
    }
    return all;
}

/// Those of bookings and groups.
void add_bookings(std::vector<CutCall> &calls);
void add_needs(std::vector<CutCall> &calls);
void add_changes_of_bookings(std::vector<CutCall> &calls);
void add_changes_of_groups(std::vector<CutCall> &calls);
void add_waiting(std::vector<CutCall> &calls);

} // namespace bookonce::testing
