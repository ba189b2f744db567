// SPDX-License-Identifier: PostgreSQL
// busy_times.cpp: finds ["2030-01-07 09:00:00+00","2030-01-07 10:00:00+00") in a sentence.
#include "busy_times.hpp"

#include <charconv>
#include <chrono>
#include <optional>
#include <string>

namespace bookonce::detail
{

namespace
{

using std::chrono::microseconds;

/// Reads a text from left to right. If the text does not continue as asked, nothing is consumed.
class Scanner
{
  public:
    explicit Scanner(std::string_view text) : text_{text} {}

    bool take(char c)
    {
        if (text_.empty() || text_.front() != c)
        {
            return false;
        }
        text_.remove_prefix(1);
        return true;
    }

    std::optional<int> number(std::size_t digits)
    {
        int value = 0;
        const std::string_view field = text_.substr(0, digits);
        const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
        if (error != std::errc{} || end != field.data() + digits || field.front() == '-')
        {
            return std::nullopt;
        }
        text_.remove_prefix(digits);
        return value;
    }

    /// A fraction's digits, up to six, as microseconds.
    microseconds fraction()
    {
        std::string digits;
        while (!text_.empty() && text_.front() >= '0' && text_.front() <= '9' && digits.size() < 6)
        {
            digits += text_.front();
            text_.remove_prefix(1);
        }
        digits.resize(6, '0');
        return microseconds{std::stoi(digits)};
    }

  private:
    std::string_view text_;
};

/// '09:00', and with `seconds` also the ':30' that may follow.
std::optional<microseconds> read_clock(Scanner &scanner)
{
    const auto hours = scanner.number(2);
    if (!hours)
    {
        return std::nullopt;
    }
    microseconds time = std::chrono::hours{*hours};
    if (scanner.take(':'))
    {
        time += std::chrono::minutes{scanner.number(2).value_or(0)};
        time += std::chrono::seconds{scanner.take(':') ? scanner.number(2).value_or(0) : 0};
    }
    return time;
}

/// '2030-01-07', with '09:00:00.5' and '+05:30' when they follow.
std::optional<Timestamp> read_instant(std::string_view text)
{
    Scanner scanner{text};
    const auto year = scanner.number(4);
    const auto month = scanner.take('-') ? scanner.number(2) : std::nullopt;
    const auto day = scanner.take('-') ? scanner.number(2) : std::nullopt;
    if (!year || !month || !day)
    {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok())
    {
        return std::nullopt;
    }
    Timestamp instant = std::chrono::sys_days{date};
    if (scanner.take(' '))
    {
        instant += read_clock(scanner).value_or(microseconds{0});
        instant += scanner.take('.') ? scanner.fraction() : microseconds{0};
        const int east = scanner.take('+') ? 1 : scanner.take('-') ? -1 : 0;
        instant -= east == 0 ? microseconds{0} : east * read_clock(scanner).value_or(microseconds{0});
    }
    return instant;
}

/// A bound's text without its quotes, and its end in the whole text.
std::string_view bound(std::string_view text, std::size_t from, std::string_view ends, std::size_t &end)
{
    end = text.find_first_of(ends, from);
    std::string_view field = text.substr(from, end == std::string_view::npos ? end : end - from);
    if (field.size() >= 2 && field.front() == '"')
    {
        field = field.substr(1, field.size() - 2);
    }
    return field;
}

} // namespace

std::vector<TimeRange> read_busy_times(std::string_view detail)
{
    std::vector<TimeRange> times;
    for (std::size_t at = detail.find_first_of("[("); at != std::string_view::npos;
         at = detail.find_first_of("[(", at + 1))
    {
        std::size_t comma = 0;
        std::size_t close = 0;
        auto begin = read_instant(bound(detail, at + 1, ",", comma));
        if (!begin || comma == std::string_view::npos)
        {
            continue;
        }
        auto end = read_instant(bound(detail, comma + 1, ")]", close));
        if (!end || close == std::string_view::npos)
        {
            continue;
        }
        // A microsecond is the smallest step, as in an answer (send_format.cpp).
        *begin += microseconds{detail[at] == '(' ? 1 : 0};
        *end += microseconds{detail[close] == ']' ? 1 : 0};
        if (*begin < *end)
        {
            times.emplace_back(*begin, *end);
        }
    }
    // The DETAIL of PostgreSQL's own constraint: Key (..)=(the new row's) conflicts with existing key (..)=(what is in
    // the way).
    if (times.size() > 1 && detail.find(")=(") != std::string_view::npos)
    {
        times.erase(times.begin(), times.end() - 1);
    }
    return times;
}

} // namespace bookonce::detail
