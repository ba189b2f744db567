// SPDX-License-Identifier: PostgreSQL
// parameters.hpp: helpers for the parameters that the verbs send.
#pragma once

#include "bookonce/calls.hpp"
#include "bookonce/statement.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace bookonce::detail
{

/// Throws InvalidRequest if a text contains a NUL byte: libpq would send only what comes before it, and two different
/// keys could become one.
void refuse_nul_bytes(const Parameters &parameters);

/// '1 mons 7 days 0.000000 seconds'
std::string step_text(const CalendarStep &step);

std::string boolean_text(bool value);
std::string integer_text(std::int64_t value);

/// NULL for none, otherwise `text(value)`.
template <typename Value, typename Text>
std::optional<std::string> optional_text(const std::optional<Value> &value, Text text)
{
    return value ? std::optional<std::string>{text(*value)} : std::nullopt;
}

} // namespace bookonce::detail
