// SPDX-License-Identifier: PostgreSQL
// columns.hpp: reads one column of an answer row.
// To know first: every reader throws Internal for a value that the extension does not write, and for a NULL where none
// is allowed.
#pragma once

#include "bookonce/statement.hpp"
#include "bookonce/time_range.hpp"

#include <charconv>
#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bookonce::detail
{

/// Throws Internal: the server's answer is not what this SDK understands.
[[noreturn]] void unreadable(const std::string &message);

/// The same; `what` is what was expected: "number", "range".
[[noreturn]] void malformed(std::string_view what);

/// The answer's row. Throws Internal unless there is exactly one.
const Row &only(const Rows &rows);

/// A column that must not be NULL. Throws Internal if it is NULL or missing.
const std::string &needed(const Row &row, std::size_t column);

/// Reads a whole number in decimal digits that fits the type.
template <std::integral Integer>
Integer read_integer(std::string_view text)
{
    Integer value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
    {
        malformed("number");
    }
    return value;
}

/// The value among `all` that has this label; `what` is for the message.
template <typename Enum>
Enum read_label(std::string_view text, std::initializer_list<Enum> all, const char *what)
{
    for (const Enum value : all)
    {
        if (text == label(value))
        {
            return value;
        }
    }
    unreadable(std::string{"the server's answer has a "} + what + " that this SDK does not know: " + std::string{text});
}

/// The elements of an integer array's text form, {1,2,3}.
std::vector<int> read_integers(std::string_view array);

/// An instant as timestamptz_send() wrote it; nothing for NULL.
std::optional<Timestamp> read_optional_timestamp(const std::optional<std::string> &column);

} // namespace bookonce::detail
