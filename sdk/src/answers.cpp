// SPDX-License-Identifier: PostgreSQL
// answers.cpp: reads the columns of the answers about bookings and counters.
#include "answers.hpp"
#include "outcome_reader.hpp"

#include "columns.hpp"
#include "send_format.hpp"

namespace bookonce::detail
{

namespace
{

// The positions in BOOKONCE_BOOKING_ANSWER_COLUMNS.
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
    lapses_at_column,
    busy_column,
    column_count,
};

} // namespace

Answer::Answer(const Row &answer_row, std::size_t columns) : row{&answer_row}
{
    if (answer_row.size() != columns)
    {
        unreadable("the server's answer has not " + std::to_string(columns) + " columns");
    }
    outcome = needed(answer_row, outcome_column);
    replayed = answer_row[replayed_column] == "t";
}

BookingAnswer::BookingAnswer(const Rows &rows) : BookingAnswer{only(rows)}
{
}

BookingAnswer::BookingAnswer(const Row &answer_row) : Answer{answer_row, column_count}
{
}

Booking BookingAnswer::booking() const
{
    using enum BookingStatus;
    const auto &unit_list = (*row)[units_column];
    return {
        .booking_id = (*row)[booking_id_column].value_or(""), // NULL for a party
        .group_id = (*row)[group_id_column],
        .resource = needed(*row, resource_column),
        .units = unit_list ? read_integers(*unit_list) : std::vector<int>{},
        .during = read_range(bytea_bytes(needed(*row, during_column))),
        .status = read_label(needed(*row, status_column), {held, confirmed, cancelled, expired}, "booking status"),
        .lapses_at = read_optional_timestamp((*row)[lapses_at_column]),
    };
}

std::vector<TimeRange> BookingAnswer::busy() const
{
    const auto &ranges = (*row)[busy_column];
    return ranges ? read_multirange(bytea_bytes(*ranges)) : std::vector<TimeRange>{};
}

std::string BookingAnswer::resource() const
{
    return (*row)[resource_column].value_or("");
}

ClaimAnswer::ClaimAnswer(const Rows &rows) : Answer{only(rows), 2}
{
}

CounterAnswer::CounterAnswer(const Rows &rows) : Answer{only(rows), 3}
{
}

std::int64_t CounterAnswer::value() const
{
    return read_integer<std::int64_t>(needed(*row, 2));
}

void unknown_outcome(const std::string &label)
{
    unreadable("the server's outcome is not one that this SDK knows from this verb: " + label);
}

} // namespace bookonce::detail
