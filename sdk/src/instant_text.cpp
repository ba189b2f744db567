// SPDX-License-Identifier: PostgreSQL
// instant_text.cpp: writes times and lengths for PostgreSQL.
#include "instant_text.hpp"

#include "bookonce/errors.hpp"

#include <cstdint>
#include <string_view>

namespace bookonce::detail
{

namespace
{

constexpr Timestamp first_instant = std::chrono::sys_days{std::chrono::year{1} / 1 / 1};
constexpr Timestamp after_last_instant = std::chrono::sys_days{std::chrono::year{10000} / 1 / 1};

/// Appends the number with at least this many digits. Written by hand, because snprintf() took longer than libpq takes
/// to send the statement.
void append_digits(std::string &text, std::uint64_t number, int digits)
{
    char buffer[20]; // filled from its end
    char *const end = buffer + sizeof buffer;
    char *begin = end;
    for (; end - begin < digits || number > 0; number /= 10)
    {
        *--begin = static_cast<char>('0' + number % 10);
    }
    text.append(begin, end);
}

void append_timestamp(std::string &text, Timestamp at)
{
    if (at < first_instant || at >= after_last_instant)
    {
        throw InvalidRequest{"an instant must lie in the years 1 to 9999",
                             {.sqlstate = "22008", .hint = "Use the proleptic Gregorian calendar, in UTC."}};
    }
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss time{at - day};
    const auto append = [&text](auto number, int digits, std::string_view after)
    {
        append_digits(text, static_cast<std::uint64_t>(number), digits);
        text += after;
    };
    append(static_cast<int>(date.year()), 4, "-");
    append(static_cast<unsigned>(date.month()), 2, "-");
    append(static_cast<unsigned>(date.day()), 2, " ");
    append(time.hours().count(), 2, ":");
    append(time.minutes().count(), 2, ":");
    append(time.seconds().count(), 2, ".");
    append(time.subseconds().count(), 6, "+00");
}

} // namespace

std::string timestamp_text(Timestamp at)
{
    std::string text;
    append_timestamp(text, at);
    return text;
}

std::string range_text(const TimeRange &range)
{
    std::string text;
    text.reserve(70);
    text += '[';
    append_timestamp(text, range.begin());
    text += ',';
    append_timestamp(text, range.end());
    text += ')';
    return text;
}

std::string interval_text(std::chrono::microseconds length)
{
    const std::int64_t count = length.count();
    const auto magnitude = count < 0 ? 0 - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
    std::string text{count < 0 ? "-" : ""};
    append_digits(text, magnitude / 1000000, 1);
    text += '.';
    append_digits(text, magnitude % 1000000, 6);
    return text + " seconds";
}

} // namespace bookonce::detail
