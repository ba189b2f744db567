// SPDX-License-Identifier: PostgreSQL
// send_format.cpp: reads what the send functions wrote, byte by byte and never past the end.
#include "send_format.hpp"

#include "columns.hpp"

#include <cstdint>
#include <limits>

namespace bookonce::detail
{

namespace
{

using std::chrono::microseconds;

constexpr Timestamp postgres_epoch = std::chrono::sys_days{std::chrono::year{2000} / 1 / 1};

/// Takes values off the front of the bytes that a send function wrote.
class Reader
{
  public:
    Reader(std::string_view bytes, const char *what) : bytes_{bytes}, what_{what} {}

    template <typename Integer>
    Integer integer()
    {
        std::uint64_t value = 0;
        for (const char byte : take(sizeof(Integer)))
        {
            value = value << 8 | static_cast<std::uint8_t>(byte);
        }
        return static_cast<Integer>(value);
    }

    /// Reads a length of four bytes, then that many bytes.
    std::string_view counted()
    {
        const auto size = integer<std::int32_t>();
        if (size < 0)
        {
            malformed(what_);
        }
        return take(static_cast<std::size_t>(size));
    }

    void end() const
    {
        if (!bytes_.empty())
        {
            malformed(what_);
        }
    }

  private:
    std::string_view take(std::size_t size)
    {
        if (bytes_.size() < size)
        {
            malformed(what_);
        }
        const std::string_view taken = bytes_.substr(0, size);
        bytes_.remove_prefix(size);
        return taken;
    }

    std::string_view bytes_;
    const char *what_;
};

int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
    {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool is_octal(char c)
{
    return c >= '0' && c <= '7';
}

std::string hex_bytes(std::string_view digits)
{
    if (digits.size() % 2 != 0)
    {
        malformed("bytea");
    }
    std::string bytes;
    bytes.reserve(digits.size() / 2);
    for (std::size_t i = 0; i < digits.size(); i += 2)
    {
        const int high = hex_digit(digits[i]);
        const int low = hex_digit(digits[i + 1]);
        if (high < 0 || low < 0)
        {
            malformed("bytea");
        }
        bytes.push_back(static_cast<char>(high << 4 | low));
    }
    return bytes;
}

std::string escaped_bytes(std::string_view text)
{
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i)
    {
        if (text[i] != '\\')
        {
            bytes.push_back(text[i]);
        }
        else if (text.substr(i + 1, 1) == "\\")
        {
            bytes.push_back('\\');
            ++i;
        }
        else if (i + 3 < text.size() && is_octal(text[i + 1]) && is_octal(text[i + 2]) && is_octal(text[i + 3]))
        {
            bytes.push_back(
                static_cast<char>((text[i + 1] - '0') << 6 | (text[i + 2] - '0') << 3 | (text[i + 3] - '0')));
            i += 3;
        }
        else
        {
            malformed("bytea");
        }
    }
    return bytes;
}

} // namespace

std::string bytea_bytes(std::string_view text)
{
    return text.substr(0, 2) == "\\x" ? hex_bytes(text.substr(2)) : escaped_bytes(text);
}

Timestamp read_timestamp(std::string_view bytes)
{
    Reader reader{bytes, "timestamp"};
    const auto since_2000 = reader.integer<std::int64_t>();
    reader.end();
    constexpr auto shift = postgres_epoch.time_since_epoch().count();
    if (since_2000 == std::numeric_limits<std::int64_t>::min())
    {
        return Timestamp::min();
    }
    if (since_2000 > std::numeric_limits<std::int64_t>::max() - shift) // 'infinity' is the greatest int64
    {
        return Timestamp::max();
    }
    return postgres_epoch + microseconds{since_2000};
}

TimeRange read_range(std::string_view bytes)
{
    // The flags are RANGE_LB_INC and so on of PostgreSQL's utils/rangetypes.h.
    constexpr std::uint8_t empty = 0x01, begin_included = 0x02, end_included = 0x04, begin_open = 0x08, end_open = 0x10;

    Reader reader{bytes, "range"};
    const auto flags = reader.integer<std::uint8_t>();
    if ((flags & empty) != 0)
    {
        malformed("range");
    }
    Timestamp begin = Timestamp::min();
    Timestamp end = Timestamp::max();
    // No verb accepts '(' or ']', but raw SQL and old rows may have them. A microsecond is the smallest step, so they
    // equal '[' and ')' at the next microsecond.
    if ((flags & begin_open) == 0)
    {
        begin = read_timestamp(reader.counted());
        const bool finite = begin != Timestamp::min() && begin != Timestamp::max();
        begin += microseconds{(flags & begin_included) == 0 && finite ? 1 : 0};
    }
    if ((flags & end_open) == 0)
    {
        end = read_timestamp(reader.counted());
        const bool finite = end != Timestamp::min() && end != Timestamp::max();
        end += microseconds{(flags & end_included) != 0 && finite ? 1 : 0};
    }
    reader.end();
    if (begin >= end)
    {
        malformed("range");
    }
    return {begin, end};
}

std::vector<TimeRange> read_multirange(std::string_view bytes)
{
    Reader reader{bytes, "multirange"};
    std::vector<TimeRange> ranges;
    auto left = reader.integer<std::int32_t>();
    if (left < 0)
    {
        malformed("multirange");
    }
    for (; left > 0; --left)
    {
        ranges.push_back(read_range(reader.counted()));
    }
    reader.end();
    return ranges;
}

CalendarStep read_step(std::string_view bytes)
{
    Reader reader{bytes, "interval"};
    CalendarStep step;
    step.time = microseconds{reader.integer<std::int64_t>()};
    step.days = reader.integer<std::int32_t>();
    step.months = reader.integer<std::int32_t>();
    reader.end();
    return step;
}

} // namespace bookonce::detail
