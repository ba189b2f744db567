// SPDX-License-Identifier: PostgreSQL
// verbs_calendar.cpp: days of a zone's calendar as ranges. The server knows the zones; no table is read.
#include "bookonce/verbs.hpp"

#include "bookonce/errors.hpp"
#include "columns.hpp"
#include "instant_text.hpp"
#include "send_format.hpp"

namespace bookonce
{

TimeRange Verbs::day_in_zone(std::chrono::year_month_day day, const std::string &time_zone)
{
    return days_in_zone(day, 1, time_zone);
}

TimeRange Verbs::weeks_in_zone(std::chrono::year_month_day first, int count, const std::string &time_zone)
{
    if (count > 10'000 || count < 1)
    {
        throw InvalidRequest{"the number of weeks must be 1 to 10,000", {.sqlstate = "22023", .hint = "Use 1."}};
    }
    return days_in_zone(first, 7 * count, time_zone);
}

TimeRange Verbs::days_in_zone(std::chrono::year_month_day first, int count, const std::string &time_zone)
{
    if (!first.ok() || count > 70'000 || count < 1)
    {
        throw InvalidRequest{"a date must exist, and the number of days must be 1 to 70,000",
                             {.sqlstate = "22023", .hint = "Use year{2026} / 3 / 29, and 1."}};
    }
    const std::chrono::sys_days begin{first};
    const auto midnight = [](std::chrono::sys_days day) { return detail::timestamp_text(day).substr(0, 19); };
    const Rows rows =
        send({.sql = "SELECT pg_catalog.timestamptz_send(pg_catalog.timezone($3, $1::pg_catalog.timestamp)), "
                     "pg_catalog.timestamptz_send(pg_catalog.timezone($3, $2::pg_catalog.timestamp))",
              .parameters = {midnight(begin), midnight(begin + std::chrono::days{count}), time_zone},
              .writes = false});
    const Row &row = detail::only(rows);
    return {detail::read_timestamp(detail::bytea_bytes(detail::needed(row, 0))),
            detail::read_timestamp(detail::bytea_bytes(detail::needed(row, 1)))};
}

} // namespace bookonce
