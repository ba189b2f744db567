// SPDX-License-Identifier: PostgreSQL
// answers.hpp: the rows of the answer types of bookings, claims and counters.
// To know first: outcome_reader.hpp turns an answer into the variant of a verb's outcomes.
#pragma once

#include "bookonce/booking.hpp"
#include "bookonce/statement.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bookonce::detail
{

// The columns of a bookonce.booking_answer with the alias `a`, in the order in which BookingAnswer reads them. The send
// functions make times independent of the session (send_format.hpp). A macro, because only literals concatenate.
#define BOOKONCE_BOOKING_ANSWER_COLUMNS                                                                       \
    "a.outcome, a.replayed, a.booking_id, a.group_id, a.resource, a.units, pg_catalog.range_send(a.during), " \
    "a.status, pg_catalog.timestamptz_send(a.lapses_at), pg_catalog.multirange_send(a.busy)"

// SELECT a.outcome, .. FROM bookonce.verb(argument => $1, ..) AS a
#define BOOKONCE_CALL(call) "SELECT " BOOKONCE_BOOKING_ANSWER_COLUMNS " FROM bookonce." call " AS a"

/// One answer row, not interpreted yet. Refers to the rows that it was made from, which must outlive it.
struct Answer
{
    std::string outcome;
    bool replayed = false;
    const Row *row = nullptr;

    /// Throws Internal unless the row has this many columns. Every answer begins with the same two.
    Answer(const Row &answer_row, std::size_t columns);
};

struct BookingAnswer : Answer
{
    explicit BookingAnswer(const Rows &rows); // Throws Internal unless there is exactly one, as all that take Rows do.
    explicit BookingAnswer(const Row &answer_row);

    Booking booking() const;             // Throws Internal if a column that it needs is NULL.
    std::vector<TimeRange> busy() const; // empty for NULL
    std::string resource() const;        // empty for NULL
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

} // namespace bookonce::detail
