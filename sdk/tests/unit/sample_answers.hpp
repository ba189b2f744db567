// SPDX-License-Identifier: PostgreSQL
// sample_answers.hpp: answer rows as PostgreSQL 15 writes them, copied from psql.
#pragma once

#include "bookonce/statement.hpp"
#include "bookonce/time_range.hpp"

namespace bookonce::testing
{

using namespace std::chrono_literals;

inline const TimeRange nine_to_ten{std::chrono::sys_days{std::chrono::year{2026} / 3 / 29} + 9h, 1h};

// SELECT range_send('[2026-03-29 09:00+00,2026-03-29 10:00+00)'::tstzrange);
inline constexpr const char *nine_to_ten_sent = "\\x02000000080002f124ba4ac400000000080002f12590de6800";
inline constexpr const char *booking_id = "0198a2c4-7c1e-7000-8000-00000000002a";

inline Rows booked_answer(const char *outcome = "booked", const char *replayed = "f")
{
    return {{outcome, replayed, booking_id, std::nullopt, "room:1", "{1}", nine_to_ten_sent, "confirmed", std::nullopt,
             std::nullopt}};
}

inline Rows refusal_answer(const char *outcome)
{
    return {{outcome, "f", std::nullopt, std::nullopt, std::nullopt, std::nullopt, std::nullopt, std::nullopt,
             std::nullopt, std::nullopt}};
}

} // namespace bookonce::testing
