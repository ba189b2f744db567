// SPDX-License-Identifier: PostgreSQL
// sdk.cpp: libFuzzer's entry to what the SDK reads from a server and writes to it.
// To know first: the first byte of an input chooses the part. A reader may refuse an input only by throwing Internal.
// Whatever it accepts, and whatever a writer writes, must read back equal here, by this file's own readers.
#include "outcome_reader.hpp"
#include "answers_dispatch.hpp"
#include "array_text.hpp"
#include "bookonce/errors.hpp"
#include "bookonce/outcomes.hpp"
#include "columns.hpp"
#include "instant_text.hpp"
#include "send_format.hpp"
#include "server_message.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace bookonce;
using namespace bookonce::detail;

namespace
{

void must(bool truth, const char *what)
{
    if (!truth)
    {
        std::fprintf(stderr, "does not hold: %s\n", what);
        std::abort();
    }
}

// Takes values off the front of the input; past its end they are zero.
class Input
{
  public:
    explicit Input(std::string_view bytes) : bytes_{bytes} {}

    template <typename Integer>
    Integer take()
    {
        Integer value{};
        const std::string_view taken = text(sizeof value);
        std::memcpy(&value, taken.data(), taken.size());
        return value;
    }

    std::string_view text(std::size_t size)
    {
        const std::string_view taken = bytes_.substr(0, size);
        bytes_.remove_prefix(taken.size());
        return taken;
    }

    std::string_view rest() const { return bytes_; }
    bool empty() const { return bytes_.empty(); }

  private:
    std::string_view bytes_;
};

std::string big_endian(std::uint64_t value, int size)
{
    std::string bytes;
    for (int i = size - 1; i >= 0; --i)
    {
        bytes.push_back(static_cast<char>(value >> (8 * i)));
    }
    return bytes;
}

// Writes [begin, end) as range_send() does; Timestamp::min() and max() are its infinities.
std::string sent_instant(Timestamp at)
{
    constexpr auto shift =
        std::chrono::sys_days{std::chrono::year{2000} / 1 / 1}.time_since_epoch() / std::chrono::microseconds{1};
    const auto count = at.time_since_epoch().count();
    return big_endian(8, 4) +
           big_endian(
               static_cast<std::uint64_t>(at == Timestamp::min() || at == Timestamp::max() ? count : count - shift), 8);
}

std::string sent_range(const TimeRange &range)
{
    return '\x02' + sent_instant(range.begin()) + sent_instant(range.end());
}

// Returns true if the instant can be sent: the first centuries of Timestamp are too early for an int64 of microseconds
// since 2000.
bool is_instant(Timestamp at)
{
    return at == Timestamp::min() || at > Timestamp::min() + std::chrono::days{10958};
}

void try_times(Input input)
{
    const std::vector<TimeRange> ranges = read_multirange(input.rest());
    must(input.rest().substr(0, 4) == big_endian(ranges.size(), 4), "a multirange has as many ranges as it says");
    for (const TimeRange &range : ranges)
    {
        must(range.begin() < range.end(), "a range begins before it ends");
        if (is_instant(range.begin()) && is_instant(range.end()))
        {
            must(read_range(sent_range(range)) == range, "a range reads back equal");
        }
    }
}

void try_range(Input input)
{
    const TimeRange range = read_range(input.rest());
    const auto sent = sent_range(range);
    if (is_instant(range.begin()) && is_instant(range.end()))
    {
        must(read_multirange(big_endian(1, 4) + big_endian(sent.size(), 4) + sent) == std::vector{range},
             "a multirange of one is that one");
    }
}

void try_bytea(Input input)
{
    const std::string text{input.rest()};
    const std::string bytes = bytea_bytes(text);
    must(bytes.size() <= text.size(), "bytes are no more than their text");
    std::string hex = "\\x", escaped;
    for (const char c : bytes)
    {
        char digits[5];
        std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned>(static_cast<std::uint8_t>(c)));
        hex += digits;
        std::snprintf(digits, sizeof digits, "\\%03o", static_cast<unsigned>(static_cast<std::uint8_t>(c)));
        escaped += digits;
    }
    must(bytea_bytes(hex) == bytes && bytea_bytes(escaped) == bytes, "both forms of a bytea read equal");
}

