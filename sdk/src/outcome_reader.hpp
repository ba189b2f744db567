// SPDX-License-Identifier: PostgreSQL
// outcome_reader.hpp: from an answer to the variant of a verb's outcomes.
// To know first: the label of an answer finds the struct among the variant's alternatives, so a new verb needs only its
// variant.
#pragma once

#include "answers.hpp"
#include "bookonce/booking.hpp"
#include "bookonce/statement.hpp"

#include <concepts>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace bookonce::detail
{

/// Throws Internal, because this SDK does not know the outcome, or the verb cannot have it.
[[noreturn]] void unknown_outcome(const std::string &label);

/// Fills in the members that the outcome's struct has: a booking, the busy times, a counter's value, or nothing.
template <typename Outcome, typename Answer>
Outcome make_outcome(const Answer &answer)
{
    if constexpr (std::derived_from<Outcome, Booking>)
    {
        return Outcome{answer.booking(), answer.replayed};
    }
    else if constexpr (requires { answer.waiter(); } && !std::is_empty_v<Outcome>)
    {
        return Outcome{answer.waiter(), answer.replayed};
    }
    else if constexpr (requires(Outcome outcome) { outcome.busy; })
    {
        return Outcome{answer.busy(), answer.resource()};
    }
    else if constexpr (requires(Outcome outcome) {
                           outcome.value;
                           outcome.replayed;
                       })
    {
        return Outcome{answer.value(), answer.replayed};
    }
    else if constexpr (requires(Outcome outcome) { outcome.value; })
    {
        return Outcome{answer.value()};
    }
    else if constexpr (requires(Outcome outcome) { outcome.replayed; })
    {
        return Outcome{answer.replayed};
    }
    else
    {
        static_assert(std::is_empty_v<Outcome>, "the outcome has members that nothing fills in");
        return Outcome{};
    }
}

/// OutcomeReader<BookSlotOutcome>::read(answer) returns the alternative that has the answer's label.
template <typename Variant>
struct OutcomeReader;

template <typename... Outcomes>
struct OutcomeReader<std::variant<Outcomes...>>
{
    template <typename Answer>
    static std::variant<Outcomes...> read(const Answer &answer)
    {
        std::optional<std::variant<Outcomes...>> found;
        ((answer.outcome == Outcomes::label ? void(found.emplace(make_outcome<Outcomes>(answer))) : void()), ...);
        if (!found)
        {
            unknown_outcome(answer.outcome);
        }
        return *std::move(found);
    }
};

/// A verb's answers, one for each row.
template <typename Variant>
std::vector<Variant> read_each(const Rows &rows)
{
    std::vector<Variant> outcomes;
    outcomes.reserve(rows.size());
    for (const Row &row : rows)
    {
        outcomes.push_back(OutcomeReader<Variant>::read(BookingAnswer{row}));
    }
    return outcomes;
}

} // namespace bookonce::detail
