// SPDX-License-Identifier: PostgreSQL
// answers.hpp: from an answer row to the variant of a verb's outcomes.
// To know first: a struct is found by its label among the variant's alternatives, so a new verb needs only its variant.
#pragma once

#include "bookonce/outcomes.hpp"
#include "bookonce/statement.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

namespace bookonce::detail
{

// The columns of a bookonce.booking_answer that is called `a`, in the order that BookingAnswer reads. The send
// functions make times independent of the session (send_format.hpp). A macro, because only literals concatenate.
#define BOOKONCE_BOOKING_ANSWER_COLUMNS                                                                       \
    "a.outcome, a.replayed, a.booking_id, a.group_id, a.resource, a.units, pg_catalog.range_send(a.during), " \
    "a.status, pg_catalog.timestamptz_send(a.hold_expires_at), pg_catalog.multirange_send(a.busy)"

// SELECT a.outcome, .. FROM bookonce.verb(argument => $1, ..) AS a
#define BOOKONCE_CALL(call) "SELECT " BOOKONCE_BOOKING_ANSWER_COLUMNS " FROM bookonce." call " AS a"

/// One answer row, as yet without meaning. Refers to the rows it was made from.
struct Answer
{
    std::string outcome;
    bool replayed = false;
    const Row *row = nullptr;

    /// Throws Internal unless the row has so many columns, the first two of which every answer has.
    Answer(const Row &answer_row, std::size_t columns);
};

struct BookingAnswer : Answer
{
    explicit BookingAnswer(const Rows &rows); // Throws Internal unless there is exactly one, as all that take Rows.
    explicit BookingAnswer(const Row &answer_row);

    Booking booking() const;             // Throws Internal when a column it needs is NULL.
    std::vector<TimeRange> busy() const; // empty for NULL
};

#define BOOKONCE_CLAIM_ANSWER_COLUMNS "a.outcome, a.replayed"
#define BOOKONCE_CLAIM_CALL(call) "SELECT " BOOKONCE_CLAIM_ANSWER_COLUMNS " FROM bookonce." call " AS a"

struct ClaimAnswer : Answer
{
    explicit ClaimAnswer(const Rows &rows);
};

#define BOOKONCE_COUNTER_ANSWER_COLUMNS "a.outcome, a.replayed, a.value"
#define BOOKONCE_COUNTER_CALL(call) "SELECT " BOOKONCE_COUNTER_ANSWER_COLUMNS " FROM bookonce." call " AS a"

struct CounterAnswer : Answer
{
    explicit CounterAnswer(const Rows &rows);

    std::int64_t value() const; // Throws Internal unless it is an integer.
};

/// Throws Internal: an outcome this SDK does not know, or not from this verb.
[[noreturn]] void unknown_outcome(const std::string &label);

/// Fills in what an outcome's struct asks for: a booking, the busy times, a counter's value, or nothing.
template <typename Outcome, typename Answer>
Outcome make_outcome(const Answer &answer)
{
    if constexpr (std::derived_from<Outcome, Booking>)
    {
        return Outcome{answer.booking(), answer.replayed};
    }
    else if constexpr (requires(Outcome outcome) { outcome.busy; })
    {
        return Outcome{answer.busy()};
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

/// OutcomeReader<BookSlotOutcome>::read(answer): the alternative whose label the answer carries.
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