void try_written_times(Input input)
{
    const Timestamp at{std::chrono::microseconds{input.take<std::int64_t>()}};
    const std::chrono::microseconds length{input.take<std::int64_t>()};
    long long seconds = 0, fraction = 0;
    const std::string interval = interval_text(length);
    must(std::sscanf(interval.c_str(), "%lld.%6lld seconds", &seconds, &fraction) == 2, "an interval has its form");
    must(static_cast<std::uint64_t>(seconds) * 1'000'000 +
                 static_cast<std::uint64_t>(interval.front() == '-' ? -fraction : fraction) ==
             static_cast<std::uint64_t>(length.count()),
         "an interval reads back equal");
    try
    {
        int year = 0, hour = 0, minute = 0, second = 0, micro = 0, end = 0;
        unsigned month = 0, day = 0;
        const std::string text = timestamp_text(at);
        must(std::sscanf(text.c_str(), "%4d-%2u-%2u %2d:%2d:%2d.%6d+00%n", &year, &month, &day, &hour, &minute, &second,
                         &micro, &end) == 7 &&
                 static_cast<std::size_t>(end) == text.size(),
             "an instant has its form");
        must(std::chrono::sys_days{std::chrono::year{year} / static_cast<int>(month) / static_cast<int>(day)} +
                     std::chrono::hours{hour} + std::chrono::minutes{minute} + std::chrono::seconds{second} +
                     std::chrono::microseconds{micro} ==
                 at,
             "an instant reads back equal");
    }
    catch (const InvalidRequest &)
    {
    }
}

void try_integers(Input input)
{
    const std::vector<int> integers = read_integers(input.rest());
    std::string text = "{";
    for (const int i : integers)
    {
        text += (text.size() > 1 ? "," : "") + std::to_string(i);
    }
    must(read_integers(text + '}') == integers, "integers read back equal");
}

// An array's text as PostgreSQL reads it, when every element is quoted or NULL.
std::vector<std::optional<std::string>> read_array(const std::string &text)
{
    std::vector<std::optional<std::string>> elements;
    std::size_t at = 1;
    must(text.size() >= 2 && text.front() == '{', "an array has braces");
    while (text[at] != '}')
    {
        if (!elements.empty())
        {
            must(text[at++] == ',', "elements are separated");
        }
        if (text.compare(at, 4, "NULL") == 0)
        {
            elements.emplace_back();
            at += 4;
            continue;
        }
        must(text[at++] == '"', "elements are quoted");
        std::string &element = elements.emplace_back("").value();
        while (text.at(at) != '"')
        {
            at += text[at] == '\\' ? 1 : 0;
            element += text.at(at++);
        }
        ++at;
    }
    must(at + 1 == text.size(), "an array ends with its brace");
    return elements;
}

void try_array(Input input)
{
    std::vector<std::optional<std::string>> elements;
    while (!input.empty() && elements.size() < 100)
    {
        const auto size = input.take<std::uint8_t>();
        size % 8 == 7 ? elements.push_back(std::nullopt) : elements.push_back(std::string{input.text(size % 8)});
    }
    must(read_array(array_text(elements)) == elements, "an array reads back equal");
}

void try_message(Input input)
{
    const std::string text{input.rest()};
    const Failure failure = read_server_message(text, "22023");
    must(failure.sqlstate == "22023", "the SQLSTATE is kept");
    must(failure.message.size() + failure.hint.size() <= 2 * text.size() + 2, "no more is said than the server said");
    must(connect_sqlstate(text).size() == 5, "a refused connection has an SQLSTATE");
    std::string line = text.substr(0, text.find('\n'));
    // "ERROR:  OB001: text" is what a server with verbose errors says when the text is the code itself.
    if (!line.empty() && line.front() != ' ' && line.front() != '\t' && !line.starts_with("OB001: "))
    {
        const Failure whole =
            read_server_message("ERROR:  " + line + "\nHINT:  " + line + "\nCONTEXT:  secret\n", "OB001");
        must(whole.message == line && whole.hint == line, "message and hint come out as they went in");
    }
}

void try_answer(Input input)
{
    Row row;
    while (row.size() < 10)
    {
        const auto size = input.take<std::uint8_t>();
        size % 64 == 63 ? row.push_back(std::nullopt) : row.push_back(std::string{input.text(size % 64)});
    }
    const Rows rows{row};
    const auto try_one = [](auto read)
    {
        try
        {
            read();
        }
        catch (const Internal &)
        {
        }
    };
    try_one([&] { OutcomeReader<BookSlotOutcome>::read(BookingAnswer{rows}); });
    try_one([&] { (void)BookingAnswer{rows}.booking(); });
    try_one([&] { (void)BookingAnswer{rows}.busy(); });
    try_one([&] { (void)OfferAnswer{rows}.offer(); });
    try_one([&] { (void)OfferAnswer{rows}.position(); });
    row.resize(8);
    const Rows request{row};
    try_one([&] { (void)RequestAnswer{request}.request(); });
    row.resize(3);
    const Rows counter{row};
    try_one([&] { (void)CounterAnswer{counter}.value(); });
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    constexpr void (*parts[])(Input) = {try_times,    try_range, try_bytea,   try_written_times,
                                        try_integers, try_array, try_message, try_answer};
    Input input{{reinterpret_cast<const char *>(data), size}};
    const auto part = input.take<std::uint8_t>();
    try
    {
        parts[part % std::size(parts)](input);
    }
    catch (const Internal &)
    {
    }
    return 0;
}
