// SPDX-License-Identifier: PostgreSQL
// answers.cpp: reads the columns of an answer row.
#include "answers.hpp"

#include "bookonce/errors.hpp"
#include "times.hpp"

#include <charconv>

namespace bookonce::detail
{

namespace
{

// The places in BOOKONCE_BOOKING_ANSWER_COLUMNS.
enum Column : std::size_t
{
    outcome_column,
    replayed_column,
    booking_id_column,
    group_id_column,
    resource_column,
    units_column,
    during_column,
    status_column,
    hold_expires_at_column,
    busy_column,
    column_count,
};

BookingStatus read_status(const std::string &text)
{
    for (const auto status :
         {BookingStatus::held, BookingStatus::confirmed, BookingStatus::cancelled, BookingStatus::expired})
    {
        if (text == label(status))
        {
            return status;
        }
    }
    unreadable("the server's answer has a booking status that this SDK does not know: " + text);
}

} // namespace

void unreadable(const std::string &message)
{
    throw Internal{message, {.hint = "Report it, with the versions of SDK and extension."}};
}

const std::string &needed(const Row &row, std::size_t column)
{
    const auto &value = row[column];
    if (!value)
    {
        unreadable("column " + std::to_string(column + 1) + " of the server's answer is NULL where it must not be");
    }
    return *value;
}

Answer::Answer(const Rows &rows, std::size_t columns)
{
    if (rows.size() != 1)
    {
        unreadable("the server's answer is not one row");
    }
    *this = Answer{rows.front(), columns};
}

Answer::Answer(const Row &answer_row, std::size_t columns) : row{&answer_row}
{
    if (answer_row.size() != columns)
    {
        unreadable("the server's answer has not " + std::to_string(columns) + " columns");
    }
    outcome = needed(answer_row, outcome_column);
    replayed = answer_row[replayed_column] == "t";
}

BookingAnswer::BookingAnswer(const Rows &rows) : Answer{rows, column_count}
{
}

Booking BookingAnswer::booking() const
{
    const auto &expiry = (*row)[hold_expires_at_column];
    const auto &unit_list = (*row)[units_column];
    return {
        .booking_id = (*row)[booking_id_column].value_or(""), // a party has none
        .group_id = (*row)[group_id_column],
        .resource = needed(*row, resource_column),
        .units = unit_list ? read_integers(*unit_list) : std::vector<int>{},
        .during = read_range(bytea_bytes(needed(*row, during_column))),
        .status = read_status(needed(*row, status_column)),
        .hold_expires_at = expiry ? std::optional{read_timestamp(bytea_bytes(*expiry))} : std::nullopt,
    };
}

std::vector<TimeRange> BookingAnswer::busy() const
{
    const auto &ranges = (*row)[busy_column];
    return ranges ? read_multirange(bytea_bytes(*ranges)) : std::vector<TimeRange>{};
}

std::int64_t CounterAnswer::value() const
{
    const std::string &text = needed(*row, 2);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
    {
        unreadable("the server's answer holds a malformed number");
    }
    return value;
}

void unknown_outcome(const std::string &label)
{
    unreadable("the server's outcome is not one that this SDK knows from this verb: " + label);
}

std::vector<int> read_integers(std::string_view array)
{
    if (array.size() < 2 || array.front() != '{' || array.back() != '}')
    {
        unreadable("the server's answer holds a malformed array");
    }
    std::vector<int> integers;
    const char *at = array.data() + 1;
    const char *const end = array.data() + array.size() - 1;
    while (at != end)
    {
        const auto [after, error] = std::from_chars(at, end, integers.emplace_back());
        if (error != std::errc{} || (after != end && (*after != ',' || after + 1 == end)))
        {
            unreadable("the server's answer holds a malformed array");
        }
        at = after == end ? end : after + 1;
    }
    return integers;
}

} // namespace bookonce::detail
