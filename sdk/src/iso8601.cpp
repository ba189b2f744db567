// SPDX-License-Identifier: PostgreSQL
// iso8601.cpp: instants in ISO 8601, with the offset of their zone.
#include "bookonce/time_range.hpp"

#include "bookonce/errors.hpp"
#include "instant_text.hpp"

#include <charconv>

namespace bookonce
{

namespace
{

using namespace std::chrono;

/// Reads a text from left to right.
class Reader
{
  public:
    explicit Reader(std::string_view text) : text_{text} {}

    /// Throws InvalidRequest.
    [[noreturn]] void refuse() const
    {
        throw InvalidRequest{"not an instant in ISO 8601 with its offset: " + std::string{text_},
                             {.sqlstate = "22007",
                              .hint = "Write it like 2026-01-31T09:00:00Z or "
                                      "2026-01-31T10:00:00.5+01:00."}};
    }

    bool at_end() const { return at_ == text_.size(); }

    bool take(std::string_view one_of)
    {
        if (at_end() || one_of.find(text_[at_]) == std::string_view::npos)
        {
            return false;
        }
        ++at_;
        return true;
    }

    void expect(std::string_view one_of)
    {
        if (!take(one_of))
        {
            refuse();
        }
    }

    /// Reads a number of exactly `digits` digits, from 0 to `most`.
    int number(std::size_t digits, int most)
    {
        int value = 0;
        for (std::size_t i = 0; i < digits; ++i)
        {
            const char digit = at_ < text_.size() ? text_[at_++] : ' ';
            if (digit < '0' || digit > '9')
            {
                refuse();
            }
            value = value * 10 + (digit - '0');
        }
        if (value > most)
        {
            refuse();
        }
        return value;
    }

    /// Reads the 1 to 9 digits after a decimal point, as microseconds. Finer digits are cut off.
    microseconds fraction()
    {
        nanoseconds::rep value = 0;
        int digits = 0;
        for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_, ++digits)
        {
            value = digits < 9 ? value * 10 + (text_[at_] - '0') : value;
        }
        if (digits == 0 || digits > 9)
        {
            refuse();
        }
        for (; digits < 9; ++digits)
        {
            value *= 10;
        }
        return floor<microseconds>(nanoseconds{value});
    }

  private:
    std::string_view text_;
    std::size_t at_ = 0;
};

sys_days read_date(Reader &reader)
{
    const int in_year = reader.number(4, 9999);
    reader.expect("-");
    const int in_month = reader.number(2, 12);
    reader.expect("-");
    const int in_day = reader.number(2, 31);
    const year_month_day date =
        year{in_year} / month{static_cast<unsigned>(in_month)} / day{static_cast<unsigned>(in_day)};
    if (!date.ok() || in_year == 0)
    {
        reader.refuse();
    }
    return date;
}

microseconds read_time(Reader &reader)
{
    microseconds time = hours{reader.number(2, 23)};
    reader.expect(":");
    time += minutes{reader.number(2, 59)};
    if (reader.take(":"))
    {
        time += seconds{reader.number(2, 59)};
        if (reader.take(".,"))
        {
            time += reader.fraction();
        }
    }
    return time;
}

minutes read_offset(Reader &reader)
{
    if (reader.take("Zz"))
    {
        return minutes{0};
    }
    const bool west = reader.take("-");
    if (!west)
    {
        reader.expect("+");
    }
    minutes offset = hours{reader.number(2, 15)};
    if (!reader.at_end())
    {
        reader.take(":");
        offset += minutes{reader.number(2, 59)};
    }
    return west ? -offset : offset;
}

} // namespace

Timestamp from_iso8601(std::string_view text)
{
    Reader reader{text};
    const sys_days date = read_date(reader);
    reader.expect("Tt ");
    const microseconds time = read_time(reader);
    const minutes offset = read_offset(reader);
    if (!reader.at_end())
    {
        reader.refuse();
    }
    return date + time - offset;
}

std::string to_iso8601(Timestamp at)
{
    std::string text = detail::timestamp_text(at); // 2026-03-29 01:30:00.000001+00
    text[10] = 'T';
    text.resize(text.size() - 3);
    while (text.back() == '0')
    {
        text.pop_back();
    }
    if (text.back() == '.')
    {
        text.pop_back();
    }
    return text + 'Z';
}

} // namespace bookonce
