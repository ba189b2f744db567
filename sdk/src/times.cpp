// SPDX-License-Identifier: PostgreSQL
// times.cpp: the text that goes to PostgreSQL and the bytes that come back.
#include "times.hpp"

#include "bookonce/errors.hpp"

#include <cstdint>
#include <limits>

namespace bookonce
{

TimeRange::TimeRange(Timestamp begin, Timestamp end) : begin_{begin}, end_{end}
{
    if (begin >= end)
    {
        throw InvalidRequest{"a time range must begin before it ends",
                             {.sqlstate = "22023",
                              .hint = "A range is half-open, [begin, end): one hour is TimeRange{begin, begin + 1h}."}};
    }
}

namespace
{

Timestamp end_after(Timestamp begin, std::chrono::microseconds length)
{
    if (length.count() > 0 && begin > Timestamp::max() - length)
    {
        throw InvalidRequest{"a time range must end within the calendar",
                             {.sqlstate = "22008", .hint = "One hour is TimeRange{begin, begin + 1h}."}};
    }
    return length.count() > 0 ? begin + length : begin; // which is refused as empty
}

} // namespace

TimeRange::TimeRange(Timestamp begin, std::chrono::microseconds length) : TimeRange{begin, end_after(begin, length)}
{
}

namespace detail
{

namespace
{

using std::chrono::microseconds;

constexpr Timestamp postgres_epoch = std::chrono::sys_days{std::chrono::year{2000} / 1 / 1};
constexpr Timestamp first_instant = std::chrono::sys_days{std::chrono::year{1} / 1 / 1};
constexpr Timestamp after_last_instant = std::chrono::sys_days{std::chrono::year{10000} / 1 / 1};

[[noreturn]] void unreadable(const char *what)
{
    throw Internal{std::string{"the server's answer holds a malformed "} + what,
                   {.hint = "Report it, with the versions of SDK and extension."}};
}

/// Takes bytes off the front, as the server's send functions put them there.
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

    /// A length in four bytes, then as many bytes.
    std::string_view counted()
    {
        const auto size = integer<std::int32_t>();
        if (size < 0)
        {
            unreadable(what_);
        }
        return take(static_cast<std::size_t>(size));
    }

    void end() const
    {
        if (!bytes_.empty())
        {
            unreadable(what_);
        }
    }

  private:
    std::string_view take(std::size_t size)
    {
        if (bytes_.size() < size)
        {
            unreadable(what_);
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
        unreadable("bytea");
    }
    std::string bytes;
    bytes.reserve(digits.size() / 2);
    for (std::size_t i = 0; i < digits.size(); i += 2)
    {
        const int high = hex_digit(digits[i]);
        const int low = hex_digit(digits[i + 1]);
        if (high < 0 || low < 0)
        {
            unreadable("bytea");
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
            unreadable("bytea");
        }
    }
    return bytes;
}

/// At least so many decimal digits. By hand, because snprintf() took longer than libpq takes to send the statement.
void append_digits(std::string &text, std::uint64_t number, int digits)
{
    char buffer[20]; // from its end
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

std::string interval_text(microseconds length)
{
    const std::int64_t count = length.count();
    const auto magnitude = count < 0 ? 0 - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
    std::string text{count < 0 ? "-" : ""};
    append_digits(text, magnitude / 1000000, 1);
    text += '.';
    append_digits(text, magnitude % 1000000, 6);
    return text + " seconds";
}

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
    if (since_2000 > std::numeric_limits<std::int64_t>::max() - shift) // 'infinity' is the greatest number
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
        unreadable("range");
    }
    Timestamp begin = Timestamp::min();
    Timestamp end = Timestamp::max();
    // No verb takes '(' or ']', but raw SQL and old rows may have them. A microsecond is the smallest step, so they are
    // the neighbouring instant's '[' and ')'.
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
        unreadable("range");
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
        unreadable("multirange");
    }
    for (; left > 0; --left)
    {
        ranges.push_back(read_range(reader.counted()));
    }
    reader.end();
    return ranges;
}

} // namespace detail

} // namespace bookonce
